import type { EmittedClimate } from '../air/emitted.ts'
import type { Core } from '../state.ts'
import { putByteSection, putSection, takeByteSection, takeSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'

/** Saves the first interval of each inlet, the intervals to judge again, and which rows were emitted. */
export function saveInlets({ compliance, plan }: Core, sections: Sections): void {
  const to = createWriter()
  putNumbers(to, compliance.first, 1)
  const again = [...compliance.changed].flatMap((key) => {
    const inlet = key % plan.inlets.length
    return [inlet, (key - inlet) / plan.inlets.length]
  })
  putNumbers(to, again, 2)
  putByteSection(sections, 'inlets', 'inlets', to.bytes.subarray(0, to.at))
  saveEmittedClimate(compliance.emitted, sections)
}

export function restoreInlets({ compliance, plan }: Core, names: Names, sections: Sections): void {
  const places = restoreNames('inlets', names.inlets, sections)
  const bytes = takeByteSection(sections, 'inlets', 'inlets')
  const { changed, changedFrom } = compliance
  const note = (inlet: number, interval: number) => {
    changed.add(interval * plan.inlets.length + inlet)
    changedFrom[inlet] = Math.min(changedFrom[inlet]!, interval)
  }
  if (bytes !== undefined && places !== undefined) {
    const from = { bytes, at: 0 }
    for (const [saved, first] of takeNumbers(from).entries()) {
      if (places[saved]! >= 0) compliance.first[places[saved]!] = first
    }
    const again = takeNumbers(from)
    for (let n = 0; n < again.length; n += 2) if (places[again[n]!]! >= 0) note(places[again[n]!]!, again[n + 1]!)
    return restoreEmittedClimate(compliance.emitted, places, sections)
  }
  // Up to release 0.2.0 each inlet had a section
  for (const [inlet, name] of names.inlets.entries()) {
    const section = takeSection(sections, `inlet/${name}`, 'inlet')
    if (section === undefined) continue
    const [first = Infinity, count = 0, ...intervals] = section
    compliance.first[inlet] = first
    for (const interval of intervals.slice(0, count)) note(inlet, interval)
  }
}

/** Saves by what a correction tells whether a climate row changes: the length of the rings, then all of them. */
function saveEmittedClimate({ length, marks }: EmittedClimate, sections: Sections): void {
  const numbers = new Float64Array(1 + marks.length)
  numbers[0] = length
  numbers.set(marks, 1)
  putSection(sections, 'emitted_climate', 'emitted_climate', numbers)
}

/** Rings of another length say nothing: then each correction emits its row. So it was in snapshots up to 0.2.0. */
function restoreEmittedClimate({ length, marks }: EmittedClimate, places: readonly number[], sections: Sections): void {
  const numbers = takeSection(sections, 'emitted_climate', 'emitted_climate')
  if (numbers?.[0] !== length) return
  for (const [saved, inlet] of places.entries()) {
    const from = 1 + saved * length
    if (inlet >= 0) marks.set(numbers.subarray(from, from + length), inlet * length)
  }
}
