import { BadInput } from '../config/bad-input.ts'
import type { Core } from '../core/state.ts'
import {
  oldestHeldEnd,
  revisionAt,
  sumsOver,
  windowSpanAt,
  type WindowSpan,
  type WindowSums,
} from '../core/windows/lookup.ts'
import { sumPastWindow } from '../core/windows/restate.ts'
import { usualJPerMlK } from '../core/contract/product.ts'
import { MG_PER_J, ROW_UNITS } from '../core/contract/quotients.ts'
import {
  MASKED_IN,
  OVER,
  OVER_ESTIMATED,
  toldColumnOf,
  UNDER,
  UNDER_ESTIMATED,
  type PartColumn,
} from '../core/energy/quotients/parts.ts'
import type { Quotient } from '../core/energy/quotients/quotient.ts'
import { windowQuotient, type Quotients } from '../core/energy/quotients/quotients.ts'
import { unaccounted, uncertaintyByCause, type ErrorCause } from '../core/energy/quotients/uncertainty.ts'
import { formatInstant } from '../ingest/times.ts'
import type { Site } from '../site/site.ts'
import { findCoverage, findMasked, type PointCoverage } from './masked.ts'
import type { RowHistory } from './row-history.ts'
import type { ExplainedQuality, ExplainedWindow } from './told.ts'

/** The sum behind a quotient, in base units. */
interface ExplainedQuotient {
  readonly window: ExplainedWindow
  readonly quotients: Quotients
  readonly quotient: Quotient
  readonly over: SumInBase
  readonly under: SumInBase
  readonly quality: ExplainedQuality
  /** Of the newest row of this end, where there is one. */
  readonly row: { revision: number; state: string } | undefined
}

export interface SumInBase {
  readonly amount: number
  /** The estimated part: estimated lines, and gaps that measured lines bridge. */
  readonly estimated: number
  readonly lines: readonly LineInBase[]
}

/** What one meter, or one estimate, has added to a sum. */
export interface LineInBase {
  /** The configured term, and what counted for it: a point, or the text of an estimate. */
  readonly term: string
  readonly by: string
  /**
   * `earlier`: terms that the configuration no longer has. `edges`: over long windows lines are known by whole hours;
   * this is what lies between these hours and the ends of the window.
   */
  readonly class: 'measured' | 'estimated' | 'earlier' | 'edges'
  /** 1 for an estimate, whose amount holds its factors. */
  readonly factor: number
  readonly amount: number
  /** Of the sum. */
  readonly share: number
  /** Share of the time for which the point is known; of a point only. */
  readonly coverage?: number
  /** Of carbon: by which intensity, its energy, and what a kWh of it stood for on average. */
  readonly intensity?: { readonly name: string; readonly energyKwh: number; readonly gPerKwh: number }
  /** Of a heat: its flow, what a m³ of it gave off on average, and between temperatures how far apart that is. */
  readonly heat?: { readonly name: string; readonly m3: number; readonly kwhPerM3: number; readonly deltaK: number }
}

/** A question that has no answer: the message says what can be asked instead. */
export class NoAnswer extends BadInput {}

/** Which window of which quotient of a boundary, at its newest end not later than `atMs` (Infinity: the newest). */
export interface ExplainQuestion {
  boundary: string
  window: string
  atMs: number
}

/**
 * Explains one window of a boundary. Sums come from the core, reasons and coverage from the rows of the past. Rejects
 * with NoAnswer for a name or a time that does not exist. `indicator`: `pue`, or one of the boundary's indicators.
 */
export async function explainQuotient(
  site: Site,
  core: Core,
  history: RowHistory,
  indicator: string,
  { boundary: boundaryName, window: windowName, atMs }: ExplainQuestion,
): Promise<ExplainedQuotient> {
  const boundary = site.boundaries.indexOf(boundaryName)
  if (boundary < 0) throw new NoAnswer(`no boundary is called ${boundaryName}: ${listOf('the site', site.boundaries)}`)
  const quotients = quotientsNamed(core, indicator, boundary, boundaryName)
  const series = quotients.boundaries.indexOf(boundary)
  const span = findWindow(core, quotients, windowName, atMs)
  const held = sumsOver(quotients.tally, series, span) ?? sumsByStep(quotients, series, span)
  if (held === undefined) throw tooOld(core, quotients, windowName)
  const { lengthMs } = core.plan
  const { layout, quotient, by } = judge(site, quotients, series, span, held.sums)
  const open = stateOf(core, quotients, series, span)
  // Everything is read from the core before rows are awaited: meanwhile the core folds further packets.
  const reasonsOf = findMasked(site, core, { quotients, series }, span)
  const covered = await findCoverage(site, core, history, { quotients, series }, span)
  const row =
    open ?? (await history.row({ boundary: boundaryName, indicator, window: windowName }, span.end * lengthMs))
  const { masked, unexplained } = reasonsOf(covered)
  const explained = { site, parts: layout.parts, sums: held, covered }
  return {
    window: {
      site: site.config.site.id,
      boundary: boundaryName,
      window: windowName,
      category: site.config.boundaries[boundaryName]?.category ?? 1,
      startMs: span.start * lengthMs,
      endMs: span.end * lengthMs,
      intervalS: lengthMs / 1000,
      intervals: span.end - span.start,
      countedIntervals: held.sums[MASKED_IN] ?? 0,
    },
    quotients,
    quotient,
    over: explainSum(explained, OVER),
    under: explainSum(explained, UNDER),
    quality: {
      uncertaintyBy: by,
      masked,
      notes: [covered.note, noteOf(unexplained)].filter((note) => note !== undefined),
    },
    row,
  }
}

function quotientsNamed(core: Core, indicator: string, boundary: number, name: string): Quotients {
  const having = core.quotients.filter(({ boundaries }) => boundaries.includes(boundary))
  const found = having.find(({ of }) => of.name === indicator)
  if (found !== undefined) return found
  const names = having.map(({ of }) => of.name)
  throw new NoAnswer(`boundary ${name} has no indicator ${indicator}: ${listOf('it', names)}`)
}

/** Sums of a window that the totals of its own step still hold. */
function sumsByStep({ tally }: Quotients, series: number, { window, end }: WindowSpan): WindowSums | undefined {
  const of = tally.windows[window]
  if (of === undefined || of.kind !== 'rolling' || of.step === 1 || sumPastWindow(tally, series, of, end) < 0) {
    return undefined
  }
  const sums = tally.sums.slice()
  return { sums, sumsOfParts: sums }
}

function noteOf(unexplained: number): string | undefined {
  if (unexplained === 0) return undefined
  return `${unexplained} intervals do not count although the rows of their points say they are known`
}

/** The numbers of the row, and where its uncertainty comes from. */
function judge(site: Site, quotients: Quotients, series: number, span: WindowSpan, sums: Float64Array) {
  const [layout, errors] = [quotients.layouts[series], quotients.errors[series]]
  if (layout === undefined || errors === undefined) throw new Error(`series ${series} is not in the plan`)
  const quotient = windowQuotient(quotients, series, span.window, sums, span.end - span.start, span.end)
  const causes = Number.isNaN(quotient.uncertainty) ? [] : uncertaintyByCause(layout, errors, sums, quotient.coverage)
  const by = causes
    .filter(({ uncertainty }) => uncertainty > 0)
    .map(({ uncertainty, ...cause }) => ({ cause: causeOf(site, cause), uncertainty }))
    .sort((a, b) => b.uncertainty - a.uncertainty)
  return { layout, quotient, by }
}

/** Revision and state while the end can still change; those of older ends stand in their rows. */
function stateOf(
  core: Core,
  { tally }: Quotients,
  series: number,
  span: WindowSpan,
): { revision: number; state: string } | undefined {
  const last = revisionAt(tally, series, span)
  if (last === undefined) return undefined
  const state = last.restated ? 'restated' : span.end <= core.settledEnergy ? 'settled' : 'provisional'
  return { revision: last.revision, state }
}

/** Finds the window of that name that has ended last, be it a rolling one or a whole day, month or year. */
function findWindow({ hasClosed, plan }: Core, { tally }: Quotients, name: string, atMs: number): WindowSpan {
  const window = tally.windows.findIndex((it) => it.name === name)
  if (window < 0)
    throw new NoAnswer(
      `no window is called ${name}: ${listOf(
        'the site',
        tally.windows.map((it) => it.name),
      )}`,
    )
  if (!hasClosed) throw new NoAnswer('there is nothing to explain yet: no interval has closed')
  const span = windowSpanAt(tally, window, Math.floor(atMs / plan.lengthMs))
  if (span === undefined)
    throw new NoAnswer(`no ${name} has ended by that time: ask for ${name}_to_date, the running one`)
  if (span.end <= tally.totals.origin)
    throw new NoAnswer(`nothing is known from before ${formatInstant(tally.totals.origin * plan.lengthMs)}`)
  return span
}

function tooOld({ plan }: Core, { tally }: Quotients, name: string): NoAnswer {
  const oldestMs = oldestHeldEnd(tally) * plan.lengthMs
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

function explainSum({ site, parts, sums: held, covered }: Explained, sum: PartColumn['sum']): SumInBase {
  const { sums, sumsOfParts: whole } = held
  const all = sums[sum] ?? 0
  const amounts = (amount: number) => ({ amount, share: all === 0 ? 0 : amount / all })
  const lines = parts.flatMap((part): LineInBase[] => {
    const { column, sum: own, term, way, point, factor, spare } = part
    const amount = whole[column] ?? 0
    if (own !== sum || (amount === 0 && spare)) return []
    const made = { ...intensityOf(part, whole), ...heatOf(part, whole) }
    if (point < 0) return [{ term, by: way, class: 'estimated', factor: 1, ...amounts(amount), ...made }]
    const coverage = covered.coverageOf(point)
    return [
      {
        term,
        by: site.points[point] ?? '',
        class: 'measured',
        factor,
        ...amounts(amount),
        ...(coverage === undefined ? {} : { coverage }),
        ...made,
      },
    ]
  })
  const rests = [
    { by: 'terms that are gone', class: 'earlier' as const, amount: unaccounted(parts, whole, sum) },
    { by: 'hours at its ends', class: 'edges' as const, amount: all - (whole[sum] ?? 0) },
  ]
  for (const { amount, ...other } of rests) {
    if (amount !== 0) lines.push({ term: '', ...other, factor: 1, ...amounts(amount) })
  }
  return { amount: all, estimated: sums[sum === OVER ? OVER_ESTIMATED : UNDER_ESTIMATED] ?? 0, lines }
}

/** What the energy of a part was multiplied by on average. */
function intensityOf(part: PartColumn, sums: Float64Array): Pick<LineInBase, 'intensity'> {
  if (part.by === undefined) return {}
  const [amount = 0, energyJ = 0] = [sums[part.column], sums[toldColumnOf(part)]]
  const gPerKwh = energyJ === 0 ? 0 : amount / energyJ / MG_PER_J
  return { intensity: { name: part.by.name, energyKwh: energyJ / ROW_UNITS.energy.shown, gPerKwh } }
}

/** The flow of a heat, and what each m³ of it carried on average. */
function heatOf({ column, by, heat }: PartColumn, sums: Float64Array): Pick<LineInBase, 'heat'> {
  if (heat === undefined || by !== undefined) return {}
  const [joules = 0, flowMl = 0] = [sums[column], sums[column + 1]]
  const jPerMl = flowMl === 0 ? 0 : joules / flowMl
  const kwhPerM3 = (jPerMl * ROW_UNITS.water.shown) / ROW_UNITS.energy.shown
  return {
    heat: { name: heat.name, m3: flowMl / ROW_UNITS.water.shown, kwhPerM3, deltaK: jPerMl / usualJPerMlK(heat) },
  }
}

function causeOf({ points, config, plan }: Site, { kind, index }: ErrorCause): string {
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
    case 'intensity':
      return `intensity ${plan.intensities[index]?.name}`
    case 'temperatures':
      return `temperatures of ${points[index]} and its other side`
    case 'over_estimates':
      return 'estimates of the facility'
    case 'under_estimates':
      return 'estimates of IT'
    case 'unknown_time':
      return 'time that is not known'
  }
}

function listOf(of: string, names: readonly string[]): string {
  return names.length === 0 ? `${of} has none` : `${of} has ${names.join(', ')}`
}
