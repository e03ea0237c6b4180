import type { Site } from '../../src/site/site.ts'

/**
 * What happens at a simulated site, in seconds from its start. An event lasts from `fromS` up to but not including
 * `toS`.
 *
 * - `inlet`: the air at an inlet goes to a temperature, or is warmer by a difference
 * - `silence`: all packets of a gateway, of a point's topic or of a topic are dropped
 * - `load`: what the servers have to do is multiplied; their idle power stays
 * - `fault`: one of `simulators/faults/faults.ts` is planted
 */
export type Event = { fromS: number; toS: number } & (
  | { what: 'inlet'; name: string; toC: number }
  | { what: 'inlet'; name: string; addK: number }
  | { what: 'silence'; gateway: string }
  | { what: 'silence'; point: string }
  | { what: 'silence'; topic: string }
  | { what: 'load'; factor: number }
  | { what: 'fault'; fault: FaultName; topics?: readonly string[]; share?: number; byS?: number }
)

/** `byS`: the longest delay of a copy, a late packet or a conflict, or how far a clock is off. */
type FaultName =
  | 'badPayloads'
  | 'conflict'
  | 'disorder'
  | 'duplicate'
  | 'gap'
  | 'reversed'
  | 'skew'
  | 'stuck'
  | 'unitSlip'

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
}

/** Throws for an event that names what the site does not have. */
export function createDrive(site: Site, scenario: Scenario, startMs: number): Drive {
  const inlets: (Event & { what: 'inlet' })[][] = site.inlets.map(() => [])
  const loads: (Event & { what: 'load' })[] = []
  const silences = new Map<string, Event[]>()
  for (const event of scenario.events) {
    if (!(event.toS > event.fromS)) throw new Error(`scenario ${scenario.name}: an event ends before it begins`)
    if (event.what === 'load') loads.push(event)
    if (event.what === 'inlet') {
      const events = inlets[site.inlets.indexOf(event.name)]
      if (events === undefined) throw new Error(`scenario ${scenario.name}: there is no inlet ${event.name}`)
      events.push(event)
    }
    if (event.what === 'silence') {
      const topics = topicsOf(site, event)
      if (topics.length === 0) throw new Error(`scenario ${scenario.name}: a silence names nothing of this site`)
      for (const topic of topics) silences.set(topic, [...(silences.get(topic) ?? []), event])
    }
  }
  return { startMs, repeatMs: (scenario.repeatS ?? Infinity) * 1000, loads, inlets, silences }
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

function isOn({ startMs, repeatMs }: Drive, { fromS, toS }: Event, tMs: number): boolean {
  const sinceMs = tMs - startMs
  const ownMs = sinceMs >= 0 && repeatMs < Infinity ? sinceMs % repeatMs : sinceMs
  return ownMs >= fromS * 1000 && ownMs < toS * 1000
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
    if ('gateway' in event) return gateway === event.gateway ? [topic] : []
    return ('point' in event ? name === event.point : topic === event.topic) ? [topic] : []
  })
  return [...new Set(topics)]
}
