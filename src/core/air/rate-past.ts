import type { Rates } from './rate.ts'
import { LEAST_HELD, RATE_SPANS_MS } from './rate-limits.ts'
import { positionOf, timeAt, valueAt } from '../energy/samples.ts'
import { isAdmitted } from './sensor.ts'

/**
 * The largest span (0: 15 min, 1: 60 min) in K of a point's stretches that end in an interval, found from its samples
 * alone; NaN: not known. It is for intervals of a filled gap, which lie behind all queues. Those of a week in order
 * cost what the queues cost.
 */
export function pastRateK({ samples, plan }: Rates, point: number, interval: number, span: 0 | 1): number {
  const fromMs = interval * plan.lengthMs
  let largest = NaN
  for (let n = positionOf(samples, point, fromMs); timeAt(samples, point, n) < fromMs + plan.lengthMs; n++) {
    if (!isAdmitted(plan.points[point]!.sensor, samples, point, n)) continue
    const spanK = spanEndingAt({ samples, plan }, point, n, RATE_SPANS_MS[span])
    if (!(spanK <= largest) && !Number.isNaN(spanK)) largest = spanK
  }
  return largest
}

type Judged = Pick<Rates, 'samples' | 'plan'>

/** Difference of the warmest and the coldest sample of a stretch that ends with one; NaN: too little of it is held. */
function spanEndingAt(judged: Judged, point: number, position: number, spanMs: number): number {
  const { samples, plan } = judged
  const { maxGapMs, sensor } = plan.points[point]!
  const endMs = timeAt(samples, point, position)
  let [coldest, warmest] = [Infinity, -Infinity]
  let [count, unheldMs, nextMs] = [0, 0, endMs]
  for (let n = position; n >= 0; n--) {
    const tMs = timeAt(samples, point, n)
    if (tMs < endMs - spanMs - maxGapMs) break
    if (!isAdmitted(sensor, samples, point, n)) continue
    unheldMs += Math.max(0, nextMs - Math.max(tMs + maxGapMs, endMs - spanMs))
    nextMs = Math.max(tMs, endMs - spanMs)
    if (tMs < endMs - spanMs) break
    const value = valueAt(samples, point, n)
    coldest = Math.min(coldest, value)
    warmest = Math.max(warmest, value)
    count++
  }
  unheldMs += nextMs - (endMs - spanMs)
  return count >= 2 && spanMs - unheldMs >= LEAST_HELD * spanMs ? warmest - coldest : NaN
}
