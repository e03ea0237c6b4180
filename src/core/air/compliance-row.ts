import { DRY_BULB_KNOWN, fillShares, isCovered, OUT } from './bands.ts'
import type { Compliance, SeriesGroup } from './compliance.ts'
import { plannedMs } from '../contract/planned.ts'
import { worstOf } from './ranking.ts'
import { noteRestated } from '../energy/restated.ts'
import type { Sink } from '../contract/sink.ts'
import { columnPlaces, NOBODY, STATE, type State } from '../contract/tables.ts'
import { COST } from '../contract/work.ts'
import { isRowRestated } from '../windows/written.ts'

const AT = columnPlaces('compliance')

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Windows of halls and the site: up to 1 h at each interval, up to 24 h every 5 min, longer ones every hour. */
export function wideStepMs(windowMs: number): number {
  return windowMs <= HOUR_MS ? 0 : windowMs <= DAY_MS ? 5 * MINUTE_MS : HOUR_MS
}

/** Windows of inlets and racks: up to 1 h every 5 min, up to 24 h every 15 min, longer ones every hour. */
export function narrowStepMs(windowMs: number): number {
  return windowMs <= HOUR_MS ? 5 * MINUTE_MS : windowMs <= DAY_MS ? 15 * MINUTE_MS : HOUR_MS
}

/** A window of a series that ends with interval `e` - 1 and spans `span` intervals. */
interface WindowEnd {
  readonly series: number
  readonly window: number
  readonly e: number
  readonly span: number
  readonly sums: Float64Array
  /** What a correction changed in the sums; undefined: the window is emitted for the first time. */
  readonly added: Float64Array | undefined
  readonly revision: number
  /** Of a row that was not corrected after it had settled. */
  readonly state: State
}

/** Emits one window of a series. */
export function emitCompliance(compliance: Compliance, group: SeriesGroup, end: WindowEnd, sink: Sink): void {
  const { series, window, e, span, sums, added, revision, state } = end
  const members = group.members[series]!
  const spanned = group.trail.windows[window]!
  const { plan, cells } = compliance
  const totalMs = span * plan.lengthMs * members.length
  fillShares(cells, sums, totalMs, added)
  const endMs = e * plan.lengthMs
  const workMs = plannedMs(compliance.planned, members, endMs - span * plan.lengthMs, endMs)
  cells[AT.planned_pct] = workMs > 0 ? (100 * workMs) / totalMs : NaN
  const scope = group.scopes[series]
  const isRanked = scope !== undefined && isCovered(sums[DRY_BULB_KNOWN]!, totalMs)
  const worst = isRanked ? worstOf(compliance.groups[0]!.trail, members, spanned, e) : undefined
  const isWorst = worst !== undefined && worst.outPct > 0
  // Nobody is written, too: a correction may have to take a name back, and whether there was one leaves no trace
  cells[AT.worst] = isWorst ? worst.inlet : isRanked ? NOBODY : NaN
  cells[AT.worst_out_pct] = worst?.outPct ?? NaN
  cells[AT.revision] = revision
  cells[AT.state] = isRowRestated(group.trail.rows, series, window, e) ? STATE.restated : STATE[state]
  const place = scope === undefined ? series : plan.inlets.length + scope
  sink.row('compliance', place, spanned.name, endMs, cells)
}

/** Notes what the share out of a settled window was before a correction added to its sums. */
export function noteOldShare(
  { plan, restated }: Compliance,
  group: SeriesGroup,
  { series, window, e, span, sums, added }: Pick<WindowEnd, 'series' | 'window' | 'e' | 'span' | 'sums' | 'added'>,
): void {
  if (added === undefined || !isRowRestated(group.trail.rows, series, window, e)) return
  const totalMs = span * plan.lengthMs * group.members[series]!.length
  const outPct = (outMs: number, dryMs: number) => (isCovered(dryMs, totalMs) ? (100 * outMs) / dryMs : NaN)
  const [out, dry] = [sums[OUT]!, sums[DRY_BULB_KNOWN]!]
  const scope = group.scopes[series]
  const place =
    plan.points.length + plan.boundaries.length + (scope === undefined ? series : plan.inlets.length + scope)
  noteRestated(restated, place, group.trail.windows[window]!.name, e, {
    old: outPct(out - added[OUT]!, dry - added[DRY_BULB_KNOWN]!),
    new: outPct(out, dry),
  })
}

/** Units of a window's row, whose worst inlet is looked for among so many. */
export function windowCost(ranked: number): number {
  return COST.windowRow + COST.member * ranked
}
