import { GAP, noteEdges } from '../energy/gaps.ts'
import { CHANGED, slotOfInterval } from '../energy/intervals.ts'
import { holesOf, keepHoles } from '../energy/register/count-hold.ts'
import type { Core } from '../state.ts'
import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'

/** Numbers of a correction that waits. */
const CORRECTION = 5
/** Of a register's sample before which others were dropped: the register and the time. */
const HOLE = 2

/**
 * Saves what later readings may fill, as four lists. The first begins with how many gaps were forgotten and the first
 * interval that was closed. Then it has points, each with its count of gaps. The second has the gaps, the third the
 * corrections that wait, the fourth registers, each with one of the samples before which others were dropped. The
 * last has why each point's numbers may change.
 */
export function saveGaps({ plan, gaps, intervals, samples, pue }: Core, sections: Sections): void {
  const to = createWriter()
  const counts = [gaps.forgotten, intervals.storyFrom]
  const numbers: number[] = []
  for (const [point, list] of gaps.open.entries()) {
    if (list === undefined) continue
    counts.push(point, list.length / GAP)
    for (const number of list) numbers.push(number)
  }
  putNumbers(to, counts, 2)
  putNumbers(to, numbers, GAP)
  const waiting: number[] = []
  for (const it of intervals.deferred) {
    waiting.push(it.point, it.interval, it.energyMj, it.estimatedMj, it.coveredMs)
  }
  putNumbers(to, waiting, CORRECTION)
  const holes: number[] = []
  for (const point of plan.points.keys()) for (const tMs of holesOf(samples, point)) holes.push(point, tMs)
  putNumbers(to, holes, HOLE)
  putNumbers(to, pue.restated.causes, 1)
  putByteSection(sections, 'gaps', 'gaps', to.bytes.subarray(0, to.at))
}

/**
 * Restores the gaps; returns the corrections that wait. They find their intervals once the points are restored. A
 * snapshot of an earlier release has none: what is unknown by then stays so.
 */
export function restoreGaps({ gaps, intervals, samples, pue }: Core, names: Names, sections: Sections): Float64Array {
  const places = restoreNames('points', names.points, sections)
  const bytes = takeByteSection(sections, 'gaps', 'gaps')
  if (bytes === undefined || places === undefined) return new Float64Array()
  const from = { bytes, at: 0 }
  const counts = takeNumbers(from)
  const numbers = takeNumbers(from)
  gaps.forgotten = counts[0]!
  intervals.storyFrom = counts[1]!
  let at = 0
  for (let n = 2; n < counts.length; n += 2) {
    const length = GAP * counts[n + 1]!
    const point = places[counts[n]!]!
    if (point >= 0) {
      gaps.open[point] = [...numbers.subarray(at, at + length)]
      gaps.total += counts[n + 1]!
      for (let g = at; g < at + length; g += GAP) noteEdges(gaps, point, numbers[g]!, numbers[g + 1]!)
    }
    at += length
  }
  const waiting = takeNumbers(from)
  for (let n = 0; n < waiting.length; n += CORRECTION) waiting[n] = places[waiting[n]!]!
  const holes = takeNumbers(from)
  for (let n = 0; n < holes.length; n += HOLE) {
    const point = places[holes[n]!]!
    if (point >= 0) keepHoles(samples, point, [...holesOf(samples, point), holes[n + 1]!])
  }
  const causes = from.at < bytes.length ? takeNumbers(from) : []
  for (const [saved, bits] of causes.entries()) if (places[saved]! >= 0) pue.restated.causes[places[saved]!] = bits
  return waiting
}

/** Restores the corrections that wait. */
export function restoreWaiting({ intervals }: Core, waiting: Float64Array): void {
  for (let n = 0; n < waiting.length; n += CORRECTION) {
    const [point, interval, energyMj, estimatedMj, coveredMs] = waiting.subarray(n, n + CORRECTION)
    if (point! < 0) continue
    const slot = slotOfInterval(intervals, point!, interval!)
    if (slot < 0) continue
    intervals.marks[slot]! |= CHANGED
    intervals.deferred.push({
      point: point!,
      interval: interval!,
      energyMj: energyMj!,
      estimatedMj: estimatedMj!,
      coveredMs: coveredMs!,
    })
  }
}
