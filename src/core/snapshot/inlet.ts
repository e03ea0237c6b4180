import type { EmittedClimate } from '../air/emitted.ts'
import type { Core } from '../state.ts'
import { deferInterval, deferredOf, type DeferredIntervals } from '../windows/deferred.ts'
import { putByteSection, putSection, takeByteSection, takeSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'

/** Saves the first interval of each inlet, the intervals to judge again, and which rows were emitted. */
export function saveInlets({ compliance, readings, plan }: Core, sections: Sections): void {
  const to = createWriter()
  putNumbers(to, compliance.first, 1)
  const again = [...compliance.changed].flatMap((key) => {
    const inlet = key % plan.inlets.length
    return [inlet, (key - inlet) / plan.inlets.length]
  })
  putNumbers(to, again, 2)
  putByteSection(sections, 'inlets', 'inlets', to.bytes.subarray(0, to.at))
  saveEmittedClimate(compliance.emitted, sections)
  const waiting = createWriter()
  for (const deferred of [compliance.deferred, readings.deferred]) putNumbers(waiting, runsOf(deferred), RUN)
  putByteSection(sections, 'deferred_air', 'deferred_air', waiting.bytes.subarray(0, waiting.at))
}

/** Numbers of a run of intervals that wait for their correction: inlet or point, the first, how many. */
const RUN = 3

function runsOf(deferred: DeferredIntervals): number[] {
  const runs: number[] = []
  for (const row of [...deferred.rows].sort((a, b) => a - b)) {
    for (const interval of deferredOf(deferred, row, -Infinity)) {
      const last = runs.length - RUN
      if (last >= 0 && runs[last] === row && runs[last + 1]! + runs[last + 2]! === interval) runs[last + 2]!++
      else runs.push(row, interval, 1)
    }
  }
  return runs
}

/** Restores the intervals that wait. Up to release 0.2.0 none did. */
function restoreDeferred({ compliance, readings }: Core, names: Names, sections: Sections): void {
  const places = [restoreNames('inlets', names.inlets, sections), restoreNames('points', names.points, sections)]
  const bytes = takeByteSection(sections, 'deferred_air', 'deferred_air')
  if (bytes === undefined) return
  const from = { bytes, at: 0 }
  for (const [n, { deferred, changedFrom }] of [compliance, readings].entries()) {
    const runs = takeNumbers(from)
    for (let at = 0; at < runs.length; at += RUN) {
      const row = places[n]?.[runs[at]!] ?? -1
      if (row < 0) continue
      for (let k = 0; k < runs[at + 2]!; k++) deferInterval(deferred, row, runs[at + 1]! + k)
      changedFrom[row] = Math.min(changedFrom[row]!, runs[at + 1]!)
    }
  }
}

export function restoreInlets(core: Core, names: Names, sections: Sections): void {
  const { compliance, plan } = core
  restoreDeferred(core, names, sections)
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
