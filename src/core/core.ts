import assert from 'node:assert/strict'
import { applyReading } from './alarms/judged/dry-bulb.ts'
import { judgeBoundaries } from './alarms/judged/boundary.ts'
import { judgeWaiting, noteAir, waitingDueMs } from './alarms/judged/one-air.ts'
import { judgeRates } from './alarms/judged/rate.ts'
import { markPointRefused } from './alarms/refused.ts'
import { startSilence } from './alarms/silence.ts'
import { runTimers } from './alarms/timers.ts'
import { closeThrough, isCloseDue, writeCorrections, settleThrough } from './closing.ts'
import { waitingCorrections, markSample } from './air/compliance.ts'
import { joinSample } from './energy/join.ts'
import { heldFromMs, keepEdge, thinYoung } from './energy/count-hold.ts'
import { emitLivePue, isLiveDue } from './energy/live.ts'
import {
  ACCEPTED,
  CONFLICT,
  DUPLICATE,
  FUTURE,
  NEGATIVE,
  NON_FINITE,
  OUT_OF_RANGE,
  TOO_LATE,
} from './contract/outcome.ts'
import { idleCapIntervals, type CorePlan, type PointPlan } from './contract/plan.ts'
import { checkSample } from './quality/quality.ts'
import { noteReading } from './air/reading.ts'
import { stepsChangeFromMs } from './energy/register.ts'
import { insertSample, makeRoom, positionOf, timeAt, valueAt } from './energy/samples.ts'
import type { Core } from './state.ts'
import { COST, runWhole, type Work } from './contract/work.ts'
import { closeMarkMs, watermarkMs, type Watermark } from './watermark.ts'

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
    yield* tick(core, core.nextTickMs, Infinity)
    // Ticks in which nothing can happen are skipped: a month of silence has millions.
    const quietMs = Math.min(idleUntilMs(core), nowMs + 1000)
    core.nextTickMs = Math.max(core.nextTickMs + 1000, Math.floor(quietMs / 1000) * 1000)
  }
}

/** Notes that a packet came, whatever its readings are: the site is not silent. */
export function notePacket(core: Core, nowMs: number): void {
  if (core.mark.heardMs === -Infinity) startSilence(core.alarms, nowMs)
  core.mark.heardMs = nowMs
}

/** Folds one reading in base units; returns its outcome (see `outcome.ts`). */
export function apply(core: Core, point: number, tMs: number, value: number, nowMs: number): number {
  const position = findPlace(core, point, tMs, value, nowMs)
  if (position < 0) return refuse(core, NO_PLACE - position, point, tMs, value)
  if (mayClose(core, tMs)) return runWhole(applyClosing(core, point, position, tMs, value))
  takeSample(core, point, position, tMs, value)
  checkSample(core, point, position)
  if (tMs > core.mark.newestMs) core.mark.newestMs = tMs
  if (core.nextClose !== core.alarms.judgedEnd) runWhole(judgeBoundaries(core, nowMs))
  judgeSample(core, point, tMs, value)
  return ACCEPTED
}

/** As `apply`, for a reading that may close intervals: it may stop between two steps. */
export function* applyInSteps(core: Core, point: number, tMs: number, value: number, nowMs: number): Work<number> {
  const position = findPlace(core, point, tMs, value, nowMs)
  if (position < 0) return refuse(core, NO_PLACE - position, point, tMs, value)
  return yield* applyClosing(core, point, position, tMs, value)
}

/** Whether a reading of this time would close or settle intervals. Only few do, and the others take no detour. */
export function mayClose(core: Core, tMs: number): boolean {
  return isCloseDue(core, tMs - core.mark.boundMs)
}

/** The place of a reading that is not taken: this, less its outcome. */
const NO_PLACE = -1

/**
 * Where the host's clock was set back, arrivals fall into time that is known already. Sums do not take them a second
 * time. They are news all the same, so alarms look at them.
 */
function refuse(core: Core, outcome: number, point: number, tMs: number, value: number): number {
  const { samples, alarms, nowMs, sink } = core
  const isOff = outcome === FUTURE || outcome === TOO_LATE
  markPointRefused(alarms, point, outcome, isOff ? (tMs - nowMs) / 1000 : NaN, nowMs)
  if (tMs !== nowMs) return outcome
  const isRepeated = outcome === DUPLICATE || outcome === CONFLICT
  const isAgain = isRepeated && tMs < timeAt(samples, point, samples.count[point]! - 1)
  if (isAgain || outcome === TOO_LATE) applyReading(alarms, point, tMs, value, nowMs, sink)
  return outcome
}

/** Where a reading belongs among its point's samples. */
function findPlace(core: Core, point: number, tMs: number, value: number, nowMs: number): number {
  const plan = core.plan.points[point]!
  core.nowMs = nowMs
  const refusal = refusalOf(core.plan, point, tMs, value, nowMs)
  if (refusal !== ACCEPTED) return NO_PLACE - refusal
  const { samples } = core
  if (isTooLate(core.plan, core.mark, tMs) || tMs < samples.floorMs[point]!) return NO_PLACE - TOO_LATE
  const position = positionOf(samples, point, tMs)
  if (timeAt(samples, point, position) === tMs) {
    return NO_PLACE - (valueAt(samples, point, position) === value ? DUPLICATE : CONFLICT)
  }
  const keepMs = heldFromMs(samples, point, keptFromMs(core) - plan.lookBackMs)
  const isFull = samples.count[point]! === samples.capacity[point]!
  const place = isFull ? position - thinYoung(samples, point, position) : position
  const moved = makeRoom(samples, point, place, keepMs, keepEdge)
  if (moved < 0) return NO_PLACE - TOO_LATE
  moveStartBack(core, plan, tMs)
  return place - moved
}

/** Closes what the sample lets close: before it is put in, what it does not change, and the rest behind it. */
function* applyClosing(core: Core, point: number, position: number, tMs: number, value: number): Work<number> {
  yield* closeUnchanged(core, point, position, tMs)
  takeSample(core, point, position, tMs, value)
  checkSample(core, point, position)
  if (tMs > core.mark.newestMs) {
    core.mark.newestMs = tMs
    yield* closeThrough(core, watermarkMs(core.mark), watermarkMs(core.mark))
  }
  if (core.nextClose !== core.alarms.judgedEnd) yield* judgeBoundaries(core, core.nowMs)
  judgeSample(core, point, tMs, value)
  return ACCEPTED
}

/** Alarms look at a sample that has been taken. */
function judgeSample({ alarms, samples, compliance, nowMs, sink }: Core, point: number, tMs: number, value: number) {
  applyReading(alarms, point, tMs, value, nowMs, sink)
  noteAir(alarms, samples, point, tMs, nowMs, sink)
  judgeRates(alarms, compliance.rates, point, tMs, nowMs, sink)
}

/**
 * Ends a recording. Ticks run on until the interval of the newest accepted event time is closed, then everything is
 * settled.
 */
export function finish(core: Core): void {
  if (Number.isNaN(core.nextClose)) return
  const { lengthMs, boundMs, idleMs, skewMs } = core.plan
  const last = Math.floor(core.mark.newestMs / lengthMs)
  const silentMs = core.nextTickMs + idleMs + boundMs + lengthMs + skewMs + 2000
  for (; core.nextClose <= last && core.nextTickMs <= silentMs; core.nextTickMs += 1000) {
    runWhole(tick(core, core.nextTickMs, (last + 1) * lengthMs))
  }
  assert(core.nextClose > last, 'a silent site closes its last interval')
  runWhole(writeCorrections(core))
  runWhole(settleThrough(core, Infinity))
}

/** Why a reading is refused, whatever came before it; `ACCEPTED` if it is not. */
export function refusalOf(site: CorePlan, point: number, tMs: number, value: number, nowMs: number): number {
  const plan = site.points[point]!
  if (!Number.isFinite(value)) return NON_FINITE
  if (value < plan.min || value > plan.max) return OUT_OF_RANGE
  if (value < 0 && plan.kind !== 'gauge' && !plan.signed) return NEGATIVE
  return tMs > nowMs + site.skewMs ? FUTURE : ACCEPTED
}

export function isTooLate(site: CorePlan, mark: Watermark, tMs: number): boolean {
  return tMs < watermarkMs(mark) - site.latenessMs
}

/** Samples from here on must be kept: the start of the oldest interval that a reading may still change. */
export function keptFromMs(core: Core): number {
  const { lengthMs, latenessMs } = core.plan
  return Math.floor((watermarkMs(core.mark) - latenessMs) / lengthMs) * lengthMs
}

/** Moves the start of what is closed and settled back to a reading that is older than all before it. */
function moveStartBack(core: Core, plan: PointPlan, tMs: number): void {
  const first = firstCoveredInterval(core.plan.lengthMs, plan, tMs)
  if (first >= core.settledEnergy && first >= core.settledAir) return
  if (!core.hasClosed) core.nextClose = first
  core.settledEnergy = Math.min(first, core.hasClosed ? core.settledEnergy : first)
  core.settledAir = Math.min(first, core.hasClosed ? core.settledAir : first)
}

/**
 * First interval that a reading covers: its own, or where the period begins that it is the mean or the energy of (D1).
 */
export function firstCoveredInterval(lengthMs: number, plan: PointPlan, tMs: number): number {
  return Math.floor(changedFromMs(plan, -Infinity, tMs) / lengthMs)
}

/**
 * Closes the intervals that the new sample lets close and does not change, before its segment reuses their slots.
 * After a silence the intervals before it still need their rows.
 */
function* closeUnchanged(core: Core, point: number, position: number, tMs: number): Work {
  const plan = core.plan.points[point]!
  const untilMs = tMs - core.mark.boundMs
  const beforeMs =
    plan.kind === 'register'
      ? stepsChangeFromMs(core.samples, point, plan, position)
      : timeAt(core.samples, point, position - 1)
  const limitMs = Math.min(untilMs, changedFromMs(plan, beforeMs, tMs))
  yield* closeThrough(core, limitMs, limitMs)
}

/** Event time from which on a new sample changes energies: where its segment, or its period, begins. */
function changedFromMs(plan: PointPlan, beforeMs: number, tMs: number): number {
  switch (plan.kind) {
    case 'gauge':
      return tMs
    case 'mean':
    case 'energy':
      return tMs - plan.everyMs
    case 'power':
    case 'register':
      return tMs - beforeMs > plan.maxGapMs ? tMs : beforeMs
  }
}

/** Puts a sample in its place and updates the intervals or inlets that it changes. */
function takeSample(core: Core, point: number, position: number, tMs: number, value: number): void {
  const { samples, intervals, nextClose } = core
  const plan = core.plan.points[point]!
  if (plan.kind === 'gauge') {
    insertSample(samples, point, position, tMs, value)
    markSample(core.compliance, point, position, nextClose)
    noteReading(core.readings, point, position, nextClose)
    return
  }
  joinSample(intervals, samples, point, plan, position, tMs, value, nextClose)
  const first = Math.min(intervals.firstHeard[point]!, firstCoveredInterval(core.plan.lengthMs, plan, tMs))
  intervals.firstHeard[point] = first
  if (intervals.rowsFrom[point]! > nextClose) intervals.rowsFrom[point] = Math.max(nextClose, first)
}

/** Until when no tick does anything unless a packet comes: no correction waits, nothing is left to close or emit. */
function idleUntilMs(core: Core): number {
  const { intervals, compliance, readings, mark, plan } = core
  const alarmsMs = Math.min(core.alarms.dueMs, waitingDueMs(core.alarms.waiting))
  if (Number.isNaN(core.nextClose)) return alarmsMs
  const corrections = intervals.changed.length + waitingCorrections(compliance) + readings.changed.size
  const closes = (core.nextClose + 1) * plan.lengthMs <= watermarkMs(mark) + idleCapMs(core)
  return corrections > 0 || closes || mark.newestMs > core.live.emittedMs ? core.nextTickMs : alarmsMs
}

/** For so long after the watermark the clock alone may close intervals. */
function idleCapMs({ plan }: Core): number {
  return idleCapIntervals(plan) * plan.lengthMs
}

function* tick(core: Core, tickMs: number, latestMs: number): Work {
  core.nowMs = tickMs
  if (!Number.isNaN(core.nextClose)) {
    if (tickMs % 60_000 === 0) yield* writeCorrections(core)
    const watermark = watermarkMs(core.mark)
    const limitMs = Math.min(closeMarkMs(core.mark, tickMs), watermark + idleCapMs(core), latestMs)
    if (isCloseDue(core, Math.max(limitMs, watermark))) yield* closeThrough(core, limitMs, watermark)
    if (core.nextClose !== core.alarms.judgedEnd) yield* judgeBoundaries(core, tickMs)
    const { live, mark, nextClose, sink } = core
    if (isLiveDue(live, tickMs, mark.newestMs)) yield* emitLivePue(live, nextClose, mark.newestMs, sink)
  }
  const looked = tickMs < core.alarms.dueMs ? 0 : core.alarms.states.length + core.plan.points.length
  judgeWaiting(core.alarms, core.samples, tickMs, core.sink)
  if (tickMs >= core.alarms.dueMs) yield* runTimers(core.alarms, tickMs, core.sink)
  yield COST.tick + looked
}
