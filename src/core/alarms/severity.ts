import { distance } from './breach.ts'
import { emitRow, sendSevere } from './emit.ts'
import type { Alarms, AlarmState } from './alarm-state.ts'
import type { RulePlan } from '../contract/alarm-plan.ts'
import type { LimitQuantity } from '../contract/alarm-kinds.ts'
import type { Sink } from '../contract/sink.ts'

/**
 * How urgent an alarm is. Its rule says the least; two things make it more (D157):
 *
 *     a step         its value has been so far beyond the limit for the on-delay ──> the severity of the step
 *     an escalation  it was raised so long ago, and nobody has acknowledged it ────> its severity, and one more route
 *
 * While it stands, the severity only rises. An acknowledgement brings it to what the value says by then. If it rises
 * after that, the alarm is raised once more: whoever has acknowledged 0.3 K does not know of 8 K.
 *
 *     a step   out ── beyond it, for the on-delay ───────────────────────────────────> reached
 *              ^                                                                          │
 *              └── inside it by more than the deadband for the off-delay, or it is over ──┘
 */

/** Notes how the newest sample lies to the steps. `gapMs`: since the sample before it. */
export function noteSteps(state: AlarmState, gapMs: number): void {
  const { stepMs, rule, quantity, verdict, value, newestMs } = state
  const beyond = verdict === 'breached' ? distance(state, value) : -Infinity
  for (const step of rule.steps) {
    const isReached = ((state.reachedSteps >> step.severity) & 1) === 1
    const least = leastOf(step, quantity)
    const isPassing = isReached ? beyond < least - deadbandOf(rule, quantity) : beyond >= least
    const bridgedMs = isReached ? state.holdMs : state.bridgeMs
    if (!isPassing) stepMs[step.severity] = NaN
    else if (gapMs > bridgedMs || Number.isNaN(stepMs[step.severity]!)) stepMs[step.severity] = newestMs
  }
}

/** Passes the steps whose delay has ended by an event time. The clock passes none back: a sample has to show it. */
function passSteps(state: AlarmState, atMs: number): void {
  const { stepMs, rule, newestMs } = state
  for (const { severity } of rule.steps) {
    const isReached = ((state.reachedSteps >> severity) & 1) === 1
    const endMs = stepMs[severity]! + (isReached ? rule.offDelayMs : rule.onDelayMs)
    if (!(endMs <= (isReached ? newestMs : Math.min(atMs, newestMs + state.holdMs)))) continue
    state.reachedSteps ^= 1 << severity
    stepMs[severity] = NaN
  }
}

export function forgetSteps(state: AlarmState): void {
  state.reachedSteps = 0
  state.stepMs.fill(NaN)
}

/** The severity with which an alarm is raised at an event time. */
export function severityAtRaise(state: AlarmState, atMs: number): number {
  passSteps(state, atMs)
  return byValue(state)
}

/** The severity of a breach that goes so far beyond its limit. */
export function severityBeyond({ severity, steps }: RulePlan, quantity: LimitQuantity, beyond: number): number {
  let highest = severity
  for (const step of steps) if (beyond >= leastOf(step, quantity)) highest = Math.max(highest, step.severity)
  return highest
}

/** Lets the severity of an alarm that stands rise, as of an event time, and tells it. */
export function followSeverity(alarms: Alarms, state: AlarmState, atMs: number, nowMs: number, sink: Sink): void {
  const { standing, rule } = state
  if (standing !== 'raised' && standing !== 'acked') return
  if (Number.isNaN(state.calledMs) && standing === 'raised') state.calledMs = nowMs
  passSteps(state, atMs)
  const escalated = standing === 'raised' ? escalationsBy(state, nowMs) : state.escalated
  const before = state.severity
  let severity = Math.max(before, byValue(state))
  for (let n = 0; n < escalated; n++) severity = Math.max(severity, rule.escalations[n]!.severity)
  if (severity === before && escalated === state.escalated) return
  state.severity = severity
  state.hadSeverities |= 1 << severity
  state.escalated = escalated
  state.mostEscalated = Math.max(state.mostEscalated, escalated)
  if (standing === 'acked') {
    state.standing = 'raised'
    state.ackedBy = undefined
    state.calledMs = nowMs
  }
  const row = emitRow(alarms, state, shownState(state), atMs, sink)
  sendSevere(alarms, state, row, nowMs, sink)
}

/** An operator has acknowledged it: it is as urgent as its value says. */
export function easeSeverity(state: AlarmState): void {
  state.calledMs = NaN
  state.escalated = 0
  state.severity = byValue(state)
  state.hadSeverities |= 1 << state.severity
}

/** Arrival time at which the clock has to look at the severity; Infinity: it has not. */
export function severityDueMs(state: AlarmState): number {
  const { rule, stepMs, newestMs, heardMs, holdMs, standing } = state
  let dueMs = Infinity
  if (standing !== 'raised' && standing !== 'acked') return dueMs
  for (const { severity } of rule.steps) {
    const endMs = stepMs[severity]! + rule.onDelayMs
    if ((state.reachedSteps >> severity) & 1 || !(endMs <= newestMs + holdMs)) continue
    dueMs = Math.min(dueMs, heardMs + endMs - newestMs)
  }
  const next = standing === 'raised' ? rule.escalations[state.escalated] : undefined
  return next === undefined || isQuiet(state) ? dueMs : Math.min(dueMs, state.calledMs + next.afterMs)
}

function byValue({ rule, reachedSteps }: AlarmState): number {
  let severity = rule.severity
  for (const step of rule.steps) if ((reachedSteps >> step.severity) & 1) severity = Math.max(severity, step.severity)
  return severity
}

/** How many escalations are due. What nobody was told of, or what another alarm stands for, calls nobody else. */
function escalationsBy(state: AlarmState, nowMs: number): number {
  const { escalations } = state.rule
  let count = Math.min(state.escalated, escalations.length)
  if (isQuiet(state)) return count
  while (count < escalations.length && escalations[count]!.afterMs <= nowMs - state.calledMs) count++
  return count
}

function isQuiet({ sent, grouped, suppressed }: AlarmState): boolean {
  return suppressed || !(sent || grouped)
}

function shownState({ suppressed, isSourceSilent, isReturned }: AlarmState) {
  return suppressed ? 'suppressed' : isSourceSilent ? 'stale' : isReturned ? 'returned' : 'raised'
}

function leastOf({ beyond, beyondPct }: RulePlan['steps'][number], quantity: LimitQuantity): number {
  return quantity === 'relative_humidity' ? beyondPct : beyond
}

function deadbandOf({ deadband, deadbandPct }: RulePlan, quantity: LimitQuantity): number {
  return quantity === 'relative_humidity' ? deadbandPct : deadband
}
