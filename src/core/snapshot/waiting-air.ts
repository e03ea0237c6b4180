import { createWriter, putNumbers, takeNumbers } from './numbers.ts'
import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { DRY_BULB_NUMBERS, noteDryBulb } from '../alarms/dry-bulbs.ts'
import type { Core } from '../state.ts'
import { timeAt } from '../energy/samples.ts'

/**
 * Saves which stamps of inlets are judged, and which wait for a reading; since version 2 also the dry bulbs that alarms
 * begin with:
 *
 *     waiting_air = judged stamp of each inlet | waiting stamp of each | inlet, stamp, since, late … of the ring |
 *                   event time, arrival time, value of each inlet
 */
export function saveWaitingAir({ alarms }: Core, sections: Sections): void {
  const { waiting, dryBulbs } = alarms
  const { judgedMs, waitingMs, inlet, tMs, sinceMs, late, first, count } = waiting
  const to = createWriter()
  putNumbers(to, judgedMs, 1)
  putNumbers(to, waitingMs, 1)
  const ring: number[] = []
  for (let n = first; n < first + count; n++) {
    const at = n % inlet.length
    ring.push(inlet[at]!, tMs[at]!, sinceMs[at]!, late[at]!)
  }
  putNumbers(to, ring, 4)
  putNumbers(to, dryBulbs, DRY_BULB_NUMBERS)
  putByteSection(sections, 'waiting_air', 'waiting_air', to.bytes.subarray(0, to.at))
}

/**
 * Restores them. Up to release 0.2.0 each reading was judged at once: nothing waits. In version 1 each inlet had the
 * states of its alarms, which know its newest dry bulb.
 */
export function restoreWaitingAir({ alarms, plan, samples }: Core, names: Names, sections: Sections): void {
  const { waiting, dryBulbs } = alarms
  for (const [inlet, { dryBulb, humidity, dewPoint, otherDryBulb }] of plan.inlets.entries()) {
    for (const point of [dryBulb, humidity, dewPoint, otherDryBulb]) {
      const newestMs = point < 0 ? -Infinity : timeAt(samples, point, samples.count[point]! - 1)
      waiting.judgedMs[inlet] = Math.max(waiting.judgedMs[inlet]!, newestMs)
    }
  }
  const places = restoreNames('inlets', names.inlets, sections)
  const bytes = takeByteSection(sections, 'waiting_air', 'waiting_air')
  if (bytes === undefined || places === undefined) return
  const from = { bytes, at: 0 }
  for (const times of [waiting.judgedMs, waiting.waitingMs]) {
    for (const [saved, timeMs] of takeNumbers(from).entries()) {
      if (places[saved]! >= 0) times[places[saved]!] = timeMs
    }
  }
  const ring = takeNumbers(from)
  for (let n = 0; n < ring.length; n += 4) {
    const inlet = places[ring[n]!]!
    if (inlet < 0 || waiting.count === waiting.inlet.length) continue
    const at = waiting.count++
    waiting.inlet[at] = inlet
    waiting.tMs[at] = ring[n + 1]!
    waiting.sinceMs[at] = ring[n + 2]!
    waiting.late[at] = ring[n + 3]!
  }
  if (from.at === bytes.length) return
  const saved = takeNumbers(from)
  for (const [n, inlet] of places.entries()) {
    const at = DRY_BULB_NUMBERS * n
    if (inlet >= 0) noteDryBulb(dryBulbs, inlet, saved[at]!, saved[at + 2]!, saved[at + 1]!)
  }
}
