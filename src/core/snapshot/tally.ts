import type { Intervals } from '../energy/intervals.ts'
import { CALENDAR_UNITS } from '../contract/plan.ts'
import { numbersOf, putByteSection, putSection, takeByteSection, takeSection, type Sections } from './form.ts'
import { keyOf } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'
import { shiftedSince } from '../windows/shift.ts'
import { openTally, rowStatePlace, type Tally } from '../windows/tally.ts'
import { allocateColumn, columnPlace, isCounted, modulo, setTotal, totalAt, type Tier } from '../windows/totals.ts'

/** A series of a tally: its name, and its columns' names in their order. */
export interface NamedSeries {
  readonly name: string
  readonly columns: readonly string[]
}

/** So many ends are in one section. */
const BLOCK = 512

/** Whether a slot holds nothing yet. */
export function isFresh(intervals: Intervals, slot: number): boolean {
  return intervals.coveredMs[slot] === 0 && intervals.energyMj[slot] === 0 && intervals.rowState[slot]! < 0
}

/** Saves the series of a tally at once. */
export function saveTally(tally: Tally, series: readonly NamedSeries[], keptEnd: number, sections: Sections): void {
  for (const parts = saveTallyInParts(tally, series, keptEnd, sections); parts.next().done !== true;);
}

/**
 * Saves the series of a tally: totals in blocks of ends, starts of calendar units, revisions of windows. Blocks that
 * end before `keptEnd` and before all later corrections have not changed since an earlier snapshot and are left out.
 *
 * Columns are saved under their names. A plan with other columns therefore reads none as another: it drops those that
 * it does not have, and its new ones begin at 0.
 */
export function* saveTallyInParts(
  tally: Tally,
  series: readonly NamedSeries[],
  keptEnd: number,
  sections: Sections,
): Generator<void> {
  const { totals, columns, windows, horizon } = tally
  for (const [s, named] of series.entries()) {
    const { name } = named
    const live = named.columns.flatMap((_, c) => (isCounted(totals, s, c) ? [c] : []))
    const keys = live.map((c) => keyOf(named.columns[c]!))
    for (const kept of keptOf(tally, s, named)) {
      const some = live.filter((c) => c >= kept.from && c < kept.to)
      saveKept(kept, some, keptEnd, sections)
      yield
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
      const to = createWriter()
      putNumbers(to, tally.rowState.subarray(from, from + horizon), 1)
      putByteSection(sections, `${name}/revised/${window.name}`, 'revision_runs', to.bytes.subarray(0, to.at))
    }
  }
}

/** Restores the series that have sections, as of the newest end. */
export function restoreTally(tally: Tally, series: readonly NamedSeries[], newest: number, sections: Sections): void {
  openTally(tally, newest)
  restoreSeries(tally, series, sections, blocksIn(sections))
}

/** Restores series of an open tally; `blocks` are those of all series. */
export function restoreSeries(tally: Tally, series: readonly NamedSeries[], sections: Sections, blocks: Blocks): void {
  const { windows, horizon } = tally
  const { newest } = tally.totals
  for (const [s, named] of series.entries()) {
    const { name } = named
    // A series that the last snapshot left out begins anew: its totals have a gap up to now.
    const starts = sections.get(`${name}/starts`)
    if (starts === undefined || numbersOf(starts, 'period_starts')[0] !== newest) continue
    for (const kept of keptOf(tally, s, named)) restoreKept(kept, blocks)
    restoreAnchors(tally, s, named, takeSection(sections, `${name}/starts`, 'period_starts')!)
    for (const [w, window] of windows.entries()) {
      const written = takeRevisions(sections, name, window.name)
      if (written === undefined) continue
      // A ring of another length: each end has another place in it
      for (let end = newest - Math.min(horizon, written.length) + 1; end <= newest; end++) {
        tally.rowState[rowStatePlace(tally, s, w, end)] = written[modulo(end, written.length)]!
      }
    }
  }
}

/** Revisions of a window's ends. Up to release 0.2.0 they were plain numbers. */
function takeRevisions(sections: Sections, name: string, window: string): Float64Array | undefined {
  const bytes = takeByteSection(sections, `${name}/revised/${window}`, 'revision_runs')
  if (bytes !== undefined) return takeNumbers({ bytes, at: 0 })
  return takeSection(sections, `${name}/written/${window}`, 'revisions')
}

/** What a tier keeps of a series: its newest `slots` ends of the columns from `from` on, before `to`. */
interface Kept {
  readonly tally: Tally
  readonly series: number
  readonly named: NamedSeries
  readonly name: string
  readonly tier: Tier
  readonly slots: number
  readonly from: number
  readonly to: number
}

function keptOf(tally: Tally, series: number, named: NamedSeries): Kept[] {
  const { tiers, details, columns } = tally.totals
  return tiers.flatMap((tier) => [
    ...(tier.slots > 0
      ? [{ tally, series, named, name: 'sums', tier, slots: tier.slots, from: 0, to: details.firstColumn }]
      : []),
    ...(details.firstColumn < columns
      ? [{ tally, series, named, name: 'parts', tier, slots: tier.detailSlots, from: details.firstColumn, to: columns }]
      : []),
  ])
}

/**
 * Saves totals in blocks of ends. The blocks of a series share a fixed number of names in turn, so that a new block
 * replaces the oldest:
 *
 *     section of a block = [ first end | number of columns | keys of their names … | totals, end by end … ]
 */
function saveKept(kept: Kept, live: readonly number[], keptEnd: number, sections: Sections): void {
  const { tally, series: s, tier, slots } = kept
  const { columns } = kept.named
  const { totals } = tally
  const newest = Math.floor(totals.newest / tier.step)
  const begun = totals.rebases > 0 ? -Infinity : totals.origin
  const oldestChanged = keptEnd === -Infinity ? begun - tally.horizon : Math.min(keptEnd, shiftedSince(totals, keptEnd))
  const changed = Math.floor(oldestChanged / tier.step)
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
    putSection(sections, blockName(kept, block), 'totals', numbers)
  }
}

type Blocks = ReadonlyMap<string, readonly Float64Array[]>

/**
 * Blocks by series, columns and tier. Other windows or another horizon give other names, so each block says itself
 * which ends it holds. Blocks stay in the map: what stays there is obsolete unless the next snapshot uses its name
 * again.
 */
export function blocksIn(sections: Sections): Blocks {
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

function restoreKept(kept: Kept, blocks: Blocks): void {
  const { series: s, tier, slots } = kept
  const { columns } = kept.named
  const { totals } = kept.tally
  const step = savedStep(kept, blocks)
  const newest = Math.floor(totals.newest / tier.step)
  const oldest = newest - slots + 1
  for (const numbers of blocks.get(blocksName(kept, step)) ?? []) {
    const [from, width] = [numbers[0]!, numbers[1]!]
    const places = placesOf(columns, numbers.subarray(2, 2 + width))
    for (const c of places) if (c >= 0) allocateColumn(totals, s, c)
    for (let n = from, at = 2 + width; at + width <= numbers.length && width > 0; n++, at += width) {
      const end = n * step
      if (end % tier.step !== 0 || end < oldest * tier.step || end > newest * tier.step) continue
      for (const [k, c] of places.entries()) {
        if (c >= 0) setTotal(tier, columnPlace(totals, s, c), end, numbers[at + k]!)
      }
    }
  }
}

/** The step that a tier was saved under. One that the snapshot does not have is restored from the next finer one. */
function savedStep(kept: Kept, blocks: ReadonlyMap<string, unknown>): number {
  for (let step = kept.tier.step; step > 0; step--) {
    if (kept.tier.step % step === 0 && blocks.has(blocksName(kept, step))) return step
  }
  return kept.tier.step
}

function blockName(kept: Kept, block: number): string {
  const blocks = Math.ceil(kept.slots / BLOCK) + 1
  return `${blocksName(kept, kept.tier.step)}/${((block % blocks) + blocks) % blocks}`
}

function blocksName({ name: kind, named }: Kept, step: number): string {
  return `${named.name}/${kind}/${step}`
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

/** Per saved column its place among the plan's, -1: the plan has none of that name. */
function placesOf(columns: readonly string[], keys: Float64Array): number[] {
  return Array.from(keys, (key) => columns.findIndex((name) => keyOf(name) === key))
}
