import { COST, STEP, type Work } from './contract/work.ts'
import { apply, applyInSteps, mayClose } from './core.ts'
import type { Core } from './state.ts'

/** The readings of a packet in base units, in the order in which they are folded. The columns grow as packets need. */
export interface Batch {
  count: number
  point: Int32Array
  tMs: Float64Array
  value: Float64Array
}

const ROOM = 64

export function createBatch(): Batch {
  return { count: 0, point: new Int32Array(ROOM), tMs: new Float64Array(ROOM), value: new Float64Array(ROOM) }
}

export function addToBatch(batch: Batch, point: number, tMs: number, value: number): void {
  const n = batch.count++
  if (n === batch.point.length) widen(batch)
  batch.point[n] = point
  batch.tMs[n] = tMs
  batch.value[n] = value
}

/** Folds the readings and empties the batch; `counts` counts their outcomes. */
export function* applyBatch(core: Core, batch: Batch, nowMs: number, counts: Float64Array): Work {
  const { count } = batch
  batch.count = 0
  let units = 0
  for (let n = 0; n < count; n++) {
    const [point, tMs, value] = [batch.point[n]!, batch.tMs[n]!, batch.value[n]!]
    const outcome = mayClose(core, tMs)
      ? yield* applyInSteps(core, point, tMs, value, nowMs)
      : apply(core, point, tMs, value, nowMs)
    counts[outcome]!++
    if ((units += COST.reading) < STEP) continue
    yield units
    units = 0
  }
  yield units
}

function widen(batch: Batch): void {
  const { point, tMs, value } = batch
  const room = 2 * point.length
  batch.point = new Int32Array(room)
  batch.tMs = new Float64Array(room)
  batch.value = new Float64Array(room)
  batch.point.set(point)
  batch.tMs.set(tMs)
  batch.value.set(value)
}
