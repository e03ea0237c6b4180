import type { Core } from '../state.ts'
import { restoreMean, savedMeans } from '../quality/hour-means.ts'
import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'

/** Numbers of an hour whose mean is to be found anew: point, hour. */
const CHANGED = 2

/**
 * Saves the means of hours, and which are to be found anew. A site without inlets has no section:
 *
 *     hour_means = next, length | point … | means of each point, from the oldest on | point, hour …
 */
export function saveHourMeans({ sensors }: Core, sections: Sections): void {
  const { hours } = sensors
  const { points, next, length, changed } = hours
  if (points.length === 0 || Number.isNaN(next)) return
  const to = createWriter()
  putNumbers(to, [next, length], 0)
  putNumbers(to, points, 0)
  for (const place of points.keys()) putNumbers(to, savedMeans(hours, place), 1)
  const again = [...changed].flatMap((key) => {
    const place = key % points.length
    return [points[place]!, (key - place) / points.length]
  })
  putNumbers(to, again, CHANGED)
  putByteSection(sections, 'hour_means', 'hour_means', to.bytes.subarray(0, to.at))
}

/** Restores them by the names of points. Up to release 0.2.0 there were none: hours are judged from now on. */
export function restoreHourMeans({ sensors }: Core, names: Names, sections: Sections): void {
  const { hours } = sensors
  const places = restoreNames('points', names.points, sections)
  const bytes = takeByteSection(sections, 'hour_means', 'hour_means')
  if (bytes === undefined || places === undefined) return
  const from = { bytes, at: 0 }
  const [next = NaN, length = 0] = takeNumbers(from)
  hours.next = next
  for (const saved of takeNumbers(from)) {
    const place = hours.placeOf[places[saved]!] ?? -1
    const means = takeNumbers(from)
    for (let n = 0; n < length && place >= 0; n++) restoreMean(hours, place, next - length + n, means[n]!)
  }
  const again = takeNumbers(from)
  for (let n = 0; n < again.length; n += CHANGED) {
    const place = hours.placeOf[places[again[n]!]!] ?? -1
    if (place < 0) continue
    hours.changed.add(again[n + 1]! * hours.points.length + place)
    hours.changedFrom[place] = Math.min(hours.changedFrom[place]!, again[n + 1]!)
  }
}
