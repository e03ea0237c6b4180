/** A small site and days of it, written by hand: what reports are made of. */
import { parseConfig, type Config } from '../../src/config/config.ts'
import { ruleSetNamed } from '../../src/config/rules/rules.ts'
import type { EnergyReport } from '../../src/config/reporting/report-schema.ts'
import type { DayPage } from '../../src/reports/days/page.ts'
import { buildReport } from '../../src/reports/model/build.ts'
import { readPeriod } from '../../src/reports/period.ts'

const DAY_MS = 86_400_000
const KWH_J = 3_600_000
const NO_GAPS = { stretches: [], count: 0, lengthMs: 0 }

const SITE = `
site: { id: dc5, timezone: Etc/UTC }
core: { windows: [day] }
points:
  main: { topic: dc/main, unit: kW, accuracyPct: 0.5, role: facility }
  it: { topic: dc/it, unit: kWh, register: { rolloverAt: 1000000, swaps: [{ at: 2026-10-05T12:00:00Z, closing: 700, opening: 5 }] }, accuracyPct: 1, role: it }
  pump: { topic: dc/pump, unit: kW, accuracyPct: 1 }
  heat: { topic: dc/heat, unit: kW, accuracyPct: 3, role: heat }
  pv: { topic: dc/pv, unit: kW, accuracyPct: 1 }
  city: { topic: dc/city, unit: m³, accuracyPct: 2 }
  well: { topic: dc/well, unit: L }
  outdoor: { topic: dc/outdoor, unit: °C }
boundaries:
  dc5: { facility: [main], it: [it] }
`

const DISCLOSURE = `
disclosure:
  boundary: dc5
  measured: { reuse: [heat], onSite: [pv], heatPump: [pump], water: [city, well], freshwater: [city], outdoor: [outdoor] }
  typed:
    started: { value: 2018-06, by: A, on: 2026-11-02, source: file }
    e_res_goo: { value: 500, by: A, on: 2026-11-02, source: registry }
    e_res_ppa: { value: 0, by: A, on: 2026-11-02, source: none }
`

/** The site with a disclosure of its own, or the usual one. */
export function siteConfig(disclosure = DISCLOSURE): Config {
  const read = parseConfig(SITE + disclosure)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.config
}

/** What a day holds, kWh and m³. */
interface DayAmounts {
  day: string
  facility?: number
  it?: number
  energies?: Record<string, number>
  counts?: Record<string, readonly [first: number, last: number]>
  itCounts?: readonly [first: number, last: number]
  outdoorC?: number
  /** Share of the day in which the facility is known, and what its PUE's row says of the rest. */
  coverage?: number
  masked?: readonly [facility: number, it: number]
  configuration?: string
}

export function dayPage(of: DayAmounts): DayPage {
  const { day, facility = 1200, it = 1000, coverage = 1, masked = [facility, it] } = of
  const startMs = Date.parse(`${day}T00:00Z`)
  const endMs = startMs + DAY_MS
  const at = (count: number, atMs: number) => ({ count, atMs })
  const energies = { main: facility, it, pump: 12, heat: 120, pv: 100, ...of.energies }
  const { city = [10, 10.15], well = [2, 2.05] } = of.counts ?? {}
  const term = (sum: 'facility' | 'it', point: string, kwh: number) => ({
    boundary: 'dc5',
    sum,
    term: point,
    measuredJ: kwh * KWH_J,
    estimatedJ: 0,
    declaredJ: 0,
    substituteJ: 0,
    coveredMs: (sum === 'facility' ? coverage : 1) * DAY_MS,
    gaps: NO_GAPS,
    lines: [{ point, energyJ: kwh * KWH_J }],
  })
  return {
    form: 1,
    site: 'dc5',
    day,
    startMs,
    endMs,
    intervalS: 60,
    configuration: of.configuration ?? 'one',
    meters: Object.entries(energies).map(([point, kwh]) => ({
      point,
      kind: point === 'it' ? 'register' : 'power',
      energyJ: kwh * KWH_J,
      estimatedJ: 0,
      coveredMs: DAY_MS,
      gaps: NO_GAPS,
      state: 'settled',
      revision: 0,
      ...(point === 'it' && {
        first: at((of.itCounts?.[0] ?? 0) * KWH_J, startMs),
        last: at((of.itCounts?.[1] ?? it) * KWH_J, endMs),
      }),
    })),
    sums: [term('facility', 'main', facility), term('it', 'it', it)],
    masked: [
      {
        boundary: 'dc5',
        category: '1',
        facilityJ: masked[0] * KWH_J,
        itJ: masked[1] * KWH_J,
        coverage,
        estimatedShare: 0,
        state: 'settled',
        revision: 0,
      },
    ],
    gauges: [
      ...Object.entries({ city, well }).map(([point, [first, last]]) => ({
        point,
        mean: last,
        coveredMs: DAY_MS,
        first: at(first, startMs + 60_000),
        last: at(last, endMs),
        steps: Math.max(0, last - first),
        falls: last < first ? 1 : 0,
      })),
      { point: 'outdoor', mean: of.outdoorC ?? 18, coveredMs: DAY_MS, steps: 0, falls: 0 },
    ],
    restatements: [],
  }
}

interface ReportOf {
  pages: readonly DayPage[]
  period?: string
  rules?: string
  disclosure?: string
  madeAt?: string
}

export function reportOf({
  pages,
  period = '2026-10-05',
  rules = 'eu-2024-1364',
  disclosure,
  madeAt,
}: ReportOf): EnergyReport {
  const byDay = new Map(pages.map((page) => [page.day, page]))
  return buildReport({
    config: siteConfig(disclosure),
    rules: ruleSetNamed(rules),
    period: readPeriod(period, 'Etc/UTC'),
    pageOf: (day) => byDay.get(day),
    madeAtMs: Date.parse(madeAt ?? '2026-12-01T10:00Z'),
    software: '0.0.0',
  })
}
