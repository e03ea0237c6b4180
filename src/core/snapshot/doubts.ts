import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { LARGEST_NUMBERS } from '../energy/register/largest.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'
import type { Core } from '../state.ts'

/** Numbers of a refused reading, and of one that is left out: its point and a time. */
const OFF = 2
/** Numbers of a point's largest powers, with the point. */
const LARGEST = 1 + LARGEST_NUMBERS
/** Numbers of what is known of a register's resolution. */
const STEPS = 3
/** Numbers of a stretch in which a point's unit had slipped. */
const SLIP = 3

/**
 * Saves what is doubted, as five lists:
 *
 *     point, time …                powers out of range have been judged up to then
 *     point, time …                samples that are left out
 *     point, newest day, days …    largest powers of dropped samples
 *     point, common, stood …       what a register's steps have in common; 1: it has stood still
 *     point, from, to …            when a unit had slipped
 */
export function saveDoubts({ quality, samples, plan }: Core, sections: Sections): void {
  const { offMs } = quality
  const numbers = plan.points.flatMap((_, point) => (offMs[point] === -Infinity ? [] : [point, offMs[point]!]))
  const to = createWriter()
  putNumbers(to, numbers, OFF)
  const { lone } = samples
  const out = lone.out.flatMap((times, point) => (times ?? []).flatMap((tMs) => [point, tMs]))
  putNumbers(to, out, OFF)
  const largest: number[] = []
  for (const [point, at] of lone.placeOf.entries()) {
    if (at >= 0 && !Number.isNaN(lone.largest[at]!))
      largest.push(point, ...lone.largest.subarray(at, at + LARGEST_NUMBERS))
  }
  putNumbers(to, largest, LARGEST)
  const { commonJ, stood } = quality.resolution
  const steps = [...commonJ].flatMap((common, point) => {
    return common === 0 && stood[point] === 0 ? [] : [point, common, stood[point]!]
  })
  putNumbers(to, steps, STEPS)
  putNumbers(
    to,
    [...quality.slips].flatMap(([point, { fromMs, toMs }]) => [point, fromMs, toMs]),
    SLIP,
  )
  putByteSection(sections, 'doubts', 'doubts', to.bytes.subarray(0, to.at))
}

/**
 * Restores them, before the points, which may be put in by another rule. Up to release 0.2.0 nothing was refused for
 * its rating, or left out.
 */
export function restoreDoubts({ quality, samples }: Core, names: Names, sections: Sections): void {
  const places = restoreNames('points', names.points, sections)
  const bytes = takeByteSection(sections, 'doubts', 'doubts')
  if (bytes === undefined || places === undefined) return
  const from = { bytes, at: 0 }
  const numbers = takeNumbers(from)
  for (let at = 0; at < numbers.length; at += OFF) {
    const point = places[numbers[at]!] ?? -1
    if (point >= 0) quality.offMs[point] = numbers[at + 1]!
  }
  if (from.at === bytes.length) return // version 1
  const out = takeNumbers(from)
  const { lone } = samples
  for (let at = 0; at < out.length; at += OFF) {
    const point = places[out[at]!] ?? -1
    if (point >= 0) lone.out[point] = [...(lone.out[point] ?? []), out[at + 1]!]
  }
  const largest = takeNumbers(from)
  for (let at = 0; at < largest.length; at += LARGEST) {
    const place = lone.placeOf[places[largest[at]!] ?? -1] ?? -1
    if (place >= 0) lone.largest.set(largest.subarray(at + 1, at + LARGEST), place)
  }
  if (from.at === bytes.length) return // version 2
  const steps = takeNumbers(from)
  const { commonJ, stood, knownJ } = quality.resolution
  for (let at = 0; at < steps.length; at += STEPS) {
    const point = places[steps[at]!] ?? -1
    if (point < 0) continue
    commonJ[point] = steps[at + 1]!
    stood[point] = steps[at + 2]!
    if (stood[point] === 1) knownJ[point] = commonJ[point]!
  }
  if (from.at === bytes.length) return // version 3
  const slips = takeNumbers(from)
  for (let at = 0; at < slips.length; at += SLIP) {
    const point = places[slips[at]!] ?? -1
    if (point >= 0) quality.slips.set(point, { fromMs: slips[at + 1]!, toMs: slips[at + 2]! })
  }
}
