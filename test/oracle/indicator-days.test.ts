import { describe, expect, test } from 'vitest'
import { seedsOf } from '../seeds.ts'
import { calendarOf } from './calendar.ts'
import { indicatorRows, type IndicatorSpec } from './indicators.ts'
import { createIndicatorDay, type IndicatorDay } from './indicator-days.ts'
import { oracle, rowKey, type Answer } from './oracle.ts'
import { differences, grouped, replayDay, type Told } from './run.ts'
import type { Row } from './types.ts'

// Indicators of two sites a day, with gaps, backlogs, swaps, heat, carbon and shared plant, against the slow answer. The
// ± of each is held by hand in test/scenarios: here no meter has a class. More days: seeds.ts.

const SEEDS = seedsOf('indicator days')

/** Everything that must have been compared, and how often. */
const seen = new Map<string, number>()
let loosest = 0

describe('indicators are what the oracle works out', () => {
  for (const day of SEEDS.flatMap((seed) => ['dc5', 'dc6'].map((site) => createIndicatorDay(seed, site)))) {
    test(`${day.title}`, async () => {
      const answer = answerOf(day)
      const told = indicatorsOnly(await replayDay(day.scenario, day.packets))
      expect(grouped(differences(answer, told))).toEqual([])
      expect(grouped(told.odd)).toEqual([])
      for (const row of answer.rows.values()) note(row)
    })
  }
})

test('every indicator was known and partly known, and no comparison was looser than a thousandth', (context) => {
  if (seen.size === 0) return context.skip()
  const names = ['wue', 'erf', 'ere', 'clf', 'cer', 'cue', 'cue_market', 'pue']
  const wanted = names.flatMap((name) => [`${name} known`, `${name} masked`])
  expect(wanted.filter((name) => (seen.get(name) ?? 0) < 3)).toEqual([])
  expect(loosest).toBeLessThan(1e-3)
})

function note({ fields, tags, within }: Row): void {
  const count = (name: string) => seen.set(name, (seen.get(name) ?? 0) + 1)
  const name = tags['indicator'] ?? 'pue'
  const coverage = Number(fields['coverage'])
  const amount = Math.abs(Number(fields['over'] ?? fields['facility_j'] ?? 0))
  if (amount > 0) loosest = Math.max(loosest, (within['over'] ?? within['facility_j'] ?? 0) / amount)
  if (fields['value'] !== undefined || fields['pue'] !== undefined) count(`${name} known`)
  if (coverage > 0 && coverage < 1) count(`${name} masked`)
}

function answerOf({ scenario, specs, packets }: IndicatorDay): Answer {
  const answer = oracle(scenario, packets)
  const oldestMs = (name: string) => {
    const { kind = 'power', everyMs = 0 } = scenario.points.find((point) => point.name === name) ?? {}
    return (answer.samples.get(name)?.[0]?.tMs ?? Infinity) - (kind === 'mean' || kind === 'energy' ? everyMs : 0)
  }
  const newestMs = Math.max(...[...answer.samples.values()].map((list) => list.at(-1)?.tMs ?? -Infinity))
  const last = Math.floor(newestMs / scenario.lengthMs)
  const rows = specs.flatMap((spec) => {
    const first = Math.floor(Math.min(...pointsOf(spec).map(oldestMs)) / scenario.lengthMs)
    return indicatorRows(scenario, spec, answer.shares, calendarOf(scenario.timezone), { first, last })
  })
  return { ...answer, rows: new Map(rows.map((row) => [rowKey(row.measurement, row.tags, row.timeMs), row])) }
}

function pointsOf({ over, under }: IndicatorSpec): string[] {
  return [...over, ...under].flatMap(({ point, heat, share, by }) => [
    point,
    ...(heat === undefined ? [] : [heat.hot, heat.cold]),
    ...(share === undefined || typeof share === 'number' ? [] : share.all),
    ...(by !== undefined && 'point' in by ? [by.point] : []),
  ])
}

/** The PUE of the whole has losses beside it, which other days compare. */
function indicatorsOnly(told: Told): Told {
  const isOurs = (key: string) =>
    key.startsWith('indicator ') || (key.startsWith('pue ') && key.includes('boundary=hall'))
  return { ...told, rows: new Map([...told.rows].filter(([key]) => isOurs(key))) }
}
