import assert from 'node:assert/strict'
import { applyReading } from './alarms/dry-bulb.ts'
import { judgeBoundaries } from './alarms/boundary.ts'
import { judgeMoisture } from './alarms/moisture.ts'
import { judgeRates } from './alarms/rate.ts'
import { startSilence } from './alarms/silence.ts'
import { runTimers } from './alarms/timers.ts'
import { closeThrough, writeCorrections, settleThrough } from './closing.ts'
import { waitingCorrections, markSample } from './air/compliance.ts'
import { joinSample } from './energy/join.ts'
import { emitLivePue } from './energy/live.ts'
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
import { closeMarkMs, watermarkMs, type Watermark } from './watermark.ts'

/** Runs the ticks (whole seconds of arrival time) up to `nowMs`. Call it before a packet of that time is folded. */
export function advance(core: Core, nowMs: number): void {
  if (Number.isNaN(core.nextTickMs)) core.nextTickMs = Math.floor(nowMs / 1000) * 1000
  while (core.nextTickMs <= nowMs) {
    tick(core, core.nextTickMs, Infinity)
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
  const plan = core.plan.points[point]!
  core.nowMs = nowMs
  const refusal = refusalOf(core.plan, point, tMs, value, nowMs)
  if (refusal !== ACCEPTED) return refusal
  const { samples } = core
  if (isTooLate(core.plan, core.mark, tMs) || tMs < samples.floorMs[point]!) return TOO_LATE
  let position = positionOf(samples, point, tMs)
  if (timeAt(samples, point, position) === tMs) {
    return valueAt(samples, point, position) === value ? DUPLICATE : CONFLICT
  }
  const moved = makeRoom(samples, point, position, keptFromMs(core) - plan.lookBackMs)
  if (moved < 0) return TOO_LATE
  position -= moved
  moveStartBack(core, plan, tMs)
  closeUnchanged(core, point, plan, position, tMs)
  takeSample(core, point, position, tMs, value)
  checkSample(core, point, position)
  if (tMs > core.mark.newestMs) {
    core.mark.newestMs = tMs
    closeThrough(core, watermarkMs(core.mark), watermarkMs(core.mark))
  }
  if (core.nextClose !== core.alarms.judgedEnd) judgeBoundaries(core, nowMs)
  applyReading(core.alarms, point, tMs, value, nowMs, core.sink)
  judgeMoisture(core.alarms, samples, point, tMs, nowMs, core.sink)
  judgeRates(core.alarms, core.compliance.rates, point, tMs, nowMs, core.sink)
  return ACCEPTED
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
    tick(core, core.nextTickMs, (last + 1) * lengthMs)
  }
  assert(core.nextClose > last, 'a silent site closes its last interval')
  writeCorrections(core)
  settleThrough(core, Infinity)
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
function closeUnchanged(core: Core, point: number, plan: PointPlan, position: number, tMs: number): void {
  const untilMs = tMs - core.mark.boundMs
  const beforeMs =
    plan.kind === 'register'
      ? stepsChangeFromMs(core.samples, point, plan, position)
      : timeAt(core.samples, point, position - 1)
  const limitMs = Math.min(untilMs, changedFromMs(plan, beforeMs, tMs))
  closeThrough(core, limitMs, limitMs)
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
  if (Number.isNaN(core.nextClose)) return core.alarms.dueMs
  const corrections = intervals.changed.length + waitingCorrections(compliance) + readings.changed.size
  const closes = (core.nextClose + 1) * plan.lengthMs <= watermarkMs(mark) + idleCapMs(core)
  return corrections > 0 || closes || mark.newestMs > core.live.emittedMs ? core.nextTickMs : core.alarms.dueMs
}

/** For so long after the watermark the clock alone may close intervals. */
function idleCapMs({ plan }: Core): number {
  return idleCapIntervals(plan) * plan.lengthMs
}

function tick(core: Core, tickMs: number, latestMs: number): void {
  core.nowMs = tickMs
  if (!Number.isNaN(core.nextClose)) {
    if (tickMs % 60_000 === 0) writeCorrections(core)
    const watermark = watermarkMs(core.mark)
    const capMs = watermark + idleCapMs(core)
    closeThrough(core, Math.min(closeMarkMs(core.mark, tickMs), capMs, latestMs), watermark)
    if (core.nextClose !== core.alarms.judgedEnd) judgeBoundaries(core, tickMs)
    emitLivePue(core.live, tickMs, core.nextClose, core.mark.newestMs, core.sink)
  }
  runTimers(core.alarms, tickMs, core.sink)
}
