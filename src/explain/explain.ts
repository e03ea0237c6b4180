import { BadInput } from '../config/bad-input.ts'
import type { Core } from '../core/state.ts'
import {
  oldestHeldEnd,
  revisionAt,
  windowSpanAt,
  sumsOver,
  type WindowSpan,
  type WindowSums,
} from '../core/windows/lookup.ts'
import { FACILITY, FACILITY_ESTIMATED, IT, IT_ESTIMATED, MASKED_IN, type PartColumn } from '../core/energy/parts.ts'
import { quotientOf } from '../core/energy/quotient.ts'
import { unaccountedJ, uncertaintyByCause, type ErrorCause } from '../core/energy/uncertainty.ts'
import { findCoverage, findMasked, type Covered, type Masked } from './masked.ts'
import type { Told } from './told.ts'
import type { Site } from '../site/site.ts'

/**
 * The sum behind one PUE row, line by line. The keys are a contract (`--json`, `/api/v1/explain`): extend, never rename.
 * Joules of a sum's lines add up to the sum exactly. What is not known is left out.
 */
export interface Explanation {
  site: string
  boundary: string
  window: string
  category: number
  /** The window, epoch ms, and the length of its intervals. */
  startMs: number
  endMs: number
  intervalS: number
  /** Intervals in the window, and those in which both sums are known: only they count. */
  intervals: number
  countedIntervals: number
  facility: ExplainedSum
  it: ExplainedSum
  /** As in the row; only what is declared and known. */
  losses: Partial<Record<'upsJ' | 'distributionJ' | 'coolingJ' | 'otherJ', number>>
  pue?: number
  coverage: number
  /** ±, k = 2, and ± by each cause alone: their squares add up to its square. Largest first. */
  uncertainty?: number
  uncertaintyBy: { cause: string; uncertainty: number }[]
  estimatedShare: number
  name: string
  suspect: boolean
  /** Of the row that was told last. */
  revision?: number
  state?: string
  /** Why intervals do not count, the most of them first. */
  masked: Masked[]
  /** What could not be said, in sentences. */
  notes: string[]
}

export interface ExplainedSum {
  energyJ: number
  energyKwh: number
  /** Of it, what is estimated: estimated lines, and gaps that measured lines bridge. */
  estimatedJ: number
  lines: ExplainedLine[]
}

/** What one meter, or one estimate, has added to a sum. */
export interface ExplainedLine {
  /** The term that it stands for, and what counted: a point, or how the estimate is told. */
  term: string
  by: string
  /**
   * `earlier`: terms that the configuration no longer has. `edges`: over long windows lines are known by whole hours;
   * what lies between those and the window's own ends.
   */
  class: 'measured' | 'estimated' | 'earlier' | 'edges'
  /** 1 for an estimate: its factors are in it. */
  factor: number
  energyJ: number
  energyKwh: number
  /** Of the sum. */
  share: number
  /** Share of the looked-at time that the point is known for; of a point only. */
  coverage?: number
}

/** A question that cannot be answered as it was asked: the sentence says what there is. */
export class NoAnswer extends BadInput {}

const J_PER_KWH = 3_600_000

/**
 * Explains a boundary's window at its newest end that is not later than `atMs` (epoch ms; Infinity: the newest). Sums
 * come from the core, reasons and coverage from the rows told. Rejects with NoAnswer for names and times there are not.
 */
export async function explain(
  site: Site,
  core: Core,
  told: Told,
  boundaryName: string,
  windowName: string,
  atMs: number,
): Promise<Explanation> {
  const boundary = site.boundaries.indexOf(boundaryName)
  if (boundary < 0) throw new NoAnswer(`there is no boundary ${boundaryName}: ${listOf(site.boundaries)}`)
  const stretch = findStretch(core, windowName, atMs)
  const held = sumsOver(core.pue.tally, boundary, stretch)
  if (held === undefined) throw tooOld(core, windowName)
  const { lengthMs } = core.plan
  const { layout, quotient, by } = judge(site, core, boundary, stretch, held.sums)
  const { pue, uncertainty, upsJ, distributionJ, coolingJ, otherJ, ...sure } = quotient
  const state = stateOf(core, boundary, stretch)
  // All that the core says is read before rows are awaited: meanwhile it goes on.
  const masked = findMasked(site, core, boundary, stretch)
  const notes: string[] = []
  const covered = await findCoverage(site, core, told, boundary, stretch, notes)
  const row = state ?? (await told.row(boundaryName, windowName, stretch.end * lengthMs))
  const linesOf = (sum: PartColumn['sum']) => explainSum(site, boundary, layout.parts, held, sum, covered)
  return {
    site: site.config.site.id,
    boundary: boundaryName,
    window: windowName,
    category: site.config.boundaries[boundaryName]?.category ?? 1,
    startMs: stretch.start * lengthMs,
    endMs: stretch.end * lengthMs,
    intervalS: lengthMs / 1000,
    intervals: stretch.end - stretch.start,
    countedIntervals: held.sums[MASKED_IN] ?? 0,
    facility: linesOf(FACILITY),
    it: linesOf(IT),
    losses: known({ upsJ, distributionJ, coolingJ, otherJ }),
    ...known({ pue, uncertainty }),
    uncertaintyBy: by,
    ...sure,
    ...row,
    masked: masked(covered, notes),
    notes,
  }
}

/** What the row tells, and where its uncertainty comes from. */
function judge(site: Site, { plan, pue }: Core, boundary: number, stretch: WindowSpan, sums: Float64Array) {
  const own = plan.boundaries[boundary]
  const [layout, errors, window] = [pue.layouts[boundary], pue.errors[boundary], pue.tally.windows[stretch.window]]
  if (own === undefined || layout === undefined || errors === undefined || window === undefined) {
    throw new Error(`boundary ${boundary} is not in the plan`)
  }
  const quotient = quotientOf(own, layout, errors, sums, stretch.end - stretch.start, window)
  const causes = Number.isNaN(quotient.uncertainty) ? [] : uncertaintyByCause(layout, errors, sums, quotient.coverage)
  const by = causes
    .filter(({ uncertainty }) => uncertainty > 0)
    .map(({ uncertainty, ...cause }) => ({ cause: causeOf(site, cause), uncertainty }))
    .sort((a, b) => b.uncertainty - a.uncertainty)
  return { layout, quotient, by }
}

/** Revision and state as long as the end can still change; its row tells of older ones. */
function stateOf(core: Core, boundary: number, stretch: WindowSpan): { revision: number; state: string } | undefined {
  const last = revisionAt(core.pue.tally, boundary, stretch)
  if (last === undefined) return undefined
  const state = last.restated ? 'restated' : stretch.end <= core.settledEnergy ? 'settled' : 'provisional'
  return { revision: last.revision, state }
}

/** Names a rolling window or one of the calendar; whole units are those that have ended. */
function findStretch({ pue, hasClosed: opened, plan }: Core, name: string, atMs: number): WindowSpan {
  const { tally } = pue
  const window = tally.windows.findIndex((it) => it.name === name)
  if (window < 0) throw new NoAnswer(`there is no window ${name}: ${listOf(tally.windows.map((it) => it.name))}`)
  if (!opened) throw new NoAnswer('no interval has been closed yet')
  const stretch = windowSpanAt(tally, window, Math.floor(atMs / plan.lengthMs))
  if (stretch === undefined)
    throw new NoAnswer(`no ${name} has ended by then; ${name}_to_date tells of the running one`)
  if (stretch.end <= tally.totals.origin)
    throw new NoAnswer(`nothing is known from before ${timeOf(tally.totals.origin)}`)
  return stretch

  function timeOf(interval: number): string {
    return new Date(interval * plan.lengthMs).toISOString()
  }
}

function tooOld({ pue, plan }: Core, name: string): NoAnswer {
  const oldestMs = oldestHeldEnd(pue.tally) * plan.lengthMs
  return new NoAnswer(`no longer held: a window ${name} has to begin after ${new Date(oldestMs).toISOString()}`)
}

function explainSum(
  site: Site,
  boundary: number,
  parts: readonly PartColumn[],
  { sums, sumsOfParts: whole }: WindowSums,
  sum: PartColumn['sum'],
  covered: Covered,
): ExplainedSum {
  const plan = site.plan.boundaries[boundary]
  const terms = (sum === FACILITY ? plan?.facility : plan?.it) ?? []
  const energyJ = sums[sum] ?? 0
  const amounts = (joules: number) => ({
    energyJ: joules,
    energyKwh: joules / J_PER_KWH,
    share: energyJ === 0 ? 0 : joules / energyJ,
  })
  const lines = parts.flatMap(({ column, sum: own, term, alternative, point, factor, meter }): ExplainedLine[] => {
    const joules = whole[column] ?? 0
    const spare = alternative > 0 || (point >= 0 && point !== meter)
    if (own !== sum || (joules === 0 && spare)) return []
    const [label, way] = [terms[term]?.label ?? '', terms[term]?.alternatives[alternative]?.label ?? '']
    if (point < 0) return [{ term: label, by: way, class: 'estimated', factor: 1, ...amounts(joules) }]
    const name = site.points[point] ?? ''
    const coverage = covered.coverageOf(point)
    return [
      {
        term: label,
        by: name,
        class: 'measured',
        factor,
        ...amounts(joules),
        ...(coverage === undefined ? {} : { coverage }),
      },
    ]
  })
  const rests = [
    { by: 'terms that are gone', class: 'earlier' as const, joules: unaccountedJ(parts, whole, sum) },
    { by: 'hours at its ends', class: 'edges' as const, joules: energyJ - (whole[sum] ?? 0) },
  ]
  for (const { joules, ...rest } of rests) {
    if (joules !== 0) lines.push({ term: '', ...rest, factor: 1, ...amounts(joules) })
  }
  return {
    energyJ,
    energyKwh: energyJ / J_PER_KWH,
    estimatedJ: sums[sum === FACILITY ? FACILITY_ESTIMATED : IT_ESTIMATED] ?? 0,
    lines,
  }
}

function causeOf({ points, config }: Site, { kind, index }: ErrorCause): string {
  switch (kind) {
    case 'meter':
      return `meter ${points[index]}`
    case 'transformer':
      return `transformer of ${points[index]}`
    case 'batch': {
      const batches = [...new Set(Object.values(config.points).map(({ ct }) => ct?.batch))]
      return `transformers of batch ${batches[index]}`
    }
    case 'facility_estimates':
      return 'estimates of the facility'
    case 'it_estimates':
      return 'estimates of IT'
    case 'unknown_time':
      return 'time that is not known'
  }
}

function known<Key extends string>(amounts: Record<Key, number>): Partial<Record<Key, number>> {
  const told: Partial<Record<Key, number>> = {}
  for (const key in amounts) if (!Number.isNaN(amounts[key])) told[key] = amounts[key]
  return told
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `there is ${names.join(', ')}`
}
