import { putByteSection, takeByteSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'
import type { Numbering } from '../numbering.ts'
import { STRETCHES } from '../skew.ts'
import type { Core } from '../state.ts'

/** Saved by place: append only. */
const COLUMNS = [
  'leading',
  'waiting',
  'unread',
  'lost',
  'unnumbered',
  'anew',
  'lostNow',
] as const satisfies readonly (keyof Numbering)[]
/** Whether a source is a gateway, its place among gateways or points, its modulus, and its numbers. */
const WIDTH = 3 + COLUMNS.length

/** Saves the newest number and the losses of each source of numbered messages. A site without any has no section. */
export function saveNumbering({ numbering, plan }: Core, sections: Sections): void {
  if (plan.numberings.length === 0) return
  const numbers = plan.numberings.flatMap(({ kind, of, modulus }, source) => [
    kind === 'gateway_messages_lost' ? 1 : 0,
    of,
    modulus,
    ...COLUMNS.map((column) => numbering[column][source]!),
  ])
  const to = createWriter()
  putNumbers(to, numbers, WIDTH)
  putByteSection(sections, 'numbering', 'numbering', to.bytes.subarray(0, to.at))
}

/** Restores them by the names of points and gateways. A source whose numbers wrap elsewhere now begins anew. */
export function restoreNumbering({ numbering, plan }: Core, names: Names, sections: Sections): void {
  if (plan.numberings.length === 0) return
  const bytes = takeByteSection(sections, 'numbering', 'numbering')
  if (bytes === undefined) return
  const places = [
    restoreNames('points', names.points, sections) ?? [],
    restoreNames('gateways', names.gateways, sections) ?? [],
  ]
  const numbers = takeNumbers({ bytes, at: 0 })
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const isGateway = numbers[at]!
    const of = places[isGateway]![numbers[at + 1]!] ?? -1
    const source = plan.numberings.findIndex(
      (it) => it.of === of && (it.kind === 'gateway_messages_lost') === (isGateway === 1),
    )
    if (source < 0) continue
    for (const [n, column] of COLUMNS.entries()) numbering[column][source] = numbers[at + 3 + n]!
    if (plan.numberings[source]!.modulus === numbers[at + 2]!) continue
    for (const column of ['leading', 'waiting'] as const) numbering[column][source] = NaN
  }
}

/** Of a source: a point of it, its newest and first stretch, and the ring. */
const SKEW_WIDTH = 3 + STRETCHES

/** Saves what the skews of the last hour are found from. */
export function saveSkews({ skews, plan }: Core, sections: Sections): void {
  const numbers = plan.sources.flatMap(({ point }, source) => [
    point,
    skews.newest[source]!,
    skews.first[source]!,
    ...skews.least.subarray(source * STRETCHES, (source + 1) * STRETCHES),
  ])
  const to = createWriter()
  putNumbers(to, numbers, SKEW_WIDTH)
  putByteSection(sections, 'skews', 'skews', to.bytes.subarray(0, to.at))
}

/** Restores them by the names of points. Up to release 0.2.0 there were none. */
export function restoreSkews({ skews, plan }: Core, names: Names, sections: Sections): void {
  const places = restoreNames('points', names.points, sections)
  const bytes = takeByteSection(sections, 'skews', 'skews')
  if (bytes === undefined || places === undefined) return
  const numbers = takeNumbers({ bytes, at: 0 })
  for (let at = 0; at < numbers.length; at += SKEW_WIDTH) {
    const source = plan.sourceOf[places[numbers[at]!]!] ?? -1
    if (source < 0) continue
    skews.newest[source] = numbers[at + 1]!
    skews.first[source] = numbers[at + 2]!
    skews.least.set(numbers.subarray(at + 3, at + SKEW_WIDTH), source * STRETCHES)
  }
}
