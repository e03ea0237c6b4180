import type { Config } from '../config/config.ts'
import { LEAST_COVERAGE } from '../core/contract/coverage.ts'
import { metersByRole } from '../rows/figures/figures.ts'
import type { HistoryRow, Store } from '../store/types.ts'

/** Mean power by role over time; `null` where a meter of the role is not known for at least half of the step. */
interface PowerByRole {
  /** Ends of the steps, epoch ms, ascending. */
  timesMs: number[]
  stepMs: number
  /** W, one number a step. */
  roles: Record<string, (number | null)[]>
  /** Meters behind each role's sum. */
  points: Record<string, string[]>
}

interface Span {
  /** Intervals that end in (fromMs, toMs]. */
  fromMs: number
  toMs: number
  /** Raised to whole intervals, and so far that there are at most 1,440 steps. */
  stepMs: number
}

const MOST_STEPS = 1_440
/** Rows that one answer reads: with more meters than this bears, the time is cut at its beginning. */
const MOST_ROWS = 100_000
const SLICE_ROWS = 2_000

/** Sums the `energy` rows of the meters of each role, slice by slice: commits go on between them. */
export async function powerByRole(
  { core, points }: Pick<Config, 'core' | 'points'>,
  store: Pick<Store, 'history'>,
  { fromMs, toMs, stepMs: wantedMs }: Span,
): Promise<PowerByRole> {
  const lengthMs = core.intervalS * 1000
  const meters = metersByRole(points)
  const count = Math.max(1, [...meters.values()].flat().length)
  const spanMs = Math.min(toMs - fromMs, Math.floor(MOST_ROWS / count) * lengthMs)
  const stepMs = Math.ceil(Math.max(wantedMs, spanMs / MOST_STEPS) / lengthMs) * lengthMs
  const firstMs = (Math.floor((toMs - spanMs) / stepMs) + 1) * stepMs
  const steps = Math.max(0, Math.floor((toMs - firstMs) / stepMs) + 1)
  const roles = new Map<string, (number | null)[]>()
  for (const [role, names] of meters) {
    const sums = new Float64Array(steps)
    for (const point of names) {
      const means = await meansOf(store, point, { firstMs, stepMs, steps, lengthMs })
      for (const [step, mean] of means.entries()) sums[step] = (sums[step] ?? 0) + mean // NaN stays
    }
    roles.set(
      role,
      Array.from(sums, (sum) => (Number.isNaN(sum) ? null : Math.round(sum))),
    )
  }
  return {
    timesMs: Array.from({ length: steps }, (_, step) => firstMs + step * stepMs),
    stepMs,
    roles: Object.fromEntries(roles),
    points: Object.fromEntries(meters),
  }
}

interface Steps {
  firstMs: number
  stepMs: number
  steps: number
  lengthMs: number
}

/** Mean power of a meter in each step, NaN where too little is known. */
async function meansOf(store: Pick<Store, 'history'>, point: string, at: Steps): Promise<Float64Array> {
  const joules = new Float64Array(at.steps)
  const knownMs = new Float64Array(at.steps)
  const fromMs = at.firstMs - at.stepMs + 1
  const toMs = at.firstMs + (at.steps - 1) * at.stepMs
  for (let sliceMs = fromMs; sliceMs <= toMs; sliceMs += SLICE_ROWS * at.lengthMs) {
    const rows = await store.history('energy', {
      tags: { point },
      fromMs: sliceMs,
      toMs: Math.min(toMs, sliceMs + SLICE_ROWS * at.lengthMs - 1),
      limit: SLICE_ROWS,
    })
    for (const row of rows) {
      const step = Math.ceil((row.timeMs - at.firstMs) / at.stepMs)
      const [meanW, coverage] = [numberOf(row, 'mean_w'), numberOf(row, 'coverage')]
      if (Number.isNaN(meanW) || Number.isNaN(coverage)) continue
      knownMs[step] = (knownMs[step] ?? 0) + coverage * at.lengthMs
      joules[step] = (joules[step] ?? 0) + (meanW * coverage * at.lengthMs) / 1000
    }
  }
  return joules.map((sum, step) => {
    const known = knownMs[step] ?? 0
    return known >= LEAST_COVERAGE * at.stepMs ? (sum * 1000) / known : NaN
  })
}

function numberOf({ fields }: HistoryRow, name: string): number {
  const field = fields[name]
  return typeof field === 'number' ? field : NaN
}
