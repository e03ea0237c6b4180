/**
 * Cost of a reading by the number of points, in one run; seeded, so the work is always the same. Two costs: the core's
 * alone, against a bare typed-array loop, and that of the whole way from a packet's bytes to a closed interval.
 */
import { advance, apply, finish, notePacket } from '../../src/core/core.ts'
import type { CorePlan, TermPlan } from '../../src/core/contract/plan.ts'
import { coreBytes } from '../../src/core/size.ts'
import { createCore, type Core } from '../../src/core/state.ts'
import { ALARM_KINDS } from '../../src/core/contract/alarm-kinds.ts'
import { NOWHERE } from '../../src/core/contract/sink.ts'
import { decode, type Route, type Take } from '../../src/ingest/payload.ts'
import { UNITS } from '../../src/ingest/units.ts'
import { createRandom } from '../../simulators/random.ts'

export interface CoreCost {
  points: number
  readings: number
  coreNs: number
  decodeNs: number
  bareNs: number
  bytesPerPoint: number
}

const EVERY_MS = 60_000
const START_MS = Date.UTC(2026, 2, 2)
const BATCH = 10_000

/** Folds about `readings` readings of `points` power meters, a thousandth of them late by ten minutes. */
export function measureCore(points: number, readings: number): CoreCost {
  const values = new Float64Array(4096)
  const random = createRandom(7)
  for (let n = 0; n < values.length; n++) values[n] = 1000 + 100 * random.next()
  const core = createCore(planOf(points), NOWHERE)
  const rounds = Math.max(12, Math.round(readings / points))
  const { coreNs, decodeNs } = foldAll(core, points, rounds, values)
  const bytesPerPoint = coreBytes(core) / points
  return { points, readings: points * rounds, coreNs, decodeNs, bareNs: sumAll(points, rounds, values), bytesPerPoint }
}

/** A batch's payloads are written before the clock runs, then decoded, then folded: each on its own clock. */
function foldAll(
  core: Core,
  points: number,
  rounds: number,
  values: Float64Array,
): { coreNs: number; decodeNs: number } {
  const routes = Array.from({ length: points }, (_, point) => routeOf(point))
  const heard = { point: new Int32Array(BATCH), tMs: new Float64Array(BATCH), value: new Float64Array(BATCH), count: 0 }
  const take: Take = {
    reading(point, tMs, value) {
      heard.point[heard.count] = point
      heard.tMs[heard.count] = tMs
      heard.value[heard.count++] = value
    },
    refused() {
      throw new Error('a payload of the bench was refused')
    },
  }
  let coreNs = 0n
  let decodeNs = 0n
  for (let round = 0; round < rounds; round++) {
    const nowMs = START_MS + round * EVERY_MS + 1000
    for (let from = 0; from < points; from += BATCH) {
      const payloads = payloadsOf(from, Math.min(points, from + BATCH), round, values)
      heard.count = 0
      const began = process.hrtime.bigint()
      for (const [n, payload] of payloads.entries()) decode(routes[from + n]!, { payload, nowMs, retain: false }, take)
      const decoded = process.hrtime.bigint()
      advance(core, nowMs)
      for (let n = 0; n < heard.count; n++) {
        notePacket(core, nowMs)
        apply(core, heard.point[n]!, heard.tMs[n]!, heard.value[n]!, nowMs)
      }
      coreNs += process.hrtime.bigint() - decoded
      decodeNs += decoded - began
    }
  }
  finish(core)
  const readings = points * rounds
  return { coreNs: Number(coreNs) / readings, decodeNs: Number(decodeNs) / readings }
}

function payloadsOf(from: number, to: number, round: number, values: Float64Array): Buffer[] {
  const payloads = []
  for (let point = from; point < to; point++) {
    const lateMs = point % 1000 === 999 && round > 10 ? 605_000 : 0
    const tMs = START_MS + round * EVERY_MS - lateMs + (point % 977)
    payloads.push(Buffer.from(`{"ts":${tMs},"kw":${values[(point * 31 + round) & 4095]?.toFixed(2)}}`))
  }
  return payloads
}

function routeOf(point: number): Route {
  const time = { unit: undefined, timezone: undefined }
  const conversion = UNITS['kW']!
  return { points: [{ point, at: ['kw'], timeAt: undefined, time, conversion, factor: 1, retained: false }] }
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
  const rule = { enabled: false, onDelayMs: 0, offDelayMs: 0, deadband: 0, latch: false, acknowledge: false }
  return {
    lengthMs: 60_000,
    latenessMs: 900_000,
    skewMs: 60_000,
    boundMs: 15_000,
    idleMs: 60_000,
    minCoverage: 0.9,
    timezone: 'UTC',
    pressurePa: 101_325,
    freezingOver: 'water',
    points: Array.from({ length: points }, () => ({
      kind: 'power' as const,
      everyMs: EVERY_MS,
      maxGapMs: 900_000,
      hold: false,
      min: -Infinity,
      max: Infinity,
      signed: false,
      rolloverJ: NaN,
      swaps: [],
      driftShare: 0.05,
      accuracy: NaN,
      ctAccuracy: 0,
      ctBatch: -1,
      maxW: NaN,
      lookBackMs: 0,
      sensor: {
        lowest: -Infinity,
        highest: Infinity,
        clampAbove: Infinity,
        sentinels: [],
        jump: Infinity,
        stuckMs: Infinity,
      },
    })),
    boundaries: [{ facility: [term(0)], it: [term(1)], losses: {}, part: false, suspectAbove: 2, targetPue: NaN }],
    pairs: [],
    trees: [],
    inlets: [],
    airflows: [],
    scopes: [],
    windows: [
      { kind: 'rolling', name: '5m', lengthMs: 300_000 },
      { kind: 'rolling', name: '24h', lengthMs: 86_400_000 },
      { kind: 'calendar', name: 'day' },
    ],
    gateways: [],
    alarms: {
      rules: Object.fromEntries(ALARM_KINDS.map((kind) => [kind, rule])) as CorePlan['alarms']['rules'],
      recommended: [],
      allowable: [],
      moisture: [],
      moistureDeadbandPct: 0,
      leastCoverage: 0.5,
      out: new Map(),
      staleAfterMs: new Array<number>(points).fill(300_000),
    },
  }
}

function term(point: number): TermPlan {
  const measured = [{ points: [point], factor: 1 }]
  return { label: `${point}`, alternatives: [{ label: `${point}`, measured, estimated: [], constantW: 0 }] }
}
