import type { AlarmState } from '../alarms/alarm-state.ts'
import { SEVERITIES, type AlarmKind } from '../contract/alarm-kinds.ts'

/** Kinds that were critical in releases that knew two severities, one a kind. All others were warnings. */
const WERE_CRITICAL: ReadonlySet<AlarmKind> = new Set([
  'inlet_allowable',
  'moisture',
  'rate_of_change',
  'gateway',
  'journal',
  'gateway_refused',
  'uplink',
])

export function severityBefore(kind: AlarmKind): number {
  return SEVERITIES.indexOf(WERE_CRITICAL.has(kind) ? 'critical' : 'warning')
}

/** An alarm of such a release stands under the severity of its kind, until it is over. */
export function inferSeverity(state: AlarmState): void {
  const { standing, shelvedMs, suppressed, outByPlanEmitted, outByCommand } = state
  const isShown = standing !== 'normal' || suppressed || outByPlanEmitted || outByCommand || !Number.isNaN(shelvedMs)
  if (!isShown) return
  state.severity = severityBefore(state.kind)
  state.hadSeverities = 1 << state.severity
  state.shownSeverity = state.severity
}
