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
import {
  MASKED_IN,
  OVER,
  OVER_ESTIMATED,
  UNDER,
  UNDER_ESTIMATED,
  type PartColumn,
} from '../core/energy/quotients/parts.ts'
import { windowQuotient } from '../core/energy/quotients/quotients.ts'
import { unaccounted, uncertaintyByCause, type ErrorCause } from '../core/energy/quotients/uncertainty.ts'
import { formatInstant } from '../ingest/times.ts'
import type { Site } from '../site/site.ts'
import { findCoverage, findMasked, type Masked, type PointCoverage } from './masked.ts'
import type { RowHistory } from './row-history.ts'

/**
 * The sum behind one PUE row, line by line. Its keys are a contract (`--json`, `/api/v1/explain`): extend them, never
 * rename one. The joules of the lines add up exactly to their sum. What is not known is left out.
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
  /** As in the row: those that are declared and known. */
  losses: Partial<Record<'upsJ' | 'distributionJ' | 'coolingJ' | 'otherJ', number>>
  pue?: number
  coverage: number
  /** ±, k = 2, and ± by each cause alone: their squares add up to its square. Largest first. */
  uncertainty?: number
  uncertaintyBy: { cause: string; uncertainty: number }[]
  /** The sums once more, as the row has them: `energyJ` of `facility` and `it`. */
  facilityJ: number
  itJ: number
  estimatedShare: number
  name: string
  suspect: boolean
  /** Of the newest row of this end. */
  revision?: number
  state?: string
  /** Why intervals do not count, the reason of most intervals first. */
  masked: Masked[]
  /** What the explanation leaves out, in sentences. */
  notes: string[]
}

export interface ExplainedSum {
  energyJ: number
  energyKwh: number
  /** The estimated part: estimated lines, and gaps that measured lines bridge. */
  estimatedJ: number
  lines: ExplainedLine[]
}

/** What one meter, or one estimate, has added to a sum. */
export interface ExplainedLine {
  /** The configured term, and what counted for it: a point, or the text of an estimate. */
  term: string
  by: string
  /**
   * `earlier`: terms that the configuration no longer has. `edges`: over long windows lines are known by whole hours;
   * this is what lies between these hours and the ends of the window.
   */
  class: 'measured' | 'estimated' | 'earlier' | 'edges'
  /** 1 for an estimate, whose joules hold its factors. */
  factor: number
  energyJ: number
  energyKwh: number
  /** Of the sum. */
  share: number
  /** Share of the time for which the point is known; of a point only. */
  coverage?: number
}

/** A question that has no answer: the message says what can be asked instead. */
export class NoAnswer extends BadInput {}

const J_PER_KWH = 3_600_000

/** Which window of which boundary, at its newest end that is not later than `atMs` (epoch ms; Infinity: the newest). */
interface ExplainQuestion {
  boundary: string
  window: string
  atMs: number
}

/**
 * Explains one window of a boundary. Sums come from the core, reasons and coverage from the rows of the past. Rejects
 * with NoAnswer for a name or a time that does not exist.
 */
export async function explain(
  site: Site,
  core: Core,
  history: RowHistory,
  { boundary: boundaryName, window: windowName, atMs }: ExplainQuestion,
): Promise<Explanation> {
  const boundary = site.boundaries.indexOf(boundaryName)
  if (boundary < 0) throw new NoAnswer(`no boundary is called ${boundaryName}: ${listOf(site.boundaries)}`)
  const span = findWindow(core, windowName, atMs)
  const held = sumsOver(core.pue.tally, boundary, span)
  if (held === undefined) throw tooOld(core, windowName)
  const { lengthMs } = core.plan
  const { layout, quotient, by } = judge(site, core, boundary, span, held.sums)
  const { value: pue, uncertainty, over, under, coverage, estimatedShare, name, suspect } = quotient
  const [upsJ = NaN, distributionJ = NaN, coolingJ = NaN] = quotient.beside
  const open = stateOf(core, boundary, span)
  // Everything is read from the core before rows are awaited: meanwhile the core folds further packets.
  const reasonsOf = findMasked(site, core, boundary, span)
  const covered = await findCoverage(site, core, history, boundary, span)
  const row = open ?? (await history.row(boundaryName, windowName, span.end * lengthMs))
  const { masked, unexplained } = reasonsOf(covered)
  const explained = { site, parts: layout.parts, sums: held, covered }
  return {
    site: site.config.site.id,
    boundary: boundaryName,
    window: windowName,
    category: site.config.boundaries[boundaryName]?.category ?? 1,
    startMs: span.start * lengthMs,
    endMs: span.end * lengthMs,
    intervalS: lengthMs / 1000,
    intervals: span.end - span.start,
    countedIntervals: held.sums[MASKED_IN] ?? 0,
    facility: explainSum(explained, OVER),
    it: explainSum(explained, UNDER),
    losses: known({ upsJ, distributionJ, coolingJ, otherJ: quotient.rest }),
    ...known({ pue, uncertainty }),
    uncertaintyBy: by,
    facilityJ: over,
    itJ: under,
    coverage,
    estimatedShare,
    name,
    suspect,
    ...(row === undefined ? {} : { revision: row.revision, state: row.state }),
    masked,
    notes: [covered.note, noteOf(unexplained)].filter((note) => note !== undefined),
  }
}

function noteOf(unexplained: number): string | undefined {
  if (unexplained === 0) return undefined
  return `${unexplained} intervals do not count although the rows of their points say they are known`
}

/** The numbers of the row, and where its uncertainty comes from. */
function judge(site: Site, { pue }: Core, boundary: number, span: WindowSpan, sums: Float64Array) {
  const [layout, errors] = [pue.layouts[boundary], pue.errors[boundary]]
  if (layout === undefined || errors === undefined) {
    throw new Error(`boundary ${boundary} is not in the plan`)
  }
  const quotient = windowQuotient(pue, boundary, span.window, sums, span.end - span.start, span.end)
  const causes = Number.isNaN(quotient.uncertainty) ? [] : uncertaintyByCause(layout, errors, sums, quotient.coverage)
  const by = causes
    .filter(({ uncertainty }) => uncertainty > 0)
    .map(({ uncertainty, ...cause }) => ({ cause: causeOf(site, cause), uncertainty }))
    .sort((a, b) => b.uncertainty - a.uncertainty)
  return { layout, quotient, by }
}

/** Revision and state while the end can still change; those of older ends stand in their rows. */
function stateOf(core: Core, boundary: number, span: WindowSpan): { revision: number; state: string } | undefined {
  const last = revisionAt(core.pue.tally, boundary, span)
  if (last === undefined) return undefined
  const state = last.restated ? 'restated' : span.end <= core.settledEnergy ? 'settled' : 'provisional'
  return { revision: last.revision, state }
}

/** Finds the window of that name that has ended last, be it a rolling one or a whole day, month or year. */
function findWindow({ pue, hasClosed, plan }: Core, name: string, atMs: number): WindowSpan {
  const { tally } = pue
  const window = tally.windows.findIndex((it) => it.name === name)
  if (window < 0) throw new NoAnswer(`no window is called ${name}: ${listOf(tally.windows.map((it) => it.name))}`)
  if (!hasClosed) throw new NoAnswer('there is nothing to explain yet: no interval has closed')
  const span = windowSpanAt(tally, window, Math.floor(atMs / plan.lengthMs))
  if (span === undefined)
    throw new NoAnswer(`no ${name} has ended by that time: ask for ${name}_to_date, the running one`)
  if (span.end <= tally.totals.origin)
    throw new NoAnswer(`nothing is known from before ${formatInstant(tally.totals.origin * plan.lengthMs)}`)
  return span
}

function tooOld({ pue, plan }: Core, name: string): NoAnswer {
  const oldestMs = oldestHeldEnd(pue.tally) * plan.lengthMs
  return new NoAnswer(
    `this window is too old, its intervals are no longer kept: ask for a ${name} that begins after ${formatInstant(oldestMs)}`,
  )
}

/** What the lines of both sums are made of. */
interface Explained {
  readonly site: Site
  readonly parts: readonly PartColumn[]
  readonly sums: WindowSums
  readonly covered: PointCoverage
}

function explainSum({ site, parts, sums: held, covered }: Explained, sum: PartColumn['sum']): ExplainedSum {
  const { sums, sumsOfParts: whole } = held
  const energyJ = sums[sum] ?? 0
  const amounts = (joules: number) => ({
    energyJ: joules,
    energyKwh: joules / J_PER_KWH,
    share: energyJ === 0 ? 0 : joules / energyJ,
  })
  const lines = parts.flatMap(({ column, sum: own, term, way, point, factor, spare }): ExplainedLine[] => {
    const joules = whole[column] ?? 0
    if (own !== sum || (joules === 0 && spare)) return []
    if (point < 0) return [{ term, by: way, class: 'estimated', factor: 1, ...amounts(joules) }]
    const name = site.points[point] ?? ''
    const coverage = covered.coverageOf(point)
    return [
      {
        term,
        by: name,
        class: 'measured',
        factor,
        ...amounts(joules),
        ...(coverage === undefined ? {} : { coverage }),
      },
    ]
  })
  const rests = [
    { by: 'terms that are gone', class: 'earlier' as const, joules: unaccounted(parts, whole, sum) },
    { by: 'hours at its ends', class: 'edges' as const, joules: energyJ - (whole[sum] ?? 0) },
  ]
  for (const { joules, ...rest } of rests) {
    if (joules !== 0) lines.push({ term: '', ...rest, factor: 1, ...amounts(joules) })
  }
  return {
    energyJ,
    energyKwh: energyJ / J_PER_KWH,
    estimatedJ: sums[sum === OVER ? OVER_ESTIMATED : UNDER_ESTIMATED] ?? 0,
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
    case 'resolution':
      return `resolution of ${points[index]}`
    case 'over_estimates':
      return 'estimates of the facility'
    case 'under_estimates':
      return 'estimates of IT'
    case 'unknown_time':
      return 'time that is not known'
  }
}

function known<Key extends string>(amounts: Record<Key, number>): Partial<Record<Key, number>> {
  const numbers: Partial<Record<Key, number>> = {}
  for (const key in amounts) if (!Number.isNaN(amounts[key])) numbers[key] = amounts[key]
  return numbers
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'the site has none' : `the site has ${names.join(', ')}`
}
