import type { Alarms } from './alarms/alarm-state.ts'
import { ruleOf } from './contract/alarm-plan.ts'
import type { Amount } from './contract/quotients.ts'
import type { Core } from './state.ts'
import { LIVE_EVERY_MS } from './energy/quotients/live.ts'
import type { Quotients } from './energy/quotients/quotients.ts'
import { isColumnUsed } from './energy/quotients/parts.ts'
import { fullTallyBytes } from './windows/tally.ts'
import { fullTrailBytes } from './windows/trail.ts'
import type { Window } from './windows/window.ts'

/** Bytes of an alarm's state, and of what else there is of a point in lists of objects. As measured with Node 24. */
const ALARM_BYTES = 900
/** What an alarm's state has besides where its rule has steps. */
const STEPS_BYTES = 80
const POINT_BYTES = 465

/**
 * Bytes of a core once its longest window is full and each inlet's air changes as that of a hall does. Where readings
 * are missing, estimates have columns of their own.
 */
export function coreBytes(core: Core, data: 'complete' | 'gaps'): number {
  const { plan, samples, intervals, gaps, retention, quality, alarms, pue, compliance, readings } = core
  const { rates, emitted } = compliance
  const tallies = core.quotients.map(({ tally, layouts }) =>
    fullTallyBytes(tally, (series, column) => isColumnUsed(layouts[series]!, column, data)),
  )
  let bytes = plan.points.length * POINT_BYTES + alarmBytes(alarms) + tallies.reduce((sum, of) => sum + of, 0)
  const parts = [
    samples,
    samples.lone,
    intervals,
    gaps,
    retention,
    quality,
    pue.resolutions,
    alarms,
    compliance,
    rates,
    rates.queues,
    emitted,
    readings,
    core.sensors,
    core.skews,
    core.sensors.hours,
  ]
  for (const part of parts) bytes += columnBytes(part)
  for (const { trail } of compliance.groups) bytes += fullTrailBytes(trail)
  return bytes
}

/** Of an inlet's dry bulb both alarms count: within a year most have been in breach, and a state stays. */
function alarmBytes({ plan, states }: Alarms): number {
  const others = states.filter(({ kind }) => kind !== 'inlet_allowable' && kind !== 'inlet_recommended')
  let stepped = others.filter(({ stepMs }) => stepMs.length > 0).length
  for (const kind of ['inlet_allowable', 'inlet_recommended'] as const) {
    for (let inlet = 0; inlet < plan.inlets.length; inlet++) {
      if (ruleOf(plan.alarms, kind, inlet).steps.length > 0) stepped++
    }
  }
  return (others.length + 2 * plan.inlets.length) * ALARM_BYTES + stepped * STEPS_BYTES
}

function columnBytes(part: object): number {
  let bytes = 0
  for (const column of Object.values(part)) if (ArrayBuffer.isView(column)) bytes += column.byteLength
  return bytes
}

/** Live rows of a boundary in a day. */
const LIVE_ROWS = 86_400_000 / LIVE_EVERY_MS

/** Rows that a day of complete data gives, by measurement; corrections write over them. */
export function rowsPerDay({ plan, energy, quotients, compliance, readings }: Core): Record<string, number> {
  const intervals = 86_400_000 / plan.lengthMs
  const ends = (windows: readonly Window[]) =>
    windows.reduce(
      (sum, window) => sum + (window.kind === 'whole' ? (window.unit === 'day' ? 1 : 0) : intervals / window.step),
      0,
    )
  const [pue, ...indicators] = quotients
  const pointsOf = (amount: Amount) => energy.points.filter((point) => plan.points[point]!.amount === amount).length
  const [waterPoints, temperatures] = [pointsOf('water'), pointsOf('temperature')]
  const rowsOf = ({ boundaries, tally }: Quotients) => boundaries.length * ends(tally.windows)
  return {
    energy: (energy.points.length - waterPoints - temperatures) * intervals,
    ...(waterPoints > 0 && { water: waterPoints * intervals }),
    pue: rowsOf(pue) + plan.boundaries.length * LIVE_ROWS,
    ...(indicators.length > 0 && { indicator: indicators.reduce((sum, it) => sum + rowsOf(it), 0) }),
    climate: plan.inlets.length * intervals,
    compliance: compliance.groups.reduce((sum, { members, trail }) => sum + members.length * ends(trail.windows), 0),
    reading: (readings.gauges.length + temperatures) * intervals,
    ...(plan.outdoor.length > 0 && { outdoor: plan.outdoor.length * intervals }),
    skew: plan.sources.length * 24,
  }
}
