import assert from 'node:assert/strict'
import { addBins, blockAt, openFrom, putBlock, setOpenBin, type Bins } from '../../windows/bins.ts'
import { columnOf } from '../../windows/to-date.ts'
import { openTrail, sumUnit, type Trail } from '../../windows/trail.ts'
import type { Work } from '../../contract/work.ts'

/** Opens an empty trail at the first interval of an hour. It goes on from the hours and units of another, if given. */
export function* continueTrail(trail: Trail, from: Trail | undefined, interval: number): Work {
  yield* openTrail(trail, interval)
  if (from === undefined) return
  copyHours(trail.hours, from.hours, Math.floor(interval / trail.hour))
  for (const { unit, start, end, sums } of trail.calendar) {
    const isHeld = from.calendar.some((it) => it.unit === unit && it.start === start)
    if (start >= interval || end <= interval || !isHeld) continue
    for (let s = 0; s < trail.minutes.series; s++) {
      sumUnit(from, s, unit, interval)
      for (let c = 0; c < trail.columns; c++) {
        if (from.sums[c] !== 0) columnOf(sums, c, trail.minutes.series)[s] = from.sums[c]!
      }
    }
  }
}

/** Copies the hours before `newest`: blocks as they are, the last part of one hour by hour. */
function copyHours(hours: Bins, from: Bins, newest: number): void {
  const { length, series, columns } = hours
  const open = Math.floor(newest / length)
  hours.begin = Math.min(from.begin, newest)
  for (let number = Math.floor(hours.begin / length); number < open; number++) {
    const block = blockAt(from, number)
    if (block !== undefined) putBlock(hours, block)
  }
  const sums = new Float64Array(columns)
  for (let bin = Math.max(open * length, hours.begin); bin < newest; bin++) {
    for (let s = 0; s < series; s++) {
      sums.fill(0)
      addBins(from, s, { from: bin, to: bin + 1, upTo: columns }, sums, 1)
      for (let column = 0; column < columns; column++) setOpenBin(hours, { series: s, column, bin }, sums[column]!)
    }
  }
}

/** Replaces the bins of a trail from interval `since` on, and the sums of those calendar units that `isKnown` names. */
export function graftTrail(trail: Trail, past: Trail, since: number, isKnown: (start: number) => boolean): void {
  graftBins(trail.minutes, past.minutes, since)
  graftBins(trail.hours, past.hours, Math.floor(since / trail.hour))
  for (const unit of trail.calendar) {
    const again = past.calendar.find((it) => it.unit === unit.unit && it.start === unit.start)
    if (again === undefined || !isKnown(unit.start)) continue
    for (let c = 0; c < trail.columns; c++) unit.sums[c] = again.sums[c]
  }
}

/** Whole blocks are replaced: the bins of the first one that lie before `since` are the same in both. */
function graftBins(bins: Bins, past: Bins, since: number): void {
  assert(past.newest === bins.newest, 'both trails end with the same interval')
  const { length } = bins
  for (let number = Math.floor(since / length); number * length < openFrom(bins); number++) {
    const block = blockAt(past, number)
    if (block !== undefined) putBlock(bins, { ...block, replaced: new Map(block.replaced), isSaved: false })
  }
  for (let c = 0; c < bins.columns; c++) bins.open[c] = past.open[c]
  bins.begin = Math.min(bins.begin, Math.max(past.begin, Math.floor(since / length) * length))
}
