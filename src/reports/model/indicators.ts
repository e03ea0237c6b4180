import type { RuleSet } from '../../config/rules/rules.ts'
import { inEnglish } from '../../config/rules/said.ts'
import type { RuleClasses, RuleIndicator, RuleLimit } from '../../config/rules/schema.ts'
import type { ReportPeriod } from '../period.ts'
import { errorOfQuotient, withoutCauses } from './errors.ts'
import type { FieldTotal } from './fields.ts'
import type { IndicatorFigure, LimitCheck, Remark } from '../../config/reporting/report-schema.ts'

/** At least so much of a year must be known for a PUE without an i before it (design §4). */
export const YEAR_COVERAGE = 0.95

interface OfSite {
  readonly period: ReportPeriod
  readonly isPart: boolean
}

/** The quotients of the rule set over the whole period's fields. One whose fields are missing names them. */
export function indicatorsOf(rules: RuleSet, fields: readonly FieldTotal[], site: OfSite): IndicatorFigure[] {
  const byId = new Map(fields.map((field) => [field.figure.id, field]))
  return rules.indicators.map((indicator) => {
    const figure = quotientOf(indicator, byId, site)
    const classes = rules.classes.find((it) => it.indicator === indicator.id)
    if (classes === undefined || figure.value === undefined) return figure
    return { ...figure, classes: classesWithin(classes, figure.value, figure.plusMinus ?? 0) }
  })
}

function quotientOf(indicator: RuleIndicator, byId: ReadonlyMap<string, FieldTotal>, site: OfSite): IndicatorFigure {
  const { id, symbol, basis, unit, digits, times, confidence } = indicator
  const [over, under] = [byId.get(indicator.over), byId.get(indicator.under)]
  const less = indicator.less === undefined ? undefined : byId.get(indicator.less)
  const amountOf = (of: FieldTotal | undefined) => (typeof of?.figure.value === 'number' ? of.figure.value : NaN)
  const missing = [indicator.over, indicator.under].filter((name) => Number.isNaN(amountOf(byId.get(name))))
  const coverage = Math.min(1, ...[over, under].flatMap((it) => it?.figure.coverage ?? []))
  const isLessKnown = less !== undefined && !Number.isNaN(amountOf(less))
  const remarks: Remark[] = less !== undefined && !isLessKnown ? [{ code: 'pump_unmetered', about: [] }] : []
  const head = {
    id,
    symbol,
    name: nameOf(symbol, coverage, site),
    basis: inEnglish(basis),
    unit,
    digits,
    classes: [],
    missing,
    unverified: confidence !== 'H',
    remarks,
  }
  if (over === undefined || under === undefined || missing.length > 0) return head
  const above = {
    amount: amountOf(over) - (isLessKnown ? amountOf(less) : 0),
    causes: isLessKnown ? withoutCauses(over.causes, less.causes) : over.causes,
  }
  const below = { amount: amountOf(under), causes: under.causes }
  if (below.amount === 0) return { ...head, missing: [indicator.under] }
  const isTyped = [over, under].some(({ figure }) => figure.evidence === 'typed')
  const error = isTyped ? undefined : errorOfQuotient(above, below)
  return {
    ...head,
    value: (times * above.amount) / below.amount,
    coverage,
    ...(error !== undefined && { plusMinus: times * error }),
  }
}

/** `PUE` only over a year that is known well enough; `iPUE` over less; of a part `pPUE`. */
function nameOf(symbol: string, coverage: number, { period, isPart }: OfSite): string {
  if (symbol !== 'PUE') return symbol
  if (isPart) return 'pPUE'
  return period.unit === 'year' && coverage >= YEAR_COVERAGE ? 'PUE' : 'iPUE'
}

/** The class of a value; where ± reaches over bounds, all classes that it reaches, the best first. */
export function classesWithin({ upTo, above }: RuleClasses, value: number, plusMinus: number): string[] {
  const all = [...Object.keys(upTo), above]
  const placeOf = (of: number) => {
    const place = Object.values(upTo).findIndex((bound) => of <= bound)
    return place < 0 ? all.length - 1 : place
  }
  return all.slice(placeOf(value - plusMinus), placeOf(value + plusMinus) + 1)
}

/**
 * Compares unrounded values with the limits that concern a site which began operation on `started`, a date. Limits of
 * sites that began at another time are left out; without the date all are there, open.
 */
export function limitChecks(
  rules: RuleSet,
  indicators: readonly IndicatorFigure[],
  started: string | undefined,
  dates: { readonly startMs: number; readonly endMs: number; readonly read: (date: string) => number },
): LimitCheck[] {
  return rules.limits
    .filter((limit) => concerns(limit, started))
    .map((limit) => {
      const { most, least = NaN, note, until } = limit
      const { value } = indicators.find(({ id }) => id === limit.indicator) ?? {}
      const bound = most === undefined ? 'least' : 'most'
      const at = most ?? least
      const from = firstDay(limit, started)
      const isOpen = value === undefined || (limit.started !== undefined && started === undefined)
      const margin = value === undefined ? undefined : bound === 'most' ? at - value : value - at
      return {
        indicator: limit.indicator,
        bound,
        limit: at,
        verdict: isOpen ? 'open' : (margin ?? 0) >= 0 ? 'kept' : 'broken',
        due: dueOf(from, until, dates),
        unverified: limit.confidence !== 'H',
        ...(from !== undefined && { from }),
        ...(until !== undefined && { until }),
        ...(value !== undefined && { value }),
        ...(margin !== undefined && { margin }),
        ...(note !== undefined && { note: inEnglish(note) }),
      }
    })
}

function concerns({ started: of }: RuleLimit, started: string | undefined): boolean {
  if (of === undefined || started === undefined) return true
  return (of.from ?? '') <= started && started < (of.before ?? '9')
}

/** The later of the day that the limit counts from, and the end of the grace after the site's beginning. */
function firstDay({ from, graceYears }: RuleLimit, started: string | undefined): string | undefined {
  if (graceYears === undefined || started === undefined) return from
  const graced = `${Number(started.slice(0, 4)) + graceYears}${started.slice(4)}`
  return from === undefined || graced > from ? graced : from
}

function dueOf(
  from: string | undefined,
  until: string | undefined,
  { startMs, endMs, read }: Parameters<typeof limitChecks>[3],
): LimitCheck['due'] {
  const fromMs = from === undefined ? -Infinity : read(from)
  const untilMs = until === undefined ? Infinity : read(until)
  if (fromMs >= endMs) return 'not yet'
  if (untilMs <= startMs) return 'no more'
  return fromMs <= startMs && untilMs >= endMs ? 'whole' : 'part'
}
