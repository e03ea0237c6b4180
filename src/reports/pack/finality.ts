import { BadInput } from '../../config/bad-input.ts'
import type { EnergyReport } from '../../config/reporting/report-schema.ts'
import { YEAR_COVERAGE } from '../model/indicators.ts'

interface Finality {
  /** Whether it is to be final; else it stays preliminary. */
  readonly final: boolean
  /** Why it is final all the same, though less than 95 % is known. */
  readonly incomplete: string | undefined
  readonly author: string | undefined
  readonly releasedBy: string | undefined
  readonly nowMs: number
  readonly backlogMs: number
}

/**
 * The report with its status. Throws `BadInput` for one that cannot be final: readings may still come, too little of it
 * is known, or nobody but its author has released it.
 */
export function withStatus(report: EnergyReport, finality: Finality): EnergyReport {
  const { final, incomplete, author, releasedBy, nowMs, backlogMs } = finality
  const people = { ...(author !== undefined && { author }), ...(releasedBy !== undefined && { releasedBy }) }
  if (!final) return { ...report, ...people }
  const openUntilMs = report.period.endMs + backlogMs
  if (nowMs < openUntilMs) {
    throw new BadInput(
      `${report.period.name} cannot be final before ${new Date(openUntilMs).toISOString()}: a backlog may still come`,
    )
  }
  if (author === undefined || releasedBy === undefined || author === releasedBy) {
    throw new BadInput('a final report names its author and a second person: --author NAME --released-by NAME')
  }
  if (report.coverage >= YEAR_COVERAGE) return { ...report, ...people, status: 'final' }
  if (incomplete === undefined) {
    const known = (100 * report.coverage).toFixed(2)
    throw new BadInput(
      `only ${known} % of ${report.period.name} is known: --incomplete REASON makes it final all the same`,
    )
  }
  return { ...report, ...people, status: 'final, incomplete', incompleteBecause: incomplete }
}
