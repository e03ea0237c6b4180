import { slotOfInterval, type Intervals } from '../intervals.ts'
import { LEAST_COVERAGE } from '../../contract/coverage.ts'
import { formulaAt, pointsOf, type AlternativePlan, type TermPlan } from '../../contract/formula.ts'
import type { CorePlan } from '../../contract/plan.ts'
import { fillPue } from './fill.ts'
import { timesOver, type MeasuredStretch } from './product.ts'
import { isSuspect, shareOf } from './quotient.ts'
import { LOSSES } from '../../contract/quotients.ts'
import type { Sink } from '../../contract/sink.ts'
import { columnPlaces, createCells, STATE } from '../../contract/tables.ts'
import { COST, STEP, type Work } from '../../contract/work.ts'

/**
 * The live PUE: of the newest minutes, emitted every few seconds. It is never settled, and no window holds it.
 */
export interface LivePue {
  readonly plan: CorePlan
  readonly intervals: Intervals
  /** How far each boundary looks back: three readings of its slowest meter, so that none outweighs the others. */
  readonly spanMs: Float64Array
  /** Newest event time for which it was emitted. */
  emittedMs: number
  /** The row that is being written, for the time of one call. */
  readonly cells: Float64Array
}

const AT = columnPlaces('pue')

/** Losses are not told live. */
const NOTHING_BESIDE = LOSSES.map(() => NaN)

/** Arrival time between two live values. */
export const LIVE_EVERY_MS = 5_000

export function createLivePue(plan: CorePlan, intervals: Intervals): LivePue {
  const spanMs = plan.boundaries.map(({ sums: { facility, it } }) =>
    Math.max(0, ...pointsOf([...facility, ...it]).map((point) => 3 * plan.points[point]!.everyMs)),
  )
  return { plan, intervals, spanMs: Float64Array.from(spanMs), emittedMs: -Infinity, cells: createCells('pue') }
}

/** Whether the live values are due at a tick: a reading came since. */
export function isLiveDue({ emittedMs }: LivePue, tickMs: number, newestMs: number): boolean {
  return tickMs % LIVE_EVERY_MS === 0 && newestMs > emittedMs
}

/** Emits the live value of every boundary. Intervals before `nextClose` are closed. */
export function* emitLivePue(live: LivePue, nextClose: number, newestMs: number, sink: Sink): Work {
  live.emittedMs = newestMs
  if (newestMs <= nextClose * live.plan.lengthMs) return
  for (const [boundary, plan] of live.plan.boundaries.entries()) {
    const { sums } = formulaAt(plan, Math.ceil(newestMs / live.plan.lengthMs) - 1)
    const earliest = Math.min(nextClose, Math.floor((newestMs - live.spanMs[boundary]!) / live.plan.lengthMs))
    // A formula that has just begun says nothing of the time before it
    const begun = plan.before.map(({ until }) => until).filter((until) => until * live.plan.lengthMs < newestMs)
    const from = Math.max(earliest, ...begun)
    const facilitySum = yield* sumNewest(live, sums.facility, from, newestMs)
    const itSum = yield* sumNewest(live, sums.it, from, newestMs)
    const coverage = Math.min(facilitySum.coverage, itSum.coverage)
    if (coverage < LEAST_COVERAGE) continue
    const facilityJ = Math.round(facilitySum.joules)
    const itJ = Math.round(itSum.joules)
    fillPue(live.cells, {
      value: itJ > 0 ? facilityJ / itJ : NaN,
      over: facilityJ,
      under: itJ,
      coverage,
      uncertainty: NaN,
      estimatedShare: Math.max(facilitySum.estimatedShare, itSum.estimatedShare),
      name: plan.part ? 'pPUE' : 'iPUE',
      suspect: isSuspect(plan, facilityJ, itJ),
      beside: NOTHING_BESIDE,
      rest: NaN,
    })
    live.cells[AT.revision] = 0
    live.cells[AT.state] = STATE.live
    sink.row('pue', boundary, 'live', newestMs, live.cells)
  }
}

interface Sum {
  /** Over the whole span, each point at its mean power. */
  joules: number
  /** Smallest share of the span that a term is known for. */
  coverage: number
  estimatedShare: number
}

/** Sums the terms up to the newest reading, each by its first alternative that is known for enough of the time. */
function* sumNewest(live: LivePue, terms: readonly TermPlan[], from: number, newestMs: number): Work<Sum> {
  const spanMs = newestMs - from * live.plan.lengthMs
  const sum = { joules: 0, coverage: terms.length === 0 ? 0 : 1, estimatedShare: 0 }
  let estimatedJ = 0
  let units = 0
  for (const { alternatives } of terms) {
    if ((units += COST.pointRow) >= STEP) {
      yield units
      units = 0
    }
    let counts = { joules: 0, estimatedJ: 0, coverage: 0 }
    for (const alternative of alternatives) {
      counts = sumAlternative(live, alternative, from, newestMs, spanMs)
      if (counts.coverage >= LEAST_COVERAGE) break
    }
    sum.coverage = Math.min(sum.coverage, counts.coverage)
    sum.joules += counts.joules
    estimatedJ += Math.abs(counts.estimatedJ)
  }
  yield units
  sum.estimatedShare = shareOf(estimatedJ, Math.abs(sum.joules))
  return sum
}

function sumAlternative(live: LivePue, plan: AlternativePlan, from: number, newestMs: number, spanMs: number) {
  const constantJ = (plan.constantW * spanMs) / 1000
  const sum = { joules: constantJ, estimatedJ: constantJ, coverage: 1 }
  for (const [leaves, guessed] of [
    [plan.measured, false],
    [plan.estimated, true],
  ] as const) {
    for (const { points, factor, times } of leaves) {
      const known = points.map((point) => energyOf(live, point, from, newestMs))
      const { energyMj, estimatedMj, coveredMs } =
        known.find((it) => it.coveredMs >= LEAST_COVERAGE * spanMs) ?? NOTHING
      sum.coverage = Math.min(sum.coverage, coveredMs / spanMs)
      if (coveredMs === 0) continue
      const worth = times === undefined ? 1 : timesOver(times, stretchOf(live, from, newestMs, spanMs)).worth
      if (Number.isNaN(worth)) sum.coverage = 0
      sum.joules += (factor * worth * energyMj * spanMs) / coveredMs / 1000
      sum.estimatedJ += Math.abs((factor * worth * (guessed ? energyMj : estimatedMj) * spanMs) / coveredMs / 1000)
    }
  }
  return sum
}

/** The newest minutes, of which what is half known counts. */
function stretchOf(live: LivePue, from: number, newestMs: number, spanMs: number): MeasuredStretch {
  const knownOf = (point: number) => {
    const known = energyOf(live, point, from, newestMs)
    return known.coveredMs >= LEAST_COVERAGE * spanMs ? known.energyMj / known.coveredMs : NaN
  }
  return {
    mean: (point) => ({ worth: knownOf(point), measured: 1 }),
    sum: (leaves) => {
      const known = leaves.map(
        ({ points, factor }) => factor * (points.map(knownOf).find((it) => !Number.isNaN(it)) ?? NaN),
      )
      return { worth: known.reduce((all, it) => all + it, 0), measured: 1 }
    },
  }
}

const NOTHING = { energyMj: 0, estimatedMj: 0, coveredMs: 0 }

/** What is known of a point from an interval on, up to its own newest sample. */
function energyOf({ plan, intervals }: LivePue, point: number, from: number, newestMs: number): typeof NOTHING {
  const sum = { ...NOTHING }
  for (let interval = from; interval * plan.lengthMs < newestMs; interval++) {
    const slot = slotOfInterval(intervals, point, interval)
    if (slot < 0) continue
    sum.energyMj += intervals.energyMj[slot]!
    sum.estimatedMj += intervals.estimatedMj[slot]!
    sum.coveredMs += intervals.coveredMs[slot]!
  }
  return sum
}
