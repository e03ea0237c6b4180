import { createCalendar, periodAt, type Calendar } from './calendar.ts'
import type { CalendarUnit, WindowPlan } from '../contract/plan.ts'

/**
 * A window in intervals, which are counted since the epoch. End e is the end of interval e − 1.
 *
 * ```
 * rolling        |<---- length ---->| end       at every end that `step` divides
 * to_date    |<--------------------| end        from the start of the unit, at every end that `step` divides
 * whole      |<------- unit ------->| end       at the end of the unit
 * ```
 */
export type Window =
  | RollingWindow
  | { kind: 'to_date'; name: string; unit: CalendarUnit; step: number }
  | { kind: 'whole'; name: string; unit: CalendarUnit }

interface RollingWindow {
  kind: 'rolling'
  name: string
  length: number
  step: number
}

/** `stepMs` says how often a window of a length is written. A window that its step does not divide is, at every end. */
export function createWindows(
  plans: readonly WindowPlan[],
  lengthMs: number,
  stepMs: (windowMs: number) => number,
): readonly Window[] {
  const stepOf = (windowMs: number) => Math.max(1, Math.ceil(stepMs(windowMs) / lengthMs))
  return plans.flatMap((plan): Window[] => {
    if (plan.kind === 'rolling') {
      const length = plan.lengthMs / lengthMs
      const wished = stepOf(plan.lengthMs)
      return [{ kind: 'rolling', name: plan.name, length, step: length % wished === 0 ? wished : 1 }]
    }
    const step = stepOf(UNIT_MS[plan.name])
    return [
      { kind: 'to_date', name: `${plan.name}_to_date`, unit: plan.name, step },
      { kind: 'whole', name: plan.name, unit: plan.name },
    ]
  })
}

/** The windows that alarms of a boundary judge, at every end. */
export function alarmWindows(lengthMs: number): { hour: RollingWindow; day: RollingWindow } {
  const rolling = (name: string, windowMs: number): RollingWindow => {
    return { kind: 'rolling', name, length: windowMs / lengthMs, step: 1 }
  }
  return { hour: rolling('1h', 3_600_000), day: rolling('24h', 86_400_000) }
}

/** About as long as a calendar unit. */
export const UNIT_MS = { day: 86_400_000, month: 30 * 86_400_000, year: 365 * 86_400_000 }

/** The local calendar in intervals. The periods last asked for are kept. */
export interface Periods {
  readonly calendar: Calendar
  readonly lengthMs: number
  readonly last: Record<CalendarUnit, IntervalSpan>
}

/** Intervals from `start` on, before `end`. */
interface IntervalSpan {
  start: number
  end: number
}

export function createPeriods(timezone: string, lengthMs: number): Periods {
  const none = { start: 0, end: 0 }
  return { calendar: createCalendar(timezone), lengthMs, last: { day: none, month: none, year: none } }
}

/** The local day, month or year that holds an interval. */
export function calendarSpanAt(periods: Periods, unit: CalendarUnit, interval: number): IntervalSpan {
  const last = periods.last[unit]
  if (interval >= last.start && interval < last.end) return last
  const { startMs, endMs } = periodAt(periods.calendar, unit, interval * periods.lengthMs)
  const span = { start: startMs / periods.lengthMs, end: endMs / periods.lengthMs }
  periods.last[unit] = span
  return span
}
