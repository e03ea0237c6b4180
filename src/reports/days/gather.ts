import { pointsEver } from '../../core/contract/formula.ts'
import { ROW_UNITS } from '../../core/contract/quotients.ts'
import type { Period } from '../../core/windows/calendar.ts'
import { amountOfPoint } from '../../ingest/units.ts'
import type { Row } from '../../rows/rows.ts'
import type { Site } from '../../site/site.ts'
import { openGaps, gapsOf, noteUnknown } from './gaps.ts'
import { localDate, type CountAt, type DayPage, type GaugeDay, type MaskedDay, type MeterDay } from './page.ts'
import { termsOfDay, type IntervalEnergies } from './terms.ts'

/** A day whose rows are being gathered. */
export interface OpenDay {
  readonly site: Site
  readonly period: Period
  /** Points of the page, by name. */
  readonly wanted: ReadonlyMap<string, number>
  readonly energies: IntervalEnergies & {
    readonly energyJ: Map<number, Float64Array>
    readonly estimatedJ: Map<number, Float64Array>
    readonly coverage: Map<number, Float64Array>
  }
  /** By point: the state of each interval, a place in `STANDINGS` + 1; 0: no row. And the highest revision. */
  readonly standing: Map<number, { states: Uint8Array; revision: number }>
  readonly counts: Map<string, { first: CountAt; last: CountAt }>
  readonly gauges: Map<string, { means: Float64Array; lasts: Float64Array }>
  readonly masked: Map<string, MaskedDay>
  readonly restatements: Row[]
}

/** Water stands in the place of energy, in mL. */
const ML_IN_L = ROW_UNITS.water.base

/** States of an interval, the least settled first. */
const STANDINGS = ['provisional', 'restated', 'settled']

/** The points whose rows a page needs, by name: energies, and gauges. */
export function wantedPoints({ config, plan, points }: Site): { energies: string[]; gauges: string[] } {
  const summed = plan.boundaries.flatMap(pointsEver).map((point) => points[point] ?? '')
  const { measured = {} } = config.disclosure ?? {}
  const named = Object.values(measured).flatMap((list) => list ?? [])
  const all = [...new Set([...summed, ...named])]
  // Temperatures that heat is made of have the same rows
  const isGauge = (name: string) =>
    config.points[name]?.kind === 'gauge' || amountOfPoint(config.points[name] ?? {}) === 'temperature'
  return { energies: all.filter((name) => !isGauge(name)), gauges: all.filter(isGauge) }
}

function wantedPlaces(site: Site): ReadonlyMap<string, number> {
  const { energies, gauges } = wantedPoints(site)
  const names = new Set([...energies, ...gauges])
  return new Map(site.points.flatMap((name, point) => (names.has(name) ? [[name, point] as const] : [])))
}

export function openDay(site: Site, period: Period): OpenDay {
  const { lengthMs } = site.plan
  const gauges: OpenDay['gauges'] = new Map()
  const intervals = Math.round((period.endMs - period.startMs) / lengthMs)
  return {
    site,
    period,
    wanted: wantedPlaces(site),
    energies: {
      firstInterval: Math.round(period.startMs / lengthMs),
      intervals,
      energyJ: new Map(),
      estimatedJ: new Map(),
      coverage: new Map(),
      mean: (point, n) => gauges.get(site.points[point] ?? '')?.means[n] ?? NaN,
    },
    standing: new Map(),
    counts: new Map(),
    gauges,
    masked: new Map(),
    restatements: [],
  }
}

/** Takes a row of the day into it; of one series and time the last counts. Others are passed over. */
export function noteRow(day: OpenDay, row: Row): void {
  const { measurement, tags, fields, timeMs } = row
  const { startMs, endMs } = day.period
  if (timeMs <= startMs || timeMs > endMs) return
  if (measurement === 'energy' || measurement === 'water') noteEnergy(day, row)
  else if (measurement === 'reading') noteReading(day, row)
  else if (measurement === 'pue' && tags.window === 'day' && timeMs === endMs) {
    const { uncertainty } = fields
    day.masked.set(tags.boundary ?? '', {
      boundary: tags.boundary ?? '',
      category: tags.category ?? '',
      facilityJ: numberIn(fields.facility_j),
      itJ: numberIn(fields.it_j),
      coverage: numberIn(fields.coverage),
      estimatedShare: numberIn(fields.estimated_share),
      state: String(fields.state ?? ''),
      revision: numberIn(fields.revision),
      ...(typeof uncertainty === 'number' && { uncertainty }),
    })
  } else if (measurement === 'restatement') day.restatements.push(row)
}

/** Notes what a register showed, J or mL; the readings of the day nearest to its ends stay. */
export function noteShown({ counts, period }: OpenDay, point: string, tMs: number, count: number): void {
  if (tMs < period.startMs || tMs > period.endMs) return
  const known = counts.get(point)
  const at = { atMs: tMs, count }
  if (known === undefined) counts.set(point, { first: at, last: at })
  else if (tMs < known.first.atMs) known.first = at
  else if (tMs >= known.last.atMs) known.last = at
}

/** The page of a day whose rows have all come. `configuration` is the digest of the one in force. */
export function pageOf(day: OpenDay, configuration: string): DayPage {
  const { site, period } = day
  const { config, plan } = site
  return {
    form: 1,
    site: config.site.id,
    day: localDate(config.site.timezone, period),
    ...period,
    intervalS: config.core.intervalS,
    configuration,
    meters: [...day.energies.energyJ.keys()].map((point) => meterDay(day, point)),
    sums: site.boundaries.flatMap((_, boundary) => termsOfDay(site, boundary, day.energies)),
    masked: [...day.masked.values()],
    gauges: [...day.gauges].map(([point, columns]) => gaugeDay(point, columns, period.startMs, plan.lengthMs)),
    restatements: day.restatements.map(({ tags, fields }) => ({
      of: tags.of ?? '',
      name: tags.name ?? '',
      window: tags.window ?? '',
      reason: String(fields.reason ?? ''),
      count: numberIn(fields.count),
      ...(typeof fields.old === 'number' && { old: fields.old }),
      ...(typeof fields.new === 'number' && { new: fields.new }),
    })),
  }
}

function noteEnergy(day: OpenDay, { tags, fields, timeMs }: Row): void {
  const { site, wanted, energies, standing } = day
  const point = wanted.get(tags.point ?? '')
  const n = Math.round(timeMs / site.plan.lengthMs) - 1 - energies.firstInterval
  if (point === undefined) return
  const energyJ = fields.water_l === undefined ? numberIn(fields.energy_j) : numberIn(fields.water_l) * ML_IN_L
  columnOf(energies.energyJ, point, energies.intervals)[n] = energyJ
  columnOf(energies.estimatedJ, point, energies.intervals)[n] = energyJ * numberIn(fields.estimated_share)
  columnOf(energies.coverage, point, energies.intervals)[n] = numberIn(fields.coverage)
  const known = standing.get(point) ?? { states: new Uint8Array(energies.intervals), revision: 0 }
  standing.set(point, known)
  known.states[n] = STANDINGS.indexOf(String(fields.state)) + 1
  known.revision = Math.max(known.revision, numberIn(fields.revision))
}

function noteReading({ wanted, gauges, period, site, energies }: OpenDay, { tags, fields, timeMs }: Row): void {
  const name = tags.point ?? ''
  if (!wanted.has(name)) return
  const empty = () => new Float64Array(energies.intervals).fill(NaN)
  const columns = gauges.get(name) ?? { means: empty(), lasts: empty() }
  gauges.set(name, columns)
  const n = Math.round((timeMs - period.startMs) / site.plan.lengthMs) - 1
  columns.means[n] = typeof fields.mean === 'number' ? fields.mean : NaN
  columns.lasts[n] = typeof fields.last === 'number' ? fields.last : NaN
}

function meterDay({ site, energies, standing, counts }: OpenDay, point: number): MeterDay {
  const { lengthMs, minCoverage } = site.plan
  const name = site.points[point] ?? ''
  const gaps = openGaps()
  let coveredMs = 0
  for (const [n, share] of energies.coverage.get(point)?.entries() ?? []) {
    coveredMs += Math.round(share * lengthMs)
    if (share < minCoverage) noteUnknown(gaps, n, Math.round((1 - share) * lengthMs))
  }
  return {
    point: name,
    kind: site.config.points[name]?.kind ?? '',
    energyJ: total(energies.energyJ.get(point)),
    estimatedJ: total(energies.estimatedJ.get(point)),
    coveredMs,
    gaps: gapsOf(gaps, energies.firstInterval, lengthMs),
    state: STANDINGS.find((_, place) => standing.get(point)?.states.includes(place + 1)) ?? '',
    revision: standing.get(point)?.revision ?? 0,
    ...counts.get(name),
  }
}

function gaugeDay(
  point: string,
  { means, lasts }: { means: Float64Array; lasts: Float64Array },
  startMs: number,
  lengthMs: number,
): GaugeDay {
  let [sum, known, steps, falls] = [0, 0, 0, 0]
  let first: CountAt | undefined
  let last: CountAt | undefined
  for (const [n, mean] of means.entries()) {
    const count = lasts[n] ?? NaN
    if (!Number.isNaN(mean)) {
      sum += mean
      known++
    }
    if (Number.isNaN(count)) continue
    const at = { atMs: startMs + (n + 1) * lengthMs, count }
    first ??= at
    if (last !== undefined) {
      if (count >= last.count) steps += count - last.count
      else falls++
    }
    last = at
  }
  const ends = first !== undefined && last !== undefined ? { first, last } : {}
  return { point, mean: known === 0 ? 0 : sum / known, coveredMs: known * lengthMs, ...ends, steps, falls }
}

function columnOf(columns: Map<number, Float64Array>, point: number, intervals: number): Float64Array {
  const column = columns.get(point) ?? new Float64Array(intervals)
  columns.set(point, column)
  return column
}

function total(column: Float64Array = new Float64Array()): number {
  return column.reduce((sum, joules) => sum + joules, 0)
}

/** Unknown counts as 0: what is known of it stands in the coverage. */
function numberIn(field: string | number | boolean | undefined): number {
  return typeof field === 'number' ? field : 0
}
