import { waitingCorrections, closeCompliance, settleCompliance, skipCompliance } from './air/compliance.ts'
import { closeComparisons } from './quality/drift.ts'
import { correctBacklog, correctCompliance } from './air/recount.ts'
import { writeChangedRows, writeIntervalRows } from './energy/energy.ts'
import { forgetOldGaps } from './energy/gaps.ts'
import { extendHolds } from './energy/join.ts'
import { dropPagesBefore, PAGE } from './energy/pages.ts'
import { thinAir } from './kept-air.ts'
import { payOwed } from './energy/owed.ts'
import { keepOpenIntervals } from './energy/keeping.ts'
import { hasChanged, isDeferred, RECENT_MS, type ChangedInterval } from './energy/intervals.ts'
import { closeQuotients, correctQuotients, settleQuotients } from './energy/quotients/correct.ts'
import { rewriteDoubted } from './energy/doubts/rewrite.ts'
import { tellRestated } from './energy/restated.ts'
import { settleRates } from './air/rate.ts'
import { tellLate } from './alarms/judged/late.ts'
import { closeQuality } from './quality/quality.ts'
import { closeHours, correctHours } from './quality/sensors.ts'
import { closeReadings, correctOldReadings, correctReadings } from './air/reading.ts'
import type { Core } from './state.ts'
import { isMarked } from './windows/deferred.ts'
import { openTally, resetTally } from './windows/tally.ts'
import { openTrail, resetTrail } from './windows/trail.ts'
import { COST, runWhole, type Work } from './contract/work.ts'

/**
 * After a silence this long only calendar windows get rows when they end, intervals no longer do. Nobody reads a week
 * of rows without a value, and they would delay the readings behind it.
 */
const QUIET_MS = 2 * 86_400_000

/** After a silence longer than any window no window holds anything from before it: all begin anew behind it. */
const LEAP_MS = 400 * 86_400_000

/** Whether closing up to `limitMs`, or settling at this watermark, has anything to do. */
export function isCloseDue(core: Core, limitMs: number): boolean {
  if (!core.hasClosed) return true
  const { lengthMs, latenessMs } = core.plan
  const { nextClose, settledEnergy, settledAir } = core
  if ((nextClose + 1) * lengthMs <= limitMs) return true
  const settledMs = limitMs - latenessMs
  return (
    (settledEnergy < nextClose && (settledEnergy + 1) * lengthMs <= settledMs - core.gapEnergyMs) ||
    (settledAir < nextClose && (settledAir + 1) * lengthMs <= settledMs - core.gapAirMs)
  )
}

/**
 * Closes the intervals that end by `limitMs`. Settles, after each and at last, those that the watermark lets settle
 * (D2).
 */
export function* closeThrough(core: Core, limitMs: number, watermark: number): Work {
  const { lengthMs } = core.plan
  if (!core.hasClosed) {
    if ((core.nextClose + 1) * lengthMs > limitMs) return
    for (const { tally } of core.quotients) openTally(tally, core.nextClose)
    for (const { trail } of core.compliance.groups) yield* openTrail(trail, core.nextClose)
    core.hasClosed = true
    core.intervals.storyFrom = core.nextClose
  }
  catchUp(core)
  const quietMs = core.mark.latestMs + QUIET_MS
  while ((core.nextClose + 1) * lengthMs <= limitMs) {
    if (core.nextClose * lengthMs <= quietMs) yield* closeNext(core)
    else if (limitMs - core.nextClose * lengthMs <= LEAP_MS) yield* skipNext(core)
    else yield* leapTo(core, Math.floor(limitMs / lengthMs))
    yield* settleThrough(core, Math.min(watermark, core.nextClose * lengthMs))
  }
  yield* settleThrough(core, watermark)
}

/** Does what readings of a backlog have left to be done once for all of them. */
export function catchUp({ intervals, compliance, nextClose }: Core): void {
  if (intervals.owed.size > 0) payOwed(intervals, nextClose)
  if (compliance.rates.stale.size > 0) settleRates(compliance.rates, nextClose, compliance.changed)
}

function* closeNext(core: Core): Work {
  yield* rewriteDoubted(core.quotients, core.settledEnergy, core.sink)
  yield* extendHeldValues(core, core.nextClose + 1)
  const interval = core.nextClose++
  yield* keepUnknown(core, interval)
  yield* writeIntervalRows(core.energy, interval, 'provisional', core.sink)
  yield* closeQuotients(core.quotients, interval, 'all', core.sink)
  yield* closeReadings(core.readings, interval, core.sink)
  yield* closeComparisons(core, interval)
  yield* closeQuality(core.quality, core.nextClose * core.plan.lengthMs, core.sink)
  yield* closeCompliance(core.compliance, interval, core.sink)
  yield* closeHours(core)
  yield* thinAir(core)
}

/** Closes an interval of a long silence: all windows move on, only those of the calendar are written. */
function* skipNext(core: Core): Work {
  yield* rewriteDoubted(core.quotients, core.settledEnergy, core.sink)
  yield* extendHeldValues(core, core.nextClose + 1)
  const interval = core.nextClose++
  yield* keepUnknown(core, interval)
  if (interval !== core.quietTo) core.quietFrom = interval
  core.quietTo = interval + 1
  yield* closeQuotients(core.quotients, interval, 'calendar', core.sink)
  yield* skipCompliance(core.compliance, interval, core.sink)
  yield* thinAir(core)
}

function* leapTo(core: Core, interval: number): Work {
  yield* extendHeldValues(core, interval)
  yield* writeCorrections(core, 'all')
  yield* settleThrough(core, Infinity)
  for (const { tally } of core.quotients) yield* resetTally(tally, interval)
  for (const { trail } of core.compliance.groups) yield* resetTrail(trail, interval)
  core.pue.keeping.unsure.fill(1)
  core.nextClose = interval
  core.settledEnergy = interval
  core.settledAir = interval
}

/** Lets values that hold go on to the end of the intervals that are closed next. */
function* extendHeldValues({ intervals, samples, plan, holdingPoints: holds, nextClose }: Core, to: number): Work {
  extendHolds(intervals, samples, plan, holds, nextClose, to)
  yield COST.tick + COST.correction * holds.length
}

/** Keeps the intervals that a backlog may still change when the rings need their slots; gives up what is too old. */
function* keepUnknown(core: Core, interval: number): Work {
  const { plan, intervals, mark, gaps } = core
  yield* keepOpenIntervals(core, interval - core.pue.keeping.held)
  if (interval % PAGE !== 0) return
  forgetOldGaps(gaps, mark.closedMs, core.nowMs)
  const oldestMs = mark.closedMs - plan.backlogMs
  dropPagesBefore(intervals.pages, plan.points.length, Math.floor(oldestMs / plan.lengthMs) - 1)
  yield COST.point * plan.points.length
}

/** Marks what is to be kept in the rings once they are restored. */
export function keepUnknownAgain(core: Core): void {
  const to = core.nextClose - core.pue.keeping.held
  const longest = core.intervals.slots.reduce((most, slots) => Math.max(most, slots), 0)
  for (let interval = core.nextClose - longest; interval < to; interval++) runWhole(keepOpenIntervals(core, interval))
}

/**
 * Corrections to write: of recent intervals only, or those of a backlog as well. Those of a backlog wait until nothing
 * has come for a minute, at most a quarter of an hour: each would rewrite thousands of windows.
 */
type Corrections = 'recent' | 'all'

const MOST_MINUTES = 15

/** Whether no interval of a backlog has changed since the last whole minute, or they have waited long enough. */
export function isBacklogQuiet(core: Core): boolean {
  const { backlog } = core
  const count = deferredCount(core)
  if (count === 0) return true
  const isQuiet = count === backlog.deferred || ++backlog.minutes >= MOST_MINUTES
  backlog.deferred = count
  return isQuiet
}

/** How many corrections of a backlog wait. */
export function deferredCount({ intervals, compliance, readings }: Core): number {
  return intervals.deferred.length + compliance.deferred.count + readings.deferred.count
}

/** Writes the corrections of closed intervals that were gathered since the last time. */
export function* writeCorrections(core: Core, which: Corrections): Work {
  const { intervals, sink } = core
  if (core.hasClosed) yield* rewriteDoubted(core.quotients, core.settledEnergy, sink)
  if (which === 'all') takeDeferred(core)
  if (intervals.changed.length > 0) {
    const changed = yield* takeChanged(core)
    yield* writeChangedRows(core.energy, changed, core.settledEnergy, sink)
    // An interval whose sums came back to what they were corrects nothing.
    const moved = changed.filter((before) => hasChanged(intervals, before))
    yield COST.point * changed.length
    yield* correctQuotients(core.quotients, moved, core.settledEnergy, sink)
  }
  const { compliance, readings, settledAir } = core
  if (core.alarms.late.size > 0) yield* tellLateBreaches(core, which)
  if (which === 'all' && compliance.deferred.count > 0) yield* correctBacklog(compliance, settledAir, sink)
  else if (waitingCorrections(compliance) > 0) yield* correctCompliance(compliance, settledAir, sink)
  if (which === 'all' && readings.deferred.count > 0) yield* correctOldReadings(readings, sink)
  if (readings.changed.size > 0) yield* correctReadings(readings, sink)
  if (which === 'all' && core.sensors.hours.changed.size > 0) yield* correctHours(core)
  const { restated } = core.pue
  if (restated.days.size > 0) {
    yield COST.pointRow * restated.days.size
    tellRestated(restated, sink)
  }
  if (deferredCount(core) === 0) restated.causes.fill(0)
}

/** Tells the late breaches in the intervals of air that are corrected now; recent ones may have been by now. */
function* tellLateBreaches({ alarms, samples, compliance, plan, nextClose, sink }: Core, which: Corrections): Work {
  const recentMs = nextClose * plan.lengthMs - RECENT_MS
  const isCorrected = (inlet: number, tMs: number) =>
    tMs >= recentMs - MOST_MINUTES * 60_000 || isMarked(compliance.deferred, inlet, Math.floor(tMs / plan.lengthMs))
  yield* tellLate(alarms, samples, isCorrected, which === 'all' ? -Infinity : recentMs, sink)
}

/** Takes in the corrections that waited. */
function takeDeferred({ intervals, backlog }: Core): void {
  for (const it of intervals.deferred) intervals.changed.push(it)
  intervals.deferred = []
  backlog.deferred = 0
  backlog.minutes = 0
}

/** Takes the changed intervals, by interval and then by point. */
function* takeChanged({ intervals }: Core): Work<ChangedInterval[]> {
  const byInterval = new Map<number, ChangedInterval[]>()
  const { changed } = intervals
  intervals.changed = []
  for (const it of changed) {
    const known = byInterval.get(it.interval)
    if (known === undefined) byInterval.set(it.interval, [it])
    else known.push(it)
  }
  const sorted: ChangedInterval[] = []
  for (const interval of [...byInterval.keys()].sort((a, b) => a - b)) {
    const points = byInterval.get(interval)!.sort((a, b) => a.point - b.point)
    for (const it of points) sorted.push(it)
    yield COST.correction * points.length
  }
  return sorted
}

/** Writes, as settled, the intervals that at this watermark no reading in time can change any more. */
export function* settleThrough(core: Core, watermark: number): Work {
  const { lengthMs, latenessMs } = core.plan
  const energyMs = watermark - latenessMs - core.gapEnergyMs
  while (core.settledEnergy < core.nextClose && (core.settledEnergy + 1) * lengthMs <= energyMs) {
    yield COST.tick
    // What waits belongs to the row that is written now
    const waits = isDeferred(core.intervals, core.settledEnergy, core.nextClose)
    yield* writeCorrections(core, waits ? 'all' : 'recent')
    const quiet = isQuiet(core, core.settledEnergy)
    if (!quiet) yield* writeIntervalRows(core.energy, core.settledEnergy, 'settled', core.sink)
    yield* settleQuotients(core.quotients, core.settledEnergy, quiet ? 'calendar' : 'all', core.sink)
    core.settledEnergy++
  }
  const airMs = watermark - latenessMs - core.gapAirMs
  while (core.settledAir < core.nextClose && (core.settledAir + 1) * lengthMs <= airMs) {
    yield COST.tick
    const waits = isDeferred(core.intervals, core.settledAir, core.nextClose)
    yield* writeCorrections(core, waits ? 'all' : 'recent')
    const quiet = isQuiet(core, core.settledAir)
    yield* settleCompliance(core.compliance, core.settledAir, quiet ? 'calendar' : 'all', core.sink)
    core.settledAir++
  }
}

/** End of the newest interval of which energy and air are settled; NaN before the first reading. */
export function settledThroughMs({ settledEnergy, settledAir, plan }: Core): number {
  return Math.min(settledEnergy, settledAir) * plan.lengthMs
}

function isQuiet(core: Core, interval: number): boolean {
  return interval >= core.quietFrom && interval < core.quietTo
}
