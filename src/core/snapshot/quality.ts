import type { Comparison } from '../quality/drift.ts'
import { type Quality } from '../quality/quality.ts'
import { putSection, takeSection, type Sections } from './form.ts'
import type { Names } from './names.ts'
import type { Core } from '../state.ts'
import { QUALITY_FLAGS } from '../contract/flags.ts'

/** How many numbers are saved of every source, and of a point in addition. */
const OF_SOURCE = 6
const OF_POINT = 5

/** A point's quality is a part of its own section, of so many numbers. */
export const QUALITY_NUMBERS = OF_SOURCE + OF_POINT

export function qualityOf(quality: Quality, point: number): number[] {
  const { level, run, slippedMs, leastStepJ, eventMs } = quality
  return [
    ...sourceOf(quality, point),
    level[point]!,
    run[point]!,
    slippedMs[point]!,
    leastStepJ[point]!,
    eventMs[point]!,
  ]
}

export function restoreQuality(quality: Quality, point: number, numbers: Float64Array): void {
  restoreSource(quality, point, numbers)
  quality.level[point] = numbers[OF_SOURCE]!
  quality.run[point] = numbers[OF_SOURCE + 1]!
  quality.slippedMs[point] = numbers[OF_SOURCE + 2]!
  quality.leastStepJ[point] = numbers[OF_SOURCE + 3]!
  quality.eventMs[point] = numbers[OF_SOURCE + 4]!
}

/** Saves the quality of boundaries, and the hours being compared. */
export function saveHours({ quality, comparisons, plan }: Core, names: Names, sections: Sections): void {
  for (const [boundary, name] of names.boundaries.entries()) {
    putSection(sections, `quality/${name}`, 'boundary_quality', sourceOf(quality, plan.points.length + boundary))
  }
  for (const it of comparisons) {
    putSection(sections, keyOf(it, names), 'compared_hour', [it.knownMs, markOf(it, names), ...it.joules])
  }
}

/** Restores them; an hour whose members have changed begins anew. */
export function restoreHours({ quality, comparisons, plan }: Core, names: Names, sections: Sections): void {
  for (const [boundary, name] of names.boundaries.entries()) {
    const numbers = takeSection(sections, `quality/${name}`, 'boundary_quality')
    if (numbers !== undefined) restoreSource(quality, plan.points.length + boundary, numbers)
  }
  for (const it of comparisons) {
    const numbers = takeSection(sections, keyOf(it, names), 'compared_hour')
    if (numbers === undefined || numbers[1] !== markOf(it, names)) continue
    it.knownMs = numbers[0]!
    it.joules.set(numbers.subarray(2))
  }
}

function sourceOf({ held, seen, note, atMs, value, expected }: Quality, source: number): number[] {
  return [held[source]!, seen[source]!, note[source]!, atMs[source]!, value[source]!, expected[source]!]
}

function restoreSource(
  { held, seen, note, atMs, value, expected }: Quality,
  source: number,
  numbers: Float64Array,
): void {
  held[source] = numbers[0]!
  seen[source] = numbers[1]!
  note[source] = numbers[2]!
  atMs[source] = numbers[3]!
  value[source] = numbers[4]!
  expected[source] = numbers[5]!
}

function keyOf({ flag, source, points }: Comparison, names: Names): string {
  const name = points.length > 0 ? names.points[source] : names.boundaries[source - names.points.length]
  return `hour/${QUALITY_FLAGS[flag]}/${name}`
}

/** A hash of what is compared, by names and order (FNV-1a). */
function markOf({ points, joules }: Comparison, names: Names): number {
  let mark = 0x811c9dc5
  for (const letter of [...points].map((point) => names.points[point]).join('\n') + String(joules.length)) {
    mark = Math.imul(mark ^ letter.charCodeAt(0), 0x01000193) >>> 0
  }
  return mark
}
