/** Cost of the core per reading against a bare typed-array loop, in one run; seeded data, so the work is always the same. */
import { advance, apply, finish } from '../../src/core/core.ts'
import type { CorePlan } from '../../src/core/plan.ts'
import { coreBytes } from '../../src/core/size.ts'
import { createCore, type Core } from '../../src/core/state.ts'
import { NOWHERE } from '../../src/core/sink.ts'
import { createRandom } from '../../simulators/random.ts'

export interface CoreCost {
  points: number
  readings: number
  coreNs: number
  bareNs: number
  bytesPerPoint: number
}

const EVERY_MS = 10_000
const START_MS = Date.UTC(2026, 2, 2)

/** Folds about `readings` readings of `points` power meters, a thousandth of them late by up to ten minutes. */
export function measureCore(points: number, readings: number): CoreCost {
  const values = new Float64Array(4096)
  const random = createRandom(7)
  for (let n = 0; n < values.length; n++) values[n] = 1000 + 100 * random.next()
  const core = createCore(planOf(points), NOWHERE)
  const rounds = Math.max(3, Math.round(readings / points))
  const coreNs = foldAll(core, points, rounds, values)
  return {
    points,
    readings: points * rounds,
    coreNs,
    bareNs: sumAll(points, rounds, values),
    bytesPerPoint: coreBytes(core) / points,
  }
}

function foldAll(core: Core, points: number, rounds: number, values: Float64Array): number {
  const began = process.hrtime.bigint()
  for (let round = 0; round < rounds; round++) {
    const tMs = START_MS + round * EVERY_MS
    advance(core, tMs)
    for (let point = 0; point < points; point++) {
      const lateMs = point % 1000 === 999 && round > 60 ? 605_000 : 0
      apply(core, point, tMs - lateMs + (point % 977), values[(point * 31 + round) & 4095] ?? 0, tMs + 1000)
    }
  }
  const tookNs = Number(process.hrtime.bigint() - began)
  finish(core)
  return tookNs / (points * rounds)
}

/** The least that any such loop has to do: add a value to its point's running interval. */
function sumAll(points: number, rounds: number, values: Float64Array): number {
  const sums = new Float64Array(points)
  const latest = new Float64Array(points)
  const began = process.hrtime.bigint()
  for (let round = 0; round < rounds; round++) {
    const tMs = START_MS + round * EVERY_MS
    for (let point = 0; point < points; point++) {
      const value = values[(point * 31 + round) & 4095] ?? 0
      sums[point] = (sums[point] ?? 0) + value * (tMs - (latest[point] ?? 0))
      latest[point] = tMs
    }
  }
  const tookNs = Number(process.hrtime.bigint() - began)
  if (!sums.every(Number.isFinite)) throw new Error('the bare loop went wrong')
  return tookNs / (points * rounds)
}

function planOf(points: number): CorePlan {
  const rule = { enabled: false, onDelayMs: 0, offDelayMs: 0, deadband: 0 }
  return {
    lengthMs: 60_000,
    latenessMs: 900_000,
    skewMs: 60_000,
    boundMs: 15_000,
    idleMs: 60_000,
    minCoverage: 0.9,
    timezone: 'UTC',
    pressurePa: 101_325,
    points: Array.from({ length: points }, () => ({
      kind: 'power' as const,
      everyMs: EVERY_MS,
      maxGapMs: 900_000,
      hold: false,
      min: -Infinity,
      max: Infinity,
      signed: false,
      rolloverJ: NaN,
      accuracy: NaN,
      maxW: NaN,
    })),
    boundaries: [{ facility: [{ point: 0, factor: 1 }], it: [{ point: 1, factor: 1 }], part: false }],
    inlets: [],
    scopes: [],
    windows: [
      { kind: 'rolling', name: '5m', lengthMs: 300_000 },
      { kind: 'rolling', name: '24h', lengthMs: 86_400_000 },
      { kind: 'calendar', name: 'day' },
    ],
    alarms: {
      inletRecommended: rule,
      inletAllowable: rule,
      stale: rule,
      staleAfterMs: new Array<number>(points).fill(300_000),
    },
  }
}
