import { forgetCutGaps, GAP, type Gaps } from './energy/gaps.ts'
import { timeAt } from './energy/samples.ts'
import type { Core } from './state.ts'
import { thinBlocks } from './windows/thin.ts'
import { modulo } from './windows/totals.ts'
import { correctableFrom } from './windows/trail.ts'
import { COST, type Work } from './contract/work.ts'

/**
 * Which minutes of the air are held beyond the last day or so: those around which something is unknown. A window of a
 * day that ends in a gap begins a day before it, and each later one to date goes on to now:
 *
 * ```
 *     25 h      gap (open)                                   now
 *   |---------|?????????|-----------------------------------|
 *   ^ needed from here on, of the inlet, its rack, its hall
 * ```
 */
const DAY_MS = 25 * 3_600_000

/** All of them may have so many bytes, then the oldest are given up, and the gaps that lie there. */
const MOST_BYTES = 48 * 2 ** 20

/** Lets go of old minutes that no gap needs. It does so when half an hour of minutes has been packed. */
export function* thinAir(core: Core): Work {
  const { plan, compliance, mark } = core
  const [inlets, racks] = compliance.groups
  const { minutes, ranked } = inlets!.trail
  if (plan.inlets.length === 0 || modulo(minutes.newest, minutes.length) !== 0) return
  const needed = new Float64Array(plan.inlets.length)
  const oldestMs = mark.closedMs - plan.backlogMs
  for (let inlet = 0; inlet < needed.length; inlet++) {
    const unknownMs = Math.max(oldestMs, unknownFromMs(core, inlet))
    needed[inlet] = Math.min(compliance.deferred.from[inlet]!, unknownMs / plan.lengthMs) - DAY_MS / plan.lengthMs
  }
  yield COST.point * needed.length
  const ofRacks = Float64Array.from(racks!.members, (members) =>
    members.reduce((least, it) => Math.min(least, needed[it]!), Infinity),
  )
  const knownFrom = minutes.knownFrom
  yield* thinBlocks(racks!.trail.minutes, 0, ofRacks, MOST_BYTES / 4)
  yield* thinBlocks(minutes, ranked, needed, MOST_BYTES)
  minutes.knownFrom = Math.max(minutes.knownFrom, racks!.trail.minutes.knownFrom)
  if (minutes.knownFrom > knownFrom) giveUp(core, correctableFrom(inlets!.trail) * plan.lengthMs)
}

/** Since when some of an inlet is unknown. It may be silent just now, or never have been heard. */
function unknownFromMs({ plan, gaps, samples }: Pick<Core, 'plan' | 'gaps' | 'samples'>, inlet: number): number {
  const { dryBulb, humidity, dewPoint, otherDryBulb } = plan.inlets[inlet]!
  let leastMs = Infinity
  for (const point of [dryBulb, humidity, dewPoint, otherDryBulb]) {
    if (point >= 0)
      leastMs = Math.min(leastMs, oldestEdgeMs(gaps, point), timeAt(samples, point, samples.count[point]! - 1))
  }
  return leastMs
}

function oldestEdgeMs({ open }: Gaps, point: number): number {
  return open[point]?.[0] ?? Infinity
}

/** Forgets the gaps of gauges that begin before a time. */
function giveUp({ plan, gaps }: Core, beforeMs: number): void {
  for (const [point, { kind }] of plan.points.entries()) {
    if (kind !== 'gauge') continue
    gaps.forgotten += countBefore(gaps, point, beforeMs)
    forgetCutGaps(gaps, point, beforeMs)
  }
}

function countBefore({ open }: Gaps, point: number, beforeMs: number): number {
  return open[point]?.filter((edgeMs, n) => n % GAP === 0 && edgeMs < beforeMs).length ?? 0
}
