/**
 * The same answer the slow way: all accepted readings are sorted, every stretch of energy is worked out as an exact
 * fraction and rounded where the contract says so, and every window is summed anew from its intervals. Written from the
 * contracts alone; it shares no line with the core. What it gives is the last row of every key once all is settled.
 */
import type { Packet } from '../../src/ingest/recording.ts'
import { calendarOf } from './calendar.ts'
import { energies, type Share } from './energy.ts'
import { loneReadings } from './lone.ts'
import { fold, type Folded, type Sample } from './fold.ts'
import type { Fields, Row, Scenario, ScenarioPoint } from './types.ts'
import { pueRows } from './windows.ts'

export interface Answer {
  rows: Map<string, Row>
  outcomes: Record<string, number>
  /** Energy by point name and interval number. */
  shares: Map<string, Map<number, Share>>
  /** What went in, by point name, in the order of event times. */
  samples: Map<string, Sample[]>
  /** Points whose readings a wrong clock stamped, each with the time up to when it did. */
  clocked: string[]
  /** The clock was set: it may have stamped readings before the first packet, where rows of nothing are left out. */
  isStepped: boolean
}

export function oracle(scenario: Scenario, packets: readonly Packet[]): Answer {
  const folded = fold(scenario, packets)
  const last = Math.floor(folded.newestMs / scenario.lengthMs)
  const closedMs = (last + 1) * scenario.lengthMs
  const shares = new Map<string, Map<number, Share>>()
  const meters = scenario.points.filter((point) => point.kind !== 'gauge')
  for (const point of meters) {
    const lone = loneReadings(scenario.lengthMs, point, folded.samples.get(point.name) ?? [])
    shares.set(point.name, energies(scenario.lengthMs, point, samplesOf(folded, point, closedMs), lone))
  }
  const calendar = calendarOf(scenario.timezone)
  const rows = new Map<string, Row>()
  const add = (row: Row) => rows.set(rowKey(row.measurement, row.tags, row.timeMs), row)
  for (const point of meters) {
    const first = firstInterval(scenario, folded, [point.name])
    energyRows(scenario, point, shares.get(point.name) ?? new Map(), first, last).forEach(add)
  }
  for (const boundary of scenario.boundaries) {
    const names = [...boundary.facility, ...boundary.it].map((term) => term.point)
    const first = firstInterval(scenario, folded, names)
    pueRows(scenario, boundary, { shares, samples: folded.samples }, calendar, { first, last }).forEach(add)
  }
  return {
    rows,
    outcomes: folded.outcomes,
    shares,
    samples: folded.samples,
    clocked: folded.clocked,
    isStepped: folded.isStepped,
  }
}

/** A value that holds does so to the end of what is closed, as if it were told again there. */
function samplesOf(folded: Folded, { name, hold }: ScenarioPoint, closedMs: number): readonly Sample[] {
  const samples = folded.samples.get(name) ?? []
  const newest = samples.at(-1)
  return hold && newest !== undefined && newest.tMs < closedMs ? [...samples, { ...newest, tMs: closedMs }] : samples
}

/** One text for measurement, tags (in the order of their names) and time. */
export function rowKey(measurement: string, tags: Readonly<Record<string, string>>, timeMs: number): string {
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))
  return [measurement, ...sorted.map(([name, tag]) => `${name}=${tag}`), new Date(timeMs).toISOString()].join(' ')
}

/**
 * The interval in which what the oldest accepted reading of any of the points speaks of begins; Infinity when there is
 * none. A mean and an energy speak of the time before their stamp.
 */
function firstInterval(scenario: Scenario, folded: Folded, names: readonly string[]): number {
  const oldest = names.map((name) => {
    const point = scenario.points.find((it) => it.name === name)
    const stretchMs = point?.kind === 'mean' || point?.kind === 'energy' ? point.everyMs : 0
    return (folded.samples.get(name)?.[0]?.tMs ?? Infinity) - stretchMs
  })
  return Math.floor(Math.min(...oldest) / scenario.lengthMs)
}

function energyRows(
  scenario: Scenario,
  point: ScenarioPoint,
  shares: Map<number, Share>,
  first: number,
  last: number,
): Row[] {
  const rows: Row[] = []
  const tags: Record<string, string> = { site: scenario.site, point: point.name }
  if (point.role !== undefined) tags['role'] = point.role
  for (let interval = first; interval <= last; interval += 1) {
    const share = shares.get(interval)
    const fields: Fields = { coverage: 0, state: 'settled' }
    const timeMs = (interval + 1) * scenario.lengthMs
    const row: Row = { measurement: 'energy', tags, fields, within: {}, timeMs, restatable: true }
    rows.push(row)
    if (share === undefined) continue
    fields['coverage'] = share.coveredMs / scenario.lengthMs
    fields['energy_j'] = Math.round(share.mj / 1000)
    fields['mean_w'] = share.mj / share.coveredMs
    fields['estimated_share'] = share.estimatedMj === 0 ? 0 : share.estimatedMj / share.mj
    if (share.ties === 0) continue
    row.within = {
      energy_j: Math.round((share.mj + share.ties) / 1000) - Math.round((share.mj - share.ties) / 1000),
      mean_w: share.ties / share.coveredMs,
      estimated_share: (2 * share.ties) / Math.max(1, share.mj),
    }
  }
  return rows
}
