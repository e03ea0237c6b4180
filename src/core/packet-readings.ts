import { ACCEPTED } from './contract/outcome.ts'
import { COST, STEP, type Work } from './contract/work.ts'
import { apply, applyInSteps, mayClose } from './core.ts'
import type { Core } from './state.ts'

/**
 * The readings of a packet in base units, in the order in which they are folded. `tMs` is NaN where a reading has no
 * stamp. The columns grow as packets need.
 */
export interface PacketReadings {
  count: number
  point: Int32Array
  tMs: Float64Array
  value: Float64Array
}

const ROOM = 64

export function createPacketReadings(): PacketReadings {
  return { count: 0, point: new Int32Array(ROOM), tMs: new Float64Array(ROOM), value: new Float64Array(ROOM) }
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

/** Folds the readings and empties their columns; returns how many were accepted, the others are told. */
export function* applyPacket(
  core: Core,
  readings: PacketReadings,
  nowMs: number,
  refused: (point: number, outcome: number) => void,
): Work<number> {
  const { count } = readings
  readings.count = 0
  let units = 0
  let accepted = 0
  for (let n = 0; n < count; n++) {
    const point = readings.point[n]!
    const tMs = readings.tMs[n]!
    const value = readings.value[n]!
    const outcome = mayClose(core, tMs, nowMs)
      ? yield* applyInSteps(core, point, tMs, value, nowMs)
      : apply(core, point, tMs, value, nowMs)
    if (outcome === ACCEPTED) accepted++
    else refused(point, outcome)
    if ((units += COST.reading) < STEP) continue
    yield units
    units = 0
  }
  yield units
  return accepted
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
