import { judgeCondition } from '../alarms/judge.ts'
import type { Alarms } from '../alarms/alarm-state.ts'
import type { CorePlan, PointPlan } from '../contract/plan.ts'
import { verdictAt, type RegisterVerdict } from '../energy/register.ts'
import { timeAt, valueAt, type Samples } from '../energy/samples.ts'
import type { Sink } from '../contract/sink.ts'
import {
  QUALITY_FLAGS,
  QUALITY_NOTES,
  RATE,
  RESET,
  REGISTER_SPIKE,
  SWAP,
  UNIT_SLIP,
  SLIP_ACCEPTED,
  SLIP_OVER,
} from '../contract/flags.ts'

/** State of all sources: points, and behind them boundaries. */
export interface Quality {
  readonly plan: CorePlan
  /** Bits of flags that hold, and of those that were seen since the last close. */
  readonly held: Uint8Array
  readonly seen: Uint8Array
  /** The newest note: which, of when, what was read and what was to be expected (base units). */
  readonly note: Uint8Array
  readonly atMs: Float64Array
  readonly value: Float64Array
  readonly expected: Float64Array
  /** The size that a point's readings are trusted at, NaN: none; readings in a row that are off it, or back at it. */
  readonly level: Float64Array
  readonly run: Uint8Array
  /** Since when they are off it. */
  readonly slippedMs: Float64Array
  /** Smallest step of a register so far, in joules; 0 before the first. */
  readonly leastStepJ: Float64Array
  /** Event time of a register's newest reset, swap or rate; NaN: none within the last hour of good steps. */
  readonly eventMs: Float64Array
}

/** A level that jumps by about a thousand has probably changed its unit. Our own rule. */
const SLIP_LEAST = 500
const SLIP_MOST = 2000
/** Of the rated power; below it a load may well begin or end. */
const SLIP_SHARE = 0.01
const SLIP_READINGS = 3
/** The same level again, give or take. */
const BACK = 10
const HOUR_MS = 3_600_000
const KWH = 3_600_000
const ACCEPT_MS = 86_400_000

export function createQuality(plan: CorePlan): Quality {
  const points = plan.points.length
  const sources = points + plan.boundaries.length
  return {
    plan,
    held: new Uint8Array(sources),
    seen: new Uint8Array(sources),
    note: new Uint8Array(sources),
    atMs: new Float64Array(sources),
    value: new Float64Array(sources),
    expected: new Float64Array(sources),
    level: new Float64Array(points).fill(NaN),
    run: new Uint8Array(points),
    slippedMs: new Float64Array(points).fill(NaN),
    leastStepJ: new Float64Array(points),
    eventMs: new Float64Array(points).fill(NaN),
  }
}

/** Looks at a point's newest sample, just taken; an older one says nothing new. */
export function watchSample(
  quality: Quality,
  alarms: Alarms,
  samples: Samples,
  point: number,
  position: number,
  nowMs: number,
  sink: Sink,
): void {
  const plan = quality.plan.points[point]!
  if (plan.kind === 'gauge' || position < samples.count[point]! - 1) return
  const slipped = holds(quality, point, UNIT_SLIP)
  if (plan.kind === 'register') {
    const verdict = watchRegister(quality, samples, point, plan, position - 1)
    if (verdict !== undefined) judgeRegister(quality, alarms, samples, point, position - 1, verdict, nowMs, sink)
  } else watchLevel(quality, point, timeAt(samples, point, position), valueAt(samples, point, position), false)
  if (holds(quality, point, UNIT_SLIP) === slipped) return
  const value = quality.value[point]! / quality.expected[point]!
  const verdict = slipped ? 'inside' : 'breached'
  judgeCondition(alarms, 'unit_slip', point, { verdict, tMs: quality.atMs[point]!, value, limit: 1 }, nowMs, sink)
}

/** A reset, swap or rise above the rating is an alarm until an hour of good steps has passed. */
function judgeRegister(
  { eventMs }: Quality,
  alarms: Alarms,
  samples: Samples,
  point: number,
  k: number,
  verdict: RegisterVerdict,
  nowMs: number,
  sink: Sink,
): void {
  const tMs = timeAt(samples, point, k)
  const broken = verdict === 'reset' || verdict === 'swap' || verdict === 'rate'
  if (broken) eventMs[point] = tMs
  else if (!(tMs - eventMs[point]! >= HOUR_MS && (verdict === 'step' || verdict === 'rollover'))) return
  else eventMs[point] = NaN
  const before = k > 0 ? valueAt(samples, point, k - 1) : NaN
  const value = valueAt(samples, point, k) / KWH
  const condition = { verdict: broken ? 'breached' : 'inside', tMs, value, limit: before / KWH } as const
  judgeCondition(alarms, 'register', point, condition, nowMs, sink)
}

/** The reading before the newest can be judged: something confirms or contradicts it. */
function watchRegister(
  quality: Quality,
  samples: Samples,
  point: number,
  plan: PointPlan,
  k: number,
): RegisterVerdict | undefined {
  if (k < 0) return undefined
  const verdict = verdictAt(samples, point, plan, k)
  const tMs = timeAt(samples, point, k)
  const countJ = valueAt(samples, point, k)
  const flag = flagOf(verdict)
  if (flag >= 0) noteFlag(quality, point, flag, tMs, countJ, valueAt(samples, point, k - 1))
  if (verdict === 'spike' || verdict === 'jitter') return verdict
  if (verdict === 'step') noteStep(quality, point, countJ - valueAt(samples, point, k - 1))
  watchLevel(quality, point, tMs, countJ, verdict !== 'swap' && verdict !== 'rate')
  return verdict
}

function flagOf(verdict: RegisterVerdict): number {
  switch (verdict) {
    case 'rate':
      return RATE
    case 'reset':
      return RESET
    case 'spike':
      return REGISTER_SPIKE
    case 'swap':
      return SWAP
    case 'step':
    case 'rollover':
    case 'jitter':
    case 'gap':
      return -1
  }
}

function noteStep({ leastStepJ }: Quality, point: number, stepJ: number): void {
  if (stepJ > 0 && (leastStepJ[point] === 0 || stepJ < leastStepJ[point]!)) leastStepJ[point] = stepJ
}

/** `sound`: a step of a register that is energy; only what is not can begin a slip. */
function watchLevel(quality: Quality, point: number, tMs: number, value: number, sound: boolean): void {
  const { level, run, slippedMs } = quality
  const size = Math.abs(value)
  if (holds(quality, point, UNIT_SLIP)) {
    if (tMs - slippedMs[point]! >= ACCEPT_MS) endSlip(quality, point, SLIP_ACCEPTED, tMs, size)
    else if (size * BACK < level[point]! || size > level[point]! * BACK) run[point] = 0
    else if (++run[point]! >= SLIP_READINGS) endSlip(quality, point, SLIP_OVER, tMs, size)
    return
  }
  if (!isSlip(quality, point, size) || (run[point] === 0 && sound)) {
    run[point] = 0
    level[point] = size > 0 ? size : NaN // nothing is no level: what starts up from it has no other unit
    return
  }
  if (++run[point]! === 1) slippedMs[point] = tMs
  if (run[point]! < SLIP_READINGS) return
  run[point] = 0
  holdFlag(quality, point, UNIT_SLIP, true)
  noteFlag(quality, point, UNIT_SLIP, tMs, value, level[point]!)
}

function isSlip({ plan, level }: Quality, point: number, size: number): boolean {
  const { kind, maxW, everyMs } = plan.points[point]!
  const trusted = level[point]!
  const ratio = size > trusted ? size / trusted : trusted / size
  if (!(ratio >= SLIP_LEAST && ratio <= SLIP_MOST)) return false
  if (kind === 'register' || Number.isNaN(maxW)) return true
  const largest = Math.max(size, trusted)
  return (kind === 'energy' ? (largest * 1000) / everyMs : largest) >= SLIP_SHARE * maxW
}

function endSlip(quality: Quality, point: number, note: number, tMs: number, size: number): void {
  quality.held[point]! &= ~(1 << UNIT_SLIP)
  noteFlag(quality, point, note, tMs, size, quality.level[point]!)
  quality.level[point] = size > 0 ? size : NaN
  quality.run[point] = 0
}

export function holds({ held }: Quality, source: number, flag: number): boolean {
  return (held[source]! & (1 << flag)) !== 0
}

/** A flag that holds from now on, or no longer; it is told for the interval being closed either way. */
export function holdFlag({ held, seen }: Quality, source: number, flag: number, on: boolean): void {
  seen[source]! |= held[source]! & (1 << flag)
  if (on) held[source]! |= 1 << flag
  else held[source]! &= ~(1 << flag)
}

/** Notes what was seen at a source; the newest note is what its row tells, but for a slip, which explains all others. */
export function noteFlag(
  { held, seen, note, atMs, value, expected }: Quality,
  source: number,
  noted: number,
  tMs: number,
  read: number,
  wanted: number,
): void {
  seen[source]! |= 1 << Math.min(noted, UNIT_SLIP)
  if (noted < UNIT_SLIP && (held[source]! & (1 << UNIT_SLIP)) !== 0) return
  note[source] = noted
  atMs[source] = tMs
  value[source] = read
  expected[source] = wanted
}

/** Tells of the interval that ends at `endMs` what holds or was seen; of a sound source nothing. */
export function closeQuality(quality: Quality, endMs: number, sink: Sink): void {
  const { plan, held, seen, note, atMs, value, expected } = quality
  const points = plan.points.length
  for (let source = 0; source < held.length; source++) {
    const flags = held[source]! | seen[source]!
    if (flags === 0) continue
    seen[source] = 0
    sink.quality(source < points ? source : -1, source - points, {
      endMs,
      flags: QUALITY_FLAGS.filter((_, flag) => (flags & (1 << flag)) !== 0),
      note: QUALITY_NOTES[note[source]!]!,
      atMs: atMs[source]!,
      value: value[source]!,
      expected: expected[source]!,
    })
  }
}
