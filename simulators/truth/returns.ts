/** The return temperature index of each hall as it really was, by three weights. */
import { HALL_SUMS, indicesOf, type HallSums } from '../plant/air/indices.ts'
import type { Plant } from '../plant/plant.ts'
import { STEP_S } from '../plant/step.ts'
import { hallAt } from '../plant/trace.ts'
import type { Run } from '../scenarios/life.ts'

/** The indices of a hall over an hour, in %, and its supply heat index (see `AirIndices`). */
export interface ReturnTruth {
  /** End of the hour. */
  endMs: number
  rtiPct: number
  rtiByPowerPct: number
  rtiByRackPct: number
  shi: number
}

const HOUR_MS = 3_600_000
const STEP_MS = STEP_S * 1000

/** By hall, for each whole hour of UTC in a run. Halls are those of the inlets, in their order. */
export function returnsOf({ site, fromMs, toMs }: Run, plant: Plant): Record<string, ReturnTruth[]> {
  const halls = [...new Set(Object.values(site.config.inlets).map(({ hall }) => hall))]
  const truths: Record<string, ReturnTruth[]> = {}
  for (let endMs = Math.ceil(fromMs / HOUR_MS) * HOUR_MS + HOUR_MS; endMs <= toMs; endMs += HOUR_MS) {
    for (const [hall, name] of halls.entries()) {
      if (name === undefined) continue
      truths[name] ??= []
      truths[name].push({ endMs, ...hourOf(plant, hall, endMs) })
    }
  }
  return truths
}

function hourOf({ trace }: Plant, hall: number, endMs: number): Omit<ReturnTruth, 'endMs'> {
  const sums = Object.fromEntries(HALL_SUMS.map((column) => [column, 0])) as HallSums
  let moments = 0
  for (let tMs = endMs - HOUR_MS + STEP_MS / 2; tMs < endMs; tMs += STEP_MS) {
    for (const column of HALL_SUMS) sums[column] += hallAt(trace, hall, column, tMs)
    moments++
  }
  return indicesOf(sums, moments)
}
