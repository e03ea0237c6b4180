import { noteBreach, noteLimit, startBreach } from './breach.ts'
import { isChattering, isHeld, isMuted, noteOver, noteRaise, noticeDueMs } from './chatter.ts'
import { emit, emitRow, isShelvedOrOut, NEWS_MS, sendIfStayed, sendIfStillActive, sendSevere } from './emit.ts'
import { explainedBy, greatersOf, HAPPENS, lessersOf, waitsUntilMs } from './explained.ts'
import { countRaise, isFlooded } from './flood.ts'
import { followSeverity, forgetSteps, noteSteps, severityAtRaise, severityDueMs } from './severity.ts'
import { CHATTER_MS, STANDING_MS, type Alarms, type AlarmState, type JudgedSample, type Phase } from './alarm-state.ts'
import { rowOf } from './row.ts'
import type { Sink } from '../contract/sink.ts'

/**
 * One state machine for every alarm (ISA-18.2). Samples and delays move the phase; the phase moves the standing.
 * Shelving, out of service and suppression hold the standing back, never the phase. Both are drawn in alarm-state.ts.
 */

/**
 * Moves an alarm on by one judged sample. A sample older than the newest one changes no phase: if it is a breach, it is
 * looked at again when what came late is corrected.
 */
export function applySample(alarms: Alarms, state: AlarmState, sample: JudgedSample, nowMs: number, sink: Sink): void {
  if (!state.rule.enabled) return
  const { verdict, tMs, value } = sample
  if (tMs < state.newestMs) {
    if (verdict === 'breached') noteLate(alarms, state, tMs)
    return
  }
  const gapMs = tMs - state.newestMs
  // Neither a breach nor a silence ends an alarm, however long the sample before it may hold (D233)
  const isEnding = verdict !== 'breached' && gapMs <= state.holdMs
  if (isEnding || !endsBySampleOnly(state)) endDelay(alarms, state, tMs - 1, nowMs, sink)
  state.newestMs = tMs
  state.heardMs = nowMs
  state.value = value
  state.verdict = verdict
  if (verdict === 'breached') noteBreach(state, sample)
  else noteLimit(state, sample)
  if (state.rule.steps.length > 0 && (verdict === 'breached' || state.phase !== 'normal')) noteSteps(state, gapMs)
  if (state.isSourceSilent || state.isReturned) markHeard(alarms, state, tMs, nowMs, sink)
  if (state.isPast && verdict === 'inside') endPast(state)
  if (state.phase === 'normal' || state.phase === 'rising') {
    updateDelay(state, 'normal', 'rising', verdict === 'breached', gapMs <= state.bridgeMs)
  } else updateDelay(state, 'active', 'falling', verdict === 'inside', gapMs <= state.holdMs)
  endDelay(alarms, state, tMs, nowMs, sink)
  if (state.suppressed) raiseIfUnsuppressed(alarms, state, nowMs, sink)
  if (verdict === 'breached') {
    sendIfStillActive(alarms, state, nowMs, sink)
    sendIfStayed(alarms, state, nowMs, sink)
  }
  if (state.standing !== 'normal') followSeverity(alarms, state, tMs, nowMs, sink)
  alarms.dueMs = Math.min(alarms.dueMs, delayDueMs(state))
}

/**
 * Starts, keeps or stops a delay. A gap that no sample covers does not count: the delay starts again. An on-delay
 * bridges longer gaps than an off-delay, or a slow device would never raise anything.
 */
function updateDelay(state: AlarmState, settled: Phase, delayed: Phase, isLeaving: boolean, isCovered: boolean): void {
  if (!isLeaving) state.phase = settled
  else if (state.phase === settled || !isCovered) {
    state.phase = delayed
    state.sinceMs = state.newestMs
    if (delayed === 'rising') startBreach(state)
  }
}

/** Activates or clears if the delay ended by `untilMs` (event time) and the newest sample still held at its end. */
function endDelay(alarms: Alarms, state: AlarmState, untilMs: number, nowMs: number, sink: Sink): void {
  const endMs = delayEndMs(state)
  if (!(endMs <= untilMs && endMs <= state.newestMs + state.holdMs)) return
  if (state.phase === 'rising') activate(alarms, state, endMs, nowMs, sink)
  else clear(alarms, state, endMs, nowMs, sink)
}

/** Event time at which the running delay ends; NaN when none runs. */
function delayEndMs({ phase, sinceMs, rule }: AlarmState): number {
  return phase === 'rising' ? sinceMs + rule.onDelayMs : phase === 'falling' ? sinceMs + rule.offDelayMs : NaN
}

/**
 * Ends a delay by the clock. The source's own clock reads: stamp of its newest sample, plus the time since it arrived
 * (D39).
 */
export function endDelayByClock(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  const untilMs = state.newestMs + (nowMs - state.heardMs)
  if (!endsBySampleOnly(state)) endDelay(alarms, state, untilMs, nowMs, sink)
  if (state.standing !== 'normal') followSeverity(alarms, state, untilMs, nowMs, sink)
}

/**
 * The clock never ends the off-delay of a sample with limited hold: a sample on its way may be a breach again (D39).
 */
function endsBySampleOnly({ phase, holdMs }: AlarmState): boolean {
  return phase === 'falling' && holdMs < Infinity
}

/** Arrival time of the tick that has to look at the delay; Infinity: no tick has to. */
export function delayDueMs(state: AlarmState): number {
  const severeMs = state.standing === 'normal' ? Infinity : severityDueMs(state)
  if (endsBySampleOnly(state)) return severeMs
  const endMs = delayEndMs(state)
  return endMs <= state.newestMs + state.holdMs ? Math.min(severeMs, state.heardMs + endMs - state.newestMs) : severeMs
}

/** The condition holds, as of `atMs`. What has happened, and is found later than news, is recorded only (D97). */
export function activate(alarms: Alarms, state: AlarmState, atMs: number, nowMs: number, sink: Sink): void {
  state.phase = 'active'
  if (state.kind !== HAPPENS || nowMs - atMs <= NEWS_MS || isShelvedOrOut(state) || state.standing !== 'normal') {
    raise(alarms, state, atMs, nowMs, sink)
    return
  }
  state.isPast = true
  state.raisedMs = Math.max(atMs, state.emittedMs + 1)
  emit(alarms, state, 'late', atMs, nowMs, sink)
}

/** Raises what was only recorded: it has happened again, and this time it is news. */
export function raisePast(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  const { newestMs } = state
  if (nowMs - newestMs > NEWS_MS) return
  startBreach(state)
  raise(alarms, state, newestMs, nowMs, sink)
}

/** What was only recorded is over: it was never raised, so nothing has to be cleared. */
function endPast(state: AlarmState): void {
  state.isPast = false
  state.phase = 'normal'
}

/** The condition is over, as of `atMs`. */
export function clear(alarms: Alarms, state: AlarmState, atMs: number, nowMs: number, sink: Sink): void {
  state.phase = 'normal'
  state.isSourceSilent = false
  state.isReturned = false
  state.ackedBy = undefined
  state.calledMs = NaN
  forgetSteps(state)
  noteOver(state, nowMs)
  const wasSuppressed = state.suppressed
  state.suppressed = false
  if (wasSuppressed && state.standing !== 'raised' && state.standing !== 'acked') {
    emit(alarms, state, 'normal', atMs, nowMs, sink)
    return
  }
  if (isShelvedOrOut(state) || state.standing === 'normal') return
  if (atMs - state.raisedMs > STANDING_MS) alarms.counts.stood++
  const { latch, acknowledge } = state.rule
  const isUnacknowledged = acknowledge && state.standing === 'raised'
  const isAcknowledged = acknowledge && state.standing === 'acked'
  state.standing = latch ? 'latched' : isUnacknowledged ? 'cleared' : 'normal'
  emit(alarms, state, latch ? 'latched' : isAcknowledged ? 'normal' : 'cleared', atMs, nowMs, sink)
  if (state.standing === 'normal') state.severity = state.rule.severity
  for (const lesser of lessersOf(alarms, state)) {
    if (lesser.suppressed) raiseIfUnsuppressed(alarms, lesser, nowMs, sink)
    else if (lesser.kind === HAPPENS && lesser.phase === 'rising') passOver(alarms, lesser) // the way back inside
  }
}

/** Raises an active condition, unless it is shelved or out of service; suppresses it while another stands for it. */
export function raise(alarms: Alarms, state: AlarmState, atMs: number, nowMs: number, sink: Sink): void {
  if (isShelvedOrOut(state)) return
  for (const greater of greatersOf(alarms, state)) {
    if (greater.phase === 'rising') endDelay(alarms, greater, atMs, nowMs, sink)
  }
  if (!state.suppressed && state.kind === HAPPENS) state.explainedMs = -Infinity
  state.instead = explainedBy(alarms, state, nowMs)
  if (state.instead !== undefined) return suppress(alarms, state, atMs, nowMs, sink)
  const { counts } = alarms
  counts.raised++
  if (atMs - state.beforeLastRaiseMs <= CHATTER_MS) counts.chattering++
  state.suppressed = false
  state.isPast = false
  state.ackedBy = undefined
  const beginsToChatter = noteRaise(state, atMs, nowMs)
  // Nobody has reset it yet, or it goes on chattering
  const isSameAlarm = state.standing === 'latched' || (isChattering(state) && !beginsToChatter)
  state.standing = 'raised'
  const isSeverer = beginSeverity(state, isSameAlarm, atMs, nowMs)
  if (!isSameAlarm) state.raisedMs = Math.max(atMs, state.emittedMs + 1)
  if (nowMs - atMs <= NEWS_MS && !state.sent && !isHeld(state)) {
    countRaise(alarms, nowMs)
    state.grouped = isFlooded(alarms.flood, nowMs)
  }
  const rowState = beginsToChatter ? 'chattering' : 'raised'
  const isUntold = isSeverer && isMuted(state, rowState, nowMs)
  emit(alarms, state, rowState, atMs, nowMs, sink)
  if (isUntold) sendSevere(alarms, state, rowOf(alarms, state, rowState, state.emittedMs, undefined), nowMs, sink)
  alarms.dueMs = Math.min(alarms.dueMs, noticeDueMs(state, nowMs), severityDueMs(state))
  hideLesser(alarms, state, nowMs, sink)
}

/** Nobody was told of it: the alarm that stands for it is the notice. */
function suppress(alarms: Alarms, state: AlarmState, atMs: number, nowMs: number, sink: Sink): void {
  if (state.suppressed) return
  state.suppressed = true
  state.isPast = false
  state.raisedMs = Math.max(atMs, state.emittedMs + 1)
  emit(alarms, state, 'suppressed', atMs, nowMs, sink)
  alarms.dueMs = Math.min(alarms.dueMs, waitsUntilMs(alarms, state, nowMs))
}

/** The severity of an alarm that is raised; says whether it is higher than any that was told of the one before. */
function beginSeverity(state: AlarmState, isSameAlarm: boolean, atMs: number, nowMs: number): boolean {
  const most = 31 - Math.clz32(state.hadSeverities) // -1: none was told
  const severity = severityAtRaise(state, atMs)
  state.severity = isSameAlarm ? Math.max(severity, most) : severity
  state.hadSeverities = (isSameAlarm ? state.hadSeverities : 0) | (1 << state.severity)
  state.calledMs = nowMs
  state.escalated = 0
  if (!isSameAlarm) state.mostEscalated = 0
  return most >= 0 && severity > most
}

/**
 * Raises a suppressed alarm that is still active once no other stands for it; one that may be over waits. One that had
 * been told before is told by a row alone: whoever got its notice has it standing all the time.
 */
export function raiseIfUnsuppressed(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  if (state.phase !== 'active' || explainedBy(alarms, state, nowMs) !== undefined) return
  const { standing } = state
  if (standing !== 'raised' && standing !== 'acked') {
    const isTold = state.kind === HAPPENS && state.explainedMs > -Infinity
    if (!isTold) return raise(alarms, state, nowMs, nowMs, sink)
    passOver(alarms, state)
    state.suppressed = false
    return emit(alarms, state, 'normal', nowMs, nowMs, sink)
  }
  state.suppressed = false
  emitRow(alarms, state, standing, nowMs, sink)
  sendIfStillActive(alarms, state, nowMs, sink)
}

/** What has happened was told by the alarm of the limit that it broke: only as large a change after that is news. */
function passOver(alarms: Alarms, state: AlarmState): void {
  state.phase = 'active'
  state.isPast = true
  state.breachMs = Math.max(state.newestMs, ...greatersOf(alarms, state).map(({ newestMs }) => newestMs))
}

/** A greater alarm of the same source has been raised: it stands for lesser ones that have been raised before. */
function hideLesser(alarms: Alarms, greater: AlarmState, nowMs: number, sink: Sink): void {
  for (const lesser of lessersOf(alarms, greater)) {
    if (lesser.suppressed || isShelvedOrOut(lesser)) continue
    if (lesser.standing !== 'raised' && lesser.standing !== 'acked') continue
    lesser.suppressed = true
    lesser.isSourceSilent = false
    lesser.isReturned = false
    lesser.instead = greater.kind
    emitRow(alarms, lesser, 'suppressed', nowMs, sink)
  }
}

/** The source of a raised alarm has fallen silent: the alarm stands, and a row says that nothing is known of it. */
export function markStale(alarms: Alarms, state: AlarmState, nowMs: number, sink: Sink): void {
  if (state.isSourceSilent || state.suppressed || isShelvedOrOut(state)) return
  if (state.standing !== 'raised' && state.standing !== 'acked') return
  state.isSourceSilent = true
  state.isReturned = false
  emit(alarms, state, 'stale', nowMs, nowMs, sink)
}

/**
 * The source is heard again. Beyond its limit, a row says once more how the alarm stands; else that it has returned,
 * which pages nobody (D97).
 */
function markHeard(alarms: Alarms, state: AlarmState, tMs: number, nowMs: number, sink: Sink): void {
  const wasReturned = state.isReturned
  state.isSourceSilent = false
  state.isReturned = state.verdict !== 'breached'
  if (state.isReturned) {
    if (!wasReturned) emit(alarms, state, 'returned', tMs, nowMs, sink)
  } else emit(alarms, state, state.standing === 'acked' ? 'acked' : 'raised', tMs, nowMs, sink)
}

/** A breach that came late moves nothing. It is told once its interval is corrected (judged/late.ts). */
function noteLate(alarms: Alarms, state: AlarmState, tMs: number): void {
  state.lateFromMs = Math.min(state.lateFromMs, tMs)
  state.lateToMs = Math.max(state.lateToMs, tMs)
  alarms.late.add(state)
}
