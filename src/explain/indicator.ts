import { AMOUNT_OF, ROW_UNITS, type BoundaryQuantity } from '../core/contract/quotients.ts'
import type { Core } from '../core/state.ts'
import type { Site } from '../site/site.ts'
import { explainQuotient, type ExplainQuestion, type LineInBase, type SumInBase } from './quotient.ts'
import { explain, type Explanation } from './explain.ts'
import type { ExplainedRow, RowHistory } from './row-history.ts'
import type { ExplainedQuality, ExplainedResult, ExplainedWindow } from './told.ts'

/**
 * The sum behind one `indicator` row, line by line. Its keys are a contract as those of `Explanation` are. The amounts
 * of the lines add up exactly to their sum. What is not known is left out.
 */
export interface IndicatorExplanation extends ExplainedWindow, ExplainedResult, ExplainedQuality {
  indicator: string
  /** What is divided by what, each in its unit. */
  over: IndicatorSum
  under: IndicatorSum
  /** In `unit`, as its uncertainty is. */
  value?: number
  unit: string
}

export interface IndicatorSum {
  quantity: BoundaryQuantity
  unit: string
  amount: number
  estimated: number
  lines: LineInBase[]
}

/** Explains the PUE or an indicator of one window, at its newest end that is not later than `atMs`. */
export function explainRow(
  site: Site,
  core: Core,
  history: RowHistory,
  { boundary, indicator, window }: ExplainedRow,
  atMs: number,
): Promise<Explanation | IndicatorExplanation> {
  const asked = { boundary, window, atMs }
  if (indicator === 'pue') return explain(site, core, history, asked)
  return explainIndicator(site, core, history, indicator, asked)
}

/** Explains an indicator of one window of a boundary, as `explainQuotient` does. */
export async function explainIndicator(
  site: Site,
  core: Core,
  history: RowHistory,
  indicator: string,
  question: ExplainQuestion,
): Promise<IndicatorExplanation> {
  const { window, quotients, quotient, over, under, quality, row } = await explainQuotient(
    site,
    core,
    history,
    indicator,
    question,
  )
  const { of } = quotients
  const { value, uncertainty, coverage, estimatedShare, name, suspect } = quotient
  return {
    ...window,
    indicator,
    over: inUnit(of.over, over),
    under: inUnit(of.under, under),
    ...(Number.isNaN(value) ? {} : { value: value * of.scale }),
    ...(Number.isNaN(uncertainty) ? {} : { uncertainty: uncertainty * of.scale }),
    unit: of.unit,
    coverage,
    estimatedShare,
    name,
    suspect,
    ...(row === undefined ? {} : { revision: row.revision, state: row.state }),
    ...quality,
    uncertaintyBy: quality.uncertaintyBy.map((by) => ({ ...by, uncertainty: by.uncertainty * of.scale })),
  }
}

function inUnit(quantity: BoundaryQuantity, { amount, estimated, lines }: SumInBase): IndicatorSum {
  const { unit, base } = ROW_UNITS[AMOUNT_OF[quantity]]
  return {
    quantity,
    unit,
    amount: amount / base,
    estimated: estimated / base,
    lines: lines.map((line) => ({ ...line, amount: line.amount / base })),
  }
}
