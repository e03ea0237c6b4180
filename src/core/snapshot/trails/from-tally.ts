import { COLUMN_NAMES, COLUMNS, DRY_BULB_KNOWN, isBandTime, OUT, RECOMMENDED } from '../../air/bands.ts'
import type { SeriesGroup } from '../../air/compliance.ts'
import type { CorePlan } from '../../contract/plan.ts'
import { openFrom, packOne, putBlock, setOpenBin, type Bins } from '../../windows/bins.ts'
import { createBlock } from '../../windows/block.ts'
import { NOT_WRITTEN } from '../../windows/row-state.ts'
import { createTally, openTally, rowStatePlace, type Tally } from '../../windows/tally.ts'
import { columnOf, holdingUnit } from '../../windows/to-date.ts'
import { isCounted, totalAt } from '../../windows/totals.ts'
import { openTrail, type Trail } from '../../windows/trail.ts'
import { runWhole } from '../../contract/work.ts'
import { createWindows, type Window } from '../../windows/window.ts'
import { setRowState } from '../../windows/written.ts'
import type { Sections } from '../form.ts'
import { blocksIn, restoreSeries } from '../tally.ts'

/**
 * Releases 0.1.0 and 0.2.0 kept running totals of compliance, in tallies as boundaries have them. They had them by the
 * interval for an hour, every 5 min for a day, every hour beyond. Here they become bins. Where only the sum over 5 min
 * is known, it stands in the last of these bins. So every window of whole 5 min is what it was.
 */
export function restoreFromTallies(
  plan: CorePlan,
  group: SeriesGroup,
  names: { series: readonly string[]; ranking: readonly string[] | undefined },
  newest: number,
  sections: Sections,
): void {
  const { trail } = group
  runWhole(openTrail(trail, newest))
  if (![...sections.keys()].some((name) => name.endsWith('/starts'))) return
  const planned = plan.windows.filter(({ name }) => trail.windows.some((window) => window.name === name))
  const windows = createWindows(planned, plan.lengthMs, stepMs)
  const ranked = createWindows(plan.windows, plan.lengthMs, stepMs)
  const blocks = blocksIn(sections)
  const tallyOf = (name: string, columns: readonly string[], of: readonly Window[]): Tally => {
    const { periods, recent: horizon } = trail
    const written = columns === COLUMN_NAMES ? of : []
    const tally = createTally({ series: 1, columns: columns.length, windows: written, unwritten: of, periods, horizon })
    openTally(tally, newest)
    restoreSeries(tally, [{ name, columns }], sections, blocks)
    return tally
  }
  const minutes = createBuilder(trail.minutes)
  const hours = createBuilder(trail.hours)
  for (const [series, name] of names.series.entries()) {
    const tally = tallyOf(name, COLUMN_NAMES, windows)
    const ranking = names.ranking === undefined ? tally : tallyOf(names.ranking[series]!, ['known', 'out'], ranked)
    const stepAt = (bin: number): number => stepTo(tally, bin + 1)
    addSeries(minutes, series, stepAt, (column, bin) => judgedRise(tally, column, bin))
    addSeries(hours, series, each, (column, bin) => {
      // They ranked inlets by the time of known bands, which stands for the time with a known dry bulb
      const of = names.ranking === undefined ? column : [DRY_BULB_KNOWN, OUT].indexOf(column)
      return of < 0 ? 0 : rise(ranking, of, bin, trail.hour)
    })
    copyCalendar(trail, series, tally)
    copyRows(trail, series, tally)
  }
  finish(minutes)
  finish(hours)
  trail.minutes.knownFrom = newest - trail.recent
  trail.rows.oldest = newest - trail.recent
}

/** Windows up to 1 h were emitted at each interval, up to 24 h every 5 min, longer ones every hour. */
function stepMs(windowMs: number): number {
  return windowMs <= 3_600_000 ? 0 : windowMs <= 86_400_000 ? 300_000 : 3_600_000
}

/**
 * By how much a total rose in an interval. Bands and limits were once judged without a dry bulb, too. No more of them
 * counts than the time with a known dry bulb, so that bands add to it.
 */
function judgedRise(tally: Tally, column: number, interval: number): number {
  const ms = rise(tally, column, interval, 1)
  if (ms === 0 || !isBandTime(column)) return ms
  const most = rise(tally, DRY_BULB_KNOWN, interval, 1)
  return Math.min(ms, column === OUT ? most - Math.min(most, rise(tally, RECOMMENDED, interval, 1)) : most)
}

/** By how much a total rose over a bin of so many intervals since the end before that is known. */
function rise({ totals }: Tally, column: number, bin: number, length: number): number {
  if (!isCounted(totals, 0, column)) return 0
  const end = (bin + 1) * length
  const after = totalIn(totals, column, end)
  if (Number.isNaN(after)) return 0
  for (let before = end - length; before > end - 61 * length; before -= length) {
    const total = totalIn(totals, column, before)
    if (!Number.isNaN(total)) return after - total
  }
  return 0
}

/** A total at an end of the finest tier that has it; NaN: none has. */
function totalIn({ tiers, newest }: Tally['totals'], column: number, end: number): number {
  for (const tier of tiers) {
    if (end % tier.step === 0 && end <= newest && end > newest - tier.slots * tier.step)
      return totalAt(tier, column, end)
  }
  return NaN
}

/** Up to this end totals are known at multiples of so many intervals: the step of the finest tier that reaches it. */
function stepTo({ totals: { tiers, newest } }: Tally, end: number): number {
  return tiers.find(({ slots, step }) => end > newest - slots * step)?.step ?? tiers.at(-1)?.step ?? 1
}

function each(): number {
  return 1
}

/** Blocks that get one series after the other. */
interface Builder {
  readonly bins: Bins
  readonly first: number
  readonly blocks: { lengths: Uint16Array; records: Uint8Array[] }[]
}

function createBuilder(bins: Bins): Builder {
  const open = openFrom(bins) / bins.length
  const first = open - bins.slots
  const blocks = Array.from({ length: bins.columns === 0 ? 0 : open - first }, () => {
    return { lengths: new Uint16Array(bins.series), records: [] }
  })
  return { bins, first, blocks }
}

function addSeries(
  { bins, first, blocks }: Builder,
  series: number,
  stepAt: (bin: number) => number,
  binOf: (column: number, bin: number) => number,
) {
  const { columns, length, packer } = bins
  for (const [n, { lengths, records }] of blocks.entries()) {
    const from = (first + n) * length
    const step = stepAt(from + length - 1)
    packer.values.fill(0, 0, columns * length)
    for (let k = (step - 1 - (from % step) + step) % step; k < length; k += step) {
      for (let c = 0; c < columns; c++) packer.values[c * length + k] = binOf(c, from + k)
    }
    packer.written.at = 0
    packOne(bins, series)
    lengths[series] = packer.written.at
    records.push(packer.written.bytes.slice(0, packer.written.at))
  }
  for (let bin = openFrom(bins); bin < bins.newest; bin++) {
    for (let c = 0; c < columns; c++) setOpenBin(bins, { series, column: c, bin }, binOf(c, bin))
  }
}

function finish({ bins, first, blocks }: Builder): void {
  for (const [n, { lengths, records }] of blocks.entries()) {
    const bytes = new Uint8Array(records.reduce((sum, record) => sum + record.length, 0))
    let at = 0
    for (const record of records) {
      bytes.set(record, at)
      at += record.length
    }
    putBlock(bins, createBlock(first + n, lengths, bytes))
  }
  if (blocks.length > 0) bins.begin = Math.min(bins.begin, first * bins.length)
}

function copyCalendar(trail: Trail, series: number, { totals }: Tally): void {
  for (const { unit, start, end, totals: before } of totals.anchors) {
    const sums = trail.calendar.find((it) => it.unit === unit && it.start === start)?.sums
    if (sums === undefined) continue
    for (let c = 0; c < COLUMNS; c++) {
      const sum = totalIn(totals, c, Math.min(end, totals.newest)) - before[c]!
      if (sum !== 0) columnOf(sums, c, trail.minutes.series)[series] = sum
    }
  }
}

function copyRows(trail: Trail, series: number, tally: Tally): void {
  const { rows, horizon, minutes } = trail
  const { newest } = minutes
  const states: { end: number; window: number; state: number }[] = []
  for (const [window, plan] of trail.windows.entries()) {
    const of = tally.windows.findIndex(({ name }) => name === plan.name)
    for (let end = newest - horizon + 1; of >= 0 && end <= newest; end++) {
      const isDue = plan.kind === 'whole' ? holdingUnit(trail, plan.unit, end).end === end : end % plan.step === 0
      if (isDue) states.push({ end, window, state: tally.rowState[rowStatePlace(tally, 0, of, end)]! })
    }
  }
  const written = states.filter(({ state }) => state !== NOT_WRITTEN)
  rows.since[series] = written.reduce((least, { end }) => Math.min(least, end), Infinity)
  for (const { end, window, state } of states) {
    if (state !== 0 && end >= (rows.since[series] ?? Infinity)) setRowState(rows, series, window, end, state)
  }
}
