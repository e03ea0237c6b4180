import type { CorePlan, PointPlan } from '../../contract/plan.ts'
import type { BinLayout } from '../quotients/parts.ts'
import { timeAt, valueAt, type Samples } from '../samples.ts'

/**
 * Time in which the unit of a power has probably slipped, as a function of its readings by event time: the order of
 * arrival leaves no trace. Alarms and flags have a machine of their own, which looks at rising times only (D27).
 *
 * ```
 * size                 o  o  o  o  o
 *                      |            '--- edge: three readings in a row are a thousand times the three before, or less
 *          o  o  o  o                o  o  o
 *                   | slipped        |           a thousand is 500 to 2000; an edge back ends it, or a day does
 * ```
 */
export interface Slips {
  readonly plans: readonly PointPlan[]
  /** Per point its edges by event time, so many numbers each: `EDGE`. */
  readonly edges: (number[] | undefined)[]
  /** Points that have edges. */
  readonly points: Set<number>
  /** By point the edges that the written rows go by, where others are known since. */
  readonly before: Map<number, readonly number[]>
}

/** An edge: event times of its first reading and of the one before, and the sizes of both. */
const AT_MS = 0
const FROM_MS = 1
const OLD = 2
const NEW = 3
export const EDGE = 4

const LEAST = 500
const MOST = 2000
/** Within this factor readings are at one level. */
const ALIKE = 10
/** So many readings on either side make an edge. */
const READINGS = 3
/** A jump that stays below this share of the rated power may well be a load that begins or ends. */
const SHARE = 0.01
/** After so long the new level is taken for the load. */
const ACCEPT_MS = 86_400_000
/** So many edges a point keeps: a meter that slips more often is doubted for its newest only. */
const MOST_EDGES = 64

export function createSlips({ points }: CorePlan): Slips {
  return {
    plans: points,
    edges: new Array<number[] | undefined>(points.length).fill(undefined),
    points: new Set(),
    before: new Map(),
  }
}

/** Whether a power's sample that has just been put in its place may make or take away an edge. Nearly none may. */
export function mayBeEdge(samples: Samples, point: number, position: number): boolean {
  if (position < samples.count[point]! - 1) return true
  if (position < READINGS) return false
  const at = 2 * (samples.offset[point]! + position - READINGS) + 1
  const before = Math.abs(samples.cells[at]!)
  const behind = Math.abs(samples.cells[at + 2]!)
  return !(before <= LEAST * behind && behind <= LEAST * before)
}

/** Finds the edges around a power's sample at `position`. */
export function findEdges(slips: Slips, samples: Samples, point: number, position: number): void {
  const known = slips.edges[point] ?? NONE
  let edges: number[] | undefined
  for (let k = Math.max(READINGS, position - READINGS + 1); k <= position + READINGS; k++) {
    if (k + READINGS > samples.count[point]!) break
    const tMs = timeAt(samples, point, k)
    const at = placeOf(edges ?? known, tMs)
    const isKnown = (edges ?? known)[at + AT_MS] === tMs
    const isFound = isEdge(slips.plans[point]!, samples, point, k)
    if (!isKnown && !isFound) continue
    edges ??= [...known]
    edges.splice(at, isKnown ? EDGE : 0, ...(isFound ? edgeAt(samples, point, k) : NONE))
  }
  if (edges !== undefined) setEdges(slips, point, edges.slice(-EDGE * MOST_EDGES))
}

const NONE: readonly number[] = []

/** Takes over other edges of a point; keeps those that written rows go by. */
function setEdges(slips: Slips, point: number, edges: number[]): void {
  const known = slips.edges[point] ?? NONE
  if (edges.length === known.length && edges.every((number, n) => number === known[n])) return
  if (!slips.before.has(point)) slips.before.set(point, known)
  restoreEdges(slips, point, edges)
}

export function restoreEdges({ edges, points }: Slips, point: number, list: number[]): void {
  edges[point] = list.length === 0 ? undefined : list
  if (list.length === 0) points.delete(point)
  else points.add(point)
}

/** Place of the first edge at or after a time. */
function placeOf(edges: readonly number[], tMs: number): number {
  let at = edges.length
  while (at > 0 && edges[at - EDGE + AT_MS]! >= tMs) at -= EDGE
  return at
}

function edgeAt(samples: Samples, point: number, k: number): number[] {
  const sizeAt = (n: number) => Math.abs(valueAt(samples, point, n))
  return [timeAt(samples, point, k), timeAt(samples, point, k - 1), sizeAt(k - 1), sizeAt(k)]
}

function isEdge({ kind, everyMs, maxW }: PointPlan, samples: Samples, point: number, k: number): boolean {
  const old = Math.abs(valueAt(samples, point, k - 1))
  const now = Math.abs(valueAt(samples, point, k))
  const isUp = now > old
  for (let n = 0; n < READINGS; n++) {
    const behind = Math.abs(valueAt(samples, point, k + n))
    const ratio = isUp ? behind / old : old / behind
    if (!(ratio >= LEAST && ratio <= MOST)) return false
    if (!isAlike(old, Math.abs(valueAt(samples, point, k - 1 - n)))) return false
  }
  const largest = Math.max(old, now)
  return !((kind === 'energy' ? (largest * 1000) / everyMs : largest) < SHARE * maxW)
}

function isAlike(size: number, other: number): boolean {
  return other <= ALIKE * size && size <= ALIKE * other
}

/** Whether sums over a time hold energy of a point whose unit had slipped in some of it. */
export function holdsSlip(
  slips: Slips,
  { parts }: BinLayout,
  sums: Float64Array,
  fromMs: number,
  toMs: number,
): boolean {
  if (slips.points.size === 0) return false
  return parts.some(({ point, column }) => {
    return slips.points.has(point) && sums[column] !== 0 && hasSlipped(slips, point, fromMs, toMs)
  })
}

function hasSlipped({ edges }: Slips, point: number, fromMs: number, toMs: number): boolean {
  const stretches = stretchesOf(edges[point] ?? NONE)
  for (let n = 0; n < stretches.length; n += 2) if (stretches[n]! < toMs && stretches[n + 1]! > fromMs) return true
  return false
}

/** From when on the slipped time of a point is not what the written rows go by. */
export function slippedOtherwiseFromMs({ edges, before }: Slips, point: number): number {
  const [is, was] = [stretchesOf(edges[point] ?? NONE), stretchesOf(before.get(point) ?? NONE)]
  let n = 0
  while (n < is.length && n < was.length && is[n] === was[n]) n++
  return Math.min(is[n] ?? Infinity, was[n] ?? Infinity)
}

/** Exchanges what is known with what the written rows go by. Called twice, it changes nothing. */
export function exchangeEdges(slips: Slips): void {
  for (const [point, was] of slips.before) {
    slips.before.set(point, slips.edges[point] ?? NONE)
    restoreEdges(slips, point, [...was])
  }
}

/** Pairs of times between which the unit had slipped. */
function stretchesOf(edges: readonly number[]): number[] {
  const stretches: number[] = []
  let [untilMs, level] = [-Infinity, NaN]
  for (let at = 0; at < edges.length; at += EDGE) {
    const atMs = edges[at + AT_MS]!
    if (atMs < untilMs) {
      if (!isAlike(level, edges[at + NEW]!)) continue
      stretches[stretches.length - 1] = atMs
      untilMs = -Infinity
    } else {
      level = edges[at + OLD]!
      untilMs = edges[at + FROM_MS]! + ACCEPT_MS
      stretches.push(edges[at + FROM_MS]!, untilMs)
    }
  }
  return stretches
}
