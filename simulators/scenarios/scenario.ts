import type { Site } from '../../src/site/site.ts'
import type { FaultName, FaultSettings } from '../faults/named.ts'
import { WHOLE, type PlantHealth } from '../plant/spec.ts'

/**
 * What happens at a simulated site, in seconds from its start. An event lasts from `fromS` up to but not including
 * `toS`.
 *
 * - `inlet`: the air at an inlet goes to a temperature, or is warmer by a difference
 * - `silence`: all packets of a gateway, of a point's topic or of topics are dropped
 * - `load`: what the servers have to do is multiplied; their idle power stays
 * - `plant`: only a share is `left` of a component: of fans, compressors, pumps, water, mains, shut doors …
 * - `weather`: the air outside is warmer; it comes and goes within six hours
 * - `sensor`: a sensor measures something else than the air at its place; the air itself stays as it is
 * - `fault`: one of `simulators/faults/faults.ts` is planted
 */
export type Event = { fromS: number; toS: number } & (
  | { what: 'inlet'; name: string; toC: number }
  | { what: 'inlet'; name: string; addK: number }
  | { what: 'silence'; gateway: string }
  | { what: 'silence'; point: string }
  | { what: 'silence'; topic: string }
  | { what: 'silence'; topics: readonly string[] }
  | { what: 'load'; factor: number }
  | { what: 'plant'; part: keyof PlantHealth; left: number }
  | { what: 'weather'; addK: number }
  | SensorEvent
  | FaultEvent
)

/** `drift`: off by `kPerHour` for each hour that it lasts; `hotAisle`: behind the rack; `swapped`: inlet for outlet. */
type SensorEvent =
  | { what: 'sensor'; point: string; how: 'drift'; kPerHour: number }
  | { what: 'sensor'; point: string; how: 'hotAisle' | 'swapped' }

/** Without topics, of all. `byS`: the longest delay of a copy, late packet or conflict, or how far a clock is off. */
type FaultEvent = {
  what: 'fault'
  fault: FaultName
  topics?: readonly string[]
  /** Of payloads with several numbers, those that change. */
  members?: readonly string[]
  share?: number
  byS?: number
  settings?: FaultSettings
}

export interface Scenario {
  readonly name: string
  /** The events come again after so many seconds; absent: once. */
  readonly repeatS?: number
  readonly events: readonly Event[]
}

/** The names of the scenarios that fit every site. */
export const SCENARIOS = ['steady', 'breach', 'gateway-down', 'demo'] as const

/**
 * A built-in scenario: breaches at the site's first inlets, silence of its last gateway. Throws for an unknown name.
 */
export function scenarioOf(site: Site, name: string): Scenario {
  switch (name) {
    case 'steady':
      return { name, events: [] }
    case 'breach':
      return { name, events: breaches(site) }
    case 'gateway-down':
      return { name, events: gatewayDown(site, 600, 2400) }
    case 'demo':
      return { name, repeatS: 2700, events: [...breach(site, 0, 29.5, 90, 900), ...gatewayDown(site, 120, 660)] }
    default:
      throw new Error(`there is no scenario ${name}; there are ${SCENARIOS.join(', ')}`)
  }
}

/** A scenario's events at a site that starts at `startMs`, to be found by inlet and topic. */
export interface Drive {
  readonly startMs: number
  readonly repeatMs: number
  readonly loads: readonly (Event & { what: 'load' })[]
  /** By inlet. */
  readonly inlets: readonly (readonly (Event & { what: 'inlet' })[])[]
  readonly silences: ReadonlyMap<string, readonly Event[]>
  readonly plant: readonly (Event & { what: 'plant' })[]
  /** By the point's name. */
  readonly sensors: ReadonlyMap<string, readonly (Event & { what: 'sensor' })[]>
}

/** Throws for an event that names what the site does not have. */
export function createDrive(site: Site, { name, repeatS, events }: Scenario, startMs: number): Drive {
  const refuse = (reason: string): never => {
    throw new Error(`scenario ${name}: ${reason}`)
  }
  const inlets: (Event & { what: 'inlet' })[][] = site.inlets.map(() => [])
  const silences = new Map<string, Event[]>()
  const sensors = new Map<string, (Event & { what: 'sensor' })[]>()
  for (const event of events) {
    if (!(event.toS > event.fromS)) refuse('an event ends before it begins')
    if (event.what === 'inlet') {
      const own = inlets[site.inlets.indexOf(event.name)] ?? refuse(`there is no inlet ${event.name}`)
      own.push(event)
    } else if (event.what === 'sensor') {
      if (!site.points.includes(event.point)) refuse(`there is no point ${event.point}`)
      sensors.set(event.point, [...(sensors.get(event.point) ?? []), event])
    } else if (event.what === 'silence') {
      const topics = topicsOf(site, event)
      if (topics.length === 0) refuse('a silence names nothing of this site')
      for (const topic of topics) silences.set(topic, [...(silences.get(topic) ?? []), event])
    }
  }
  const loads = events.filter((event) => event.what === 'load')
  const plant = events.filter((event) => event.what === 'plant')
  return { startMs, repeatMs: (repeatS ?? Infinity) * 1000, loads, inlets, silences, plant, sensors }
}

/** What is left of the plant's components. */
export function healthAt(drive: Drive, tMs: number): PlantHealth {
  let health: PlantHealth = WHOLE
  for (const event of drive.plant) {
    if (isOn(drive, event, tMs)) health = { ...health, [event.part]: health[event.part] * event.left }
  }
  return health
}

/** The event of a sensor that lasts now, and since when; undefined: it is sound. */
export function sensorEventAt(
  drive: Drive,
  point: string,
  tMs: number,
): { event: Event & { what: 'sensor' }; sinceMs: number } | undefined {
  const event = drive.sensors.get(point)?.find((candidate) => isOn(drive, candidate, tMs))
  return event && { event, sinceMs: ownMsOf(drive, tMs) - event.fromS * 1000 }
}

export function loadFactor(drive: Drive, tMs: number): number {
  return drive.loads.reduce((product, event) => (isOn(drive, event, tMs) ? product * event.factor : product), 1)
}

/** The inlet's temperature at `tMs`: that of an event if one lasts then, else `usualC`. */
export function drivenC(drive: Drive, inlet: number, tMs: number, usualC: number): number {
  const event = drive.inlets[inlet]?.find((candidate) => isOn(drive, candidate, tMs))
  if (event === undefined) return usualC
  return 'toC' in event ? event.toC : usualC + event.addK
}

export function isSilent(drive: Drive, topic: string, tMs: number): boolean {
  return drive.silences.get(topic)?.some((event) => isOn(drive, event, tMs)) ?? false
}

function isOn(drive: Drive, { fromS, toS }: Event, tMs: number): boolean {
  const ownMs = ownMsOf(drive, tMs)
  return ownMs >= fromS * 1000 && ownMs < toS * 1000
}

/** Time since the start, or since the scenario came again. */
function ownMsOf({ startMs, repeatMs }: Drive, tMs: number): number {
  const sinceMs = tMs - startMs
  return sinceMs >= 0 && repeatMs < Infinity ? sinceMs % repeatMs : sinceMs
}

/** 2 K above the recommended limit at the first inlet, and 2 K above the allowable one at the second. */
function breaches(site: Site): Event[] {
  const [first, second = first] = site.plan.inlets
  if (first === undefined || second === undefined) return []
  const above = (limitC: number) => limitC + ABOVE_K
  const beyond = breach(site, second === first ? 0 : 1, above(second.envelope.allowable.dryBulbMaxC), 600, 1500)
  if (second === first) return beyond
  return [...breach(site, 0, above(first.envelope.recommended.dryBulbMaxC), 300, 1500), ...beyond]
}

const ABOVE_K = 2

function breach({ inlets }: Site, index: number, toC: number, fromS: number, toS: number): Event[] {
  const name = inlets[index]
  return name === undefined ? [] : [{ what: 'inlet', name, toC, fromS, toS }]
}

/** The last gateway, of the inlets if they have one; a site without gateways loses its last topic. */
function gatewayDown({ config }: Site, fromS: number, toS: number): Event[] {
  const points = Object.values(config.points)
  const carriers = [...points, ...Object.values(config.inlets).map(({ dryBulb }) => config.points[dryBulb])]
  const gateway = carriers.findLast((point) => point?.gateway !== undefined)?.gateway
  if (gateway !== undefined) return [{ what: 'silence', gateway, fromS, toS }]
  return points.slice(-1).map(({ topic }) => ({ what: 'silence', topic, fromS, toS }))
}

function topicsOf({ config }: Site, event: Event & { what: 'silence' }): string[] {
  const topics = Object.entries(config.points).flatMap(([name, { topic, gateway }]) => {
    if ('topics' in event) return event.topics.includes(topic) ? [topic] : []
    if ('gateway' in event) return gateway === event.gateway ? [topic] : []
    return ('point' in event ? name === event.point : topic === event.topic) ? [topic] : []
  })
  return [...new Set(topics)]
}
