/** Whether stated intervals of avoided energy hold the truth: plants are run with a measure and without it. */
import { expect, test } from 'vitest'
import { avoidedEnergy } from '../../src/savings/avoided.ts'
import type { DaySpan } from '../../src/savings/days.ts'
import { seedsOf } from '../seeds.ts'
import { savingCase, type SavingCase } from './plant-cases.ts'

function spansOf({ rows, baselineDays }: SavingCase): { baseline: DaySpan; report: DaySpan } {
  const first = rows[0]?.day ?? 0
  const middle = first + baselineDays
  return {
    baseline: { name: 'baseline', first, end: middle },
    report: { name: 'report', first: middle, end: first + rows.length },
  }
}

/** The least of `count` that a share must reach, three standard deviations below it. */
function leastOf(count: number, share: number): number {
  return Math.floor(count * share - 3 * Math.sqrt(count * share * (1 - share)))
}

test('90 of 100 intervals hold the energy that a measure has avoided', () => {
  const seeds = seedsOf('avoided energy')
  const misses = { below: 0, above: 0, guideline: 0, shownOfNone: 0 }
  let none = 0
  for (const seed of seeds) {
    const its = savingCase(seed)
    const found = avoidedEnergy(its.rows, { option: 'C', load: 'it', ...spansOf(its) }, [])
    if (found === undefined) throw new Error(`seed ${seed}: no model`)
    const [low, high] = found.interval90Kwh
    const halfKwh = found.fractional90 * Math.abs(found.avoidedKwh)
    if (its.trueKwh < low) misses.below++
    if (its.trueKwh > high) misses.above++
    if (Math.abs(found.avoidedKwh - its.trueKwh) > halfKwh) misses.guideline++
    if (its.measure === 'none') none++
    if (its.measure === 'none' && (low > 0 || high < 0)) misses.shownOfNone++
  }
  const count = seeds.length
  if (process.env['TABLES'] !== undefined) process.stdout.write(`${JSON.stringify({ count, none, ...misses })}\n`)
  const held = count - misses.below - misses.above
  expect(held).toBeGreaterThanOrEqual(leastOf(count, 0.9))
  expect(count - misses.below).toBeGreaterThanOrEqual(leastOf(count, 0.92))
  expect(count - misses.above).toBeGreaterThanOrEqual(leastOf(count, 0.92))
}, 3_600_000)
