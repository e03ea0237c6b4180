import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'
import type { Core } from '../state.ts'

/** Numbers of a point. */
const WIDTH = 5

/** Saves of each point what was refused since a reading was accepted: `point, since, newest arrival, outcome, off` … */
export function saveRefused({ alarms, plan }: Core, sections: Sections): void {
  const { refused } = alarms
  const numbers = plan.points.flatMap((_, point) =>
    Number.isNaN(refused.sinceMs[point]!)
      ? []
      : [point, refused.sinceMs[point]!, refused.atMs[point]!, refused.outcome[point]!, refused.offS[point]!],
  )
  const to = createWriter()
  putNumbers(to, numbers, WIDTH)
  // Written even if empty: otherwise an earlier one would stay
  putByteSection(sections, 'refused', 'refused_readings', to.bytes.subarray(0, to.at))
}

/** Restores them. Up to release 0.2.0 a refused reading was no sign of life. */
export function restoreRefused({ alarms }: Core, names: Names, sections: Sections): void {
  const places = restoreNames('points', names.points, sections)
  const bytes = takeByteSection(sections, 'refused', 'refused_readings')
  if (bytes === undefined || places === undefined) return
  const { refused } = alarms
  const numbers = takeNumbers({ bytes, at: 0 })
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const point = places[numbers[at]!] ?? -1
    if (point < 0) continue
    refused.sinceMs[point] = numbers[at + 1]!
    refused.atMs[point] = numbers[at + 2]!
    refused.outcome[point] = numbers[at + 3]!
    refused.offS[point] = numbers[at + 4]!
  }
}
