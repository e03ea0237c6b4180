import type { CorePlan, RulePlan } from './plan.ts'
import type { AlarmRow, Sink } from './sink.ts'

/**
 * Alarms on readings as they are folded, one watch per rule and source (ISA-18.2: on-delay, off-delay, deadband).
 * Silence neither raises nor clears a thermal alarm: a delay runs only as long as the last sample holds. It raises
 * `stale`.
 */
export interface Alarms {
  readonly plan: CorePlan
  /** Inlets whose dry bulb a point is. */
  readonly inletsOf: readonly (readonly number[])[]
  readonly watches: readonly Watch[]
  readonly stale: readonly Silence[]
  /** No delay ends before this arrival time. */
  dueMs: number
}

type Phase = 'normal' | 'rising' | 'active' | 'falling'

/** One thermal rule at one inlet. */
interface Watch {
  readonly alarm: 'inlet_recommended' | 'inlet_allowable'
  readonly inlet: number
  readonly rule: RulePlan
  readonly minC: number
  readonly maxC: number
  readonly holdMs: number
  phase: Phase
  /** The limit that was broken last. */
  limitC: number
  /** Since when the breach, or its end, lasts. */
  sinceMs: number
  raisedMs: number
  /** Newest sample: event time, arrival time, value. */
  newestMs: number
  heardMs: number
  valueC: number
  /** Event time of the newest late breach that was told. */
  lateMs: number
}

/** One point's silence. */
interface Silence {
  readonly point: number
  heardMs: number
  raisedMs: number
}

export function createAlarms(plan: CorePlan): Alarms {
  const { inletRecommended, inletAllowable } = plan.alarms
  return {
    plan,
    inletsOf: plan.points.map((_, point) =>
      plan.inlets.flatMap(({ dryBulb }, inlet) => (dryBulb === point ? [inlet] : [])),
    ),
    watches: plan.inlets.flatMap(({ envelope, dryBulb }, inlet) => {
      const holdMs = plan.points[dryBulb]!.maxGapMs
      return [
        createWatch('inlet_recommended', inlet, inletRecommended, envelope.recommended, holdMs),
        createWatch('inlet_allowable', inlet, inletAllowable, envelope.allowable, holdMs),
      ]
    }),
    stale: plan.points.map((_, point) => ({ point, heardMs: NaN, raisedMs: NaN })),
    dueMs: Infinity,
  }
}

function createWatch(
  alarm: Watch['alarm'],
  inlet: number,
  rule: RulePlan,
  { dryBulbMinC, dryBulbMaxC }: { dryBulbMinC: number; dryBulbMaxC: number },
  holdMs: number,
): Watch {
  return {
    alarm,
    inlet,
    rule,
    minC: dryBulbMinC,
    maxC: dryBulbMaxC,
    holdMs,
    phase: 'normal',
    limitC: NaN,
    sinceMs: NaN,
    raisedMs: NaN,
    newestMs: -Infinity,
    heardMs: -Infinity,
    valueC: NaN,
    lateMs: -Infinity,
  }
}

/** Starts listening: from now on a point that says nothing becomes stale. */
export function startSilence(alarms: Alarms, nowMs: number): void {
  for (const silence of alarms.stale) silence.heardMs = nowMs
  if (alarms.plan.alarms.stale.enabled) alarms.dueMs = nowMs
}

/** Judges an accepted reading. Only rising event times enter; an older breach is told once and changes nothing. */
export function observe(alarms: Alarms, point: number, tMs: number, value: number, nowMs: number, sink: Sink): void {
  const silence = alarms.stale[point]!
  silence.heardMs = nowMs
  if (!Number.isNaN(silence.raisedMs)) {
    const silentMs = alarms.plan.alarms.staleAfterMs[point]!
    sink.alarm(staleRow(point, 'cleared', nowMs, silence.raisedMs, 0, silentMs))
    silence.raisedMs = NaN
    alarms.dueMs = Math.min(alarms.dueMs, nowMs + silentMs)
  }
  for (const inlet of alarms.inletsOf[point]!) {
    observeWatch(alarms, alarms.watches[2 * inlet]!, tMs, value, nowMs, sink)
    observeWatch(alarms, alarms.watches[2 * inlet + 1]!, tMs, value, nowMs, sink)
  }
}

/** Ends the delays that have run out by a tick. */
export function elapse(alarms: Alarms, nowMs: number, sink: Sink): void {
  if (nowMs < alarms.dueMs) return
  alarms.dueMs = Infinity
  for (const watch of alarms.watches) {
    // A source's own clock: its newest stamp, plus the time that has gone by here since.
    runDelay(watch, watch.newestMs + (nowMs - watch.heardMs), sink)
    alarms.dueMs = Math.min(alarms.dueMs, dueMs(watch))
  }
  if (alarms.plan.alarms.stale.enabled) for (const silence of alarms.stale) elapseSilence(alarms, silence, nowMs, sink)
}

function observeWatch(alarms: Alarms, watch: Watch, tMs: number, valueC: number, nowMs: number, sink: Sink): void {
  const { rule, minC, maxC } = watch
  if (!rule.enabled) return
  const breached = valueC > maxC || valueC < minC
  if (tMs < watch.newestMs) {
    if (breached) tellLate(watch, tMs, valueC, sink)
    return
  }
  const held = tMs <= watch.newestMs + watch.holdMs
  runDelay(watch, tMs - 1, sink)
  watch.newestMs = tMs
  watch.heardMs = nowMs
  watch.valueC = valueC
  if (breached) watch.limitC = valueC > maxC ? maxC : minC
  const back = valueC < maxC - rule.deadband && valueC > minC + rule.deadband
  if (watch.phase === 'normal' || watch.phase === 'rising') turn(watch, 'normal', 'rising', breached, held)
  else turn(watch, 'active', 'falling', back, held)
  runDelay(watch, tMs, sink)
  alarms.dueMs = Math.min(alarms.dueMs, dueMs(watch))
}

/** Enters, keeps or leaves a delay. Time that nobody saw does not count: the delay begins again. */
function turn(watch: Watch, resting: Phase, leaving: Phase, moved: boolean, held: boolean): void {
  if (!moved) watch.phase = resting
  else if (watch.phase === resting || !held) {
    watch.phase = leaving
    watch.sinceMs = watch.newestMs
  }
}

/** Raises or clears if the delay ended at or before `untilMs` and the last sample still held then. */
function runDelay(watch: Watch, untilMs: number, sink: Sink): void {
  const endMs = delayEndMs(watch)
  if (!(endMs <= untilMs && endMs <= watch.newestMs + watch.holdMs)) return
  const raised = watch.phase === 'rising'
  watch.phase = raised ? 'active' : 'normal'
  if (raised) watch.raisedMs = endMs
  sink.alarm(thermalRow(watch, raised ? 'raised' : 'cleared', endMs, watch.valueC, watch.limitC, watch.raisedMs))
}

/** Event time at which the running delay ends; NaN when none runs. */
function delayEndMs({ phase, sinceMs, rule }: Watch): number {
  return phase === 'rising' ? sinceMs + rule.onDelayMs : phase === 'falling' ? sinceMs + rule.offDelayMs : NaN
}

/** Arrival time at which a tick has to look at the watch. */
function dueMs(watch: Watch): number {
  const endMs = delayEndMs(watch)
  return endMs <= watch.newestMs + watch.holdMs ? watch.heardMs + endMs - watch.newestMs : Infinity
}

/** One row for a stretch of late breaches, none for what the running alarm already covers. */
function tellLate(watch: Watch, tMs: number, valueC: number, sink: Sink): void {
  const breachMs = watch.phase === 'rising' ? watch.sinceMs : watch.raisedMs - watch.rule.onDelayMs
  const known = watch.phase !== 'normal' && tMs >= breachMs
  const near = Math.abs(tMs - watch.lateMs) <= watch.holdMs
  watch.lateMs = tMs
  if (!known && !near)
    sink.alarm(thermalRow(watch, 'late', tMs, valueC, valueC > watch.maxC ? watch.maxC : watch.minC, tMs))
}

function elapseSilence(alarms: Alarms, silence: Silence, nowMs: number, sink: Sink): void {
  if (!Number.isNaN(silence.raisedMs) || Number.isNaN(silence.heardMs)) return // told, or nobody listens yet
  const silentMs = alarms.plan.alarms.staleAfterMs[silence.point]!
  const endMs = silence.heardMs + silentMs + alarms.plan.alarms.stale.onDelayMs
  if (endMs > nowMs) {
    alarms.dueMs = Math.min(alarms.dueMs, endMs)
    return
  }
  silence.raisedMs = endMs
  sink.alarm(staleRow(silence.point, 'raised', endMs, endMs, nowMs - silence.heardMs, silentMs))
}

function thermalRow(
  watch: Watch,
  state: AlarmRow['state'],
  timeMs: number,
  value: number,
  limit: number,
  raisedMs: number,
): AlarmRow {
  return { timeMs, alarm: watch.alarm, source: watch.inlet, state, value, limit, raisedMs }
}

/** Value and limit in seconds of silence. */
function staleRow(
  point: number,
  state: AlarmRow['state'],
  timeMs: number,
  raisedMs: number,
  silentMs: number,
  limitMs: number,
): AlarmRow {
  return { timeMs, alarm: 'stale', source: point, state, value: silentMs / 1000, limit: limitMs / 1000, raisedMs }
}
