import { COLUMN_NAMES } from '../air/bands.ts'
import type { SeriesGroup } from '../air/compliance.ts'
import { CALENDAR_UNITS } from '../contract/plan.ts'
import { inOnePiece, type PackedBlock } from '../windows/block.ts'
import { openFrom, type Bins } from '../windows/bins.ts'
import { modulo } from '../windows/totals.ts'
import type { Trail } from '../windows/trail.ts'
import type { WrittenRows } from '../windows/written.ts'
import { putByteSection, type Sections } from './form.ts'
import { createWriter, putBytes, putNumbers } from './numbers.ts'
import type { Cursor } from '../windows/bits.ts'
import { keyOf, type Names } from './names.ts'

/** Names of the sections of each group of series: inlets, racks, and halls with the site. */
const GROUPS = ['inlets', 'racks', 'halls'] as const

export function groupName(group: number): string {
  return GROUPS[group]!
}

/** Names of a group's series. Racks and halls have scopes, inlets are themselves. */
export function seriesNames(group: SeriesGroup, scopes: readonly { scope: string }[], names: Names): string[] {
  if (group.scopes.length === 0) return group.members.map(([inlet]) => names.inlets[inlet!]!)
  return group.scopes.map((scope) => `${scopes[scope]!.scope}/${names.scopes[scope]}`)
}

/**
 * Saves a trail in two sorts of sections, whose series stand in the order of `names/…`. Blocks that an earlier snapshot
 * has are left out unless all are asked for. Yields after each part, between which nothing may be folded.
 *
 *     trail/inlets            [ newest and begin of both bins | keys of columns | full | rows … | calendar … | open … |
 *                               since when minutes are known | revisions of old rows ]
 *     block/inlets/60/n       [ number | lengths of the records | records ]     n: the number modulo the slots
 */
export function* saveTrail(trail: Trail, name: string, which: 'all' | 'changed', sections: Sections): Generator<void> {
  const { minutes, hours, calendar, rows } = trail
  const to = createWriter()
  putNumbers(to, [minutes.newest, minutes.begin, minutes.length, hours.newest, hours.begin, hours.length], 0)
  putNumbers(to, COLUMN_NAMES.map(keyOf), 0)
  putNumbers(to, minutes.packer.like, 0)
  putNumbers(to, [hours.columns], 0)
  putNumbers(to, minutes.full, 1)
  saveRows(rows, to)
  yield
  putNumbers(to, [calendar.length], 0)
  for (const { unit, start, end, sums } of calendar) {
    putNumbers(to, [CALENDAR_UNITS.indexOf(unit), start, end], 0)
    for (const column of sums) putNumbers(to, column ?? [], 1)
    yield
  }
  for (const bins of [minutes, hours]) yield* saveOpen(bins, to)
  putNumbers(to, [minutes.knownFrom], 0)
  putNumbers(to, rows.revisions, 1)
  putByteSection(sections, `trail/${name}`, 'trail', to.bytes.subarray(0, to.at))
  yield
  yield* saveBlocks(minutes, `block/${name}/minutes`, which, sections)
  yield* saveBlocks(hours, `block/${name}/hours`, which, sections)
}

function saveRows({ windows, since, windowSince, skipped, states }: WrittenRows, to: Cursor): void {
  putNumbers(
    to,
    windows.map(({ name }) => keyOf(name)),
    0,
  )
  putNumbers(to, since, 1)
  putNumbers(to, windowSince, 1)
  putNumbers(
    to,
    skipped.flatMap(({ from, to: last }) => [from, last]),
    0,
  )
  const changed = [...states].flatMap(([end, at]) => [...at].flatMap(([key, state]) => [end, key, state]))
  putNumbers(to, changed, 3)
}

/** The open block, series by series what is filled of it. */
function* saveOpen(bins: Bins, to: Cursor): Generator<void> {
  const { series, length, newest } = bins
  const filled = newest - openFrom(bins)
  for (const column of bins.open) {
    const numbers = new Float64Array(column === undefined ? 0 : series * filled)
    for (let s = 0; s < series && column !== undefined; s++) {
      numbers.set(column.subarray(s * length, s * length + filled), s * filled)
    }
    putNumbers(to, numbers, 1)
    yield
  }
}

function* saveBlocks(bins: Bins, name: string, which: 'all' | 'changed', sections: Sections): Generator<void> {
  for (const held of bins.blocks) {
    if (held === undefined || (held.isSaved && which === 'changed')) continue
    const block = inOnePiece(held, bins.series)
    held.isSaved = true
    putByteSection(sections, `${name}/${modulo(block.number, bins.slots)}`, 'block', bytesOfBlock(block))
    yield
  }
}

function bytesOfBlock({ number, lengths, bytes }: PackedBlock): Uint8Array {
  const to = createWriter()
  putNumbers(to, [number], 0)
  putNumbers(to, lengths, 1)
  putBytes(to, bytes)
  return to.bytes.subarray(0, to.at)
}
