import type { Core } from '../state.ts'
import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'

/** As JSON: what was planned by command, which stretches have begun, and those that mark compliance. */
interface SavedPlanned {
  commanded: [name: string, work: string][]
  begun: [name: string, untilMs: number][]
  /** Places of their inlets among the saved names. */
  stretches: [name: string, fromMs: number, untilMs: number, inlets: number[]][]
}

/** Written even if there is none: otherwise an earlier one would stay. */
export function savePlanned({ planned }: Core, sections: Sections): void {
  const saved: SavedPlanned = {
    commanded: [...planned.commanded],
    begun: [...planned.begunMs],
    stretches: planned.stretches.map(({ name, fromMs, untilMs, inlets }) => [name, fromMs, untilMs, [...inlets]]),
  }
  putByteSection(sections, 'planned', 'planned', new TextEncoder().encode(JSON.stringify(saved)))
}

export function restorePlanned({ planned }: Core, names: Names, sections: Sections): void {
  const places = restoreNames('inlets', names.inlets, sections)
  const bytes = takeByteSection(sections, 'planned', 'planned')
  if (bytes === undefined) return
  const saved = JSON.parse(new TextDecoder().decode(bytes)) as SavedPlanned
  for (const [name, work] of saved.commanded) planned.commanded.set(name, work)
  for (const [name, untilMs] of saved.begun) planned.begunMs.set(name, untilMs)
  planned.stretches = saved.stretches.map(([name, fromMs, untilMs, inlets]) => {
    const present = inlets.map((inlet) => places?.[inlet] ?? -1).filter((inlet) => inlet >= 0)
    return { name, fromMs, untilMs, inlets: new Set(present) }
  })
}
