import { formulaAt } from '../core/contract/formula.ts'
import { REASONS } from '../core/contract/tables.ts'
import { fillBoundaryBin } from '../core/energy/quotients/bin.ts'
import { OVER, UNDER } from '../core/energy/quotients/parts.ts'
import { noteRestated } from '../core/energy/restated.ts'
import { isTooShort } from '../core/energy/quotients/correct.ts'
import {
  firstHeardInterval,
  windowQuotient,
  writeQuotientRow,
  type Quotients,
} from '../core/energy/quotients/quotients.ts'
import {
  isShifted,
  isDueAt,
  noteRewritten,
  oldestHeldBin,
  correctPast,
  sumPastWindow,
} from '../core/windows/restate.ts'
import type { Core } from '../core/state.ts'
import type { BinCorrections, Shift } from '../core/windows/shift.ts'
import { binOf } from '../core/windows/tally.ts'
import type { Reason } from './reasons.ts'
import { GROUP_ROWS, rewriteRows, type Rewrite } from './rows.ts'
import type { FoldedStretch, RecomputedSpan } from './span.ts'
import type { Site } from '../site/site.ts'
import { createRowSink, type Row } from '../rows/rows.ts'

/**
 * What changed of one quotient of a boundary. Sums of the intervals in which both were known, J; of an indicator, mL of
 * water in the place of the facility.
 */
export interface BoundaryChange {
  readonly boundary: string
  /** `pue`, or an indicator. */
  readonly indicator: string
  intervals: number
  facilityBeforeJ: number
  facilityAfterJ: number
  itBeforeJ: number
  itAfterJ: number
  /** How many rows were written again, by the name of their window. */
  windows: Map<string, number>
}

/** Changed bins of the quotients of one sort, by series. */
interface SortCorrections {
  readonly quotients: Quotients
  readonly series: (BinCorrections & { beforeJ: [number, number]; afterJ: [number, number] })[]
  /** First interval of each series before anything was changed. */
  readonly first: number[]
  /** First interval of each series that can be summed anew. */
  readonly known: number[]
}

/** Changed bins of all quotients. */
export interface Corrections {
  readonly sorts: readonly SortCorrections[]
  /** Why numbers of a boundary change. */
  readonly reasonOf: (boundary: number) => Reason
}

export function createCorrections(core: Core, span: RecomputedSpan, reasonOf: Corrections['reasonOf']): Corrections {
  return { sorts: core.quotients.map((quotients) => sortCorrections(quotients, span)), reasonOf }
}

function sortCorrections(quotients: Quotients, span: RecomputedSpan): SortCorrections {
  const all = quotients.boundaries.map((_, series) => series)
  return {
    quotients,
    series: all.map(() => ({ intervals: [], deltas: [], beforeJ: [0, 0], afterJ: [0, 0] })),
    first: all.map((series) => firstHeardInterval(quotients, series)),
    known: all.map((series) =>
      span.known.reduce(
        (first, known, point) =>
          quotients.seriesOf[point]?.includes(series) === true ? Math.max(first, known) : first,
        Math.max(span.from, oldestHeldBin(quotients.tally)),
      ),
    ),
  }
}

/** Compares the sums that boundaries get from a folded stretch with those that their tallies hold. */
export function compareBins(span: RecomputedSpan, stretch: FoldedStretch, { sorts }: Corrections): void {
  for (const sort of sorts) compareSort(span, stretch, sort)
}

function compareSort(
  span: RecomputedSpan,
  { intervals: stretch, from, to: end }: FoldedStretch,
  { quotients, series: all, known }: SortCorrections,
): void {
  const to = Math.min(end, span.to)
  const { tally, bins, layouts } = quotients
  const { columns } = tally
  const anew = { ...quotients, intervals: stretch }
  for (const [series, { intervals, deltas, beforeJ, afterJ }] of all.entries()) {
    const layout = layouts[series]
    if (layout === undefined) continue
    for (let interval = Math.max(from, span.from, known[series] ?? Infinity); interval < to; interval++) {
      if (formulaAt(layout, interval).isLost) continue
      fillBoundaryBin(anew, layout, interval, series * columns)
      const after = bins.subarray(series * columns, (series + 1) * columns)
      const before = binOf(tally, series, interval)
      if (after.every((sum, column) => sum === before[column])) continue
      intervals.push(interval)
      for (let c = 0; c < columns; c++) deltas.push((after[c] ?? 0) - (before[c] ?? 0))
      for (const sum of [OVER, UNDER] as const) {
        beforeJ[sum] += before[sum] ?? 0
        afterJ[sum] += after[sum] ?? 0
      }
    }
  }
}

/** Corrects the tallies, and writes each row whose window contains a change. */
export async function rewriteWindows(
  site: Site,
  core: Core,
  rewrite: Rewrite,
  { sorts, reasonOf }: Corrections,
  progressed: (share: number) => void,
): Promise<{ boundaries: BoundaryChange[]; notes: string[] }> {
  const changes: BoundaryChange[] = []
  const lost = new Map<string, number>()
  for (const [n, { quotients, series: all, first }] of sorts.entries()) {
    const { tally, boundaries, restated, of } = quotients
    for (const [series, { intervals, deltas, beforeJ, afterJ }] of all.entries()) {
      if (intervals.length === 0) continue
      const boundary = boundaries[series] ?? -1
      const shift = correctPast(tally, series, { intervals, deltas })
      const change: BoundaryChange = {
        boundary: site.boundaries[boundary] ?? '',
        indicator: of.name,
        intervals: intervals.length,
        facilityBeforeJ: beforeJ[OVER],
        facilityAfterJ: afterJ[OVER],
        itBeforeJ: beforeJ[UNDER],
        itAfterJ: afterJ[UNDER],
        windows: new Map(),
      }
      changes.push(change)
      const changed: ChangedSeries = {
        quotients,
        series,
        shift,
        first: firstHeardInterval(quotients, series),
        firstBefore: first[series] ?? Infinity,
        intervals: new Set(intervals),
      }
      restated.reason = REASONS.indexOf(reasonOf(boundary))
      for (const [w, { name }] of tally.windows.entries()) {
        progressed((n + (series + w / tally.windows.length) / all.length) / sorts.length)
        const found = await rewriteWindow(site, core, rewrite, changed, w)
        if (found.rows > 0) change.windows.set(name, found.rows)
        if (found.lost > 0) lost.set(name, (lost.get(name) ?? 0) + found.lost)
      }
    }
  }
  const notes = [...lost].map(
    ([name, rows]) => `${rows} rows of window ${name} stay as they are: intervals so far back are no longer kept`,
  )
  return { boundaries: changes, notes }
}

/** A series whose tally has been corrected. */
interface ChangedSeries {
  readonly quotients: Quotients
  readonly series: number
  readonly shift: Shift
  /** The first interval of which anything is known, now and before the correction. */
  readonly first: number
  readonly firstBefore: number
  /** The intervals that changed. */
  readonly intervals: ReadonlySet<number>
}

/** Writes the rows of window number `w` that changed. `lost`: rows that cannot be summed again. */
async function rewriteWindow(
  site: Site,
  core: Core,
  rewrite: Rewrite,
  { quotients, series, shift, first, firstBefore, intervals }: ChangedSeries,
  w: number,
): Promise<{ rows: number; lost: number }> {
  const { plan } = core
  const { tally, restated, restatedFrom, table } = quotients
  const field = table === 'pue' ? 'pue' : 'value'
  const window = tally.windows[w]
  const found = { rows: 0, lost: 0 }
  if (window === undefined) return found
  const rows: Row[] = []
  const sink = createRowSink(site, (row) => rows.push(row))
  const isNew = (timeMs: number) => {
    const interval = timeMs / plan.lengthMs - 1
    const isQuiet = interval >= core.quietFrom && interval < core.quietTo
    return !isQuiet || window.kind === 'whole' || intervals.has(interval)
  }
  const { newest } = tally.totals
  const [oldest = Infinity] = shift.intervals
  let groupFrom = Math.min(oldest, first < firstBefore ? first : Infinity) + 1
  for (let e = groupFrom; e <= newest; e++) {
    const isDue = e > first && isDueAt(tally, window, e)
    if (isDue && (e <= firstBefore || (e > oldest && isShifted(tally, window, e, shift)))) {
      const span = sumPastWindow(tally, series, window, e)
      if (span < 0) found.lost++
      else if (!isTooShort(quotients, w, span)) {
        const quotient = windowQuotient(quotients, series, w, tally.sums, span, e)
        writeQuotientRow(quotients, series, w, e, quotient, 0, 'restated', sink)
      }
    }
    if (e - groupFrom < GROUP_ROWS && e < newest) continue
    groupFrom = e + 1
    for (const { timeMs, revision, before, after } of await rewriteRows(rewrite, rows.splice(0), isNew)) {
      found.rows++
      if (timeMs <= rewrite.settledMs) {
        const numbers = { old: Number(before?.[field] ?? NaN), new: Number(after[field] ?? NaN) }
        noteRestated(restated, restatedFrom + series, window.name, timeMs / plan.lengthMs, numbers)
      }
      const phase = timeMs <= rewrite.settledMs ? 'settled' : 'provisional'
      noteRewritten(tally, series, w, timeMs / plan.lengthMs, { revision, phase })
    }
  }
  return found
}
