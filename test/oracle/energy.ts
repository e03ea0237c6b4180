import type { Sample } from './fold.ts'
import type { ScenarioPoint } from './types.ts'
import { registerSteps, type Step } from './register.ts'
import { exactly, minus, nearHalf, over, plus, round, times, toNumber, type Fraction } from './exact.ts'

/** What one point used in one interval. */
export interface Share {
  mj: number
  estimatedMj: number
  coveredMs: number
  /** The same energy with nothing rounded. */
  exactMj: Fraction
  /** How many rounded sums met in it: it is at most that far from `exactMj` (half a mJ each). */
  roundings: number
  /** Of those, how many lay so near a half that doubles may round the other way. */
  ties: number
}

/** A time over which the energy since its start is known. */
interface Stretch {
  fromMs: number
  toMs: number
  estimated: boolean
  mjAfter(ms: number): Fraction
  /** The same from unrounded readings, where `mjAfter` goes by rounded ones. */
  exactAfter?(ms: number): Fraction
}

/** Energy by interval number. Intervals without covered time are absent. */
export function energies(
  lengthMs: number,
  point: ScenarioPoint,
  samples: readonly Sample[],
  lone: ReadonlySet<number>,
): Map<number, Share> {
  const shares = new Map<number, Share>()
  for (const stretch of stretches(point, samples, lone)) {
    let before = exactly(0)
    let exactBefore = exactly(0)
    let tieBefore = false
    let fromMs = stretch.fromMs
    while (fromMs < stretch.toMs) {
      const interval = Math.floor(fromMs / lengthMs)
      const untilMs = Math.min((interval + 1) * lengthMs, stretch.toMs)
      const after = stretch.mjAfter(untilMs - stretch.fromMs)
      const exactAfter = stretch.exactAfter?.(untilMs - stretch.fromMs) ?? after
      const tieAfter = nearHalf(after)
      const share = shares.get(interval) ?? emptyShare()
      const mj = round(after) - round(before)
      share.mj += mj
      if (stretch.estimated) share.estimatedMj += mj
      share.coveredMs += untilMs - fromMs
      share.exactMj = plus(share.exactMj, minus(exactAfter, exactBefore))
      share.roundings += stretch.exactAfter === undefined ? 2 : 5 // both readings and the modulus besides
      share.ties += Number(tieBefore) + Number(tieAfter)
      shares.set(interval, share)
      before = after
      exactBefore = exactAfter
      tieBefore = tieAfter
      fromMs = untilMs
    }
  }
  return shares
}

function emptyShare(): Share {
  return { mj: 0, estimatedMj: 0, coveredMs: 0, exactMj: exactly(0), roundings: 0, ties: 0 }
}

/** How far whole joules may be from the truth: half a joule, and half a mJ for each sum that was rounded on the way. */
export function joulesOff(share: Share, joules: number): { off: number; allowed: number } {
  const off = Math.abs(toNumber(minus(exactly(joules), over(share.exactMj, 1000))))
  return { off, allowed: 0.5 + share.roundings * 0.0005 + share.ties * 0.001 }
}

function stretches(point: ScenarioPoint, samples: readonly Sample[], lone: ReadonlySet<number>): Stretch[] {
  if (point.kind === 'register') {
    return registerSteps(point, samples).steps.map((step) => stepStretch(point, step))
  }
  const out: Stretch[] = []
  samples.forEach((sample, i) => {
    const before = samples[i - 1]
    const isOwn = point.kind === 'mean' || point.kind === 'energy'
    const isFalse = point.hold
      ? lone.has(before?.tMs ?? NaN)
      : lone.has(sample.tMs) || (!isOwn && lone.has(before?.tMs ?? NaN))
    if (isFalse) return
    const stretch = stretchBefore(point, before, sample)
    if (stretch !== undefined) out.push(stretch)
  })
  return out
}

function stepStretch(point: ScenarioPoint, { from, to, mj, exactMj }: Step): Stretch {
  const spanMs = to.tMs - from.tMs
  const part = (total: Fraction) => (ms: number) => over(times(total, exactly(ms)), spanMs)
  return {
    fromMs: from.tMs,
    toMs: to.tMs,
    estimated: spanMs > 3 * point.everyMs,
    mjAfter: part(exactly(mj)),
    exactAfter: part(exactMj),
  }
}

function stretchBefore(point: ScenarioPoint, before: Sample | undefined, sample: Sample): Stretch | undefined {
  if (point.kind === 'mean' || point.kind === 'energy') {
    const fromMs = Math.max(sample.tMs - point.everyMs, before?.tMs ?? -Infinity)
    const spanMs = sample.tMs - fromMs
    const value = exactly(sample.value)
    const mjAfter = (ms: number) =>
      point.kind === 'mean' ? times(value, exactly(ms)) : over(times(value, exactly(ms * 1000)), spanMs)
    return { fromMs, toMs: sample.tMs, estimated: false, mjAfter }
  }
  if (before === undefined) return undefined
  const toMs = point.hold ? Math.min(sample.tMs, before.tMs + point.maxGapMs) : sample.tMs
  const spanMs = toMs - before.tMs
  if (spanMs > point.maxGapMs) return undefined
  const power = exactly(before.value)
  const rise = minus(exactly(sample.value), power)
  const mjAfter = (ms: number) => {
    const level = times(power, exactly(ms))
    return point.hold ? level : plus(level, over(times(rise, exactly(ms * ms)), 2 * spanMs))
  }
  return { fromMs: before.tMs, toMs, estimated: spanMs > 3 * point.everyMs, mjAfter }
}
