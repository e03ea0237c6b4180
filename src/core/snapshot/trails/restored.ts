import { COLUMN_NAMES, DRY_BULB_KNOWN, KNOWN } from '../../air/bands.ts'
import { CALENDAR_UNITS } from '../../contract/plan.ts'
import type { Cursor } from '../../windows/bits.ts'
import { createBlock, recordOf, type PackedBlock } from '../../windows/block.ts'
import { blockAt, openFrom, packOne, putBlock, setOpenBin, type Bins } from '../../windows/bins.ts'
import { createPacker, unpack, type Packer } from '../../windows/packing.ts'
import { columnOf } from '../../windows/to-date.ts'
import { openTrail, type Trail } from '../../windows/trail.ts'
import { runWhole } from '../../contract/work.ts'
import { setRowState, type WrittenRows } from '../../windows/written.ts'
import { takeByteSection, type Sections } from '../form.ts'
import { takeBytes, takeNumbers } from '../numbers.ts'
import { keyOf } from '../names.ts'

/** How the series and columns that were saved stand to those of the plan; -1: the plan has none such. */
interface Places {
  /** Per saved series, and per series of the plan the saved one. */
  readonly series: readonly number[]
  readonly savedOf: Int32Array
  /** Per saved column. */
  readonly columns: readonly number[]
  readonly full: Float64Array
  readonly like: Int8Array
  /** All is as it was: blocks need not be packed anew. */
  readonly isSame: boolean
}

/** Restores a trail that has sections, as of the newest end; false: it has none. */
export function restoreTrail(
  trail: Trail,
  name: string,
  series: readonly number[] | undefined,
  newest: number,
  sections: Sections,
): boolean {
  const bytes = takeByteSection(sections, `trail/${name}`, 'trail')
  if (bytes === undefined || series === undefined) return false
  runWhole(openTrail(trail, newest))
  const { minutes, hours } = trail
  const from: Cursor = { bytes, at: 0 }
  const [end, begin = 0, length, , hoursBegin = 0] = takeNumbers(from)
  // A trail that the last snapshot left out, or of another length of intervals, begins anew
  if (end !== newest || length !== minutes.length) return true
  const columns = Array.from(takeNumbers(from), (key) => COLUMN_NAMES.findIndex((it) => keyOf(it) === key))
  const like = Int8Array.from(takeNumbers(from))
  const hourColumns = takeNumbers(from)[0]!
  const places = placesOf(trail, series, columns, like, takeNumbers(from))
  restoreRows(trail.rows, places, from)
  restoreCalendar(trail, places, from)
  restoreOpen(minutes, places, columns.length, from)
  const ofHours = hourPlaces(places, hourColumns)
  restoreOpen(hours, ofHours, hourColumns, from)
  restoreOldRows(trail, places, from)
  restoreBlocks(minutes, { name: `block/${name}/minutes`, begin, columns: columns.length, scale: 1 }, places, sections)
  const scale = trail.hour
  restoreBlocks(
    hours,
    { name: `block/${name}/hours`, begin: hoursBegin, columns: hourColumns, scale },
    ofHours,
    sections,
  )
  return true
}

/**
 * Hours of inlets were once saved by the time of known bands, not by that with a known dry bulb: the one stands for the
 * other.
 */
function hourPlaces(places: Places, hourColumns: number): Places {
  const saved = places.columns.slice(0, hourColumns)
  if (saved.length === 0 || saved.includes(DRY_BULB_KNOWN)) return places
  return { ...places, columns: places.columns.map((place) => (place === KNOWN ? DRY_BULB_KNOWN : place)) }
}

function placesOf(
  { minutes }: Trail,
  series: readonly number[],
  columns: readonly number[],
  like: Int8Array,
  full: Float64Array,
): Places {
  const savedOf = new Int32Array(minutes.series).fill(-1)
  for (const [saved, place] of series.entries()) if (place >= 0) savedOf[place] = saved
  const isSame =
    series.length === minutes.series &&
    series.every((place, n) => place === n) &&
    columns.length === minutes.columns &&
    columns.every((place, n) => place === n) &&
    like.every((told, n) => told === minutes.packer.like[n]) &&
    full.every((most, n) => most === minutes.full[n])
  return { series, savedOf, columns, full, like, isSame }
}

/** Windows that the plan had not begin to have rows now. */
function restoreRows(rows: WrittenRows, { series }: Places, from: Cursor): void {
  const keys = rows.windows.map(({ name }) => keyOf(name))
  const windows = Array.from(takeNumbers(from), (key) => keys.indexOf(key))
  for (const [saved, since] of takeNumbers(from).entries()) if (series[saved]! >= 0) rows.since[series[saved]!] = since
  rows.windowSince.fill(Infinity)
  for (const [saved, since] of takeNumbers(from).entries()) {
    if (windows[saved]! >= 0) rows.windowSince[windows[saved]!] = since
  }
  const skipped = takeNumbers(from)
  for (let n = 0; n < skipped.length; n += 2) rows.skipped.push({ from: skipped[n]!, to: skipped[n + 1]! })
  const changed = takeNumbers(from)
  for (let n = 0; n < changed.length; n += 3) {
    const [end, key, state] = [changed[n]!, changed[n + 1]!, changed[n + 2]!]
    const [s, w] = [series[Math.floor(key / windows.length)]!, windows[key % windows.length]!]
    if (s >= 0 && w >= 0) setRowState(rows, s, w, end, state)
  }
}

function restoreCalendar(trail: Trail, { series, columns }: Places, from: Cursor): void {
  const count = takeNumbers(from)[0]!
  for (let n = 0; n < count; n++) {
    const [unit, start] = takeNumbers(from)
    const sums = trail.calendar.find((it) => it.unit === CALENDAR_UNITS[unit!] && it.start === start)?.sums
    for (const c of columns) {
      const numbers = takeNumbers(from)
      if (sums === undefined || c < 0 || numbers.length === 0) continue
      const column = columnOf(sums, c, trail.minutes.series)
      for (const [saved, sum] of numbers.entries()) if (series[saved]! >= 0) column[series[saved]!] = sum
    }
  }
}

function restoreOpen(bins: Bins, { series, columns }: Places, width: number, from: Cursor): void {
  const first = openFrom(bins)
  const filled = bins.newest - first
  for (let saved = 0; saved < width; saved++) {
    const numbers = takeNumbers(from)
    const c = columns[saved]!
    if (c < 0 || c >= bins.columns) continue
    for (let n = 0; n < numbers.length; n++) {
      const s = series[Math.floor(n / filled)]!
      if (s >= 0) setOpenBin(bins, { series: s, column: c, bin: first + (n % filled) }, numbers[n]!)
    }
  }
}

/** Up to version 1 windows could be corrected for some hours only: what is older is not known to the minute. */
function restoreOldRows({ minutes, rows, recent }: Trail, { series }: Places, from: Cursor): void {
  rows.oldest = minutes.newest - recent
  if (from.at === from.bytes.length) {
    minutes.knownFrom = minutes.newest - recent
    return
  }
  minutes.knownFrom = takeNumbers(from)[0]!
  const revisions = takeNumbers(from)
  const windows = revisions.length / Math.max(1, series.length)
  if (windows !== rows.windows.length) return
  for (const [saved, place] of series.entries()) {
    if (place >= 0) rows.revisions.set(revisions.subarray(saved * windows, (saved + 1) * windows), place * windows)
  }
}

/** Where blocks of bins were saved: so many columns, each full at `scale` times what an interval can have. */
interface Saved {
  readonly name: string
  readonly begin: number
  readonly columns: number
  readonly scale: number
}

function restoreBlocks(bins: Bins, saved: Saved, places: Places, sections: Sections): void {
  const packer = createPacker(saved.columns, bins.length, places.like)
  const open = openFrom(bins) / bins.length
  let first = open
  for (const name of [...sections.keys()].filter((it) => it.startsWith(`${saved.name}/`))) {
    const bytes = takeByteSection(sections, name, 'block')!
    const from: Cursor = { bytes, at: 0 }
    const number = takeNumbers(from)[0]!
    if (number >= open || number < open - bins.slots || number < Math.floor(saved.begin / bins.length)) continue
    const block = createBlock(number, Uint16Array.from(takeNumbers(from)), takeBytes(from))
    if (saved.columns === 0) continue
    putBlock(
      bins,
      places.isSame && saved.columns === bins.columns ? block : packedAnew(bins, block, packer, saved, places),
    )
    first = Math.min(first, number)
  }
  for (let number = first; number < open; number++) if (blockAt(bins, number)?.number !== number) first = number + 1
  bins.begin = Math.max(saved.begin, Math.min(first * bins.length, bins.newest))
}

/** A block of the plan's series and columns. */
function packedAnew(bins: Bins, block: PackedBlock, packer: Packer, { scale }: Saved, places: Places): PackedBlock {
  const { series, length, isFull, packer: into } = bins
  const lengths = new Uint16Array(series)
  into.written.at = 0
  for (let s = 0; s < series; s++) {
    const from = into.written.at
    const saved = places.savedOf[s]!
    into.values.fill(0)
    if (saved >= 0) unpack(packer, recordOf(block, saved), packer.columns)
    for (let k = 0; saved >= 0 && k < packer.columns; k++) {
      const c = places.columns[k]!
      if (c < 0 || c >= bins.columns) continue
      const full = places.full[saved]! * scale
      for (let n = 0; n < length; n++) {
        const value = packer.values[k * length + n]!
        into.values[c * length + n] = isFull[c] === 1 ? full - value : value
      }
    }
    packOne(bins, s)
    lengths[s] = into.written.at - from
  }
  return createBlock(block.number, lengths, into.written.bytes.slice(0, into.written.at))
}
