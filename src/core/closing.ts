import { waitingCorrections, closeCompliance, settleCompliance, skipCompliance } from './air/compliance.ts'
import { closeComparisons } from './quality/drift.ts'
import { correctCompliance } from './air/recount.ts'
import { writeChangedRows, writeIntervalRows } from './energy/energy.ts'
import { extendHolds } from './energy/join.ts'
import { hasChanged } from './energy/intervals.ts'
import { closePue, correctPue, settlePue } from './energy/pue.ts'
import { closeQuality } from './quality/quality.ts'
import { closeReadings, correctReadings } from './air/reading.ts'
import type { Core } from './state.ts'
import { openTally, resetTally } from './windows/tally.ts'
import { openTrail, resetTrail } from './windows/trail.ts'

/**
 * After a silence this long only calendar windows get rows when they end, intervals no longer do. Nobody reads a week
 * of rows without a value, and they would delay the readings behind it.
 */
const QUIET_MS = 2 * 86_400_000

/** After a silence longer than any window no window holds anything from before it: all begin anew behind it. */
const LEAP_MS = 400 * 86_400_000

/**
 * Closes the intervals that end by `limitMs`. Settles, after each and at last, those that the watermark lets settle
 * (D2).
 */
export function closeThrough(core: Core, limitMs: number, watermark: number): void {
  const { lengthMs } = core.plan
  if (!core.hasClosed) {
    if ((core.nextClose + 1) * lengthMs > limitMs) return
    openTally(core.pue.tally, core.nextClose)
    for (const { trail } of core.compliance.groups) openTrail(trail, core.nextClose)
    core.hasClosed = true
  }
  const quietMs = core.mark.newestMs + QUIET_MS
  while ((core.nextClose + 1) * lengthMs <= limitMs) {
    if (core.nextClose * lengthMs <= quietMs) closeNext(core)
    else if (limitMs - core.nextClose * lengthMs <= LEAP_MS) skipNext(core)
    else leapTo(core, Math.floor(limitMs / lengthMs))
    settleThrough(core, Math.min(watermark, core.nextClose * lengthMs))
  }
  settleThrough(core, watermark)
}

function closeNext(core: Core): void {
  extendHeldValues(core, core.nextClose + 1)
  const interval = core.nextClose++
  writeIntervalRows(core.energy, interval, 'provisional', core.sink)
  closePue(core.pue, interval, 'all', core.sink)
  closeReadings(core.readings, interval, core.sink)
  closeComparisons(core, interval)
  closeQuality(core.quality, core.nextClose * core.plan.lengthMs, core.sink)
  closeCompliance(core.compliance, interval, core.sink)
}

/** Closes an interval of a long silence: all windows move on, only those of the calendar are written. */
function skipNext(core: Core): void {
  extendHeldValues(core, core.nextClose + 1)
  const interval = core.nextClose++
  if (interval !== core.quietTo) core.quietFrom = interval
  core.quietTo = interval + 1
  closePue(core.pue, interval, 'calendar', core.sink)
  skipCompliance(core.compliance, interval, core.sink)
}

function leapTo(core: Core, interval: number): void {
  extendHeldValues(core, interval)
  writeCorrections(core)
  settleThrough(core, Infinity)
  resetTally(core.pue.tally, interval)
  for (const { trail } of core.compliance.groups) resetTrail(trail, interval)
  core.nextClose = interval
  core.settledEnergy = interval
  core.settledAir = interval
}

/** Lets values that hold go on to the end of the intervals that are closed next. */
function extendHeldValues({ intervals, samples, plan, holdingPoints: holds, nextClose }: Core, to: number): void {
  extendHolds(intervals, samples, plan, holds, nextClose, to)
}

/** Writes the corrections of closed intervals that were gathered since the last time. */
export function writeCorrections(core: Core): void {
  const { intervals, sink } = core
  const changed = intervals.changed
  if (changed.length > 0) {
    intervals.changed = []
    changed.sort((a, b) => a.interval - b.interval || a.point - b.point)
    writeChangedRows(core.energy, changed, core.settledEnergy, sink)
    // An interval whose sums came back to what they were corrects nothing.
    const moved = changed.filter((before) => hasChanged(intervals, before))
    correctPue(core.pue, moved, core.settledEnergy, sink)
  }
  if (waitingCorrections(core.compliance) > 0) correctCompliance(core.compliance, core.settledAir, sink)
  if (core.readings.changed.size > 0) correctReadings(core.readings, sink)
}

/** Writes, as settled, the intervals that at this watermark no reading in time can change any more. */
export function settleThrough(core: Core, watermark: number): void {
  const { lengthMs, latenessMs } = core.plan
  const energyMs = watermark - latenessMs - core.gapEnergyMs
  while (core.settledEnergy < core.nextClose && (core.settledEnergy + 1) * lengthMs <= energyMs) {
    writeCorrections(core)
    const quiet = isQuiet(core, core.settledEnergy)
    if (!quiet) writeIntervalRows(core.energy, core.settledEnergy, 'settled', core.sink)
    settlePue(core.pue, core.settledEnergy, quiet ? 'calendar' : 'all', core.sink)
    core.settledEnergy++
  }
  const airMs = watermark - latenessMs - core.gapAirMs
  while (core.settledAir < core.nextClose && (core.settledAir + 1) * lengthMs <= airMs) {
    writeCorrections(core)
    settleCompliance(core.compliance, core.settledAir, isQuiet(core, core.settledAir) ? 'calendar' : 'all', core.sink)
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
