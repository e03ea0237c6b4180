import { judgeCondition } from './alarms/judged/judge.ts'
import type { CorePlan } from './contract/plan.ts'
import { columnPlaces, createCells } from './contract/tables.ts'
import type { Core } from './state.ts'

/**
 * Skews of sources: how far the clock that stamps their readings is behind ours. Stored readings come late from a sound
 * clock as well, so a skew is the smallest arrival − stamp of the last hour. It is kept by stretches of 5 min of
 * arrival time, in a ring for each source:
 *
 *     least   | … | 1.2 s | 0.9 s | Infinity (no stamp came) | 1.1 s |     stretch n stands at n % 12
 *                   oldest                                     newest
 */
export interface Skews {
  readonly least: Float64Array
  /** Per source the stretch of its newest stamp, and of its first since then on; NaN: none came. */
  readonly newest: Float64Array
  readonly first: Float64Array
  /** The row that is being written, for the time of one call. */
  readonly cells: Float64Array
}

const STRETCH_MS = 300_000
export const STRETCHES = 12
const AT = columnPlaces('skew')

export function createSkews({ sources }: CorePlan): Skews {
  return {
    least: new Float64Array(sources.length * STRETCHES).fill(Infinity),
    newest: new Float64Array(sources.length).fill(NaN),
    first: new Float64Array(sources.length).fill(NaN),
    cells: createCells('skew'),
  }
}

/** Notes a reading that has a stamp, taken or not. */
export function noteSkew(core: Core, point: number, stampMs: number, nowMs: number): void {
  const { least, newest } = core.skews
  const source = core.plan.sourceOf[point]!
  const stretch = Math.floor(nowMs / STRETCH_MS)
  if (stretch !== newest[source]) turn(core, source, stretch, nowMs)
  const at = source * STRETCHES + (stretch % STRETCHES)
  if (nowMs - stampMs < least[at]!) least[at] = nowMs - stampMs
}

/** A source's skew in ms, below 0: its clock is ahead; Infinity: no stamp came within the last hour or so. */
export function skewMs({ skews: { least } }: Core, source: number): number {
  let leastMs = Infinity
  for (let n = 0; n < STRETCHES; n++) leastMs = Math.min(leastMs, least[source * STRETCHES + n]!)
  return leastMs
}

/** A stretch begins: the hour before it is judged, and told once an hour. */
function turn(core: Core, source: number, stretch: number, nowMs: number): void {
  const { least, newest, first } = core.skews
  const before = newest[source]!
  const isHourKnown = stretch - first[source]! >= STRETCHES && stretch - before < STRETCHES
  if (isHourKnown) {
    judgeSkew(core, source, nowMs)
    if (Math.floor(stretch / STRETCHES) > Math.floor(before / STRETCHES)) tellSkew(core, source, stretch)
  }
  // Behind an hour of silence, or a clock that was set back, the hour begins anew
  if (!(stretch - before < STRETCHES && stretch > before)) {
    first[source] = stretch
    least.fill(Infinity, source * STRETCHES, (source + 1) * STRETCHES)
  } else for (let n = before + 1; n <= stretch; n++) least[source * STRETCHES + (n % STRETCHES)] = Infinity
  newest[source] = stretch
}

/** What a source sends may be as old as its period, and a device's clock may be off by `skewMs`. */
function judgeSkew(core: Core, source: number, nowMs: number): void {
  const { plan, alarms, sink } = core
  const { point, everyMs } = plan.sources[source]!
  const behindMs = skewMs(core, source)
  const limitMs = plan.skewMs + everyMs
  const verdict = behindMs > limitMs ? 'breached' : 'inside'
  const skew = { verdict, tMs: nowMs, value: behindMs / 1000, limit: limitMs / 1000 } as const
  judgeCondition(alarms, 'skew', point, skew, nowMs, sink)
}

function tellSkew(core: Core, source: number, stretch: number): void {
  const { cells } = core.skews
  cells[AT.skew_s] = skewMs(core, source) / 1000
  core.sink.row('skew', source, '', Math.floor(stretch / STRETCHES) * STRETCHES * STRETCH_MS, cells)
}

/** The host's clock was set: what was measured against the one before means nothing. */
export function forgetSkews({ skews: { least, newest, first } }: Core): void {
  least.fill(Infinity)
  newest.fill(NaN)
  first.fill(NaN)
}
