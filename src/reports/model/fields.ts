import type { Config } from '../../config/config.ts'
import type { RuleSet } from '../../config/rules/rules.ts'
import { inEnglish } from '../../config/rules/said.ts'
import type { RuleField } from '../../config/rules/schema.ts'
import type { ReportPeriod } from '../period.ts'
import { causesOf, errorOfSum, type Causes } from './errors.ts'
import type { Figure, Remark } from '../../config/reporting/report-schema.ts'
import { quantityOf, type PeriodPages, type Total } from './totals.ts'

/** What a figure is made of, for indicators: its causes of error beside it. */
export interface FieldTotal {
  readonly figure: Figure
  readonly causes: Causes
}

/** What fields are filled from. */
interface FieldSource {
  readonly config: Config
  readonly rules: RuleSet
  readonly period: ReportPeriod
  readonly pages: PeriodPages
  readonly sums: Readonly<Record<'facility' | 'it', Total>>
}

type Typed = NonNullable<Config['disclosure']>['typed'][string]

/** Every field of the rule set in its order, filled or missing. What is measured counts before what is typed. */
export function fieldTotals(source: FieldSource): FieldTotal[] {
  const done = new Map<string, FieldTotal>()
  const plain = source.rules.fields.filter(({ sumOf }) => sumOf === undefined)
  for (const field of plain) done.set(field.id, fieldOf(source, field))
  for (const field of source.rules.fields) {
    if (field.sumOf !== undefined) done.set(field.id, addedUp(field, done))
  }
  return source.rules.fields.flatMap(({ id }) => done.get(id) ?? [])
}

function fieldOf(source: FieldSource, field: RuleField): FieldTotal {
  const { quantity } = field
  if (quantity !== undefined) {
    const total =
      quantity === 'facility' || quantity === 'it'
        ? source.sums[quantity]
        : quantityOf(source.config, source.pages, quantity, source.rules.cdd)
    if (total !== undefined && total.coverage > 0) return measured(field, total)
  }
  const { typed = {}, monthly = [] } = source.config.disclosure ?? {}
  const whole = typed[field.id]
  if (whole !== undefined) return byHand(field, whole)
  const months = monthly.filter((it) => it.field === field.id)
  if (months.length > 0) return byMonth(source.period, field, months)
  return missing(field, isMeasured(source, field) ? [{ code: 'unheard', about: [] }] : [])
}

/** Whether the site names what measures a field: one that is missing all the same was not heard enough. */
function isMeasured({ config }: FieldSource, { quantity }: RuleField): boolean {
  if (quantity === undefined || quantity === 'facility' || quantity === 'it') return quantity !== undefined
  return (config.disclosure?.measured[quantity] ?? []).length > 0
}

function measured(field: RuleField, total: Total): FieldTotal {
  const { amount, coverage, estimatedShare, gaps, points, causes, falls, substitute } = total
  const plusMinus = causes.size === 0 ? undefined : errorOfSum(causes)
  const remarks: Remark[] = [
    ...(falls > 0 ? [{ code: 'water_fell' as const, about: [falls] }] : []),
    ...(substitute === 0 ? [] : [{ code: 'substitute' as const, about: [field.id, substitute] }]),
  ]
  return {
    figure: {
      ...headOf(field),
      value: amount,
      evidence: estimatedShare > 0 ? 'partly estimated' : 'measured',
      points,
      coverage,
      estimatedShare,
      gaps,
      remarks,
      ...(plusMinus !== undefined && { plusMinus }),
    },
    causes,
  }
}

function byHand(field: RuleField, { value, by, on, source }: Typed): FieldTotal {
  const figure: Figure = { ...headOf(field), value, evidence: 'typed', typed: [{ by, on, source }] }
  return { figure, causes: new Map() }
}

/** A sum of months. Only whole months can be summed, and all of them must be there. */
function byMonth(
  { name, unit, startMs, endMs, timezone }: ReportPeriod,
  field: RuleField,
  typed: NonNullable<Config['disclosure']>['monthly'],
): FieldTotal {
  const hasMonths = unit !== 'day' && unit !== 'week'
  const months = hasMonths ? monthsOf(startMs, endMs, timezone) : []
  const found = months.map((month) => typed.find((it) => it.month === month))
  const absent = hasMonths ? months.filter((_, n) => found[n] === undefined) : [name]
  if (absent.length > 0) return missing(field, [{ code: 'months_missing', about: [absent.join(', ')] }])
  const all = found.flatMap((it) => it ?? [])
  const figure: Figure = {
    ...headOf(field),
    value: all.reduce((sum, { value }) => sum + value, 0),
    evidence: 'typed',
    typed: all.map(({ by, on, source }) => ({ by, on, source })),
  }
  return { figure, causes: new Map() }
}

/** Missing where a part is missing: nothing counts as 0 that nobody has typed as 0. */
function addedUp(field: RuleField, done: ReadonlyMap<string, FieldTotal>): FieldTotal {
  const parts = (field.sumOf ?? []).flatMap((id) => done.get(id) ?? [])
  const numbers = parts.flatMap(({ figure: { value } }) => (typeof value === 'number' ? [value] : []))
  if (numbers.length < (field.sumOf ?? []).length) return missing(field, [])
  const isTyped = parts.some(({ figure }) => figure.evidence === 'typed')
  const isEstimated = parts.some(({ figure }) => figure.evidence === 'partly estimated')
  const known = parts.flatMap(({ figure: { coverage } }) => coverage ?? [])
  const causes = new Map(parts.flatMap((part) => [...part.causes]))
  const plusMinus = isTyped ? undefined : errorOfSum(causes)
  return {
    figure: {
      ...headOf(field),
      value: numbers.reduce((sum, value) => sum + value, 0),
      evidence: isTyped ? 'typed' : isEstimated ? 'partly estimated' : 'measured',
      points: parts.flatMap(({ figure }) => figure.points),
      typed: parts.flatMap(({ figure }) => figure.typed),
      ...(known.length > 0 && { coverage: Math.min(...known) }),
      ...(plusMinus !== undefined && { plusMinus }),
    },
    causes: isTyped ? causesOf({ points: {} }, [], { of: field.id, amount: 0 }) : causes,
  }
}

function missing(field: RuleField, remarks: readonly Remark[]): FieldTotal {
  return { figure: { ...headOf(field), evidence: 'missing', remarks }, causes: new Map() }
}

function headOf({ id, name, symbol, unit, group, quantity, confidence, note }: RuleField) {
  return {
    id,
    group,
    points: [],
    typed: [],
    remarks: [],
    unverified: confidence !== 'H',
    ...(name !== undefined && { name: inEnglish(name) }),
    ...(symbol !== undefined && { symbol }),
    ...(unit !== undefined && { unit }),
    ...(quantity !== undefined && { quantity }),
    ...(note !== undefined && { note: inEnglish(note) }),
  }
}

/** Months of a period as they are typed, such as 2026-01. */
export function monthsOf(startMs: number, endMs: number, timezone: string): string[] {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, year: 'numeric', month: '2-digit' })
  const months = new Set<string>()
  for (let tMs = startMs; tMs < endMs; tMs += 86_400_000) {
    const parts = new Map(format.formatToParts(tMs).map(({ type, value }) => [type, value]))
    months.add(`${parts.get('year')}-${parts.get('month')}`)
  }
  return [...months]
}
