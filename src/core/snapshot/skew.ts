import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'
import { STRETCHES } from '../skew.ts'
import type { Core } from '../state.ts'

/** Of a source: a point of it, its newest and first stretch, and the ring. */
const WIDTH = 3 + STRETCHES

/** Saves what the skews of the last hour are found from. */
export function saveSkews({ skews, plan }: Core, sections: Sections): void {
  const numbers = plan.sources.flatMap(({ point }, source) => [
    point,
    skews.newest[source]!,
    skews.first[source]!,
    ...skews.least.subarray(source * STRETCHES, (source + 1) * STRETCHES),
  ])
  const to = createWriter()
  putNumbers(to, numbers, WIDTH)
  putByteSection(sections, 'skews', 'skews', to.bytes.subarray(0, to.at))
}

/** Restores them by the names of points. Up to release 0.2.0 there were none. */
export function restoreSkews({ skews, plan }: Core, names: Names, sections: Sections): void {
  const places = restoreNames('points', names.points, sections)
  const bytes = takeByteSection(sections, 'skews', 'skews')
  if (bytes === undefined || places === undefined) return
  const numbers = takeNumbers({ bytes, at: 0 })
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const source = plan.sourceOf[places[numbers[at]!]!] ?? -1
    if (source < 0) continue
    skews.newest[source] = numbers[at + 1]!
    skews.first[source] = numbers[at + 2]!
    skews.least.set(numbers.subarray(at + 3, at + WIDTH), source * STRETCHES)
  }
}
