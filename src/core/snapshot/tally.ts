import type { Intervals } from '../energy/intervals.ts'
import { CALENDAR_UNITS } from '../contract/plan.ts'
import { numbersOf, putSection, takeSection, type Sections } from './form.ts'
import { openTally, type Tally } from '../windows/tally.ts'
import { allocateColumn, columnPlace, isCounted, setTotal, totalAt, type Tier } from '../windows/totals.ts'

/** A series of a tally by its name, with the names of its columns, in their order. */
export interface NamedSeries {
  readonly name: string
  readonly columns: readonly string[]
}

/** Ends of one tier in one section. */
const BLOCK = 512

/** A slot that holds what a new one holds. */
export function isFresh(intervals: Intervals, slot: number): boolean {
  return intervals.coveredMs[slot] === 0 && intervals.energyMj[slot] === 0 && intervals.rowState[slot]! < 0
}

/**
 * Saves each series: its totals in blocks of ends (those that reach `keptEnd` − horizon or further back are known and
 * left out), its anchors and its revisions. Columns go by their names, so that a plan with other columns misreads none:
 * those it does not have are dropped, those that are new begin at nothing.
 */
export function saveTally(tally: Tally, series: readonly NamedSeries[], keptEnd: number, sections: Sections): void {
  const { totals, columns, windows, horizon } = tally
  for (const [s, named] of series.entries()) {
    const { name } = named
    const live = named.columns.flatMap((_, c) => (isCounted(totals, s, c) ? [c] : []))
    const keys = live.map((c) => keyOf(named.columns[c]!))
    for (const kept of keptOf(tally)) {
      const some = live.filter((c) => c >= kept.from && c < kept.to)
      saveKept(tally, kept, s, named, some, keptEnd, sections)
    }
    const anchors = totals.anchors.flatMap(({ unit, start, end, totals: sums }) => [
      CALENDAR_UNITS.indexOf(unit),
      start,
      end,
      ...live.map((c) => sums[s * columns + c]!),
    ])
    putSection(sections, `${name}/starts`, 'period_starts', [totals.newest, keys.length, ...keys, ...anchors])
    for (const [w, window] of windows.entries()) {
      const from = (s * windows.length + w) * horizon
      const written = tally.rowState.subarray(from, from + horizon)
      putSection(sections, `${name}/written/${window.name}`, 'revisions', written)
    }
  }
}

/** Restores what sections there are for each series, as of the newest end. */
export function restoreTally(tally: Tally, series: readonly NamedSeries[], newest: number, sections: Sections): void {
  const { windows, horizon } = tally
  openTally(tally, newest)
  const blocks = blocksIn(sections)
  for (const [s, named] of series.entries()) {
    const { name } = named
    // A series that was left out of the last snapshot begins anew: between its totals and now there are none.
    const starts = sections.get(`${name}/starts`)
    if (starts === undefined || numbersOf(starts, 'period_starts')[0] !== newest) continue
    for (const kept of keptOf(tally)) restoreKept(tally, kept, s, named, blocks)
    restoreAnchors(tally, s, named, takeSection(sections, `${name}/starts`, 'period_starts')!)
    for (const [w, window] of windows.entries()) {
      const written = takeSection(sections, `${name}/written/${window.name}`, 'revisions')
      if (written?.length === horizon) tally.rowState.set(written, (s * windows.length + w) * horizon)
    }
  }
}

/** The ends that a tier keeps of some columns: from `from` on, before `to`. */
interface Kept {
  readonly name: string
  readonly tier: Tier
  readonly slots: number
  readonly from: number
  readonly to: number
}

function keptOf({ totals: { tiers, details, columns } }: Tally): Kept[] {
  return tiers.flatMap((tier) => [
    ...(tier.slots > 0 ? [{ name: 'sums', tier, slots: tier.slots, from: 0, to: details.firstColumn }] : []),
    ...(details.firstColumn < columns
      ? [{ name: 'parts', tier, slots: tier.detailSlots, from: details.firstColumn, to: columns }]
      : []),
  ])
}

/** A block's section is the end it begins with, its columns, then the totals. Blocks take turns in the names. */
function saveKept(
  tally: Tally,
  kept: Kept,
  s: number,
  { name, columns }: NamedSeries,
  live: readonly number[],
  keptEnd: number,
  sections: Sections,
): void {
  const { totals } = tally
  const { tier, slots } = kept
  const newest = Math.floor(totals.newest / tier.step)
  const begun = totals.rebases > 0 ? -Infinity : totals.origin
  const changed = Math.floor((Math.max(begun, keptEnd) - tally.horizon) / tier.step)
  const oldest = Math.max(newest - slots + 1, changed)
  for (let block = Math.floor(oldest / BLOCK); live.length > 0 && block <= Math.floor(newest / BLOCK); block++) {
    const from = Math.max(block * BLOCK, newest - slots + 1)
    const to = Math.min((block + 1) * BLOCK - 1, newest)
    const numbers = new Float64Array(2 + live.length * (1 + to - from + 1))
    numbers.set([from, live.length, ...live.map((c) => keyOf(columns[c]!))])
    let at = 2 + live.length
    for (let n = from; n <= to; n++) {
      for (const c of live) numbers[at++] = totalAt(tier, columnPlace(totals, s, c), n * tier.step)
    }
    putSection(sections, blockName(name, kept, block), 'totals', numbers)
  }
}

/**
 * Blocks by what they are of. A tally of other windows, or of another horizon, gave them other names: each says itself
 * which ends it holds. They stay in the map, so that those whose names are not used again are removed.
 */
function blocksIn(sections: Sections): Map<string, Float64Array[]> {
  const blocks = new Map<string, Float64Array[]>()
  for (const [name, section] of sections) {
    const of = /^(.*\/(?:sums|parts)\/\d+)\/\d+$/.exec(name)?.[1]
    if (of === undefined) continue
    const numbers = numbersOf(section, 'totals')
    const known = blocks.get(of)
    if (known) known.push(numbers)
    else blocks.set(of, [numbers])
  }
  return blocks
}

function restoreKept(
  tally: Tally,
  kept: Kept,
  s: number,
  { name, columns }: NamedSeries,
  blocks: ReadonlyMap<string, readonly Float64Array[]>,
): void {
  const { totals } = tally
  const { tier, slots } = kept
  const newest = Math.floor(totals.newest / tier.step)
  const oldest = newest - slots + 1
  for (const numbers of blocks.get(blocksName(name, kept)) ?? []) {
    const [from, width] = [numbers[0]!, numbers[1]!]
    const places = placesOf(columns, numbers.subarray(2, 2 + width))
    for (const c of places) if (c >= 0) allocateColumn(totals, s, c)
    for (let n = from, at = 2 + width; at + width <= numbers.length && width > 0; n++, at += width) {
      if (n < oldest || n > newest) continue
      for (const [k, c] of places.entries()) {
        if (c >= 0) setTotal(tier, columnPlace(totals, s, c), n * tier.step, numbers[at + k]!)
      }
    }
  }
}

function blockName(name: string, kept: Kept, block: number): string {
  const blocks = Math.ceil(kept.slots / BLOCK) + 1
  return `${blocksName(name, kept)}/${((block % blocks) + blocks) % blocks}`
}

function blocksName(name: string, { name: kind, tier }: Kept): string {
  return `${name}/${kind}/${tier.step}`
}

function restoreAnchors({ totals, columns }: Tally, s: number, named: NamedSeries, section: Float64Array): void {
  const width = section[1]!
  const places = placesOf(named.columns, section.subarray(2, 2 + width))
  for (let at = 2 + width; at < section.length; at += 3 + width) {
    const [unit, start, end] = [CALENDAR_UNITS[section[at]!]!, section[at + 1]!, section[at + 2]!]
    const anchor =
      totals.anchors.find((it) => it.unit === unit && it.start === start) ??
      totals.anchors[totals.anchors.push({ unit, start, end, totals: new Float64Array(totals.series * columns) }) - 1]!
    for (const [k, c] of places.entries()) if (c >= 0) anchor.totals[s * columns + c] = section[at + 3 + k]!
  }
}

/** Place among a plan's columns of each saved one, -1 where it has none of that name. */
function placesOf(columns: readonly string[], keys: Float64Array): number[] {
  return Array.from(keys, (key) => columns.findIndex((name) => keyOf(name) === key))
}

/** A name as a whole number below 2^52: FNV-1a, twice. */
function keyOf(name: string): number {
  let [low, high] = [0x811c9dc5, 0x01000193]
  for (let n = 0; n < name.length; n++) {
    low = Math.imul(low ^ name.charCodeAt(n), 0x01000193)
    high = Math.imul(high ^ name.charCodeAt(n), 0x5bd1e995)
  }
  return (low >>> 0) * 2 ** 20 + (high >>> 12)
}
