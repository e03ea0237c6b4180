/** What nodes have said of themselves as JSON, for a snapshot, and back. */
import type { Unread } from './unread.ts'
import { birthOf, type DeviceBirth, type NodeBirth } from './births.ts'

/**
 * A node as `[key, bdSeq, seq, devices]`, a metric as `[name, datatype, alias]`. Behind them, where messages are
 * missing, `[seqs, untilMs, devices]`, else null. Behind that, where some are unread, `[bdSeq, isReborn, devices,
 * messages]`, a message as `[device, refused, base64]`.
 */
export function birthsToJson(births: ReadonlyMap<string, NodeBirth>): string {
  return JSON.stringify(
    [...births].map(([key, { bdSeq, seq, devices, missing, unread }]) => [
      key,
      Number.isNaN(bdSeq) ? null : bdSeq,
      seq,
      devicesOf(devices),
      ...(missing === undefined && unread === undefined ? [] : [missing === undefined ? null : missingOf(missing)]),
      ...(unread === undefined ? [] : [unreadOf(unread)]),
    ]),
  )
}

function missingOf({ seqs, untilMs, births }: NonNullable<NodeBirth['missing']>) {
  return [seqs, untilMs, devicesOf(births)]
}

function unreadOf({ bdSeq, isReborn, births, messages }: Unread) {
  const saved = messages.map(({ device, refused, bytes }) => [device, refused, Buffer.from(bytes).toString('base64')])
  return [bdSeq, isReborn, devicesOf(births), saved]
}

function devicesOf(devices: ReadonlyMap<string, DeviceBirth>) {
  return [...devices].map(([device, birth]) => [device, metricsOf(birth)])
}

function metricsOf({ byAlias, byName }: DeviceBirth) {
  const named = [...byAlias].map(([alias, { name, datatype }]) => [name, datatype, alias] as const)
  const aliased = new Set(named.map(([name]) => name))
  const others = [...byName.values()].filter(({ name }) => !aliased.has(name))
  return [...named, ...others.map(({ name, datatype }) => [name, datatype, null] as const)]
}

type SavedDevices = [device: string, metrics: [name: string, datatype: number, alias: number | string | null][]][]

type Saved = [
  key: string,
  bdSeq: number | null,
  seq: number,
  devices: SavedDevices,
  missing?: [seqs: number[], untilMs: number, births: SavedDevices] | null,
  unread?: [
    bdSeq: number,
    isReborn: boolean,
    births: SavedDevices,
    messages: [device: string, refused: number, bytes: string][],
  ],
][]

export function birthsFromJson(json: string): Map<string, NodeBirth> {
  return new Map(
    (JSON.parse(json) as Saved).map(([key, bdSeq, seq, devices, missing, unread]): [string, NodeBirth] => {
      const [seqs, untilMs, births] = missing ?? []
      const isMissing = seqs !== undefined && untilMs !== undefined && births !== undefined
      return [
        key,
        {
          bdSeq: bdSeq ?? NaN,
          seq,
          devices: savedDevices(devices),
          missing: isMissing ? { seqs, untilMs, births: savedDevices(births) } : undefined,
          unread: unread === undefined ? undefined : savedUnread(unread),
        },
      ]
    }),
  )
}

function savedUnread([bdSeq, isReborn, births, messages]: NonNullable<Saved[number][5]>): Unread {
  return {
    bdSeq,
    isReborn,
    births: savedDevices(births),
    messages: messages.map(([device, refused, bytes]) => ({ device, refused, bytes: Buffer.from(bytes, 'base64') })),
  }
}

function savedDevices(devices: SavedDevices): Map<string, DeviceBirth> {
  return new Map(
    devices.map(([device, metrics]) => [
      device,
      birthOf(metrics.map(([name, datatype, alias]) => ({ name, datatype, alias: alias ?? undefined }))),
    ]),
  )
}
