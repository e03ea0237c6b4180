/**
 * A Sparkplug B node with its devices (3.0.0, chapters 5 and 6):
 *
 *     NBIRTH ──▶ DBIRTH of a device, with its first numbers ──▶ DDATA … by aliases; `seq` counts over all of it
 *       ▲                       └─ silent alone: DDEATH, then DBIRTH with what it says next
 *       ├── silent as a whole for 30 s: the broker sends its will, NDEATH; it is born again when it is back
 *       └── cut off: it keeps what it measures, is born again at the end, and sends it as historical
 */
import { rawAt } from './counts.ts'
import { isSilent } from '../scenarios/scenario.ts'
import type { Device } from './devices.ts'
import type { SentPacket, Sender, SenderParts } from './packets.ts'
import { sparkplugPayload, type WrittenMetric } from './protobuf.ts'
import { createSending } from './sending.ts'

/** One and a half of a keepalive of 20 s: then a broker takes a client for gone. */
const WILL_MS = 30_000
const UINT64 = 8
const DOUBLE_TYPE = 10
const BOOLEAN_TYPE = 11

interface Node {
  readonly name: string
  readonly devices: readonly Device[]
  bdSeq: number
  seq: number
  isBorn: boolean
  /** Topics of the devices that are born. */
  readonly born: Set<string>
  /** Since when nothing of it gets out; NaN: it does. */
  silentMs: number
  /** What is measured while the way to the broker is cut. */
  kept: { readonly device: Device; readonly tMs: number; readonly metrics: readonly WrittenMetric[] }[]
}

export function createNode(
  { plant, registers, fromMs, cuts }: SenderParts,
  name: string,
  devices: readonly Device[],
  delayMs: (dueMs: number) => number,
): Sender {
  const node: Node = {
    name,
    devices,
    bdSeq: 255,
    seq: 0,
    isBorn: false,
    born: new Set(),
    silentMs: NaN,
    kept: [],
  }
  const sendings = devices.map((device) => ({ device, sending: createSending(plant, device, fromMs) }))
  const silent = ({ topic }: Device, tMs: number) => isSilent(plant.drive, topic, tMs)
  return {
    until(endMs) {
      const packets: SentPacket[] = []
      const looks = sendings.flatMap(({ device, sending }) =>
        [...sending.until(endMs)].map((look) => ({ device, ...look })),
      )
      looks.sort((a, b) => a.tMs - b.tMs)
      for (const { device, tMs, step } of looks) {
        const nowMs = tMs + delayMs(device.phaseMs + step * device.everyMs)
        const send = (message: Omit<SentPacket, 'nowMs' | 'retain'>) =>
          packets.push({ nowMs, retain: false, ...message })
        if (devices.every((one) => silent(one, tMs))) {
          leave(node, tMs, send)
          continue
        }
        node.silentMs = NaN
        if (silent(device, tMs)) {
          if (node.born.delete(device.topic)) send(messageOf(node, 'DDEATH', device, tMs, []))
          continue
        }
        const metrics = metricsOf(node, device, (member) => rawAt(plant, device, member, registers, tMs), tMs)
        if (cuts.some((cut) => tMs >= cut.fromMs && tMs < cut.toMs)) {
          node.kept.push({ device, tMs, metrics })
          node.isBorn = false
        } else {
          say(node, { device, tMs, metrics }, send)
        }
      }
      return packets
    },
  }
}

type Send = (message: Omit<SentPacket, 'nowMs' | 'retain'>) => unknown

/** The node is gone: after a while the broker says so. */
function leave(node: Node, tMs: number, send: Send): void {
  if (Number.isNaN(node.silentMs)) node.silentMs = tMs
  if (!node.isBorn || tMs - node.silentMs < WILL_MS) return
  node.isBorn = false
  const will: WrittenMetric = { name: 'bdSeq', tMs: node.silentMs, datatype: UINT64, value: { long: node.bdSeq } }
  send({ topic: topicOf(node, 'NDEATH'), payload: sparkplugPayload(node.silentMs, undefined, [will]), qos: 1 })
}

/** Births where they are due, what was kept, and the numbers of a device. */
function say(node: Node, { device, tMs, metrics }: Node['kept'][number], send: Send): void {
  if (!node.isBorn) {
    node.isBorn = true
    node.bdSeq = (node.bdSeq + 1) % 256
    node.seq = 0
    node.born.clear()
    const own: WrittenMetric[] = [
      { name: 'bdSeq', tMs, datatype: UINT64, value: { long: node.bdSeq } },
      { name: 'Node Control/Rebirth', tMs, datatype: BOOLEAN_TYPE, value: { boolean: false } },
    ]
    send({ topic: topicOf(node, 'NBIRTH'), payload: sparkplugPayload(tMs, nextSeq(node), own), qos: 0 })
  }
  const kept = node.kept
  node.kept = []
  for (const one of [...kept, { device, tMs, metrics }]) {
    const isHistorical = one.tMs < tMs
    // What the node itself measures always has its names: no birth of ours tells them
    const isNew = !node.born.has(one.device.topic) || one.device.topic.includes('/NDATA/')
    node.born.add(one.device.topic)
    const written = one.metrics.map(({ name, datatype, ...metric }) => ({
      ...metric,
      ...(isNew && { name, datatype }),
      ...(isHistorical && { isHistorical }),
    }))
    send(messageOf(node, isNew ? 'DBIRTH' : 'DDATA', one.device, tMs, written))
  }
}

/** Aliases are the node's, not the device's. */
function metricsOf(
  { devices }: Node,
  device: Device,
  rawOf: (member: Device['members'][number]) => number,
  tMs: number,
): WrittenMetric[] {
  const first = devices.slice(0, devices.indexOf(device)).reduce((sum, { members }) => sum + members.length, 1)
  return device.members.map((member, at) => {
    const raw = rawOf(member)
    const isWhole = member.shown === 'energy'
    return {
      name: member.at.join('/'),
      alias: first + at,
      tMs,
      datatype: isWhole ? UINT64 : DOUBLE_TYPE,
      value: isWhole ? { long: raw } : { double: raw },
    }
  })
}

function messageOf(
  node: Node,
  verb: 'DBIRTH' | 'DDATA' | 'DDEATH',
  { topic }: Device,
  tMs: number,
  metrics: readonly WrittenMetric[],
): Omit<SentPacket, 'nowMs' | 'retain'> {
  return {
    topic: topic.replace('/DDATA/', `/${verb}/`),
    payload: sparkplugPayload(tMs, nextSeq(node), metrics),
    qos: 0,
  }
}

function nextSeq(node: Node): number {
  const { seq } = node
  node.seq = (seq + 1) % 256
  return seq
}

function topicOf({ name }: Node, verb: 'NBIRTH' | 'NDEATH'): string {
  const [group, node] = name.split('/')
  return `spBv1.0/${group}/${verb}/${node}`
}
