import type { Core } from './state.ts'
import { LIVE_EVERY_MS } from './energy/live.ts'
import { fullTallyBytes } from './windows/tally.ts'
import { trailBytes } from './windows/trail.ts'
import type { Window } from './windows/window.ts'

/** Bytes of a core's columns once all are full and in use. The plan alone decides them. */
export function coreBytes({ samples, intervals, quality, pue, compliance }: Core): number {
  let bytes = samples.cells.byteLength
  for (const column of Object.values(quality)) if (ArrayBuffer.isView(column)) bytes += column.byteLength
  const { queues, spansK } = compliance.rates
  bytes += queues.cells.byteLength + spansK.byteLength
  for (const column of [intervals.energyMj, intervals.estimatedMj, intervals.coveredMs, intervals.rowState]) {
    bytes += column.byteLength
  }
  for (const { trail } of compliance.groups) bytes += trailBytes(trail)
  return bytes + fullTallyBytes(pue.tally)
}

/** Live rows of a boundary in a day. */
const LIVE_ROWS = 86_400_000 / LIVE_EVERY_MS

/** Rows that a day of complete data gives, by measurement; corrections write over them. */
export function rowsPerDay({ plan, energy, pue, compliance, readings }: Core): Record<string, number> {
  const intervals = 86_400_000 / plan.lengthMs
  const ends = (windows: readonly Window[]) =>
    windows.reduce(
      (sum, window) => sum + (window.kind === 'whole' ? (window.unit === 'day' ? 1 : 0) : intervals / window.step),
      0,
    )
  return {
    energy: energy.points.length * intervals,
    pue: plan.boundaries.length * (ends(pue.tally.windows) + LIVE_ROWS),
    climate: plan.inlets.length * intervals,
    compliance: compliance.groups.reduce((sum, { members, trail }) => sum + members.length * ends(trail.windows), 0),
    reading: readings.gauges.length * intervals,
  }
}
