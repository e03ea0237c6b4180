import { judge } from './alarm.ts'
import type { Alarms } from './watch.ts'
import { rateLimitK } from '../air/rate-limits.ts'
import type { Rates } from '../air/rate.ts'
import { timeAt } from '../energy/samples.ts'
import type { Sink } from '../contract/sink.ts'

/**
 * Judges how fast the inlets change whose dry bulb a point is, by the stretches that end with its newest sample; what is
 * not known of them is not judged. Value and limit are of the 15 minutes where those are broken, else of the hour.
 */
export function observeRate(alarms: Alarms, rates: Rates, point: number, tMs: number, nowMs: number, sink: Sink): void {
  const place = rates.placeOf[point]!
  if (place < 0 || !alarms.plan.alarms.rules.rate_of_change.enabled) return
  if (timeAt(rates.samples, point, rates.samples.count[point]! - 1) !== tMs) return
  const [rate15K, rate60K] = [rates.told[0]!, rates.told[1]!]
  if (Number.isNaN(rate15K) && Number.isNaN(rate60K)) return
  for (const inlet of rates.inletsOf[place]!) {
    const { tape } = alarms.plan.inlets[inlet]!
    const [limit15K, limit60K] = [rateLimitK(tape, 0), rateLimitK(tape, 1)]
    const fast = rate15K > limit15K + NOISE_K
    const breached = fast || rate60K > limit60K + NOISE_K
    const quarter = fast || (!breached && limit15K < Infinity && !Number.isNaN(rate15K))
    const [rateK, limitK] = quarter ? [rate15K, limit15K] : [rate60K, limit60K]
    if (!Number.isNaN(rateK)) judge(alarms, 'rate_of_change', inlet, breached, tMs, nowMs, rateK, limitK, sink)
  }
}

/** Sums of decimals are not quite what they look like. */
const NOISE_K = 1e-9
