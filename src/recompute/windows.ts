import { formulaAt } from '../core/contract/formula.ts'
import { REASONS } from '../core/contract/tables.ts'
import { fillBoundaryBin } from '../core/energy/quotients/bin.ts'
import { OVER, UNDER } from '../core/energy/quotients/parts.ts'
import { noteRestated } from '../core/energy/restated.ts'
import { firstHeardInterval, windowQuotient, writeQuotientRow } from '../core/energy/quotients/quotients.ts'
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

/** What changed of one boundary. Energies of the intervals in which both sums were known, J. */
export interface BoundaryChange {
  readonly boundary: string
  intervals: number
  facilityBeforeJ: number
  facilityAfterJ: number
  itBeforeJ: number
  itAfterJ: number
  /** How many rows were written again, by the name of their window. */
  windows: Map<string, number>
}

/** Changed bins of every boundary. */
export interface Corrections {
  readonly boundaries: (BinCorrections & { beforeJ: [number, number]; afterJ: [number, number] })[]
  /** First interval of each boundary before anything was changed. */
  readonly first: number[]
  /** First interval of each boundary that can be summed anew. */
  readonly known: number[]
  /** Why numbers of a boundary change. */
  readonly reasonOf: (boundary: number) => Reason
}

export function createCorrections(core: Core, span: RecomputedSpan, reasonOf: Corrections['reasonOf']): Corrections {
  const { pue, plan } = core
  const boundaries = plan.boundaries.map((_, boundary) => boundary)
  return {
    boundaries: boundaries.map(() => ({ intervals: [], deltas: [], beforeJ: [0, 0], afterJ: [0, 0] })),
    first: boundaries.map((boundary) => firstHeardInterval(pue, boundary)),
    known: boundaries.map((boundary) =>
      span.known.reduce(
        (first, known, point) => (pue.seriesOf[point]?.includes(boundary) === true ? Math.max(first, known) : first),
        Math.max(span.from, oldestHeldBin(pue.tally)),
      ),
    ),
    reasonOf,
  }
}

/** Compares the sums that boundaries get from a folded stretch with those that their tally holds. */
export function compareBins(
  core: Core,
  span: RecomputedSpan,
  { intervals: stretch, from, to: end }: FoldedStretch,
  corrections: Corrections,
): void {
  const to = Math.min(end, span.to)
  const { tally, bins } = core.pue
  const { columns } = tally
  const anew = { ...core.pue, intervals: stretch }
  for (const [boundary, { intervals, deltas, beforeJ, afterJ }] of corrections.boundaries.entries()) {
    const layout = core.pue.layouts[boundary]
    if (layout === undefined) continue
    for (let interval = Math.max(from, span.from, corrections.known[boundary] ?? Infinity); interval < to; interval++) {
      if (formulaAt(layout, interval).isLost) continue
      fillBoundaryBin(anew, layout, interval, boundary * columns)
      const after = bins.subarray(boundary * columns, (boundary + 1) * columns)
      const before = binOf(tally, boundary, interval)
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

/** Corrects the tally, and writes each row whose window contains a change. */
export async function rewriteWindows(
  site: Site,
  core: Core,
  rewrite: Rewrite,
  corrections: Corrections,
  progressed: (share: number) => void,
): Promise<{ boundaries: BoundaryChange[]; notes: string[] }> {
  const changes: BoundaryChange[] = []
  const lost = new Map<string, number>()
  for (const [boundary, { intervals, deltas, beforeJ, afterJ }] of corrections.boundaries.entries()) {
    if (intervals.length === 0) continue
    const shift = correctPast(core.pue.tally, boundary, { intervals, deltas })
    const change: BoundaryChange = {
      boundary: site.boundaries[boundary] ?? '',
      intervals: intervals.length,
      facilityBeforeJ: beforeJ[OVER],
      facilityAfterJ: afterJ[OVER],
      itBeforeJ: beforeJ[UNDER],
      itAfterJ: afterJ[UNDER],
      windows: new Map(),
    }
    changes.push(change)
    const changed: ChangedBoundary = {
      boundary,
      shift,
      first: firstHeardInterval(core.pue, boundary),
      firstBefore: corrections.first[boundary] ?? Infinity,
      intervals: new Set(intervals),
    }
    core.pue.restated.reason = REASONS.indexOf(corrections.reasonOf(boundary))
    for (const [w, { name }] of core.pue.tally.windows.entries()) {
      progressed((boundary + w / core.pue.tally.windows.length) / corrections.boundaries.length)
      const found = await rewriteWindow(site, core, rewrite, changed, w)
      if (found.rows > 0) change.windows.set(name, found.rows)
      if (found.lost > 0) lost.set(name, (lost.get(name) ?? 0) + found.lost)
    }
  }
  const notes = [...lost].map(
    ([name, rows]) => `${rows} rows of window ${name} stay as they are: intervals so far back are no longer kept`,
  )
  return { boundaries: changes, notes }
}

/** A boundary whose tally has been corrected. */
interface ChangedBoundary {
  readonly boundary: number
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
  { boundary, shift, first, firstBefore, intervals }: ChangedBoundary,
  w: number,
): Promise<{ rows: number; lost: number }> {
  const { pue, plan } = core
  const { tally } = pue
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
      const span = sumPastWindow(tally, boundary, window, e)
      if (span < 0) found.lost++
      else
        writeQuotientRow(
          pue,
          boundary,
          w,
          e,
          windowQuotient(pue, boundary, w, tally.sums, span, e),
          0,
          'restated',
          sink,
        )
    }
    if (e - groupFrom < GROUP_ROWS && e < newest) continue
    groupFrom = e + 1
    for (const { timeMs, revision, before, after } of await rewriteRows(rewrite, rows.splice(0), isNew)) {
      found.rows++
      if (timeMs <= rewrite.settledMs) {
        const numbers = { old: Number(before?.['pue'] ?? NaN), new: Number(after['pue'] ?? NaN) }
        noteRestated(pue.restated, plan.points.length + boundary, window.name, timeMs / plan.lengthMs, numbers)
      }
      const phase = timeMs <= rewrite.settledMs ? 'settled' : 'provisional'
      noteRewritten(tally, boundary, w, timeMs / plan.lengthMs, { revision, phase })
    }
  }
  return found
}
