import { calm, hasStayed, isChattering, isHeld, isMuted } from './chatter.ts'
import { markGroupChanged } from './flood.ts'
import { SEVERITIES, type AlarmRowState } from '../contract/alarm-kinds.ts'
import type { Alarms, AlarmState } from './alarm-state.ts'
import { rowOf } from './row.ts'
import type { AlarmBy, AlarmRow, Sink } from '../contract/sink.ts'

/** A row older than this when it is emitted sends no notice: nobody is woken for what has passed. */
export const NEWS_MS = 300_000

/** Shelved or out of service: the alarm is not raised, and emits only the rows of those commands. */
export function isShelvedOrOut({ shelvedMs, outByPlan, outByPlanEmitted, outByCommand }: AlarmState): boolean {
  return !Number.isNaN(shelvedMs) || outByPlan || outByPlanEmitted || outByCommand
}

/**
 * Sends the notice of an alarm that was too old for one when it was raised, if a fresh sample shows it still active
 * (D45).
 */
export function sendIfStillActive(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  const { standing, newestMs } = state
  if (state.sent || state.grouped || isHeld(state) || nowMs - newestMs > NEWS_MS) return
  if (isShelvedOrOut(state) || (standing !== 'raised' && standing !== 'acked')) return
  state.sent = true
  sink.notice(rowOf(alarms, state, standing, state.emittedMs, state.ackedBy), state.hall)
}

/** Sends the notice that waited for a breach to stay, of an alarm that comes and goes. */
export function sendIfStayed(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  if (!hasStayed(state, nowMs)) return
  state.heldMs = NaN
  state.isStayTold = isChattering(state)
  state.sent = true
  sink.notice(rowOf(alarms, state, 'raised', state.emittedMs, state.ackedBy), state.hall)
}

/** Tells that an alarm is more urgent than anybody knows, even if it comes and goes, or waits for a breach to stay. */
export function sendSevere(alarms: Alarms, state: AlarmState, row: AlarmRow, nowMs: number, sink: Sink): void {
  if (state.suppressed || isShelvedOrOut(state)) return
  if (state.grouped) return markGroupChanged(alarms, state, nowMs)
  if (!state.sent && nowMs - row.timeMs > NEWS_MS) return
  state.heldMs = NaN
  state.sent = true
  sink.notice(row, state.hall)
}

/**
 * Emits one transition: always a row; a notice too unless it is too old, belongs to a flood group, or the alarm comes
 * and goes.
 */
export function emit(
  alarms: Alarms,
  state: AlarmState,
  rowState: AlarmRowState,
  atMs: number,
  nowMs: number,
  sink: Sink,
  by?: AlarmBy,
): void {
  const row = emitRow(alarms, state, rowState, atMs, sink, by)
  const { timeMs } = row
  if (rowState === 'suppressed') return
  if (state.grouped) {
    markGroupChanged(alarms, state, nowMs)
    if (state.standing === 'normal' || isShelvedOrOut(state)) state.grouped = false
    return
  }
  if (isMuted(state, rowState, nowMs)) return
  const isOver =
    rowState === 'normal' || rowState === 'retired' || (rowState === 'cleared' && state.standing === 'normal')
  const isBeginning = rowState === 'raised' || rowState === 'chattering' || rowState === 'latched'
  const isNews = state.sent || (isBeginning && nowMs - timeMs <= NEWS_MS)
  state.sent = isNews && !isOver
  if (isNews) sink.notice(row, state.hall)
}

/** Emits the row of a transition. Rows of one alarm rise in time, or one would overwrite another. */
export function emitRow(
  alarms: Alarms,
  state: AlarmState,
  rowState: AlarmRowState,
  atMs: number,
  sink: Sink,
  by?: AlarmBy,
): AlarmRow {
  if (rowState !== 'late') reclassify(alarms, state, rowState, atMs, sink)
  const timeMs = Math.max(atMs, state.emittedMs + 1)
  state.emittedMs = timeMs
  const row = rowOf(alarms, state, rowState, timeMs, by ?? state.ackedBy)
  sink.alarm(row)
  return row
}

/**
 * The severity is a tag of rows: what was shown under another one ends there, or it would stand there for ever.
 */
function reclassify(alarms: Alarms, state: AlarmState, next: AlarmRowState, atMs: number, sink: Sink): void {
  const { shownSeverity, severity, standing } = state
  if (shownSeverity >= 0 && shownSeverity !== severity) {
    const timeMs = Math.max(atMs, state.emittedMs + 1)
    state.emittedMs = timeMs
    const becomes = SEVERITIES[severity]!
    sink.alarm({
      ...rowOf(alarms, state, 'reclassified', timeMs, undefined),
      severity: SEVERITIES[shownSeverity]!,
      becomes,
    })
  }
  const isOver = OVER_STATES.has(next) || (next === 'cleared' && standing === 'normal')
  state.shownSeverity = isOver ? -1 : severity
}

const OVER_STATES: ReadonlySet<AlarmRowState> = new Set(['normal', 'retired', 'unshelved'])

/** A chattering alarm has been quiet for long enough. If it is over, that is told now. */
export function endChatter(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  const { standing } = state
  if (standing !== 'raised' && standing !== 'acked') emit(alarms, state, standing, nowMs, nowMs, sink)
  calm(state)
}
