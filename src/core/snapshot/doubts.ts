import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'
import type { Core } from '../state.ts'

/** Numbers of a refused reading. */
const OFF = 2

/** Saves up to when powers that were refused as out of range have been judged: `point, time` … */
export function saveDoubts({ quality, plan }: Core, sections: Sections): void {
  const { offMs } = quality
  const numbers = plan.points.flatMap((_, point) => (offMs[point] === -Infinity ? [] : [point, offMs[point]!]))
  const to = createWriter()
  putNumbers(to, numbers, OFF)
  putByteSection(sections, 'doubts', 'doubts', to.bytes.subarray(0, to.at))
}

/** Restores it. Up to release 0.2.0 nothing was refused for its rating. */
export function restoreDoubts({ quality }: Core, names: Names, sections: Sections): void {
  const places = restoreNames('points', names.points, sections)
  const bytes = takeByteSection(sections, 'doubts', 'doubts')
  if (bytes === undefined || places === undefined) return
  const numbers = takeNumbers({ bytes, at: 0 })
  for (let at = 0; at < numbers.length; at += OFF) {
    const point = places[numbers[at]!] ?? -1
    if (point >= 0) quality.offMs[point] = numbers[at + 1]!
  }
}
