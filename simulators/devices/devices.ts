/**
 * The devices of a site: who sends on which topic, when, and where its numbers lie.
 *
 *     plant's power ──sampled in whole watts at the stamps of the meter's topic──▶ straight lines between the samples
 *         ├──▶ power points publish the samples
 *         ├──▶ registers and interval meters integrate the lines
 *         └──▶ the truth integrates the lines
 *
 * So of plain devices trapezoids over published powers, steps of registers and the truth give one energy, but for a
 * register's 1 Wh. Those of other families err within their class, show coarser steps, or tell only what has changed.
 */
import { parsePointer } from '../../src/ingest/pointer.ts'
import { parseSparkplugTopic } from '../../src/ingest/sparkplug/topics.ts'
import type { RoutePoint } from '../../src/ingest/route.ts'
import type { Conversion } from '../../src/ingest/units.ts'
import type { Site } from '../../src/site/site.ts'
import type { StampUnit } from '../faults/faults.ts'
import type { Meter } from '../plant/meters.ts'
import type { Plant } from '../plant/plant.ts'
import { createRandom, seedFor } from '../random.ts'
import type { Dialect, Shown } from './dialect.ts'
import { speakerOn } from './families/families.ts'
import { stampFormOf, type StampForm } from './stamps.ts'

/** A topic, and when its device looks: at `phaseMs` + k × `everyMs` since 1970, a little later where it wanders. */
export interface Device {
  readonly topic: string
  readonly dialect: Dialect
  readonly seed: number
  readonly everyMs: number
  readonly phaseMs: number
  /** Steps in which its stamps count, ms. */
  readonly stampMs: number
  /** A device that sends on change does so at least as often. */
  readonly heartbeatMs: number
  /** Whether the payload carries a stamp; without one the arrival time is the event time. */
  readonly stamped: boolean
  readonly members: readonly PayloadMember[]
}

/** One number of a payload: its point, its place, and how its base unit becomes the device's unit. */
export interface PayloadMember {
  readonly point: number
  /** Which of the messages of a time it is in: points that select different ones share no message. */
  readonly message: string
  /** Before all other places: that of its record in a list. */
  readonly record: readonly string[]
  readonly at: readonly string[]
  readonly timeAt: readonly string[]
  readonly timeForm: StampForm
  /** Members by which a point knows its messages or records. */
  readonly where: readonly { readonly at: readonly string[]; readonly is: string | number | boolean }[]
  /** Further members that are added to it; they are 0. */
  readonly plus: readonly (readonly string[])[]
  readonly conversion: Conversion
  readonly factor: number
  readonly offset: number
  readonly shown: Shown | undefined
  /** The smallest step that is shown, in the unit of the message; undefined: as plain devices have it. */
  readonly step: number | undefined
  readonly signal: Signal | undefined
}

/** A meter's power as straight lines between samples at `phaseMs` + k × `everyMs`. */
export interface Signal {
  readonly meter: Meter
  readonly everyMs: number
  readonly phaseMs: number
  /** How much of its class it may be off, as a share of what it measures; 0: it is exact. */
  readonly errs: number
}

interface Grid {
  readonly everyMs: number
  readonly phaseMs: number
  readonly heartbeatMs: number
  readonly stampMs: number
  readonly dialect: Dialect
}

/** All topics of the site, in the order of the configuration; those of Sparkplug nodes behind the others. */
export function createDevices(plant: Plant, seed: number): Device[] {
  const { site } = plant
  const topics = new Map<string, readonly RoutePoint[]>([...site.routes].map(([topic, { points }]) => [topic, points]))
  for (const devices of site.sparkplug.values()) {
    for (const { points } of devices.values()) {
      const [first] = points
      if (first !== undefined) topics.set(configOf(site, first.point).topic, points)
    }
  }
  const grids = new Map([...topics].map(([topic, points]) => [topic, gridOf(site, seed, topic, points)]))
  const signals = signalsOf(plant, grids)
  return [...topics].flatMap(([topic, points]) => {
    const grid = grids.get(topic)
    if (grid === undefined) return []
    const members = points.map((route) => memberOf(site, route, points, grid, signals[route.point]))
    const stamped =
      topic.startsWith('spBv1.0/') ||
      points.some(({ at, timeAt, rare }) => !rare?.atArrival && ((at ?? []).length > 0 || timeAt !== undefined))
    const isOnChange = members.every(({ point }) => ON_CHANGE.has(site.plan.points[point]?.kind ?? ''))
    const device = { topic, ...grid, seed: seedFor(seed, `device ${topic}`), stamped, members }
    return [isOnChange ? device : { ...device, everyMs: grid.heartbeatMs }]
  })
}

/** Kinds that may be told whenever they have changed; the others are of the time since they were told last. */
const ON_CHANGE: ReadonlySet<string> = new Set(['power', 'register', 'gauge'])

function memberOf(
  site: Site,
  route: RoutePoint,
  all: readonly RoutePoint[],
  { dialect }: Grid,
  signal: Signal | undefined,
): PayloadMember {
  const { point, conversion, factor, offset, rare } = route
  const { records, where = {} } = configOf(site, point)
  const shown = shownBy(site.plan.points[point]?.kind, conversion)
  return {
    point,
    message: records === undefined ? JSON.stringify(where) : '',
    record: recordOf(site, point, all),
    at: route.at ?? [],
    timeAt: route.timeAt ?? UNNAMED_STAMP,
    timeForm: stampFormOf(route, configOf(site, point), dialect),
    where: Object.entries(where).map(([at, is]) => ({ at: parsePointer(at), is })),
    plus: rare?.plus?.map(({ at }) => at) ?? [],
    conversion,
    factor,
    offset,
    shown,
    step: shown === undefined ? undefined : dialect.steps?.[shown],
    signal,
  }
}

/** Where the record of a point lies that reads a list: those that know theirs by the same members share one. */
function recordOf(site: Site, point: number, all: readonly { readonly point: number }[]): string[] {
  const { records, where = {} } = configOf(site, point)
  if (records === undefined) return []
  const ofList = all.map((other) => configOf(site, other.point)).filter((other) => other.records === records)
  const alike = [...new Set(ofList.map((other) => JSON.stringify(other.where ?? {})))]
  return [...parsePointer(records), String(alike.indexOf(JSON.stringify(where)))]
}

/** Where a point's number lies in its message, as a JSON Pointer; undefined: it is all of it. */
export function memberPlace(site: Site, name: string): string | undefined {
  const point = site.points.indexOf(name)
  const { topic, at } = configOf(site, point)
  const record = recordOf(site, point, site.routes.get(topic)?.points ?? [])
  return record.length === 0 ? at : pointerText(record) + (at ?? '/value')
}

function shownBy(kind: string | undefined, { quantity }: Conversion): Shown | undefined {
  if (kind === 'power' || kind === 'mean') return 'power'
  if (kind === 'register' || kind === 'energy') return 'energy'
  return quantity === 'temperature' || quantity === 'humidity' ? quantity : undefined
}

function configOf({ config, points }: Site, point: number) {
  const found = config.points[points[point] ?? '']
  if (found === undefined) throw new Error(`no point ${point}`)
  return found
}

/** Where the stamps of each topic lie, as JSON Pointers, and what they count. */
export function stampsOf(site: Site): Map<string, Map<string, StampUnit>> {
  return new Map(
    [...site.routes].map(([topic, { points }]) => [
      topic,
      new Map(
        points.map(({ point, timeAt, time }) => {
          const place = [...recordOf(site, point, points), ...(timeAt ?? UNNAMED_STAMP)]
          return [pointerText(place), time.unit ?? 'ms'] as const
        }),
      ),
    ]),
  )
}

function pointerText(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Where the stamp of a point lies that declares no place for it. */
const UNNAMED_STAMP = ['ts']

/** When a device looks the k-th time since 1970; its clock shows no less than `stampMs`. */
export function lookMs({ dialect, seed, everyMs, phaseMs, stampMs }: Device, step: number): number {
  const { jitterMs = 0 } = dialect
  const onTimeMs = phaseMs + step * everyMs
  const wanderMs = jitterMs === 0 ? 0 : createRandom(seed ^ step).int(0, Math.min(jitterMs, Math.floor(everyMs / 3)))
  return Math.floor((onTimeMs + wanderMs) / stampMs) * stampMs
}

/** All points of a topic, or of a node, are sent together, at the fastest of their rates and at a seeded phase. */
function gridOf(site: Site, seed: number, topic: string, points: readonly RoutePoint[]): Grid {
  const { plan } = site
  const node = parseSparkplugTopic(topic)?.node
  const together =
    node === undefined
      ? points
      : [...(site.sparkplug.get(node)?.values() ?? [])].flatMap(({ points: ofDevice }) => ofDevice)
  const rates = together.map(({ point }) => plan.points[point]?.everyMs ?? 60_000)
  const [first] = points
  const dialect = speakerOn(topic, first === undefined ? undefined : configOf(site, first.point).format)
  const heartbeatMs = Math.max(1, Math.round(Math.min(...rates)))
  const everyMs = Math.min(heartbeatMs, dialect.onChange?.lookMs ?? Infinity)
  const name = node === undefined ? topic : `node ${node}`
  const stampMs = Math.max(...points.map((route) => stampFormOf(route, configOf(site, route.point), dialect).stepMs))
  return {
    everyMs,
    heartbeatMs,
    stampMs,
    dialect,
    phaseMs: createRandom(seedFor(seed, `phase ${name}`)).int(0, everyMs - 1),
  }
}

/** The signal of each point. A meter is sampled at the stamps of its first power point, else of its first point. */
function signalsOf(plant: Plant, grids: ReadonlyMap<string, Grid>) {
  const { site, meters } = plant
  const signals = new Map<Meter, Signal>()
  for (const power of [true, false]) {
    for (const [point, meter] of meters.entries()) {
      if (meter === undefined || signals.has(meter) || (site.plan.points[point]?.kind === 'power') !== power) continue
      const grid = grids.get(configOf(site, point).topic)
      if (grid === undefined) continue
      const accuracy = site.plan.points[point]?.accuracy ?? NaN
      const errs = grid.dialect.errs === undefined || Number.isNaN(accuracy) ? 0 : accuracy
      signals.set(meter, { meter, everyMs: grid.everyMs, phaseMs: grid.phaseMs, errs })
    }
  }
  return meters.map((meter) => (meter === undefined ? undefined : signals.get(meter)))
}
