import { formulaAt, pointsOf, termsOf } from '../contract/formula.ts'
import { SEVERITIES, type AlarmRowState, type Severity } from '../contract/alarm-kinds.ts'
import type { AlarmBy, AlarmRow } from '../contract/sink.ts'
import type { Alarms, AlarmState, JudgedSample } from './alarm-state.ts'

const NOTHING: readonly number[] = []

/** Orders that may come while nothing is broken: then their row has no limit, begin or peak of a breach. */
const ORDERED: ReadonlySet<AlarmRowState> = new Set(['shelved', 'unshelved', 'out_of_service'])

/** What the row of a transition tells of an alarm. */
export function rowOf(
  alarms: Alarms,
  state: AlarmState,
  rowState: AlarmRowState,
  timeMs: number,
  by: AlarmBy | undefined,
): AlarmRow {
  const { kind, source, value, quantity, verdict, newestMs, raisedMs } = state
  const breach = breachOf(state, rowState)
  return {
    timeMs,
    alarm: kind,
    source,
    state: rowState,
    severity: SEVERITIES[state.severity]!,
    severities: severitiesOf(state),
    escalated: state.mostEscalated,
    value: withoutNoise(value),
    limit: withoutNoise(breach.limit),
    quantity,
    verdict,
    newestMs,
    side: breach.side,
    sinceMs: breach.breachMs,
    peak: withoutNoise(breach.peak),
    spanMs: breach.spanMs,
    unseen: unseenWith(alarms, state, timeMs),
    cycles: state.cycles,
    instead: rowState === 'suppressed' ? state.instead : undefined,
    raisedMs: Number.isNaN(raisedMs) ? timeMs : raisedMs,
    ...(by === undefined ? {} : { by }),
  }
}

const NO_BREACH = { limit: NaN, side: 'none', breachMs: NaN, peak: NaN, spanMs: NaN } as const

/** The breach that a row tells of. */
function breachOf(state: AlarmState, rowState: AlarmRowState): Pick<AlarmState, keyof typeof NO_BREACH> {
  const { phase, limit, side, breachMs, spanMs } = state
  if (rowState === 'normal' && phase === 'rising') {
    // It has not been raised, so it is not what is over
    return { limit, side, breachMs: NaN, peak: NaN, spanMs }
  }
  const isNone = (ORDERED.has(rowState) && phase === 'normal') || (rowState === 'normal' && Number.isNaN(breachMs))
  return isNone ? NO_BREACH : state
}

/** To a millionth: a sensor resolves less, and sums of binary fractions end in 0.000000000000004. */
export function withoutNoise(amount: number): number {
  return Math.round(amount * 1e6) / 1e6
}

function severitiesOf({ severity, hadSeverities }: AlarmState): Severity[] {
  return SEVERITIES.filter((_, place) => place === severity || (hadSeverities >> place) & 1)
}

function unseenWith(alarms: Alarms, { kind, source }: AlarmState, timeMs: number): readonly number[] {
  if (kind === 'coverage') return unheardPoints(alarms, source, timeMs)
  return kind === 'stale' || kind === 'refused' ? silentWith(alarms, source) : NOTHING
}

/** Other points of a silent point's device that have not been heard since. */
function silentWith({ plan, heardMs, deviceOf }: Alarms, point: number): readonly number[] {
  const device = deviceOf[point]!
  if (device < 0) return NOTHING
  const sinceMs = heardMs[point]!
  const isSilent = (other: number) => heardMs[other]! <= sinceMs + 2 * plan.points[other]!.everyMs
  return plan.devices[device]!.filter((other) => other !== point && isSilent(other))
}

/** Points of a boundary that are silent, or whose readings are refused. */
function unheardPoints({ plan, isSilent, refused }: Alarms, boundary: number, tMs: number): number[] {
  const counted = termsOf(formulaAt(plan.boundaries[boundary]!, Math.floor(tMs / plan.lengthMs)))
  return pointsOf(counted).filter((point) => isSilent[point]! + refused.isTold[point]! > 0)
}

/** What the row of a late breach tells that begins with a sample, and would have been raised at a time. */
export function lateRow({ kind, source, rule }: AlarmState, sample: JudgedSample, timeMs: number): AlarmRow {
  const severity = SEVERITIES[rule.severity]!
  const { tMs, value, limit, quantity, verdict, side, spanMs } = sample
  return {
    timeMs,
    alarm: kind,
    source,
    state: 'late',
    severity,
    severities: [severity],
    escalated: 0,
    value: withoutNoise(value),
    limit: withoutNoise(limit),
    quantity,
    verdict,
    newestMs: tMs,
    side,
    sinceMs: tMs,
    peak: side === 'none' ? NaN : withoutNoise(value),
    spanMs,
    unseen: NOTHING,
    cycles: 0,
    raisedMs: timeMs,
  }
}
