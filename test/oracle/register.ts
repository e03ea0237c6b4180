import { exactly, minus, over, plus, round, times, type Fraction } from './exact.ts'
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
export type Verdicts = Partial<Record<Verdict | 'skipped' | 'bridged' | 'over a swap', number>>

type Verdict = 'step' | 'rollover' | 'reset' | 'above rating' | 'gap'

const SLACK_MS = 6 * 60_000
const ANY_FEEDER_W = 1e9
const SKIPPED_RATIO = 10

/**
 * The steps of a register, from its readings sorted by event time. Each is judged by its raw neighbours; those that they
 * contradict are left out, and the count goes on between the rest.
 */
export function registerSteps(point: ScenarioPoint, samples: readonly Sample[]): { steps: Step[]; verdicts: Verdicts } {
  const steps: Step[] = []
  const verdicts: Verdicts = {}
  const count = (verdict: keyof Verdicts) => {
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
  }
  const kept = samples.map((_, i) => i).filter((i) => !isContradicted(point, samples, i))
  for (let n = kept.length; n < samples.length; n += 1) count('skipped')
  kept.forEach((to, n) => {
    const from = kept[n - 1]
    if (from === undefined) return
    const verdict = verdictOn(point, samples, from, to)
    count(verdict)
    if (verdict !== 'step' && verdict !== 'rollover') return
    const [a, b] = [at(samples, from), at(samples, to)]
    if (b.tMs - a.tMs > 3 * point.everyMs) count('bridged')
    if (swapsBetween(point, a, b).length > 0) count('over a swap')
    const wraps = verdict === 'rollover' ? wrapsOf(point, a, b) : 0
    const wrap = times(exactly(point.modulusJ ?? 0), exactly(wraps))
    const exactMj = times(plus(riseOf(point, a, b), wrap), exactly(1000))
    steps.push({ from: a, to: b, exactMj, mj: riseMj(point, a, b) + wraps * roundMj(exactly(point.modulusJ ?? 0)) })
  })
  return { steps, verdicts }
}

/** What the step between two readings tells. `from` and `to` are places among the raw readings. */
function verdictOn(point: ScenarioPoint, samples: readonly Sample[], from: number, to: number): Verdict {
  const [a, b] = [at(samples, from), at(samples, to)]
  if (b.tMs - a.tMs > point.maxGapMs) return 'gap'
  const rise = riseOf(point, a, b)
  if (rise.top >= 0n) return isPlain(point, a, b) ? 'step' : 'above rating'
  if (point.modulusJ === undefined) return 'reset'
  const modulus = exactly(point.modulusJ)
  const wrapped = plus(rise, times(modulus, exactly(wrapsOf(point, a, b))))
  if (wrapped.top < 0n) return 'reset'
  if (point.maxKw !== undefined) return atMost(wrapped, mostBetween(point, a, b)) ? 'rollover' : 'reset'
  const stood = [a.value, ...swapsBetween(point, a, b).map(({ openingJ }) => openingJ)]
  if (stood.some((count) => !atMost(exactly(count), over(times(modulus, exactly(9)), 10)))) return 'rollover'
  const before = samples[from - 1]
  if (before === undefined || !isPlain(point, before, a)) return 'reset'
  const meanBefore = over(riseOf(point, before, a), a.tMs - before.tMs)
  return atMost(over(wrapped, b.tMs - a.tMs), times(meanBefore, exactly(10))) ? 'rollover' : 'reset'
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

function at(samples: readonly Sample[], i: number): Sample {
  const sample = samples[i]
  if (sample === undefined) throw new Error(`there is no reading ${i}`)
  return sample
}
