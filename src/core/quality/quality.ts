import { ROW_UNITS } from '../contract/quotients.ts'
import { judgeCondition } from '../alarms/judged/judge.ts'
import type { Alarms } from '../alarms/alarm-state.ts'
import type { CorePlan } from '../contract/plan.ts'
import { verdictAt, type RegisterVerdict } from '../energy/register/register.ts'
import { isLeftOut } from '../energy/lone.ts'
import { timeAt, valueAt, type Samples } from '../energy/samples.ts'
import type { Sink } from '../contract/sink.ts'
import { COST, type Work } from '../contract/work.ts'
import {
  QUALITY_FLAGS,
  QUALITY_NOTES,
  RATE,
  RESET,
  LONE_SPIKE,
  SWAP,
  UNIT_SLIP,
  SLIP_ACCEPTED,
  SLIP_OVER,
} from '../contract/flags.ts'

/**
 * What is doubtful, by source: points by their index, and behind them boundaries.
 *
 * A unit slip (a level that jumps by about a thousand) goes through these states; `run` counts readings in a row:
 *
 *     trusted ──3 readings about a thousand off──▶ slipped (flag UNIT_SLIP)
 *        ▲ a reading near the level: run = 0          │ 3 readings back at the old level: SLIP_OVER
 *        └────────────────────────────────────────────┤
 *          the level becomes the new reading's        │ a day later: SLIP_ACCEPTED, the new level is trusted (D27)
 */
export interface Quality {
  readonly plan: CorePlan
  /** Bits of the flags that hold, and of those that were seen since the last interval was closed. */
  readonly held: Uint8Array
  readonly seen: Uint8Array
  /**
   * The newest note: its place in QUALITY_NOTES, event time, what was read and what was to be expected (base units).
   */
  readonly note: Uint8Array
  readonly atMs: Float64Array
  readonly value: Float64Array
  readonly expected: Float64Array
  /** The size that a point's readings are trusted at (NaN: none), and how many in a row are off it, or back at it. */
  readonly level: Float64Array
  readonly run: Uint8Array
  /** Event time of the first that was off it. */
  readonly slippedMs: Float64Array
  /** Event time of the newest reading that was refused as out of range and judged here; -Infinity: none was. */
  readonly offMs: Float64Array
  /** Smallest step of a register so far, in joules; 0 before the first. */
  readonly leastStepJ: Float64Array
  /** Event time of a register's newest reset, swap or rate; NaN: an hour of good steps has passed since. */
  readonly eventMs: Float64Array
}

/** A level that jumps by about a thousand has probably changed its unit. Our own rule (D27). */
const SLIP_LEAST = 500
const SLIP_MOST = 2000
/** A jump that stays below this share of the rated power may well be a load that begins or ends. */
const SLIP_SHARE = 0.01
const SLIP_READINGS = 3
/** Within this factor a reading is at the old level again. */
const BACK = 10
const HOUR_MS = 3_600_000
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
    offMs: new Float64Array(points).fill(-Infinity),
    leastStepJ: new Float64Array(points),
    eventMs: new Float64Array(points).fill(NaN),
  }
}

/** The parts of the core that judge a sample here. */
interface QualityCore {
  readonly quality: Quality
  readonly alarms: Alarms
  readonly samples: Samples
  readonly nowMs: number
  readonly sink: Sink
}

/** Judges a point's sample that has just been taken. Only the newest says something new. */
export function checkSample(core: QualityCore, point: number, position: number): void {
  const { quality, samples } = core
  const plan = quality.plan.points[point]!
  if (plan.kind === 'gauge' || plan.amount === 'temperature' || position < samples.count[point]! - 1) return
  const slipped = holds(quality, point, UNIT_SLIP)
  if (plan.kind === 'register') {
    const verdict = checkRegister(core, point, position - 1)
    if (verdict !== undefined) judgeRegister(core, point, position - 1, verdict)
  } else {
    const tMs = timeAt(samples, point, position)
    if (samples.lone.out[point] !== undefined) noteLone(core, point, position - 1)
    if (tMs > quality.offMs[point]!) checkLevel(quality, point, tMs, valueAt(samples, point, position), false)
  }
  if (holds(quality, point, UNIT_SLIP) !== slipped) judgeSlip(core, point, slipped)
}

/** Notes a power that its neighbours contradict: the newest reading has just done so. */
function noteLone({ quality, samples }: QualityCore, point: number, k: number): void {
  const atMs = timeAt(samples, point, k)
  if (!isLeftOut(samples, point, atMs)) return
  const [value, expected] = [valueAt(samples, point, k), valueAt(samples, point, k - 1)]
  noteFlag(quality, point, LONE_SPIKE, { atMs, value, expected })
}

/**
 * Judges a power that is no sample, because it is out of range. A meter that tells W for kW is mostly above what its
 * rating allows, and its unit has slipped all the same. What is refused never becomes the new level.
 */
export function checkOutOfRange(core: QualityCore, point: number, tMs: number, value: number): void {
  const { quality, samples } = core
  const { kind, amount } = quality.plan.points[point]!
  if (kind === 'gauge' || kind === 'register' || amount === 'temperature') return
  if (tMs <= quality.offMs[point]! || tMs <= timeAt(samples, point, samples.count[point]! - 1)) return
  quality.offMs[point] = tMs
  if (holds(quality, point, UNIT_SLIP)) {
    quality.run[point] = 0
    return
  }
  if (!isSlip(quality, point, Math.abs(value))) return
  checkLevel(quality, point, tMs, value, false)
  if (holds(quality, point, UNIT_SLIP)) judgeSlip(core, point, false)
}

function judgeSlip(core: QualityCore, point: number, slipped: boolean): void {
  const { quality, alarms, nowMs, sink } = core
  const value = quality.value[point]! / quality.expected[point]!
  const verdict = slipped ? 'inside' : 'breached'
  judgeCondition(alarms, 'unit_slip', point, { verdict, tMs: quality.atMs[point]!, value, limit: 1 }, nowMs, sink)
}

/** A reset, swap or rise above the rating is an alarm until an hour of good steps has passed. */
function judgeRegister(core: QualityCore, point: number, k: number, verdict: RegisterVerdict): void {
  const { alarms, samples, nowMs, sink } = core
  const { eventMs, plan } = core.quality
  const tMs = timeAt(samples, point, k)
  // A fall at a day counter's midnight is no event; that it was a glitch shows when the old count is back
  const isGlitch = verdict === 'returned' && Number.isNaN(eventMs[point]!)
  const broken = verdict === 'reset' || verdict === 'swap' || verdict === 'rate' || isGlitch
  if (broken) eventMs[point] = tMs
  else if (!(tMs - eventMs[point]! >= HOUR_MS && (verdict === 'step' || verdict === 'rollover'))) return
  else eventMs[point] = NaN
  const before = k > 0 ? valueAt(samples, point, k - 1) : NaN
  const { shown } = ROW_UNITS[plan.points[point]!.amount]
  const value = valueAt(samples, point, k) / shown
  const condition = { verdict: broken ? 'breached' : 'inside', tMs, value, limit: before / shown } as const
  judgeCondition(alarms, 'register', point, condition, nowMs, sink)
}

/** Judges the reading before the newest: the newest confirms or contradicts it. */
function checkRegister({ quality, samples }: QualityCore, point: number, k: number): RegisterVerdict | undefined {
  if (k < 0) return undefined
  const plan = quality.plan.points[point]!
  const verdict = verdictAt(samples, point, plan, k)
  const tMs = timeAt(samples, point, k)
  const countJ = valueAt(samples, point, k)
  const flag = flagOf(verdict)
  if (flag >= 0) noteFlag(quality, point, flag, { atMs: tMs, value: countJ, expected: valueAt(samples, point, k - 1) })
  if (verdict === 'spike' || verdict === 'jitter') return verdict
  if (verdict === 'step') noteStep(quality, point, countJ - valueAt(samples, point, k - 1))
  checkLevel(quality, point, tMs, countJ, verdict !== 'swap' && verdict !== 'rate')
  return verdict
}

function flagOf(verdict: RegisterVerdict): number {
  switch (verdict) {
    case 'rate':
      return RATE
    case 'reset':
      return RESET
    case 'spike':
      return LONE_SPIKE
    case 'swap':
      return SWAP
    case 'step':
    case 'rollover':
    case 'jitter':
    case 'gap':
    case 'suspended':
    case 'returned':
      return -1
  }
}

function noteStep({ leastStepJ }: Quality, point: number, stepJ: number): void {
  if (stepJ > 0 && (leastStepJ[point] === 0 || stepJ < leastStepJ[point]!)) leastStepJ[point] = stepJ
}

/** Compares a reading with the level. `sound`: a register's step counts as energy, and so cannot begin a slip. */
function checkLevel(quality: Quality, point: number, tMs: number, value: number, sound: boolean): void {
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
    level[point] = size > 0 ? size : NaN // 0 is no level: a load that starts from it has not changed its unit
    return
  }
  if (++run[point]! === 1) slippedMs[point] = tMs
  if (run[point]! < SLIP_READINGS) return
  run[point] = 0
  holdFlag(quality, point, UNIT_SLIP)
  noteFlag(quality, point, UNIT_SLIP, { atMs: tMs, value, expected: level[point]! })
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
  noteFlag(quality, point, note, { atMs: tMs, value: size, expected: quality.level[point]! })
  quality.level[point] = size > 0 ? size : NaN
  quality.run[point] = 0
}

export function holds({ held }: Quality, source: number, flag: number): boolean {
  return (held[source]! & (1 << flag)) !== 0
}

/** The flag holds from now on. */
export function holdFlag({ held }: Quality, source: number, flag: number): void {
  held[source]! |= 1 << flag
}

/** The flag holds no longer, but is still emitted for the interval being closed. */
export function releaseFlag({ held, seen }: Quality, source: number, flag: number): void {
  seen[source]! |= held[source]! & (1 << flag)
  held[source]! &= ~(1 << flag)
}

/** When something was seen, what was read and what was to be expected; base units. */
interface Note {
  readonly atMs: number
  readonly value: number
  readonly expected: number
}

/** Notes what was seen at a source. Rows tell the newest note, except that a slip, which explains all others, stays. */
export function noteFlag(quality: Quality, source: number, noted: number, seenThere: Note): void {
  const { held, seen, note, atMs, value, expected } = quality
  seen[source]! |= 1 << Math.min(noted, UNIT_SLIP)
  if (noted < UNIT_SLIP && (held[source]! & (1 << UNIT_SLIP)) !== 0) return
  note[source] = noted
  atMs[source] = seenThere.atMs
  value[source] = seenThere.value
  expected[source] = seenThere.expected
}

/** Emits what holds or was seen in the interval that ends at `endMs`; a sound source has no row. */
export function* closeQuality(quality: Quality, endMs: number, sink: Sink): Work {
  const { plan, held, seen, note, atMs, value, expected } = quality
  const points = plan.points.length
  for (let source = 0; source < held.length; source++) {
    const flags = held[source]! | seen[source]!
    if (flags === 0) continue
    yield COST.pointRow
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
