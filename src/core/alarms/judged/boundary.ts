import { judgeCondition } from './judge.ts'
import { MASKED_IN, OVER, UNDER } from '../../energy/quotients/parts.ts'
import { firstHeardInterval, type Quotients } from '../../energy/quotients/quotients.ts'
import { LEAST_COVERAGE } from '../../contract/coverage.ts'
import { ruleOf } from '../../contract/alarm-plan.ts'
import type { CorePlan } from '../../contract/plan.ts'
import type { Sink } from '../../contract/sink.ts'
import type { LimitVerdict } from '../../contract/alarm-kinds.ts'
import type { Alarms } from '../alarm-state.ts'
import { stateOf } from '../create-state.ts'
import { isWindowDue, sumWindow } from '../../windows/tally.ts'
import { COST, type Work } from '../../contract/work.ts'
import { alarmWindows, type Window } from '../../windows/window.ts'

/** Interval ends further back than this are not judged: nobody is woken for them. */
const MOST_ENDS_MS = 86_400_000

/** The parts of the core that this judges. */
interface BoundaryParts {
  readonly alarms: Alarms
  readonly plan: CorePlan
  readonly pue: Quotients
  readonly quotients: readonly Quotients[]
  readonly sink: Sink
  /** The first interval that is still open, and whether one has been closed yet. */
  readonly nextClose: number
  readonly hasClosed: boolean
}

/**
 * Judges each boundary at the interval ends that were closed since the last call: its PUE of 24 h and its targets. The
 * known share of its last hour is judged once it has an hour behind it (D48).
 */
export function* judgeBoundaries(parts: BoundaryParts, nowMs: number): Work {
  const { alarms, plan, nextClose } = parts
  const from = Math.max(alarms.judgedEnd, nextClose - MOST_ENDS_MS / plan.lengthMs)
  alarms.judgedEnd = nextClose
  if (!parts.hasClosed) return
  for (let end = from + 1; end <= nextClose; end++) {
    for (let boundary = 0; boundary < plan.boundaries.length; boundary++) {
      yield 2 * COST.column * parts.pue.tally.columns
      judgeEnd(parts, boundary, end, nowMs)
    }
    if (plan.alarms.rules.target.enabled) yield* judgeTargets(parts, end, nowMs)
  }
}

function judgeEnd({ alarms, plan, pue, sink }: BoundaryParts, boundary: number, end: number, nowMs: number): void {
  const tMs = end * plan.lengthMs
  const { rules, coverageGraceMs } = plan.alarms
  const leastCoverage = plan.alarms.leastCoverage[boundary]!
  const { hour, day } = alarmWindows(plan.lengthMs)
  const heard = end - firstHeardInterval(pue, boundary)
  if (rules.coverage.enabled && heard >= hour.length) {
    const { coverage } = quotientAt(pue, boundary, hour, end)
    const verdict = coverage < leastCoverage ? 'breached' : 'inside'
    // From the first hour on that was known enough the alarm has a state; before, a fresh site is given time
    if (verdict === 'inside') stateOf(alarms, 'coverage', boundary)
    const isFresh = heard * plan.lengthMs < coverageGraceMs && !alarms.byKind.get('coverage')!.has(boundary)
    const condition = { verdict, tMs, value: coverage, limit: leastCoverage } as const
    if (!isFresh) judgeCondition(alarms, 'coverage', boundary, condition, nowMs, sink)
  }
  const { targetPue } = plan.boundaries[boundary]!
  if (Number.isNaN(targetPue) || !rules.pue_target.enabled) return
  const { value } = quotientAt(pue, boundary, day, end)
  if (Number.isNaN(value)) return // unknown: neither raised nor cleared
  const { deadband } = ruleOf(plan.alarms, 'pue_target', boundary)
  const verdict = targetVerdict(value, targetPue, deadband, 'above')
  judgeCondition(alarms, 'pue_target', boundary, { verdict, tMs, value, limit: targetPue }, nowMs, sink)
}

/**
 * Judges targets whose windows have a row at `end`: a month once, when it is over (D273). Their deadband is a share of
 * the limit (D253).
 */
function* judgeTargets({ alarms, plan, quotients, sink }: BoundaryParts, end: number, nowMs: number): Work {
  for (const [source, { boundary, of, window: name, limit, side }] of plan.alarms.targets.entries()) {
    const its = quotients.find((it) => it.of.name === of.name)
    const window = its?.tally.windows.find((it) => it.name === name)
    // An intensity of another time or boundary may have steps too long for the window: it has no rows then
    if (its === undefined || window === undefined || !isWindowDue(its.tally, window, end)) continue
    yield 2 * COST.column * its.tally.columns
    const { value } = quotientAt(its, its.boundaries.indexOf(boundary), window, end)
    if (Number.isNaN(value)) continue // unknown: neither raised nor cleared
    const deadband = ruleOf(plan.alarms, 'target', source).deadband * limit
    const verdict = targetVerdict(value, limit, deadband, side)
    const condition = { verdict, tMs: end * plan.lengthMs, value, limit, side }
    judgeCondition(alarms, 'target', source, condition, nowMs, sink)
  }
}

function targetVerdict(value: number, limit: number, deadband: number, side: 'above' | 'below'): LimitVerdict {
  const [far, bound] = side === 'above' ? [value, limit] : [-value, -limit]
  if (far > bound) return 'breached'
  return far < bound - deadband ? 'inside' : 'near'
}

/** A quotient over the window that ends at `end`, NaN where there is none, and the known share of the window. */
function quotientAt(
  { tally, of }: Quotients,
  series: number,
  window: Window,
  end: number,
): { value: number; coverage: number } {
  const span = sumWindow(tally, series, window, end)
  const { sums } = tally
  const coverage = sums[MASKED_IN]! / span
  const isKnown = coverage >= LEAST_COVERAGE && sums[UNDER]! > 0
  return { value: isKnown ? (sums[OVER]! / sums[UNDER]!) * of.scale : NaN, coverage }
}
