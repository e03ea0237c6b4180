import type { MeterFound } from './meters.ts'

/** A meter that is the sum of others, in each part of the listening time. */
export interface Balance {
  readonly parent: MeterFound
  readonly children: readonly MeterFound[]
  /** Largest difference over a part of the time, as a share of the parent. */
  readonly off: number
}

/** What balances, and whether the rest can be told at all. */
export interface Balances {
  readonly found: readonly Balance[]
  /** Meters that cannot be judged: heard too rarely, or the sum of several choices of others. */
  readonly unclear: readonly MeterFound[]
  /** Meters too small beside the largest to be told apart from its error. */
  readonly small: readonly MeterFound[]
}

const PARTS = 6
const FEWEST_SAMPLES = 4
/** Meters of class 1 that sample at different moments: over all the time, and in each part of it. */
const WITHIN = 0.01
const WITHIN_PART = 0.02
/** A meter below this share of a sum may be in it or not: the sum cannot tell. */
const TOO_SMALL = 2 * WITHIN
const MOST_STEPS = 20_000
const MOST_METERS = 200

interface Judged {
  readonly meter: MeterFound
  readonly totalW: number
  /** Mean of each part of the time, W. */
  readonly partsW: readonly number[]
}

/**
 * Finds meters that are the sum of others. Only one choice of others may fit, or nothing is said. The smallest sums are
 * found first, so that a child of a child is not taken for a child.
 */
export function balancesOf(meters: readonly MeterFound[]): Balances {
  const judged = meters.length > MOST_METERS ? [] : judgedOf(meters)
  const unclear = meters.filter((meter) => !judged.some((it) => it.meter === meter))
  const inOrder = judged.toSorted((a, b) => a.totalW - b.totalW)
  const largestW = inOrder.at(-1)?.totalW ?? 0
  const small = inOrder.filter(({ totalW }) => totalW < TOO_SMALL * largestW).map(({ meter }) => meter)
  const found: Balance[] = []
  const fed = new Set<MeterFound>()
  for (const sum of inOrder) {
    const others = inOrder.filter((it) => it !== sum && !fed.has(it.meter) && it.totalW >= TOO_SMALL * sum.totalW)
    const search = createSearch(sum, others)
    step(search, 0, [], sum.totalW)
    const [first, ...more] = search.found
    if (search.isSpent || more.length > 0) unclear.push(sum.meter)
    else if (first !== undefined) {
      for (const { meter } of first) fed.add(meter)
      found.push({ parent: sum.meter, children: first.map(({ meter }) => meter), off: offOf(sum, first) })
    }
  }
  return { found, unclear, small }
}

interface Search {
  readonly sum: Judged
  /** Largest first, with the sum of what follows each. */
  readonly others: readonly Judged[]
  readonly behindW: readonly number[]
  readonly found: Judged[][]
  steps: number
  isSpent: boolean
}

function createSearch(sum: Judged, others: readonly Judged[]): Search {
  const inOrder = others
    .filter(({ totalW }) => totalW <= sum.totalW * (1 + WITHIN))
    .toSorted((a, b) => b.totalW - a.totalW)
  const behindW = inOrder.map((_, n) => inOrder.slice(n).reduce((total, { totalW }) => total + totalW, 0))
  return { sum, others: inOrder, behindW, found: [], steps: 0, isSpent: false }
}

/** Adds each of the others that still fits to those chosen, as long as the rest can be made up of what follows. */
function step(search: Search, from: number, chosen: readonly Judged[], leftW: number): void {
  const { sum, others, behindW, found } = search
  const errorW = WITHIN * sum.totalW
  for (let at = from; at < others.length; at++) {
    const next = others[at]
    search.steps += 1
    if (search.steps > MOST_STEPS) search.isSpent = true
    if (next === undefined || search.isSpent || found.length > 1 || (behindW[at] ?? 0) < leftW - errorW) return
    if (next.totalW > leftW + errorW) continue
    const taken = [...chosen, next]
    const restW = leftW - next.totalW
    if (taken.length > 1 && Math.abs(restW) <= errorW && offOf(sum, taken) <= WITHIN_PART) found.push(taken)
    step(search, at + 1, taken, restW)
  }
}

function offOf(sum: Judged, chosen: readonly Judged[]): number {
  return Math.max(
    ...sum.partsW.map((ownW, part) => {
      const othersW = chosen.reduce((total, { partsW }) => total + (partsW[part] ?? NaN), 0)
      return Math.abs(ownW - othersW) / Math.abs(ownW)
    }),
  )
}

/** Means over parts of the time in which all of them were heard. */
function judgedOf(meters: readonly MeterFound[]): Judged[] {
  const able = meters.filter(({ samplesW }) => samplesW.length >= FEWEST_SAMPLES)
  const fromMs = Math.max(...able.map(({ samplesW }) => samplesW[0]?.tMs ?? NaN))
  const toMs = Math.min(...able.map(({ samplesW }) => samplesW.at(-1)?.tMs ?? NaN))
  if (!(toMs > fromMs)) return []
  const lengthMs = (toMs - fromMs) / PARTS
  return able.flatMap((meter) => {
    const partsW = Array.from({ length: PARTS }, (_, part) => meanW(meter, fromMs + part * lengthMs, lengthMs))
    const totalW = partsW.reduce((sum, partW) => sum + partW, 0) / PARTS
    return totalW > 0 ? [{ meter, totalW, partsW }] : []
  })
}

/** Trapezoid between samples; what only reports on change holds. */
function meanW({ samplesW, hold }: MeterFound, fromMs: number, lengthMs: number): number {
  const toMs = fromMs + lengthMs
  let sum = 0
  for (const [n, b] of samplesW.entries()) {
    const a = samplesW[n - 1]
    if (a === undefined || b.tMs <= fromMs || a.tMs >= toMs || b.tMs === a.tMs) continue
    const [startMs, endMs] = [Math.max(a.tMs, fromMs), Math.min(b.tMs, toMs)]
    const at = (tMs: number): number =>
      hold ? a.watts : a.watts + ((b.watts - a.watts) * (tMs - a.tMs)) / (b.tMs - a.tMs)
    sum += ((at(startMs) + at(endMs)) / 2) * (endMs - startMs)
  }
  return sum / lengthMs
}
