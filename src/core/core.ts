import assert from 'node:assert/strict'
import { applyReading } from './alarms/judged/dry-bulb.ts'
import { judgeBoundaries } from './alarms/judged/boundary.ts'
import { judgeWaiting, noteAir, waitingDueMs } from './alarms/judged/one-air.ts'
import { judgeRates } from './alarms/judged/rate.ts'
import { markPointRefused, markPointStuck } from './alarms/silence/refused.ts'
import { startSilence } from './alarms/silence/silence.ts'
import { runTimers } from './alarms/timers.ts'
import {
  catchUp,
  closeThrough,
  deferredCount,
  isBacklogQuiet,
  isCloseDue,
  writeCorrections,
  settleThrough,
} from './closing.ts'
import { waitingCorrections, markSample } from './air/compliance.ts'
import { extendHolds, joinSample } from './energy/join.ts'
import { emitLivePue, isLiveDue } from './energy/quotients/live.ts'
import { CAUSE } from './energy/restated.ts'
import { ACCEPTED, CONFLICT, DUPLICATE, FUTURE, OUT_OF_RANGE, TOO_LATE } from './contract/outcome.ts'
import { idleCapIntervals } from './contract/plan.ts'
import { changedFromMs, findPlace, firstCoveredInterval, NO_PLACE } from './placing.ts'
import { noteHours } from './quality/hour-means.ts'
import { checkOutOfRange, checkSample } from './quality/quality.ts'
import { noteReading } from './air/reading.ts'
import { stuckForMs } from './air/sensor.ts'
import { stepsChangeFromMs } from './energy/register/register.ts'
import { doubtedAnew } from './energy/doubts/rewrite.ts'
import { findEdges, mayBeEdge } from './energy/doubts/slips.ts'
import { noteCount } from './energy/register/resolution.ts'
import { insertSample, timeAt } from './energy/samples.ts'
import { noteSkew } from './skew.ts'
import type { Core } from './state.ts'
import { COST, runWhole, type Work } from './contract/work.ts'
import { beginListening, closeMarkMs, movesMark, noteAccepted, watermarkWith } from './watermark.ts'

/** Runs the ticks (whole seconds of arrival time) up to `nowMs`. Call it before a packet of that time is folded. */
export function advance(core: Core, nowMs: number): void {
  if (isTickDue(core, nowMs)) runWhole(advanceInSteps(core, nowMs))
}

export function isTickDue({ nextTickMs }: Core, nowMs: number): boolean {
  return nextTickMs <= nowMs || Number.isNaN(nextTickMs)
}

/** As `advance`; it may stop between two steps. */
export function* advanceInSteps(core: Core, nowMs: number): Work {
  if (Number.isNaN(core.nextTickMs)) core.nextTickMs = Math.floor(nowMs / 1000) * 1000
  while (core.nextTickMs <= nowMs) {
    yield* tick(core, core.nextTickMs)
    // Ticks in which nothing can happen are skipped: a month of silence has millions.
    const quietMs = Math.min(idleUntilMs(core), nowMs + 1000)
    core.nextTickMs = Math.max(core.nextTickMs + 1000, Math.floor(quietMs / 1000) * 1000)
  }
}

/** Notes that a packet came, whatever its readings are: the site is not silent. */
export function notePacket(core: Core, nowMs: number): void {
  if (core.mark.heardMs === -Infinity) listenFrom(core, nowMs)
  core.mark.heardMs = nowMs
}

function listenFrom({ alarms, mark }: Core, nowMs: number): void {
  startSilence(alarms, nowMs)
  beginListening(mark, nowMs)
}

/**
 * Folds one reading in base units; returns its outcome (see `outcome.ts`). `stampMs` is its event time, or NaN: it has
 * no stamp, and counts at its arrival.
 */
export function apply(core: Core, point: number, stampMs: number, value: number, nowMs: number): number {
  const tMs = Number.isNaN(stampMs) ? nowMs : stampMs
  if (tMs === stampMs) noteSkew(core, point, stampMs, nowMs)
  const position = findPlace(core, point, tMs, value, nowMs)
  if (position < 0) return refuse(core, NO_PLACE - position, point, tMs, value)
  if (mayClose(core, stampMs, nowMs)) return runWhole(applyClosing(core, point, position, stampMs, value))
  takeSample(core, point, position, tMs, value)
  checkSample(core, point, position)
  noteAccepted(core.mark, stampMs, tMs, nowMs)
  if (core.nextClose !== core.alarms.judgedEnd) runWhole(judgeBoundaries(core, nowMs))
  judgeSample(core, point, tMs, value)
  return ACCEPTED
}

/** As `apply`, for a reading that may close intervals: it may stop between two steps. */
export function* applyInSteps(core: Core, point: number, stampMs: number, value: number, nowMs: number): Work<number> {
  const tMs = Number.isNaN(stampMs) ? nowMs : stampMs
  if (tMs === stampMs) noteSkew(core, point, stampMs, nowMs)
  const position = findPlace(core, point, tMs, value, nowMs)
  if (position < 0) return refuse(core, NO_PLACE - position, point, tMs, value)
  return yield* applyClosing(core, point, position, stampMs, value)
}

/** As `applyInSteps`, for a reading that its sender says is of the past: sums count it, and no alarm looks at it. */
export function* applyHistory(core: Core, point: number, tMs: number, value: number, nowMs: number): Work<number> {
  const position = findPlace(core, point, tMs, value, nowMs)
  if (position < 0) return NO_PLACE - position
  yield* putClosing(core, point, position, tMs, value)
  return ACCEPTED
}

/** Whether a reading of this stamp could close or settle intervals. Only few do, and the others take no detour. */
export function mayClose(core: Core, stampMs: number, nowMs: number): boolean {
  const reachedMs = stampMs < nowMs ? stampMs : nowMs
  const limitMs = reachedMs - core.mark.boundMs
  return core.hasClosed ? isCloseDue(core, limitMs) : mayBegin(core, reachedMs, limitMs)
}

/** The same before any interval is closed: a reading reaches behind the first one's end, or begins an earlier one. */
function mayBegin({ nextClose, plan, mark }: Core, reachedMs: number, limitMs: number): boolean {
  const isWithin = reachedMs >= nextClose * plan.lengthMs
  return !isWithin || (nextClose + 1) * plan.lengthMs <= Math.max(limitMs, mark.closedMs)
}

/**
 * Where the host's clock was set back, arrivals fall into time that is known already. Sums do not take them a second
 * time. They are news all the same, so alarms look at them.
 */
function refuse(core: Core, outcome: number, point: number, tMs: number, value: number): number {
  const { samples, alarms, nowMs, sink } = core
  const isOff = outcome === FUTURE || outcome === TOO_LATE
  markPointRefused(alarms, point, outcome, isOff ? (tMs - nowMs) / 1000 : NaN, nowMs)
  if (outcome === OUT_OF_RANGE) checkOutOfRange(core, point, tMs, value)
  if (tMs !== nowMs) return outcome
  const isRepeated = outcome === DUPLICATE || outcome === CONFLICT
  const isAgain = isRepeated && tMs < timeAt(samples, point, samples.count[point]! - 1)
  if (isAgain || outcome === TOO_LATE) applyReading(alarms, point, tMs, value, nowMs, sink)
  return outcome
}

/** Closes what the sample lets close: before it is put in, what it does not change, and the rest behind it. */
function* applyClosing(core: Core, point: number, position: number, stampMs: number, value: number): Work<number> {
  yield* putClosing(core, point, position, stampMs, value)
  judgeSample(core, point, Number.isNaN(stampMs) ? core.nowMs : stampMs, value)
  return ACCEPTED
}

function* putClosing(core: Core, point: number, position: number, stampMs: number, value: number): Work {
  const { mark, nowMs } = core
  const tMs = Number.isNaN(stampMs) ? nowMs : stampMs
  if (movesMark(mark, stampMs)) yield* closeUnchanged(core, point, position, tMs)
  takeSample(core, point, position, tMs, value)
  checkSample(core, point, position)
  noteAccepted(mark, stampMs, tMs, nowMs)
  yield* closeThrough(core, mark.closedMs, mark.closedMs)
  if (core.nextClose !== core.alarms.judgedEnd) yield* judgeBoundaries(core, core.nowMs)
}

/** Alarms look at a sample that has been taken. One of a stuck sensor neither raises nor clears: it is unknown. */
function judgeSample({ alarms, samples, compliance, nowMs, sink }: Core, point: number, tMs: number, value: number) {
  const last = samples.count[point]! - 1
  // A set-point may stay for years; the air before a rack does not
  const isOfAir = alarms.inletsOf[point]!.length > 0 || alarms.inletsOfMoisture[point]!.length > 0
  if (isOfAir && timeAt(samples, point, last) === tMs) {
    const stuckMs = stuckForMs(alarms.plan.points[point]!, samples, point, last)
    if (!Number.isNaN(stuckMs)) return markPointStuck(alarms, point, stuckMs, nowMs)
  }
  applyReading(alarms, point, tMs, value, nowMs, sink)
  noteAir(alarms, samples, point, tMs, nowMs, sink)
  judgeRates(alarms, compliance.rates, point, tMs, nowMs, sink)
}

/**
 * Ends a recording. Ticks run on until the interval of the newest accepted event time is closed, then everything is
 * settled. No alarm looks at this time: nothing comes in it because the recording has ended (D260).
 */
export function finish(core: Core): void {
  if (Number.isNaN(core.nextClose)) return
  const { lengthMs, boundMs, idleMs, skewMs } = core.plan
  const last = Math.floor(core.mark.latestMs / lengthMs)
  // The clock was set back since: what it stamped while it was ahead lies up to years behind its time of now
  const aheadMs = Math.floor((core.mark.latestMs - skewMs) / 1000) * 1000
  core.nextTickMs = Math.max(core.nextTickMs, aheadMs)
  const silentMs = core.nextTickMs + idleMs + boundMs + lengthMs + skewMs + 2000
  for (; core.nextClose <= last && core.nextTickMs <= silentMs; core.nextTickMs += 1000) {
    runWhole(closeByClock(core, core.nextTickMs, (last + 1) * lengthMs))
  }
  assert(core.nextClose > last, 'a silent site closes its last interval')
  // The clock may have closed more: no value holds on behind the newest reading's interval.
  extendHolds(core.intervals, core.samples, core.plan, core.holdingPoints, core.nextClose, last + 1)
  catchUp(core)
  runWhole(writeCorrections(core, 'all'))
  runWhole(settleThrough(core, Infinity))
}

/**
 * Closes the intervals that the new sample lets close and does not change, before its segment reuses their slots.
 * After a silence the intervals before it still need their rows.
 */
function* closeUnchanged(core: Core, point: number, position: number, tMs: number): Work {
  const plan = core.plan.points[point]!
  const untilMs = watermarkWith(core.mark, tMs, core.nowMs)
  const beforeMs =
    plan.kind === 'register'
      ? stepsChangeFromMs(core.samples, point, plan, position)
      : timeAt(core.samples, point, position - 1)
  const limitMs = Math.min(untilMs, changedFromMs(plan, beforeMs, tMs))
  yield* closeThrough(core, limitMs, limitMs)
}

/** Puts a sample in its place and updates the intervals or inlets that it changes. */
function takeSample(core: Core, point: number, position: number, tMs: number, value: number): void {
  const { samples, intervals, nextClose } = core
  const plan = core.plan.points[point]!
  const behindMs = timeAt(samples, point, samples.count[point]! - 1) - tMs
  if (behindMs > 0) core.pue.restated.causes[point]! |= behindMs > core.plan.latenessMs ? CAUSE.backlog : CAUSE.late
  else if (plan.kind === 'register' && -behindMs > 3 * plan.everyMs) core.pue.restated.causes[point]! |= CAUSE.register
  if (plan.kind === 'gauge') {
    insertSample(samples, point, position, tMs, value)
    markSample(core.compliance, point, position, nextClose)
    noteReading(core.readings, point, position, nextClose)
    noteHours(core.sensors.hours, point, position)
    return
  }
  joinSample(intervals, samples, point, plan, position, tMs, value, nextClose)
  if (plan.kind === 'register') noteCount(core.pue.resolutions, point, tMs, value)
  else if (plan.amount !== 'temperature' && mayBeEdge(samples, point, position))
    findEdges(core.pue.slips, samples, point, position)
  const first = Math.min(intervals.firstHeard[point]!, firstCoveredInterval(core.plan.lengthMs, plan, tMs))
  intervals.firstHeard[point] = first
  if (intervals.rowsFrom[point]! > nextClose) intervals.rowsFrom[point] = Math.max(nextClose, first)
}

/** Until when no tick does anything unless a packet comes: no correction waits, nothing is left to close or emit. */
function idleUntilMs(core: Core): number {
  const { intervals, compliance, readings, mark, plan } = core
  const alarmsMs = Math.min(core.alarms.dueMs, waitingDueMs(core.alarms.waiting))
  if (Number.isNaN(core.nextClose)) return alarmsMs
  const corrections =
    intervals.changed.length +
    deferredCount(core) +
    doubtedAnew(core.pue) +
    core.alarms.late.size +
    intervals.owed.size +
    waitingCorrections(compliance) +
    core.sensors.hours.changed.size +
    readings.changed.size
  const closes = (core.nextClose + 1) * plan.lengthMs <= mark.latestMs - mark.boundMs + idleCapMs(core)
  return corrections > 0 || closes || mark.latestMs > core.live.emittedMs ? core.nextTickMs : alarmsMs
}

/** For so long after the newest reading the clock alone may close intervals. */
function idleCapMs({ plan }: Core): number {
  return idleCapIntervals(plan) * plan.lengthMs
}

function* tick(core: Core, tickMs: number): Work {
  yield* closeByClock(core, tickMs, Infinity)
  if (core.nextClose !== core.alarms.judgedEnd && !Number.isNaN(core.nextClose)) yield* judgeBoundaries(core, tickMs)
  const looked = tickMs < core.alarms.dueMs ? 0 : core.alarms.states.length + core.plan.points.length
  judgeWaiting(core.alarms, core.samples, tickMs, core.sink)
  if (tickMs >= core.alarms.dueMs) yield* runTimers(core.alarms, tickMs, core.sink)
  yield COST.tick + looked
}

/** Closes what the clock lets close by a tick, up to an event time. */
function* closeByClock(core: Core, tickMs: number, latestMs: number): Work {
  core.nowMs = tickMs
  catchUp(core)
  if (Number.isNaN(core.nextClose)) return
  if (tickMs % 60_000 === 0) yield* writeCorrections(core, isBacklogQuiet(core) ? 'all' : 'recent')
  const { live, mark, sink } = core
  mark.closedMs = closeMarkMs(mark, tickMs)
  const capMs = mark.latestMs - mark.boundMs + idleCapMs(core)
  const limitMs = Math.min(mark.closedMs, capMs, latestMs)
  if (isCloseDue(core, limitMs)) yield* closeThrough(core, limitMs, limitMs)
  if (isLiveDue(live, tickMs, mark.latestMs)) yield* emitLivePue(live, core.nextClose, mark.latestMs, sink)
}
