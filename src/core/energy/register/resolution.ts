import { settlingGapMs, type CorePlan } from '../../contract/plan.ts'
import { timeAt, valueAt, type Samples } from '../samples.ts'

/**
 * How coarse the display of each register is: the largest power of ten of kWh (times its factor) of which all
 * differences of its counts are multiples. What is known at a time follows from the set of readings up to then, so the
 * order of arrival leaves no trace. Register r owns the numbers from r × `RESOLUTION_NUMBERS` on:
 *
 * ```
 * FIRST_MS FIRST_J   its oldest reading.
 * RISEN_MS           the oldest that shows another count. Infinity: none does, and nothing is known.
 * FINER + k          the oldest whose difference from the first is no multiple of STEPS[k]. Infinity: none is.
 *
 * resolution     unknown |      10 kWh       |     1 kWh  ...         rises of 10, 30, 7 kWh
 *                   RISEN_MS          FINER of 10 kWh         time
 * ```
 */
export interface Resolutions {
  /** Index among the registers; -1: the point is none. */
  readonly placeOf: Int32Array
  /** By register the joules of one kWh on its display. */
  readonly countJ: Float64Array
  readonly numbers: Float64Array
  /** By register what most readings are compared with: `USUAL`. It follows from the numbers. */
  readonly usual: Float64Array
  /** By point the numbers that the written rows go by, where others are known since. */
  readonly before: Map<number, Float64Array>
  /** A window goes by the readings up to so much behind its end: these have come when it settles. */
  readonly aheadMs: number
}

const FIRST_MS = 0
const FIRST_J = 1
const RISEN_MS = 2
const FINER = 3

/** Resolutions that are told apart, in kWh of the display. What is finer counts as exact. */
const STEPS = [1000, 100, 10, 1, 0.1, 0.01, 0.001] as const

export const RESOLUTION_NUMBERS = FINER + STEPS.length

/**
 * A reading after `LATEST_MS` says nothing new if it differs from the first by a multiple of the resolution. That is
 * kept as its inverse: 0 where it is exact. Before the count has risen each reading is looked at.
 */
const LATEST_MS = 0
const ORIGIN_J = 1
const PER_STEP = 2
const USUAL = 3

/** Counts are converted in floating point: what is as little as this is nothing. */
const NOTHING_J = 1

export function createResolutions(plan: CorePlan): Resolutions {
  const placeOf = new Int32Array(plan.points.length).fill(-1)
  const counts: number[] = []
  for (const [point, { kind, countJ }] of plan.points.entries()) {
    if (kind === 'register') placeOf[point] = counts.push(countJ) - 1
  }
  return {
    placeOf,
    countJ: Float64Array.from(counts),
    numbers: new Float64Array(RESOLUTION_NUMBERS * counts.length).fill(Infinity),
    usual: new Float64Array(USUAL * counts.length).fill(Infinity),
    before: new Map(),
    aheadMs: settlingGapMs(plan, 'energy'),
  }
}

/** Resolution of a register as far as the readings before a time show it, joules; 0: not known, or exact. */
export function resolutionAt({ placeOf, countJ, numbers }: Resolutions, point: number, beforeMs: number): number {
  const place = placeOf[point]!
  const at = RESOLUTION_NUMBERS * place
  if (numbers[at + RISEN_MS]! >= beforeMs) return 0
  for (let k = 0; k < STEPS.length; k++) {
    if (numbers[at + FINER + k]! >= beforeMs) return countJ[place]! * STEPS[k]!
  }
  return 0
}

/** Takes a register's reading into account, wherever it falls among those before. */
export function noteCount(resolutions: Resolutions, point: number, tMs: number, countJ: number): void {
  const { placeOf, usual } = resolutions
  const at = USUAL * placeOf[point]!
  if (tMs > usual[at + LATEST_MS]!) {
    const perStep = usual[at + PER_STEP]!
    const steps = (countJ - usual[at + ORIGIN_J]!) * perStep
    if (Math.abs(steps - Math.round(steps)) <= NOTHING_J * perStep) return
  }
  learn(resolutions, point, tMs, countJ)
  settleUsual(resolutions, point)
}

/** Learns from the readings that are held of registers of which nothing is known: older snapshots do not say it. */
export function learnFromHeld(resolutions: Resolutions, samples: Samples): void {
  const { placeOf, numbers, before } = resolutions
  for (const [point, place] of placeOf.entries()) {
    if (place < 0 || numbers[RESOLUTION_NUMBERS * place + FIRST_MS] !== Infinity) continue
    for (let k = 0; k < samples.count[point]!; k++) {
      noteCount(resolutions, point, timeAt(samples, point, k), valueAt(samples, point, k))
    }
    before.delete(point)
  }
}

function learn(resolutions: Resolutions, point: number, tMs: number, countJ: number): void {
  const { placeOf, numbers } = resolutions
  const at = RESOLUTION_NUMBERS * placeOf[point]!
  const firstMs = numbers[at + FIRST_MS]!
  if (tMs < firstMs) {
    const rose = numbers[at + FIRST_J]! - countJ
    if (firstMs !== Infinity) noteRise(resolutions, point, firstMs, rose)
    numbers[at + FIRST_MS] = tMs
    numbers[at + FIRST_J] = countJ
  } else if (tMs < numbers[at + RESOLUTION_NUMBERS - 1]!) {
    noteRise(resolutions, point, tMs, countJ - numbers[at + FIRST_J]!)
  }
}

/** Notes by how much the count at a time differs from the first. */
function noteRise(resolutions: Resolutions, point: number, tMs: number, roseJ: number): void {
  if (Math.abs(roseJ) <= NOTHING_J) return
  const { placeOf, countJ, numbers } = resolutions
  const place = placeOf[point]!
  const at = RESOLUTION_NUMBERS * place
  if (tMs < numbers[at + RISEN_MS]!) {
    keepBefore(resolutions, point, at)
    numbers[at + RISEN_MS] = tMs
  }
  let k = 0
  while (k < STEPS.length && numbers[at + FINER + k]! <= tMs) k++
  for (; k < STEPS.length && !isMultiple(roseJ, countJ[place]! * STEPS[k]!); k++) {
    keepBefore(resolutions, point, at)
    numbers[at + FINER + k] = tMs
  }
}

/** Finds out anew what most readings are compared with. */
export function settleUsual(resolutions: Resolutions, point: number): void {
  const { placeOf, numbers, usual } = resolutions
  const place = placeOf[point]!
  const at = RESOLUTION_NUMBERS * place
  let latestMs = -Infinity
  for (let n = RISEN_MS; n < RESOLUTION_NUMBERS; n++) {
    const tMs = numbers[at + n]!
    if (tMs !== Infinity && tMs > latestMs) latestMs = tMs
  }
  const isRisen = numbers[at + RISEN_MS] !== Infinity
  usual[USUAL * place + LATEST_MS] = isRisen ? latestMs : Infinity
  usual[USUAL * place + ORIGIN_J] = numbers[at + FIRST_J]!
  const stepJ = resolutionAt(resolutions, point, Infinity)
  usual[USUAL * place + PER_STEP] = stepJ === 0 ? 0 : 1 / stepJ
}

function isMultiple(joules: number, ofJ: number): boolean {
  return Math.abs(joules - Math.round(joules / ofJ) * ofJ) <= NOTHING_J
}

function keepBefore({ before, numbers }: Resolutions, point: number, at: number): void {
  if (!before.has(point)) before.set(point, numbers.slice(at, at + RESOLUTION_NUMBERS))
}

/**
 * Times between which a register's resolution is not what the written rows go by: after the first, up to the second.
 */
export function changedBetween({ placeOf, numbers, before }: Resolutions, point: number): [number, number] {
  const at = RESOLUTION_NUMBERS * placeOf[point]!
  let [fromMs, toMs] = [Infinity, -Infinity]
  for (const [n, was] of before.get(point)?.entries() ?? []) {
    const is = numbers[at + n]!
    if (n < RISEN_MS || is === was) continue
    fromMs = Math.min(fromMs, is, was)
    toMs = Math.max(toMs, is, was)
  }
  return [fromMs, toMs]
}

/** Exchanges what is known with what the written rows go by. Called twice, it changes nothing. */
export function exchangeBefore({ placeOf, numbers, before }: Resolutions): void {
  for (const [point, was] of before) {
    const at = RESOLUTION_NUMBERS * placeOf[point]!
    const is = numbers.slice(at, at + RESOLUTION_NUMBERS)
    numbers.set(was, at)
    was.set(is)
  }
}
