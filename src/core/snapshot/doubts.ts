import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { EDGE, restoreEdges } from '../energy/doubts/slips.ts'
import { LARGEST_NUMBERS } from '../energy/register/largest.ts'
import { RESOLUTION_NUMBERS, settleUsual } from '../energy/register/resolution.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'
import type { Core } from '../state.ts'

/** Numbers of a refused reading, and of one that is left out: its point and a time. */
const OFF = 2
/** Numbers of a point's largest powers, with the point. */
const LARGEST = 1 + LARGEST_NUMBERS
/** Numbers of a register's resolution: the point, joules of one kWh on its display, and whether rows go by them. */
const RESOLUTION = 3 + RESOLUTION_NUMBERS
/** Numbers of an edge at which a unit slipped: the point, and whether rows go by it. */
const SLIP = 2 + EDGE
const KNOWN = 0
const WRITTEN = 1

/**
 * Saves what is doubted, as five lists:
 *
 *     point, time …                    up to when powers out of range have been judged
 *     point, time …                    samples that are left out
 *     point, newest day, days …        largest powers of dropped samples
 *     point, joules, 0 or 1, times …   resolution of registers: what is known, or (1) what written rows go by
 *     point, 0 or 1, edge …            where units have slipped, likewise; NaN: by no edge
 */
export function saveDoubts({ quality, samples, plan, pue }: Core, sections: Sections): void {
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
  putNumbers(to, resolutionsOf(pue), RESOLUTION)
  putNumbers(to, slipsOf(pue), SLIP)
  putByteSection(sections, 'doubts', 'doubts', to.bytes.subarray(0, to.at))
}

/**
 * Restores them, before the points, which may be put in by another rule. Up to release 0.2.0 nothing was refused for
 * its rating, or left out.
 */
export function restoreDoubts({ quality, samples, pue }: Core, names: Names, sections: Sections): void {
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
  restoreResolutions(pue, places, takeNumbers(from))
  if (from.at < bytes.length) restoreSlips(pue, places, takeNumbers(from)) // from version 4 on
}

function resolutionsOf({ resolutions: { placeOf, countJ, numbers, before } }: Core['pue']): number[] {
  const list: number[] = []
  for (const [point, place] of placeOf.entries()) {
    const at = RESOLUTION_NUMBERS * place
    if (place < 0 || numbers[at] === Infinity) continue
    list.push(point, countJ[place]!, KNOWN, ...numbers.subarray(at, at + RESOLUTION_NUMBERS))
    const was = before.get(point)
    if (was !== undefined) list.push(point, countJ[place]!, WRITTEN, ...was)
  }
  return list
}

/** Of a register whose display counts otherwise by now nothing is known. */
function restoreResolutions({ resolutions }: Core['pue'], places: ArrayLike<number>, list: Float64Array): void {
  const { placeOf, countJ, numbers, before } = resolutions
  for (let at = 0; at < list.length; at += RESOLUTION) {
    const point = places[list[at]!] ?? -1
    const place = placeOf[point] ?? -1
    if (place < 0 || countJ[place] !== list[at + 1]) continue
    const saved = list.slice(at + 3, at + RESOLUTION)
    if (list[at + 2] === KNOWN) {
      numbers.set(saved, RESOLUTION_NUMBERS * place)
      settleUsual(resolutions, point)
    } else before.set(point, saved)
  }
}

function slipsOf({ slips: { edges, before } }: Core['pue']): number[] {
  const list: number[] = []
  const add = (point: number, of: number, numbers: readonly number[]) => {
    if (numbers.length === 0 && of === WRITTEN) list.push(point, of, ...NO_EDGE)
    for (let at = 0; at < numbers.length; at += EDGE) list.push(point, of, ...numbers.slice(at, at + EDGE))
  }
  for (const [point, numbers = []] of edges.entries()) {
    add(point, KNOWN, numbers)
    const was = before.get(point)
    if (was !== undefined) add(point, WRITTEN, was)
  }
  return list
}

/** Rows go by no edge of a point of which one is known. */
const NO_EDGE = new Array<number>(EDGE).fill(NaN)

function restoreSlips({ slips }: Core['pue'], places: ArrayLike<number>, list: Float64Array): void {
  for (let at = 0; at < list.length; at += SLIP) {
    const point = places[list[at]!] ?? -1
    if (point < 0) continue
    const edge = [...list.subarray(at + 2, at + SLIP)].filter((number) => !Number.isNaN(number))
    if (list[at + 1] === KNOWN) restoreEdges(slips, point, [...(slips.edges[point] ?? []), ...edge])
    else slips.before.set(point, [...(slips.before.get(point) ?? []), ...edge])
  }
}
