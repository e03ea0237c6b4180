import { gather, isFlooded, noteRaise } from './flood.ts'
import type { AlarmState } from '../contract/alarm-kinds.ts'
import { CHATTER_MS, STANDING_MS, type Alarms, type Phase, type Watch } from './watch.ts'
import type { AlarmBy, AlarmRow, Sink } from '../contract/sink.ts'

/**
 * One state machine for every alarm (ISA-18.2). A condition is breached or not; its delays decide when it is active, and
 * what is set aside (shelved, out of service, suppressed) decides whether that is told.
 */

/** A breach older than this when it is told is recorded, not sent: nobody is woken for what has passed. */
const NEWS_MS = 300_000

/** How a sample lies: beyond the limit, inside but within the deadband, or well inside. */
export type Verdict = 'breached' | 'near' | 'inside'

/**
 * Judges a source's condition at event time `tMs`. Only rising event times enter; an older breach is told once and changes
 * nothing. `limit` is the limit that is broken; inside, it is not looked at.
 */
export function enter(
  alarms: Alarms,
  watch: Watch,
  verdict: Verdict,
  tMs: number,
  nowMs: number,
  value: number,
  limit: number,
  sink: Sink,
): void {
  if (!watch.rule.enabled) return
  if (tMs < watch.newestMs) {
    if (verdict === 'breached') tellLate(watch, tMs, value, limit, sink)
    return
  }
  const sinceMs = tMs - watch.newestMs
  runDelay(alarms, watch, tMs - 1, nowMs, sink)
  watch.newestMs = tMs
  watch.heardMs = nowMs
  watch.value = value
  if (verdict === 'breached') watch.limit = limit
  if (watch.unseen) comeBack(alarms, watch, tMs, nowMs, sink)
  if (watch.phase === 'normal' || watch.phase === 'rising') {
    turn(watch, 'normal', 'rising', verdict === 'breached', sinceMs <= watch.bridgeMs)
  } else turn(watch, 'active', 'falling', verdict === 'inside', sinceMs <= watch.holdMs)
  runDelay(alarms, watch, tMs, nowMs, sink)
  if (watch.suppressed) release(alarms, watch, nowMs, sink)
  if (verdict === 'breached') catchUp(watch, tMs, nowMs, sink)
  alarms.dueMs = Math.min(alarms.dueMs, delayDueMs(watch))
}

/**
 * Enters, keeps or leaves a delay. Time that nobody saw does not count: the delay begins again. Only a breach goes on from one
 * sample to the next as long as its source is not stale, or a slow device would never raise anything.
 */
function turn(watch: Watch, resting: Phase, leaving: Phase, moved: boolean, held: boolean): void {
  if (!moved) watch.phase = resting
  else if (watch.phase === resting || !held) {
    watch.phase = leaving
    watch.sinceMs = watch.newestMs
  }
}

/** Raises or clears if the delay ended at or before `untilMs` (event time) and the last sample still held then. */
export function runDelay(alarms: Alarms, watch: Watch, untilMs: number, nowMs: number, sink: Sink): void {
  const endMs = delayEndMs(watch)
  if (!(endMs <= untilMs && endMs <= watch.newestMs + watch.holdMs)) return
  if (watch.phase === 'rising') activate(alarms, watch, endMs, nowMs, sink)
  else rest(alarms, watch, endMs, nowMs, sink)
}

/** Event time at which the running delay ends; NaN when none runs. */
function delayEndMs({ phase, sinceMs, rule }: Watch): number {
  return phase === 'rising' ? sinceMs + rule.onDelayMs : phase === 'falling' ? sinceMs + rule.offDelayMs : NaN
}

/** Ends a delay by the clock: a source's newest stamp, plus the time that has gone by here since. */
export function elapseDelay(alarms: Alarms, watch: Watch, nowMs: number, sink: Sink): void {
  if (!isForSamples(watch)) runDelay(alarms, watch, watch.newestMs + (nowMs - watch.heardMs), nowMs, sink)
}

/** That a breach is over only its next sample can tell: what is on its way may tell otherwise. */
function isForSamples({ phase, holdMs }: Watch): boolean {
  return phase === 'falling' && holdMs < Infinity
}

/** Arrival time at which a tick has to look at the watch's delay. */
export function delayDueMs(watch: Watch): number {
  if (isForSamples(watch)) return Infinity
  const endMs = delayEndMs(watch)
  return endMs <= watch.newestMs + watch.holdMs ? watch.heardMs + endMs - watch.newestMs : Infinity
}

/** The condition holds, as of `atMs`. */
export function activate(alarms: Alarms, watch: Watch, atMs: number, nowMs: number, sink: Sink): void {
  watch.phase = 'active'
  raise(alarms, watch, atMs, nowMs, sink)
}

/** The condition is over, as of `atMs`. */
export function rest(alarms: Alarms, watch: Watch, atMs: number, nowMs: number, sink: Sink): void {
  watch.phase = 'normal'
  watch.unseen = false
  if (watch.suppressed) {
    watch.suppressed = false
    tell(alarms, watch, 'normal', atMs, nowMs, sink)
    return
  }
  if (isAside(watch) || watch.standing === 'normal') return
  if (atMs - watch.raisedMs > STANDING_MS) alarms.counts.stood++
  const unanswered = watch.rule.acknowledge && watch.standing === 'raised'
  watch.standing = watch.rule.latch ? 'latched' : unanswered ? 'cleared' : 'normal'
  tell(alarms, watch, watch.rule.latch ? 'latched' : 'cleared', atMs, nowMs, sink)
}

/** Nothing of it is told: it is shelved or out of service. */
export function isAside({ shelvedMs, plannedOut, plannedOutTold, commandedOut }: Watch): boolean {
  return !Number.isNaN(shelvedMs) || plannedOut || plannedOutTold || commandedOut
}

/** Raises an active condition, unless it is set aside or its gateway's silence explains it. */
export function raise(alarms: Alarms, watch: Watch, atMs: number, nowMs: number, sink: Sink): void {
  if (isAside(watch)) return
  if (isGatewayDown(alarms, watch.gateway)) {
    if (watch.suppressed) return
    watch.suppressed = true
    tell(alarms, watch, 'suppressed', atMs, nowMs, sink)
    return
  }
  const { counts } = alarms
  counts.raised++
  if (atMs - watch.beforeLastMs <= CHATTER_MS) counts.chattering++
  watch.beforeLastMs = watch.lastMs
  watch.lastMs = atMs
  watch.suppressed = false
  const again = watch.standing === 'latched' // the same alarm: nobody has reset it yet
  watch.standing = 'raised'
  if (!again) watch.raisedMs = Math.max(atMs, watch.toldMs + 1)
  if (nowMs - atMs <= NEWS_MS && !watch.sent) {
    noteRaise(alarms, nowMs)
    watch.grouped = isFlooded(alarms.flood, nowMs)
  }
  tell(alarms, watch, 'raised', atMs, nowMs, sink)
}

/** Whether all that is behind a gateway is silent, so that it stands for its points. */
export function isGatewayDown({ byKind }: Alarms, gateway: number): boolean {
  const watch = byKind.get('gateway')?.get(gateway)
  return watch !== undefined && watch.phase === 'active' && watch.rule.enabled
}

/** What its gateway's silence explained, and still is so. */
export function release(alarms: Alarms, watch: Watch, nowMs: number, sink: Sink): void {
  if (isGatewayDown(alarms, watch.gateway)) return
  if (watch.phase === 'active' || watch.phase === 'falling') raise(alarms, watch, nowMs, nowMs, sink)
}

/** A source has fallen silent: its alarm stands, neither cleared nor raised by that. */
export function loseSight(alarms: Alarms, watch: Watch, nowMs: number, sink: Sink): void {
  if (watch.unseen || isAside(watch) || (watch.standing !== 'raised' && watch.standing !== 'acked')) return
  watch.unseen = true
  tell(alarms, watch, 'stale', nowMs, nowMs, sink)
}

function comeBack(alarms: Alarms, watch: Watch, tMs: number, nowMs: number, sink: Sink): void {
  watch.unseen = false
  tell(alarms, watch, watch.standing === 'acked' ? 'acked' : 'raised', tMs, nowMs, sink)
}

/** An alarm that was old news when it was raised, and that a fresh reading shows to stand still, is news. */
function catchUp(watch: Watch, tMs: number, nowMs: number, sink: Sink): void {
  if (watch.sent || watch.grouped || nowMs - tMs > NEWS_MS) return
  if (isAside(watch) || (watch.standing !== 'raised' && watch.standing !== 'acked')) return
  watch.sent = true
  sink.notice(rowOf(watch, watch.standing, watch.toldMs), watch.hall)
}

/**
 * Tells one transition: always as a row, and to others outside unless it is old news or one of many. Rows of one alarm rise in
 * time, or one would write over another.
 */
export function tell(
  alarms: Alarms,
  watch: Watch,
  state: AlarmState,
  atMs: number,
  nowMs: number,
  sink: Sink,
  by?: AlarmBy,
): void {
  const timeMs = Math.max(atMs, watch.toldMs + 1)
  watch.toldMs = timeMs
  const row = by === undefined ? rowOf(watch, state, timeMs) : { ...rowOf(watch, state, timeMs), by }
  sink.alarm(row)
  if (state === 'suppressed') return
  if (watch.grouped) {
    gather(alarms, watch, nowMs)
    if (watch.standing === 'normal' || isAside(watch)) watch.grouped = false
    return
  }
  const over = state === 'normal' || (state === 'cleared' && watch.standing === 'normal')
  const begins = state === 'raised' || state === 'latched' || state === 'shelved'
  const news = watch.sent || (begins && nowMs - timeMs <= NEWS_MS)
  watch.sent = news && !over
  if (news) sink.notice(row, watch.hall)
}

/** One row for a stretch of late breaches, none for what the running alarm covers, or the one before it covered. */
function tellLate(watch: Watch, tMs: number, value: number, limit: number, sink: Sink): void {
  const { phase, sinceMs, raisedMs, toldMs, rule } = watch
  const stands = phase === 'active' || phase === 'falling'
  const known =
    (tMs >= raisedMs - rule.onDelayMs && (stands || tMs <= toldMs)) || (phase === 'rising' && tMs >= sinceMs)
  const near = Math.abs(tMs - watch.lateMs) <= watch.holdMs
  watch.lateMs = tMs
  if (known || near) return
  sink.alarm({ timeMs: tMs, alarm: watch.kind, source: watch.source, state: 'late', value, limit, raisedMs: tMs })
}

function rowOf({ kind, source, value, limit, raisedMs }: Watch, state: AlarmState, timeMs: number): AlarmRow {
  return { timeMs, alarm: kind, source, state, value, limit, raisedMs: Number.isNaN(raisedMs) ? timeMs : raisedMs }
}
