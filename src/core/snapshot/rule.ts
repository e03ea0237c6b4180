import assert from 'node:assert/strict'
import { addAllSegments } from '../energy/join.ts'
import { addCalendar } from '../energy/register/count-edge.ts'
import { POINT_KINDS, type PointPlan } from '../contract/plan.ts'
import { CAUSE } from '../energy/restated.ts'
import { dropApart } from '../energy/retention.ts'
import { timeAt } from '../energy/samples.ts'
import type { Core } from '../state.ts'

/** Bits of the fourth number: the value holds; a day counter; the same, with its zone behind the sixth number. */
const HOLDS = 1
const DAILY = 2
const ZONED = 4
/** A count that is worth more or less from dates on. */
const DATED = 8

/**
 * The rule by which a point's samples became energy. Only by the same rule can that energy be taken out again.
 *
 *     kind, period, longest gap, bits, modulus, rating | of a day counter: length of its zone, letters …
 *     | of a count with dates: how many, their times and ratios … | swaps …
 *
 * Up to version 2 of the points no zone was saved.
 */
export function saveRule(plan: PointPlan): number[] {
  const { kind, everyMs, maxGapMs, hold, rolloverJ, maxW, swaps, ratios, dayZone } = plan
  const bits = (hold ? HOLDS : 0) + (dayZone === '' ? 0 : ZONED) + (ratios.length === 0 ? 0 : DATED)
  const zone = dayZone === '' ? [] : [dayZone.length, ...Array.from(dayZone, (_, n) => dayZone.charCodeAt(n))]
  const numbers = swaps.flatMap(({ atMs, closingJ, openingJ }) => [atMs, closingJ, openingJ])
  const dated = ratios.length === 0 ? [] : [ratios.length, ...ratios.flatMap(({ atMs, ratio }) => [atMs, ratio])]
  return [POINT_KINDS.indexOf(kind), everyMs, maxGapMs, bits, rolloverJ, maxW, ...zone, ...dated, ...numbers]
}

/**
 * Applies a rule that the configuration has changed (a declared swap, a rating, a longest gap) to a point restored
 * before. The energy of the samples still held is taken out by the old rule and put in by the new one. Older energy
 * stays as it was emitted, and its gaps are open no longer. Samples of another kind measure something else and go.
 */
export function restoreRule(core: Core, point: number, section: Float64Array | undefined): void {
  const { intervals, samples, nextClose } = core
  const plan = core.plan.points[point]!
  if (samples.count[point] === 0) return
  assert(section !== undefined, 'a snapshot that has a point has its rule')
  const before = ruleOf(section, plan, core.plan.timezone)
  if (before.kind === plan.kind && isSame(section, saveRule(plan))) return
  const isSwap = before.swaps.length !== plan.swaps.length
  core.pue.restated.causes[point]! |= isSwap ? CAUSE.swap : CAUSE.configuration
  dropApart(samples, core.gaps, point)
  if (before.kind !== plan.kind) {
    samples.floorMs[point] = timeAt(samples, point, samples.count[point]! - 1)
    samples.count[point] = 0
  } else {
    addCalendar(samples.counts, before.dayZone)
    addAllSegments(intervals, samples, point, before, -1, nextClose)
    addAllSegments(intervals, samples, point, plan, 1, nextClose)
  }
}

function ruleOf(section: Float64Array, plan: PointPlan, timezone: string): PointPlan {
  const [kind, everyMs, maxGapMs, bits, rolloverJ, maxW] = section
  const letters = (bits! & ZONED) === 0 ? 0 : section[6]!
  const datedFrom = letters === 0 ? 6 : 7 + letters
  const dates = (bits! & DATED) === 0 ? 0 : section[datedFrom]!
  const ratios = Array.from({ length: dates }, (_, n) => ({
    atMs: section[datedFrom + 1 + 2 * n]!,
    ratio: section[datedFrom + 2 + 2 * n]!,
  }))
  const swapsFrom = dates === 0 ? datedFrom : datedFrom + 1 + 2 * dates
  const swaps = Array.from({ length: (section.length - swapsFrom) / 3 }, (_, n) => ({
    atMs: section[swapsFrom + 3 * n]!,
    closingJ: section[swapsFrom + 3 * n + 1]!,
    openingJ: section[swapsFrom + 3 * n + 2]!,
  }))
  const unsaved = plan.dayZone === '' ? timezone : plan.dayZone
  const dayZone = String.fromCharCode(...section.subarray(7, 7 + letters))
  return {
    ...plan,
    kind: POINT_KINDS[kind!]!,
    everyMs: everyMs!,
    maxGapMs: maxGapMs!,
    hold: (bits! & HOLDS) !== 0,
    dayZone: (bits! & DAILY) === 0 ? dayZone : unsaved,
    rolloverJ: rolloverJ!,
    maxW: maxW!,
    ratios,
    swaps,
  }
}

function isSame(before: Float64Array, now: readonly number[]): boolean {
  return before.length === now.length && before.every((number, n) => Object.is(number, now[n]))
}
