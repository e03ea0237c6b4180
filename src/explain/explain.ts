import type { Core } from '../core/state.ts'
import type { Site } from '../site/site.ts'
import { explainQuotient, type ExplainQuestion, type LineInBase, type SumInBase } from './quotient.ts'
import type { RowHistory } from './row-history.ts'
import type { ExplainedQuality, ExplainedResult, ExplainedWindow } from './told.ts'

/**
 * The sum behind one PUE row, line by line. Its keys are a contract (`--json`, `/api/v1/explain`): extend them, never
 * rename one. The joules of the lines add up exactly to their sum. What is not known is left out.
 */
export interface Explanation extends ExplainedWindow, ExplainedResult, ExplainedQuality {
  facility: ExplainedSum
  it: ExplainedSum
  /** As in the row: those that are declared and known. */
  losses: Partial<Record<'upsJ' | 'distributionJ' | 'coolingJ' | 'otherJ', number>>
  pue?: number
  /** The sums once more, as the row has them: `energyJ` of `facility` and `it`. */
  facilityJ: number
  itJ: number
}

export interface ExplainedSum {
  energyJ: number
  energyKwh: number
  /** The estimated part: estimated lines, and gaps that measured lines bridge. */
  estimatedJ: number
  lines: ExplainedLine[]
}

/** What one meter, or one estimate, has added to a sum. */
export interface ExplainedLine extends Omit<LineInBase, 'amount'> {
  energyJ: number
  energyKwh: number
}

const J_PER_KWH = 3_600_000

/** Explains the PUE of one window of a boundary, as `explainQuotient` does. */
export async function explain(
  site: Site,
  core: Core,
  history: RowHistory,
  question: ExplainQuestion,
): Promise<Explanation> {
  const told = await explainQuotient(site, core, history, 'pue', question)
  const { value: pue, uncertainty, over, under, coverage, estimatedShare, name, suspect } = told.quotient
  const [upsJ = NaN, distributionJ = NaN, coolingJ = NaN] = told.quotient.beside
  const { uncertaintyBy, masked, notes } = told.quality
  return {
    ...told.window,
    facility: inJoules(told.over),
    it: inJoules(told.under),
    losses: known({ upsJ, distributionJ, coolingJ, otherJ: told.quotient.rest }),
    ...known({ pue, uncertainty }),
    uncertaintyBy,
    facilityJ: over,
    itJ: under,
    coverage,
    estimatedShare,
    name,
    suspect,
    ...(told.row === undefined ? {} : { revision: told.row.revision, state: told.row.state }),
    masked,
    notes,
  }
}

function inJoules({ amount, estimated, lines }: SumInBase): ExplainedSum {
  return {
    energyJ: amount,
    energyKwh: amount / J_PER_KWH,
    estimatedJ: estimated,
    lines: lines.map(({ amount: joules, share, coverage, ...line }) => ({
      ...line,
      energyJ: joules,
      energyKwh: joules / J_PER_KWH,
      share,
      ...(coverage === undefined ? {} : { coverage }),
    })),
  }
}

function known<Key extends string>(amounts: Record<Key, number>): Partial<Record<Key, number>> {
  const numbers: Partial<Record<Key, number>> = {}
  for (const key in amounts) if (!Number.isNaN(amounts[key])) numbers[key] = amounts[key]
  return numbers
}
