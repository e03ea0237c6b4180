import { refillRates, rateSlot } from '../air/rate.ts'
import { putSection, takeSection, type Sections } from './form.ts'
import type { Names } from './snapshot.ts'
import type { Core } from '../state.ts'

/**
 * Saves since when each gauge repeats one value, how fast dry bulbs change, and the intervals to correct of air flows.
 */
export function saveSensors({ samples, compliance, plan }: Core, names: Names, sections: Sections): void {
  const { rates, airflow } = compliance
  for (const [point, name] of names.points.entries()) {
    if (plan.points[point]!.kind !== 'gauge') continue
    const numbers = [samples.runValue[point]!, samples.runSinceMs[point]!, samples.runCount[point]!]
    const place = rates.placeOf[point]!
    const newest = place < 0 ? -Infinity : rates.newest[place]!
    numbers.push(newest)
    for (let k = newest - rates.slots + 1; newest !== -Infinity && k <= newest; k++) {
      const slot = rateSlot(rates, place, k)
      const [rate15K, rate60K] = [rates.spansK[slot]!, rates.spansK[slot + 1]!]
      if (!Number.isNaN(rate15K) || !Number.isNaN(rate60K)) numbers.push(k, rate15K, rate60K)
    }
    putSection(sections, `sensor/${name}`, 'sensor', numbers)
  }
  for (const [index, { scope }] of plan.airflows.entries()) {
    const waiting = [...airflow.changed].filter((key) => key % plan.airflows.length === index)
    const intervals = waiting.map((key) => (key - index) / plan.airflows.length)
    putSection(sections, `airflow/${names.scopes[scope]}`, 'airflow', intervals)
  }
}

/** Restores them, once the samples are there: those fill the queues of the rates. */
export function restoreSensors({ samples, compliance, plan }: Core, names: Names, sections: Sections): void {
  const { rates, airflow } = compliance
  for (const [point, name] of names.points.entries()) {
    const numbers = takeSection(sections, `sensor/${name}`, 'sensor')
    if (numbers === undefined || plan.points[point]!.kind !== 'gauge') continue
    samples.runValue[point] = numbers[0]!
    samples.runSinceMs[point] = numbers[1]!
    samples.runCount[point] = numbers[2]!
    const place = rates.placeOf[point]!
    if (place < 0) continue
    const newest = numbers[3]!
    rates.newest[place] = newest
    for (let at = 4; at < numbers.length; at += 3) {
      if (numbers[at]! > newest - rates.slots)
        rates.spansK.set(numbers.subarray(at + 1, at + 3), rateSlot(rates, place, numbers[at]!))
    }
    refillRates(rates, point)
  }
  for (const [index, { scope }] of plan.airflows.entries()) {
    for (const interval of takeSection(sections, `airflow/${names.scopes[scope]}`, 'airflow') ?? []) {
      airflow.changed.add(interval * plan.airflows.length + index)
    }
  }
}
