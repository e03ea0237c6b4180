import type { Intervals } from './intervals.ts'
import type { CalendarUnit } from './plan.ts'
import type { Sections } from './snapshot.ts'
import { openTally, type Tally } from './tally.ts'
import { placeOf, type Tier } from './totals.ts'

/** Ends of one tier in one section. */
const BLOCK = 512

const UNITS: readonly CalendarUnit[] = ['day', 'month', 'year']

/** A slot that holds what a new one holds. */
export function isFresh(intervals: Intervals, slot: number): boolean {
  return intervals.coveredMs[slot] === 0 && intervals.energyMj[slot] === 0 && intervals.written[slot]! < 0
}

/**
 * Saves each series: its totals in blocks of ends (those that reach `keptEnd` − horizon or further back are known and
 * left out), its anchors and its revisions.
 */
export function saveTally(tally: Tally, series: readonly string[], keptEnd: number, sections: Sections): void {
  const { totals, columns, windows, horizon } = tally
  for (const [s, name] of series.entries()) {
    for (const tier of totals.tiers) saveTier(tally, tier, s, name, keptEnd, sections)
    const anchors = totals.anchors.flatMap(({ unit, start, end, totals: sums }) => [
      UNITS.indexOf(unit),
      start,
      end,
      ...sums.subarray(s * columns, (s + 1) * columns),
    ])
    sections.set(`${name}/anchors`, Float64Array.of(totals.newest, ...anchors))
    for (const [w, window] of windows.entries()) {
      const from = (s * windows.length + w) * horizon
      sections.set(`${name}/written/${window.name}`, Float64Array.from(tally.written.subarray(from, from + horizon)))
    }
  }
}

/** Restores what sections there are for each series, as of the newest end. */
export function restoreTally(tally: Tally, series: readonly string[], newest: number, sections: Sections): void {
  const { totals, windows, horizon } = tally
  openTally(tally, newest)
  for (const [s, name] of series.entries()) {
    // A series that was left out of the last snapshot begins anew: between its totals and now there are none.
    if (sections.get(`${name}/anchors`)?.[0] !== newest) continue
    for (const tier of totals.tiers) restoreTier(tally, tier, s, name, sections)
    restoreAnchors(tally, s, take(sections, `${name}/anchors`))
    for (const [w, window] of windows.entries()) {
      const written = take(sections, `${name}/written/${window.name}`)
      if (written?.length === horizon) tally.written.set(written, (s * windows.length + w) * horizon)
    }
  }
}

/** A block's section is the end it begins with, then the totals. Blocks take turns in the names, as ends in the slots. */
function saveTier(tally: Tally, tier: Tier, s: number, name: string, keptEnd: number, sections: Sections): void {
  const { totals, columns } = tally
  const newest = Math.floor(totals.newest / tier.step)
  const begun = totals.rebases > 0 ? -Infinity : totals.origin
  const changed = Math.floor((Math.max(begun, keptEnd) - tally.horizon) / tier.step)
  const oldest = Math.max(newest - tier.slots + 1, changed)
  for (let block = Math.floor(oldest / BLOCK); block <= Math.floor(newest / BLOCK); block++) {
    const from = Math.max(block * BLOCK, newest - tier.slots + 1)
    const to = Math.min((block + 1) * BLOCK - 1, newest)
    const numbers = new Float64Array(1 + (to - from + 1) * columns)
    numbers[0] = from
    for (let n = from; n <= to; n++) {
      const at = placeOf(totals, tier, s, n * tier.step)
      numbers.set(tier.totals.subarray(at, at + columns), 1 + (n - from) * columns)
    }
    sections.set(blockName(name, tier, block), numbers)
  }
}

function restoreTier(tally: Tally, tier: Tier, s: number, name: string, sections: Sections): void {
  const { totals, columns } = tally
  const newest = Math.floor(totals.newest / tier.step)
  const oldest = newest - tier.slots + 1
  for (let block = Math.floor(oldest / BLOCK); block <= Math.floor(newest / BLOCK); block++) {
    const numbers = take(sections, blockName(name, tier, block))
    if (numbers === undefined) continue
    const from = numbers[0]!
    for (let n = from; 1 + (n - from + 1) * columns <= numbers.length; n++) {
      if (n < oldest || n > newest) continue
      const at = placeOf(totals, tier, s, n * tier.step)
      tier.totals.set(numbers.subarray(1 + (n - from) * columns, 1 + (n - from + 1) * columns), at)
    }
  }
}

function blockName(name: string, tier: Tier, block: number): string {
  const blocks = Math.ceil(tier.slots / BLOCK) + 1
  return `${name}/totals/${tier.step}/${((block % blocks) + blocks) % blocks}`
}

function restoreAnchors({ totals, columns }: Tally, s: number, section: Float64Array | undefined): void {
  for (let at = 1; section !== undefined && at < section.length; at += 3 + columns) {
    const [unit, start, end] = [UNITS[section[at]!]!, section[at + 1]!, section[at + 2]!]
    const anchor =
      totals.anchors.find((it) => it.unit === unit && it.start === start) ??
      totals.anchors[totals.anchors.push({ unit, start, end, totals: new Float64Array(totals.series * columns) }) - 1]!
    anchor.totals.set(section.subarray(at + 3, at + 3 + columns), s * columns)
  }
}

/** Takes a section out of the map. */
export function take(sections: Sections, name: string): Float64Array | undefined {
  const section = sections.get(name)
  sections.delete(name)
  return section
}
