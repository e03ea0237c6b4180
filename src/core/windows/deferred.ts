import { modulo } from './totals.ts'

/**
 * Closed intervals of a backlog, by inlet or point, that are to be worked out again once the backlog is quiet. Each has
 * a bit, in a ring of a little more than can be corrected:
 *
 *     row 0   | 0 0 1 1 1 1 … |        from, to: the oldest and the newest that is marked
 *     row 1   undefined: none
 */
export interface DeferredIntervals {
  readonly length: number
  readonly bits: (Uint32Array | undefined)[]
  readonly from: Float64Array
  readonly to: Float64Array
  /** Rows that have any, and how many bits are set. */
  readonly rows: Set<number>
  count: number
}

const WORD = 32

export function createDeferred(rows: number, reach: number): DeferredIntervals {
  return {
    length: WORD * (Math.ceil(reach / WORD) + 4),
    bits: new Array<Uint32Array | undefined>(rows).fill(undefined),
    from: new Float64Array(rows).fill(Infinity),
    to: new Float64Array(rows).fill(-Infinity),
    rows: new Set(),
    count: 0,
  }
}

export function deferInterval(deferred: DeferredIntervals, row: number, interval: number): void {
  const { length, bits, from, to, rows } = deferred
  let ring = bits[row]
  if (ring === undefined) {
    bits[row] = ring = new Uint32Array(length / WORD)
    rows.add(row)
  }
  const at = modulo(interval, length)
  const bit = 1 << (at % WORD)
  if ((ring[at >>> 5]! & bit) !== 0) return
  ring[at >>> 5]! |= bit
  deferred.count++
  if (interval < from[row]!) from[row] = interval
  if (interval > to[row]!) to[row] = interval
}

/** Marks as well so many intervals behind each that is marked, before `end`. */
export function widenDeferred(deferred: DeferredIntervals, row: number, by: number, end: number): void {
  const last = deferred.to[row]!
  let until = -Infinity
  for (let interval = deferred.from[row]!; interval <= Math.min(last + by, end - 1); interval++) {
    if (interval <= last && isMarked(deferred, row, interval)) until = interval + by
    else if (interval <= until) deferInterval(deferred, row, interval)
  }
}

export function isMarked({ bits, length, from, to }: DeferredIntervals, row: number, interval: number): boolean {
  const ring = bits[row]
  if (ring === undefined || interval < from[row]! || interval > to[row]!) return false
  const at = modulo(interval, length)
  return ((ring[at >>> 5]! >>> (at % WORD)) & 1) === 1
}

/** The marked intervals of a row from `oldest` on, rising. */
export function deferredOf(deferred: DeferredIntervals, row: number, oldest: number): number[] {
  const intervals: number[] = []
  for (let interval = Math.max(oldest, deferred.from[row]!); interval <= deferred.to[row]!; interval++) {
    if (isMarked(deferred, row, interval)) intervals.push(interval)
  }
  return intervals
}

export function clearDeferred(deferred: DeferredIntervals): void {
  for (const row of deferred.rows) deferred.bits[row] = undefined
  deferred.from.fill(Infinity)
  deferred.to.fill(-Infinity)
  deferred.rows.clear()
  deferred.count = 0
}
