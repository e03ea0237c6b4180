import { exactly, minus, over, plus, round, times, type Fraction } from './exact.ts'
import { calendarOf } from './calendar.ts'
import { SCALE, type Sample } from './fold.ts'
import type { ScenarioPoint } from './types.ts'

/** Energy between two readings of a running count. */
export interface Step {
  from: Sample
  to: Sample
  /** As the readings have it, and from readings that were each rounded to whole mJ. */
  exactMj: Fraction
  mj: number
}

/** What became of readings and of what lies between them, counted. */
export type Verdicts = Partial<Record<Verdict | Aside, number>>

type Aside = 'skipped' | 'bridged' | 'over a swap' | 'young' | 'return' | 'confirmed' | 'next day'

type Verdict = 'step' | 'rollover' | 'fall' | 'above rating' | 'gap'

const SLACK_MS = 6 * 60_000
const ANY_FEEDER_W = 1e9
const SKIPPED_RATIO = 10
const UNKNOWN_W = 10_000
const DAY_MS = 86_400_000
const CONFIRMED_MS = 3_600_000
/** A day counter's clock may be off by so much. */
const MIDNIGHT_MS = 600_000

/**
 * The steps of a register, from its readings sorted by event time. Each is judged by its raw neighbours; those that they
 * contradict are left out, and the count goes on between the rest. Where it falls, the readings behind decide what that
 * was: a while of lies, or a meter that began anew.
 */
export function registerSteps(point: ScenarioPoint, samples: readonly Sample[]): { steps: Step[]; verdicts: Verdicts } {
  const log: Log = { point, samples, kept: [], steps: [], verdicts: {} }
  log.kept.push(...samples.map((_, i) => i).filter((i) => !isContradicted(point, samples, i)))
  for (let n = log.kept.length; n < samples.length; n += 1) note(log, 'skipped')
  let before: Fraction | undefined // the mean power of the step up to here
  let n = 1
  while (n < log.kept.length) {
    const [from, to] = [at(log.kept, n - 1), at(log.kept, n)]
    const verdict = judged(log, from, to, before)
    note(log, verdict)
    if (verdict === 'step' || verdict === 'rollover') before = take(log, from, to, verdict)
    else if (verdict !== 'fall') before = undefined
    else [n, before] = behindFall(log, n, before)
    n += 1
  }
  return { steps: log.steps, verdicts: log.verdicts }
}

interface Log {
  point: ScenarioPoint
  samples: readonly Sample[]
  /** Places of the readings that nothing contradicts. */
  kept: number[]
  steps: Step[]
  verdicts: Verdicts
}

function note({ verdicts }: Log, verdict: keyof Verdicts): void {
  verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
}

/** Adds a step; returns its mean power, W. */
function take(log: Log, from: number, to: number, verdict: Verdict): Fraction {
  const { point, samples } = log
  const [a, b] = [at(samples, from), at(samples, to)]
  if (b.tMs - a.tMs > 3 * point.everyMs) note(log, 'bridged')
  if (swapsBetween(point, a, b).length > 0) note(log, 'over a swap')
  const wraps = verdict === 'rollover' ? wrapsOf(point, a, b) : 0
  const exactMj = times(energyOf(point, a, b, verdict), exactly(1000))
  log.steps.push({ from: a, to: b, exactMj, mj: riseMj(point, a, b) + wraps * roundMj(exactly(point.modulusJ ?? 0)) })
  return meanOf(point, a, b, energyOf(point, a, b, verdict))
}

function energyOf(point: ScenarioPoint, a: Sample, b: Sample, verdict: Verdict): Fraction {
  const wraps = verdict === 'rollover' ? wrapsOf(point, a, b) : 0
  return plus(riseOf(point, a, b), times(exactly(point.modulusJ ?? 0), exactly(wraps)))
}

/** Over less than a period a step is no power of the feeder: counts are whole. */
function meanOf(point: ScenarioPoint, a: Sample, b: Sample, joules: Fraction): Fraction {
  return over(times(joules, exactly(1000)), Math.max(b.tMs - a.tMs, point.everyMs))
}

/** The verdict on a step, with what the register did before. `before`: mean power of the step up to `from`. */
function judged(log: Log, from: number, to: number, before: Fraction | undefined): Verdict {
  const { point, samples } = log
  const verdict = verdictOn(point, samples, from, to)
  if ((verdict !== 'step' && verdict !== 'rollover') || point.maxKw !== undefined) return verdict
  const [a, b, next] = [at(samples, from), at(samples, to), samples[to + 1]]
  const largest = largestBefore(log, b.tMs)
  if (largest === undefined && before === undefined && a.value !== 0) return verdict
  const tenfold = (watts: Fraction) => over(times(watts, exactly(10 * (b.tMs - a.tMs + SLACK_MS))), 1000)
  const joules = energyOf(point, a, b, verdict)
  if (atMost(joules, tenfold(largest ?? exactly(UNKNOWN_W)))) return verdict
  if (next !== undefined && isPlain(point, b, next)) {
    const nextW = over(times(riseOf(point, b, next), exactly(1000)), next.tMs - b.tMs)
    if (atMost(joules, tenfold(nextW))) return verdict
  }
  return verdict === 'step' ? 'above rating' : 'fall'
}

/** The largest mean power of a step that counts and ended on this day (UTC) or one of the seven before, W. */
function largestBefore({ point, steps }: Log, tMs: number): Fraction | undefined {
  const fromDay = Math.floor(tMs / DAY_MS) - 7
  return steps
    .filter(({ to, mj }) => mj > 0 && Math.floor(to.tMs / DAY_MS) >= fromDay)
    .map(({ from, to, exactMj }) => meanOf(point, from, to, over(exactMj, 1000)))
    .reduce<Fraction | undefined>((most, it) => (most !== undefined && atMost(it, most) ? most : it), undefined)
}

/** A count that has fallen: the place of its old count, the young ones, and whether these stood still before. */
interface Fallen {
  readonly old: number
  young: readonly number[]
  stood: boolean
}

/**
 * The count has fallen at kept reading `fallen`. From there on it is unknown, until a reading goes on from the count
 * before the fall, or until the young count has gone on for an hour. A day counter counts on at once where it falls at
 * midnight, and where it moves over one. Gives the place where it counts again (or the last) and the mean power there.
 */
function behindFall(log: Log, fallen: number, before: Fraction | undefined): [number, Fraction | undefined] {
  const { samples, kept } = log
  const state: Fallen = { old: at(kept, fallen - 1), young: [at(kept, fallen)], stood: false }
  if (isNextDay(log, fallen, state, before)) return [fallen, undefined]
  for (let n = fallen + 1; n < kept.length; n += 1) {
    const to = at(kept, n)
    const found = follow(log, state, n, before)
    if (found === 'return') {
      note(log, 'return')
      return [n, take(log, state.old, to, 'step')]
    }
    note(log, 'young')
    const hasMoved = at(samples, at(kept, n - 1)).value !== at(samples, to).value
    if (hasMoved && isNextDay(log, n, state, before)) return [n, undefined]
    if (found !== 'confirmed') continue
    const { point } = log
    const { young } = state
    note(log, 'confirmed')
    let mean: Fraction | undefined
    young.slice(1).forEach((it, k) => {
      const from = at(young, k)
      mean = take(log, from, it, riseOf(point, at(samples, from), at(samples, it)).top >= 0n ? 'step' : 'rollover')
    })
    return [n, mean]
  }
  return [kept.length, undefined]
}

/** What the kept reading `n` is to a count that has fallen: it goes on from the old one, or is one of the young ones. */
function follow(log: Log, state: Fallen, n: number, before: Fraction | undefined): 'return' | 'young' | 'confirmed' {
  const { point, samples, kept } = log
  const [last, to] = [at(kept, n - 1), at(kept, n)]
  const [a, b] = [at(samples, last), at(samples, to)]
  const verdict = judged(log, last, to, before)
  const goesOn = verdict === 'step' || verdict === 'rollover'
  const own = goesOn ? energyOf(point, a, b, verdict) : undefined
  const hasRisen = state.young.length > 1
  if (isReturn(log, state.old, to, own && meanOf(point, a, b, own), state.stood && !hasRisen)) return 'return'
  if (goesOn && (hasRisen || (own !== undefined && own.top > 0n))) state.young = [...state.young, to]
  else {
    state.young = [to]
    state.stood = goesOn
  }
  const isLong = b.tMs - at(samples, at(state.young, 0)).tMs >= CONFIRMED_MS
  return state.young.length > 1 && isLong ? 'confirmed' : 'young'
}

/**
 * Whether a day counter begins a day at the kept reading `n`: a midnight lies between it and the one before, and no
 * reading of the hour behind it goes on from the old count.
 */
function isNextDay(log: Log, n: number, state: Fallen, before: Fraction | undefined): boolean {
  const { point, samples, kept } = log
  if (point.dayZone === undefined) return false
  const [fromMs, toMs] = [at(samples, at(kept, n - 1)).tMs, at(samples, at(kept, n)).tMs]
  if (calendarOf(point.dayZone)('day', toMs + MIDNIGHT_MS).fromMs <= fromMs - MIDNIGHT_MS) return false
  const ahead = { ...state }
  for (let next = n + 1; next < kept.length; next += 1) {
    if (at(samples, at(kept, next)).tMs >= toMs + CONFIRMED_MS) break
    const found = follow(log, ahead, next, before)
    if (found === 'return') return false
    if (found === 'confirmed') break
  }
  note(log, 'next day')
  return true
}

/** Whether a reading goes on from the old count, better than from the young one, whose own step has the power `ownW`. */
function isReturn(log: Log, old: number, to: number, ownW: Fraction | undefined, stoodStill: boolean): boolean {
  const { point, samples } = log
  const [a, b] = [at(samples, old), at(samples, to)]
  const rise = riseOf(point, a, b)
  if (rise.top < 0n || b.tMs - a.tMs > point.maxGapMs) return false
  const largest = point.maxKw === undefined ? largestBefore(log, b.tMs) : undefined
  if (!atMost(rise, mostBetween(point, a, b))) return false
  if (largest && !atMost(rise, over(times(largest, exactly(10 * (b.tMs - a.tMs + SLACK_MS))), 1000))) return false
  if (ownW === undefined || (stoodStill && ownW.top > 0n)) return true
  const last = log.steps.findLast(({ mj }) => mj > 0)
  if (last === undefined) return false
  const before = meanOf(point, last.from, last.to, over(last.exactMj, 1000))
  const oldW = meanOf(point, a, b, rise)
  if (atMost(ownW, times(before, exactly(3))) || oldW.top <= 0n) return false
  // Nearer to the power before, as a ratio: not above the young step, and less far below than that is above
  return !atMost(ownW, oldW) && !atMost(times(ownW, oldW), times(before, before))
}

/** What the step between two readings tells. `from` and `to` are places among the raw readings. */
function verdictOn(point: ScenarioPoint, samples: readonly Sample[], from: number, to: number): Verdict {
  const [a, b] = [at(samples, from), at(samples, to)]
  if (b.tMs - a.tMs > point.maxGapMs) return 'gap'
  const rise = riseOf(point, a, b)
  if (rise.top >= 0n) return isPlain(point, a, b) ? 'step' : 'above rating'
  if (point.modulusJ === undefined) return 'fall'
  const modulus = exactly(point.modulusJ)
  const wrapped = plus(rise, times(modulus, exactly(wrapsOf(point, a, b))))
  if (wrapped.top < 0n) return 'fall'
  if (!atMost(wrapped, mostBetween(point, a, b))) return 'fall'
  if (point.maxKw !== undefined) return 'rollover'
  const stood = [a.value, ...swapsBetween(point, a, b).map(({ openingJ }) => openingJ)]
  if (stood.some((count) => !atMost(exactly(count), over(times(modulus, exactly(9)), 10)))) return 'rollover'
  const before = samples[from - 1]
  if (before === undefined || !isPlain(point, before, a)) return 'fall'
  const meanBefore = over(riseOf(point, before, a), a.tMs - before.tMs)
  return atMost(over(wrapped, b.tMs - a.tMs), times(meanBefore, exactly(10))) ? 'rollover' : 'fall'
}

/**
 * The count rises plainly from the reading before to the reading behind, and the one between does not fit: its own step
 * tells nothing, or it leaps ahead, by more than ten times the power, and the next one falls back.
 */
function isContradicted(point: ScenarioPoint, samples: readonly Sample[], i: number): boolean {
  const [before, own, behind] = [samples[i - 1], at(samples, i), samples[i + 1]]
  if (before === undefined || behind === undefined || !isPlain(point, before, behind)) return false
  const verdict = verdictOn(point, samples, i - 1, i)
  if (verdict !== 'step' && verdict !== 'rollover') return true
  if (riseOf(point, own, behind).top >= 0n || !isPlain(point, before, own)) return false
  const through = over(riseOf(point, before, behind), behind.tMs - before.tMs)
  const leap = over(riseOf(point, before, own), own.tMs - before.tMs)
  return !atMost(leap, times(through, exactly(SKIPPED_RATIO)))
}

/** A rise within the bridge and within what the feeder can bring. */
function isPlain(point: ScenarioPoint, a: Sample, b: Sample): boolean {
  const rise = riseOf(point, a, b)
  return rise.top >= 0n && b.tMs - a.tMs <= point.maxGapMs && atMost(rise, mostBetween(point, a, b))
}

/** Joules from one reading to another: of the old meter up to its closing, of the new one from its opening on. */
function riseOf(point: ScenarioPoint, a: Sample, b: Sample): Fraction {
  const own = minus(exactly(b.value), exactly(a.value))
  return swapsBetween(point, a, b).reduce(
    (rise, { closingJ, openingJ }) => plus(rise, minus(exactly(closingJ), exactly(openingJ))),
    own,
  )
}

/** The same of counts that are rounded to whole mJ one by one. */
function riseMj(point: ScenarioPoint, a: Sample, b: Sample): number {
  const swapped = swapsBetween(point, a, b).map(({ closingJ, openingJ }) => {
    return roundMj(exactly(closingJ)) - roundMj(exactly(openingJ))
  })
  return swapped.reduce((rise, mj) => rise + mj, roundMj(exactly(b.value)) - roundMj(exactly(a.value)))
}

/** Swaps behind the one reading, up to and with the other's stamp: a reading stamped as the swap is the new meter's. */
function swapsBetween(point: ScenarioPoint, a: Sample, b: Sample): { closingJ: number; openingJ: number }[] {
  return (point.swaps ?? [])
    .filter(({ atMs }) => atMs > a.tMs && atMs <= b.tMs)
    .map(({ closing, opening }) => ({ closingJ: closing * SCALE[point.unit], openingJ: opening * SCALE[point.unit] }))
}

/** How often a fall may have wrapped: once for each meter that counted in it, no more often than it takes. */
function wrapsOf(point: ScenarioPoint, a: Sample, b: Sample): number {
  const most = 1 + swapsBetween(point, a, b).length
  let rise = riseOf(point, a, b)
  let wraps = 0
  for (; rise.top < 0n && wraps < most; wraps += 1) rise = plus(rise, exactly(point.modulusJ ?? 0))
  return wraps
}

/** Joules that the rated power brings between two readings, and six minutes more: counts are whole, reads are late. */
function mostBetween(point: ScenarioPoint, a: Sample, b: Sample): Fraction {
  const ratedW = point.maxKw === undefined ? ANY_FEEDER_W : point.maxKw * 1000
  return over(times(exactly(ratedW), exactly(b.tMs - a.tMs + SLACK_MS)), 1000)
}

function roundMj(joules: Fraction): number {
  return round(times(joules, exactly(1000)))
}

function atMost(a: Fraction, b: Fraction): boolean {
  return a.top * b.bottom <= b.top * a.bottom
}

function at<T>(list: readonly T[], i: number): T {
  const one = list[i]
  if (one === undefined) throw new Error(`there is no reading ${i}`)
  return one
}
