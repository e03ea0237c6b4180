import { createHash } from 'node:crypto'
import { avoidedEnergy, type AvoidedEnergy } from './avoided.ts'
import { claimGates, type ClaimGate, type LockState } from './claim.ts'
import type { TriedForm } from './choose.ts'
import type { DailyRow } from './daily.ts'
import type { DaySpan, LoadVariable, NonRoutineEvent, SavingsOption } from './days.ts'
import { loadVerdict, type LoadRefusal } from './load-rule.ts'
import type { DailyModel } from './model.ts'
import type { FitStatistics } from './statistics.ts'

export interface ProofQuestion {
  readonly option: SavingsOption
  readonly baseline: DaySpan
  readonly report: DaySpan
  /** Absent: by the rule of the load. */
  readonly load?: LoadVariable | undefined
  readonly events: readonly NonRoutineEvent[]
}

/** What a baseline says of a report's period. Energies in kWh, shares of 1. */
export interface SavingsProof extends ProofQuestion {
  readonly verdict: 'saving' | 'no saving shown' | 'more energy used' | 'refused'
  readonly refused?: LoadRefusal | 'too little known'
  readonly inletMoveK?: number
  readonly figures?: SavingsFigures
  /** The same without one of the adjustments, and without all of them. */
  readonly without: readonly {
    readonly what: string
    readonly figures?: Pick<SavingsFigures, 'avoidedKwh' | 'interval90Kwh'>
  }[]
  /** SHA-256 of the baseline's days, of its model, and of how they were chosen. */
  readonly baselineDigest?: string
  readonly gates: readonly ClaimGate[]
  readonly lock: LockState
}

interface SavingsFigures {
  readonly bulb: 'dry' | 'wet'
  readonly model: DailyModel
  readonly tried: readonly TriedForm[]
  readonly statistics: FitStatistics
  readonly reportDays: number
  readonly predictedKwh: number
  readonly measuredKwh: number
  readonly avoidedKwh: number
  readonly avoidedShare: number
  readonly interval90Kwh: readonly [low: number, high: number]
  readonly fractional68: number
  readonly fractional90: number
}

/** `lockOf` tells how a baseline with this digest was locked. */
export function savingsProof(
  rows: readonly DailyRow[],
  question: ProofQuestion,
  lockOf: (digest: string) => LockState,
): SavingsProof {
  const { option, baseline, report, events } = question
  const none = { without: [], gates: [], lock: 'not locked' as const }
  const rule = loadVerdict(rows, question, question.load)
  const moved = rule.inletMoveK === undefined ? {} : { inletMoveK: rule.inletMoveK }
  if ('refused' in rule) return { ...question, ...none, ...moved, verdict: 'refused', refused: rule.refused }
  const { load } = rule
  const with_ = (some: readonly NonRoutineEvent[]) => avoidedEnergy(rows, { option, baseline, report, load }, some)
  const found = with_(events)
  if (found === undefined) return { ...question, ...none, ...moved, verdict: 'refused', refused: 'too little known' }
  const less = events.map((event) => ({ what: event.what, some: events.filter((it) => it !== event) }))
  if (events.length > 1) less.push({ what: 'all', some: [] })
  const baselineDigest = digestOf(found, { option, load, baseline, events })
  const lock = lockOf(baselineDigest)
  const [low, high] = found.interval90Kwh
  return {
    ...question,
    ...moved,
    load,
    verdict: low > 0 ? 'saving' : high < 0 ? 'more energy used' : 'no saving shown',
    figures: figuresOf(found),
    without: less.map(({ what, some }) => {
      const other = with_(some)
      if (other === undefined) return { what }
      const { avoidedKwh, interval90Kwh } = other
      return { what, figures: { avoidedKwh, interval90Kwh } }
    }),
    baselineDigest,
    gates: claimGates(found, question, { load, lock }),
    lock,
  }
}

function figuresOf(found: AvoidedEnergy): SavingsFigures {
  const { chosen, reportDays, baselineDays: _, ...rest } = found
  const { bulb, model } = chosen
  return { ...rest, bulb, model, reportDays: reportDays.length, avoidedShare: rest.avoidedKwh / rest.predictedKwh }
}

/** The same days by the same rule give the same digest; events outside of the baseline do not touch it. */
function digestOf(
  { chosen, baselineDays }: AvoidedEnergy,
  { option, load, baseline, events }: Pick<ProofQuestion, 'option' | 'baseline' | 'events'> & { load: LoadVariable },
): string {
  const own = events.filter(({ first, end }) => end > baseline.first && first < baseline.end)
  const { first, end } = baseline
  const text = JSON.stringify([option, load, first, end, own, chosen.bulb, chosen.model, baselineDays])
  return createHash('sha256').update(text).digest('hex')
}
