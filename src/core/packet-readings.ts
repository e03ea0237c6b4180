import { ACCEPTED } from './contract/outcome.ts'
import { COST, STEP, type Work } from './contract/work.ts'
import { apply, applyHistory, applyInSteps, mayClose } from './core.ts'
import type { Core } from './state.ts'

/**
 * The readings of a packet in base units, in the order in which they are folded. `tMs` is NaN where a reading has no
 * stamp; `point` is `~point` where its sender says that it is of the past. The columns grow as packets need.
 */
export interface PacketReadings {
  count: number
  /** How many of them are folded, and accepted. */
  folded: number
  accepted: number
  point: Int32Array
  tMs: Float64Array
  value: Float64Array
}

const ROOM = 64

export function createPacketReadings(): PacketReadings {
  return {
    count: 0,
    folded: 0,
    accepted: 0,
    point: new Int32Array(ROOM),
    tMs: new Float64Array(ROOM),
    value: new Float64Array(ROOM),
  }
}

/** Makes room for the readings of the next packet. */
export function clearReadings(readings: PacketReadings): void {
  readings.count = 0
  readings.folded = 0
  readings.accepted = 0
}

export function addPacketReading(readings: PacketReadings, point: number, tMs: number, value: number): void {
  const n = readings.count++
  if (n === readings.point.length) widen(readings)
  readings.point[n] = point
  readings.tMs[n] = tMs
  readings.value[n] = value
}

/** Newest stamp of a point among them; -Infinity: it has none. */
export function newestIn({ count, point, tMs }: PacketReadings, wanted: number): number {
  let newestMs = -Infinity
  for (let n = 0; n < count; n++) if (point[n] === wanted && tMs[n]! > newestMs) newestMs = tMs[n]!
  return newestMs
}

/**
 * Folds the readings one after the other. Stops before one that may close an interval or is of the past, and where they
 * are too many for fewer than `units`. Gives whether all are folded. Those that are not accepted are told.
 */
export function applyAtOnce(
  core: Core,
  readings: PacketReadings,
  nowMs: number,
  units: number,
  refused: (point: number, outcome: number) => void,
): boolean {
  const { count, point, tMs, value } = readings
  for (; readings.folded < count; readings.folded++) {
    const n = readings.folded
    const isLong = (n + 1) * COST.reading >= units || point[n]! < 0
    if (isLong || mayClose(core, tMs[n]!, nowMs)) return false
    const outcome = apply(core, point[n]!, tMs[n]!, value[n]!, nowMs)
    if (outcome === ACCEPTED) readings.accepted++
    else refused(point[n]!, outcome)
  }
  return true
}

/** What folding a packet's readings counts for, beside what they close. */
export function unitsOf({ folded }: PacketReadings): number {
  return folded * COST.reading
}

/** Folds the readings that are left. Steps end where they would if none had been folded at once. */
export function* applyPacket(
  core: Core,
  readings: PacketReadings,
  nowMs: number,
  refused: (point: number, outcome: number) => void,
): Work {
  let units = unitsOf(readings) % STEP
  if (unitsOf(readings) >= STEP) yield unitsOf(readings) - units
  for (; readings.folded < readings.count; readings.folded++) {
    const n = readings.folded
    const point = readings.point[n]!
    const tMs = readings.tMs[n]!
    const value = readings.value[n]!
    const outcome =
      point < 0
        ? yield* applyHistory(core, ~point, tMs, value, nowMs)
        : mayClose(core, tMs, nowMs)
          ? yield* applyInSteps(core, point, tMs, value, nowMs)
          : apply(core, point, tMs, value, nowMs)
    if (outcome === ACCEPTED) readings.accepted++
    else refused(point < 0 ? ~point : point, outcome)
    if ((units += COST.reading) < STEP) continue
    yield units
    units = 0
  }
  yield units
}

function widen(readings: PacketReadings): void {
  const { point, tMs, value } = readings
  const room = 2 * point.length
  readings.point = new Int32Array(room)
  readings.tMs = new Float64Array(room)
  readings.value = new Float64Array(room)
  readings.point.set(point)
  readings.tMs.set(tMs)
  readings.value.set(value)
}
