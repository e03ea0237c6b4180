import { dryBulbSample } from './dry-bulb.ts'
import { moistureAt } from './moisture.ts'
import { nextJudgedMs, previousStampMs } from './one-air.ts'
import type { Alarms, AlarmState, JudgedSample } from '../alarm-state.ts'
import { severityBeyond } from '../severity.ts'
import { SEVERITIES } from '../../contract/alarm-kinds.ts'
import { lateRow } from '../row.ts'
import { isSound, SPIKED, spikeStateOf } from '../../air/sensor.ts'
import { positionOf, timeAt, valueAt, type Samples } from '../../energy/samples.ts'
import type { AlarmRow, Sink } from '../../contract/sink.ts'
import { COST, type Work } from '../../contract/work.ts'

/**
 * Late breaches of inlets, told from the samples once these are corrected. There is one row `late` for each time that
 * the alarm would have been raised if all readings had come in order. The machine itself is left as it is.
 *
 * ```
 * samples   ──inside──│ breached … for the on-delay ──▶ a row │ … │ inside for the off-delay ──│
 *                     sinceMs                     sinceMs + onDelay
 * ```
 *
 * Only runs that hold a late breach are told, and none that the running alarm, or the one before it, covers.
 */
interface Run {
  readonly state: AlarmState
  phase: 'normal' | 'rising' | 'active' | 'falling'
  sinceMs: number
  newestMs: number
  /** Whether a breach since `sinceMs` lies in a corrected interval, and the newest breach. */
  isLate: boolean
  breachMs: number
  row: AlarmRow | undefined
}

/** Which intervals of an inlet are corrected just now. */
type IsCorrected = (inlet: number, tMs: number) => boolean

/** Tells the late breaches of all inlets of which none lies before `sinceMs`. */
export function* tellLate(
  alarms: Alarms,
  samples: Samples,
  isCorrected: IsCorrected,
  sinceMs: number,
  sink: Sink,
): Work {
  for (const state of [...alarms.late].sort((a, b) => a.order - b.order)) {
    if (state.lateFromMs < sinceMs) continue
    yield* tellRuns(alarms, samples, state, isCorrected, sink)
    state.lateFromMs = Infinity
    state.lateToMs = -Infinity
    alarms.late.delete(state)
  }
}

function* tellRuns(alarms: Alarms, samples: Samples, state: AlarmState, isCorrected: IsCorrected, sink: Sink): Work {
  const { rule, holdMs, lateToMs } = state
  const run: Run = {
    state,
    phase: 'normal',
    sinceMs: NaN,
    newestMs: -Infinity,
    isLate: false,
    breachMs: NaN,
    row: undefined,
  }
  const untilMs = lateToMs + rule.onDelayMs + rule.offDelayMs + 2 * holdMs
  for (let tMs = startMs(alarms, samples, state); tMs <= untilMs; tMs = nextMs(alarms, samples, state, tMs)) {
    yield COST.reading
    const sample = sampleAt(alarms, samples, state, tMs)
    if (sample !== undefined) goOn(run, sample, isCorrected(state.source, tMs), sink)
  }
  endDelay(run, Infinity, sink)
  endRun(run, sink)
}

/** Where the run begins that holds the first late breach, and some before it that may have raised the alarm. */
function startMs(alarms: Alarms, samples: Samples, state: AlarmState): number {
  const { rule, lateFromMs, bridgeMs } = state
  const leastMs = lateFromMs - 2 * (rule.onDelayMs + rule.offDelayMs) - bridgeMs
  let tMs = lateFromMs
  for (;;) {
    const beforeMs = previousMs(alarms, samples, state, tMs)
    const sample = beforeMs === -Infinity ? undefined : sampleAt(alarms, samples, state, beforeMs)
    if (sample === undefined || tMs - beforeMs > bridgeMs) return tMs
    if (beforeMs < leastMs && sample.verdict !== 'breached') return tMs
    tMs = beforeMs
  }
}

/** As the machine moves an alarm (machine.ts). */
function goOn(run: Run, sample: JudgedSample, isLate: boolean, sink: Sink): void {
  const { tMs, verdict } = sample
  const gapMs = tMs - run.newestMs
  const isBreached = verdict === 'breached'
  const isEnding = !isBreached && gapMs <= run.state.holdMs
  if (isEnding || run.phase !== 'falling') endDelay(run, tMs - 1, sink)
  run.newestMs = tMs
  if (run.phase === 'normal' || run.phase === 'rising') {
    if (!isBreached) run.phase = 'normal'
    else if (run.phase === 'normal' || gapMs > run.state.bridgeMs) begin(run, 'rising', sample)
  } else if (verdict !== 'inside') run.phase = 'active'
  else if (run.phase === 'active' || gapMs > run.state.holdMs) {
    run.phase = 'falling'
    run.sinceMs = tMs
  }
  if (isBreached) noteBreached(run, sample, isLate)
  endDelay(run, tMs, sink)
}

function begin(run: Run, phase: 'rising', sample: JudgedSample): void {
  run.phase = phase
  run.sinceMs = sample.tMs
  run.isLate = false
  run.row = lateRow(run.state, sample, sample.tMs + run.state.rule.onDelayMs)
}

function noteBreached(run: Run, { tMs, value, limit, side, quantity }: JudgedSample, isLate: boolean): void {
  const { row } = run
  run.breachMs = tMs
  if (run.phase === 'rising') run.isLate ||= isLate
  if (row === undefined) return
  if (run.phase === 'rising') Object.assign(row, { value, limit, side, quantity, newestMs: tMs })
  if (side !== row.side || quantity !== row.quantity) return
  const isFarther = side === 'above' ? value > row.peak : value < row.peak
  if (isFarther || Number.isNaN(row.peak)) row.peak = value
}

function endDelay(run: Run, untilMs: number, sink: Sink): void {
  const { phase, sinceMs, newestMs, state } = run
  const { rule, holdMs } = state
  const delayMs = phase === 'rising' ? rule.onDelayMs : phase === 'falling' ? rule.offDelayMs : NaN
  const endMs = sinceMs + delayMs
  if (!(endMs <= untilMs && endMs <= newestMs + holdMs)) return
  if (phase === 'falling') return endRun(run, sink)
  run.phase = 'active'
  if (!run.isLate || isCovered(run)) run.row = undefined
}

/** The alarm is over, or the samples are: its row is told. */
function endRun(run: Run, sink: Sink): void {
  const { phase, row, state, breachMs } = run
  run.phase = 'normal'
  run.row = undefined
  if (row === undefined || phase === 'normal' || phase === 'rising') return
  if (row.sinceMs <= state.newestLateMs && breachMs >= state.lateSinceMs) return // told already, as far as it was known
  state.lateSinceMs = row.sinceMs
  state.newestLateMs = breachMs
  const severity = SEVERITIES[severityBeyond(state.rule, row.quantity, Math.abs(row.peak - row.limit))]!
  sink.alarm({ ...row, severity, severities: [severity] })
}

/** Whether the running alarm or the one before it stands for a run. */
function isCovered({ state, sinceMs, breachMs }: Run): boolean {
  const { phase, raisedMs, emittedMs, rule } = state
  const isStanding = phase === 'active' || phase === 'falling'
  return (
    (breachMs >= raisedMs - rule.onDelayMs && (isStanding || sinceMs <= emittedMs)) ||
    (phase === 'rising' && breachMs >= state.sinceMs)
  )
}

function sampleAt(alarms: Alarms, samples: Samples, state: AlarmState, tMs: number): JudgedSample | undefined {
  if (state.kind === 'moisture') return moistureAt(alarms, samples, state, tMs)
  const point = alarms.plan.inlets[state.source]!.dryBulb
  const position = positionOf(samples, point, tMs)
  const valueC = valueAt(samples, point, position)
  const { sensor } = alarms.plan.points[point]!
  if (!isSound(sensor, valueC) || spikeStateOf(sensor, samples, point, position) === SPIKED) return undefined
  return dryBulbSample(alarms, state, tMs, valueC)
}

function nextMs({ plan }: Alarms, samples: Samples, { kind, source }: AlarmState, tMs: number): number {
  if (kind === 'moisture') return nextJudgedMs(plan, samples, source, tMs)
  const point = plan.inlets[source]!.dryBulb
  return timeAt(samples, point, positionOf(samples, point, tMs + 1))
}

function previousMs({ plan }: Alarms, samples: Samples, { kind, source }: AlarmState, tMs: number): number {
  if (kind === 'moisture') return previousStampMs(plan, samples, source, tMs)
  const point = plan.inlets[source]!.dryBulb
  return timeAt(samples, point, positionOf(samples, point, tMs) - 1)
}
