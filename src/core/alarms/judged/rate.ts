import { judgedSample, type Alarms } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import { applySample, raisePast } from '../machine.ts'
import { RATE_SPANS_MS, rateLimitK } from '../../air/rate-limits.ts'
import type { Rates } from '../../air/rate.ts'
import { SETTLED, spikeStateOf, isSound } from '../../air/sensor.ts'
import { positionOf, timeAt, valueAt } from '../../energy/samples.ts'
import type { Sink } from '../../contract/sink.ts'

/** Sums of decimals are not exact: a change has to pass its limit by this much. */
const NOISE_K = 1e-9

/**
 * Judges how fast the dry bulb of a point's inlets changes, over the stretches of 15 and 60 min that end with its
 * newest sample. Value and limit are those of the 15 min where these are broken, else those of the hour. An unknown
 * change is not judged.
 */
export function judgeRates(alarms: Alarms, rates: Rates, point: number, tMs: number, nowMs: number, sink: Sink): void {
  const place = rates.placeOf[point]!
  if (place < 0 || !alarms.plan.alarms.rules.rate_of_change.enabled) return
  if (timeAt(rates.samples, point, rates.samples.count[point]! - 1) !== tMs) return
  const rate15K = rates.newestSpansK[0]!
  const rate60K = rates.newestSpansK[1]!
  if (Number.isNaN(rate15K) && Number.isNaN(rate60K)) return
  for (const inlet of rates.inletsOf[place]!) {
    const inletPlan = alarms.plan.inlets[inlet]!
    const limit15K = rateLimitK(inletPlan, 0)
    const limit60K = rateLimitK(inletPlan, 1)
    const isBroken15 = rate15K > limit15K + NOISE_K
    const isBroken = isBroken15 || rate60K > limit60K + NOISE_K
    const isBy15 = isBroken15 || (!isBroken && limit15K < Infinity && !Number.isNaN(rate15K))
    const rateK = isBy15 ? rate15K : rate60K
    if (Number.isNaN(rateK)) continue
    const limitK = isBy15 ? limit15K : limit60K
    if (!isBroken && !alarms.byKind.get('rate_of_change')!.has(inlet)) continue // never was in breach
    const span = isBy15 ? 0 : 1
    const side = rates.queues.warms[span] === 1 ? 'above' : 'below'
    const verdict = isBroken ? 'breached' : 'inside'
    const sample = judgedSample(alarms, verdict, tMs, rateK, limitK, side, 'only', RATE_SPANS_MS[span])
    const state = stateOf(alarms, 'rate_of_change', inlet)
    applySample(alarms, state, sample, nowMs, sink)
    if (!state.isPast || tMs !== state.newestMs) continue
    const fromMs = Math.max(state.breachMs, tMs - RATE_SPANS_MS[span])
    if (changeSinceK(rates, point, fromMs) > limitK + NOISE_K) raisePast(alarms, state, nowMs, sink)
  }
}

/**
 * By how much a dry bulb has changed since a moment, spikes left out. Asked only while a change that was long past is
 * still in its stretch: it hides a new one there.
 */
function changeSinceK({ plan, samples }: Rates, point: number, fromMs: number): number {
  const { sensor } = plan.points[point]!
  let [coldestC, warmestC] = [Infinity, -Infinity]
  for (let n = positionOf(samples, point, fromMs); n < samples.count[point]!; n++) {
    const valueC = valueAt(samples, point, n)
    if (!isSound(sensor, valueC) || spikeStateOf(sensor, samples, point, n) !== SETTLED) continue
    coldestC = Math.min(coldestC, valueC)
    warmestC = Math.max(warmestC, valueC)
  }
  return warmestC - coldestC
}
