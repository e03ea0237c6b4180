import { correctedState, isRestatedIn, NOT_WRITTEN, revisionIn, rowStateOf } from './row-state.ts'
import type { Window } from './window.ts'

/**
 * States of the rows (row-state.ts) of each series' windows, as far back as they can change. Nearly all were written
 * when their interval closed and never again, so only the others are kept:
 *
 * ```
 *                 since                 skipped
 * NOT_WRITTEN ----|---- state 0 --------[ NOT_WRITTEN ]---- state 0 --->  ends
 *        ^ others: in `states`      ^ corrected: in `states`
 * ```
 *
 * Ends that are skipped have rows of whole calendar units only.
 *
 * Of ends that only a backlog corrects no state is kept, but for each series and window the highest revision of any.
 * The next correction of one takes the revision behind that, so the revisions of a row rise.
 */
export interface WrittenRows {
  readonly windows: readonly Window[]
  /** So many newest ends can be corrected; of `recent` of them there are states. */
  readonly horizon: number
  readonly recent: number
  /** Per series the first end at whose close rows were written; Infinity: none was. */
  readonly since: Float64Array
  /** Per window the first end of which rows could be written: a configuration may bring new windows. */
  readonly windowSince: Float64Array
  /** Stretches of ends without rows, `to` included, oldest first. */
  skipped: { from: number; to: number }[]
  /** By end, then by series × windows + window. */
  readonly states: Map<number, Map<number, number>>
  /** Ends up to this one have no states. */
  oldest: number
  /** Per series and window the highest revision of those; and which of them are being corrected. */
  readonly revisions: Int32Array
  readonly raised: Set<number>
}

interface Reach {
  readonly horizon: number
  readonly recent: number
}

export function createWrittenRows(series: number, windows: readonly Window[], { horizon, recent }: Reach): WrittenRows {
  return {
    windows,
    horizon,
    recent,
    since: new Float64Array(series).fill(Infinity),
    windowSince: new Float64Array(windows.length).fill(-Infinity),
    skipped: [],
    states: new Map(),
    oldest: -Infinity,
    revisions: new Int32Array(series * windows.length),
    raised: new Set(),
  }
}

export function clearWrittenRows(rows: WrittenRows): void {
  rows.since.fill(Infinity)
  rows.windowSince.fill(-Infinity)
  rows.skipped = []
  rows.states.clear()
  rows.oldest = -Infinity
  rows.revisions.fill(0)
}

/** Forgets, once `newest` is the newest end, what only a backlog can change any more. */
export function forgetOldRows(rows: WrittenRows, newest: number): void {
  const { states, revisions } = rows
  rows.oldest = newest - rows.recent
  const old = states.get(rows.oldest)
  if (old !== undefined) {
    for (const [at, state] of old) revisions[at] = Math.max(revisions[at]!, revisionIn(Math.max(0, state)))
    states.delete(rows.oldest)
  }
  if (rows.skipped.length > 0) rows.skipped = rows.skipped.filter(({ to }) => to > newest - rows.horizon)
}

/** Ends a correction of old ends: further ones have higher revisions. */
export function endOldCorrection({ raised, revisions }: WrittenRows): void {
  for (const at of raised) revisions[at]!++
  raised.clear()
}

/** Notes that an end has rows of whole calendar units only. */
export function skipRowsAt({ skipped }: WrittenRows, end: number): void {
  const last = skipped.at(-1)
  if (last !== undefined && last.to === end - 1) last.to = end
  else skipped.push({ from: end, to: end })
}

/** Notes that a window's row is written at an end, its numbers unchanged if it was before; returns its revision. */
export function noteRowWritten(rows: WrittenRows, series: number, window: number, end: number): number {
  const state = rowStateAt(rows, series, window, end)
  if (state === NOT_WRITTEN) setRowState(rows, series, window, end, 0)
  return revisionIn(Math.max(0, state))
}

/** Notes that a window's row is written at an end with corrected numbers; returns its revision. */
export function noteRowCorrected(
  rows: WrittenRows,
  series: number,
  window: number,
  end: number,
  phase: 'provisional' | 'settled',
): number {
  if (end <= rows.oldest) return oldRevision(rows, series, window)
  const before = rowStateAt(rows, series, window, end)
  const state = before === NOT_WRITTEN ? 0 : correctedState(before, phase)
  setRowState(rows, series, window, end, state)
  return revisionIn(state)
}

/** Notes the revision with which a row was written outside of the fold: later corrections count on from there. */
export function noteRevision(
  rows: WrittenRows,
  { series, window, end }: { readonly series: number; readonly window: number; readonly end: number },
  revision: number,
  phase: 'provisional' | 'settled',
): void {
  if (end > rows.oldest) return setRowState(rows, series, window, end, rowStateOf(revision, phase))
  const at = series * rows.windows.length + window
  rows.revisions[at] = Math.max(rows.revisions[at]!, revision)
}

function oldRevision({ raised, revisions, windows }: WrittenRows, series: number, window: number): number {
  const at = series * windows.length + window
  raised.add(at)
  return revisions[at]! + 1
}

export function isRowWritten(rows: WrittenRows, series: number, window: number, end: number): boolean {
  return rowStateAt(rows, series, window, end) !== NOT_WRITTEN
}

export function isRowRestated(rows: WrittenRows, series: number, window: number, end: number): boolean {
  return end <= rows.oldest || isRestatedIn(rowStateAt(rows, series, window, end))
}

function rowStateAt(rows: WrittenRows, series: number, window: number, end: number): number {
  const { windows, since, windowSince, skipped, states } = rows
  const known = states.size === 0 ? undefined : states.get(end)?.get(series * windows.length + window)
  if (known !== undefined) return known
  if (end < since[series]! || end < windowSince[window]!) return NOT_WRITTEN
  const isSkipped = windows[window]!.kind !== 'whole' && skipped.some(({ from, to }) => end >= from && end <= to)
  return isSkipped ? NOT_WRITTEN : 0
}

export function setRowState(rows: WrittenRows, series: number, window: number, end: number, state: number): void {
  const { states, windows } = rows
  let atEnd = states.get(end)
  if (atEnd === undefined) {
    atEnd = new Map()
    states.set(end, atEnd)
  }
  atEnd.set(series * windows.length + window, state)
}
