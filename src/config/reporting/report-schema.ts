import * as z from 'zod'
import type { Frozen } from '../members.ts'
import { REPORT_QUANTITIES } from '../rules/schema.ts'
import { PERIOD_UNITS } from './scheduled.ts'

/** Words of the table of a report's renderings; what stands in them comes with each. */
export const REMARKS = [
  ...(['ratio_apart', 'days_missing', 'low_coverage', 'not_a_year', 'rules_unverified', 'not_in_force'] as const),
  ...(['period_before', 'period_after', 'invoice_apart', 'register_apart', 'register_fell', 'substitute'] as const),
  ...(['months_missing', 'water_fell', 'started_missing', 'no_filing', 'pump_unmetered', 'restated'] as const),
  ...(['configurations', 'no_masked', 'provisional', 'entry_by_operator', 'unheard'] as const),
] as const

const s = z.strictObject
const text = z.string()
const number = z.number()
const maybe = number.exactOptional()
const epochMs = number.describe('epoch ms')
const share = number.describe('0 to 1')

const remark = s({ code: z.enum(REMARKS), about: z.array(z.union([text, number])) })
const remarks = z.array(remark)
const gaps = s({
  stretches: z.array(z.tuple([epochMs, epochMs])).describe('the first ones'),
  count: z.int(),
  lengthMs: number,
}).describe('time that is not known well enough')
const typedBy = s({ by: text, on: text, source: text })
const countAt = s({ atMs: epochMs, count: number }).describe('what a counter showed, factors included: kWh or m³')

const field = s({
  id: text,
  name: text.exactOptional(),
  symbol: text.exactOptional(),
  unit: text.exactOptional(),
  group: text,
  value: z.union([number, text, z.boolean()]).exactOptional().describe('not rounded; absent: missing'),
  evidence: z.enum(['measured', 'partly estimated', 'typed', 'missing']),
  quantity: z.enum(REPORT_QUANTITIES).exactOptional(),
  points: z.array(text),
  plusMinus: maybe.describe('k = 2, in the unit; absent where a meter has no declared accuracy'),
  coverage: share.exactOptional(),
  estimatedShare: share.exactOptional(),
  gaps: gaps.exactOptional(),
  typed: z.array(typedBy),
  unverified: z.boolean(),
  note: text.exactOptional(),
  remarks,
})

const indicator = s({
  id: text,
  symbol: text,
  name: text.describe('PUE only over a year known well enough; else iPUE, of a part pPUE'),
  basis: text,
  unit: text,
  digits: z.int(),
  value: maybe,
  plusMinus: maybe,
  coverage: share.exactOptional(),
  classes: z.array(text).describe('one, or all that the uncertainty reaches, the best first'),
  missing: z.array(text),
  unverified: z.boolean(),
  remarks,
})

const limitCheck = s({
  indicator: text,
  bound: z.enum(['most', 'least']),
  limit: number,
  verdict: z.enum(['kept', 'broken', 'open']),
  due: z.enum(['whole', 'part', 'not yet', 'no more']).describe('in how much of the period it counts'),
  from: text.exactOptional(),
  until: text.exactOptional(),
  value: maybe,
  margin: maybe,
  unverified: z.boolean(),
  note: text.exactOptional(),
})

const term = s({
  sum: z.enum(['facility', 'it']),
  term: text,
  measuredJ: number,
  estimatedJ: number.describe('of the measured energy'),
  declaredJ: number,
  substituteJ: number.describe('by fallbacks, in time that no meter knows'),
  coverage: share,
  gaps,
  points: z.array(s({ point: text, energyJ: number })),
})

const meter = s({
  point: text,
  kind: text,
  unit: text,
  amount: number.describe('the sum of its intervals'),
  amountUnit: z.enum(['kWh', 'm³']),
  coverage: share,
  estimatedShare: share,
  gaps,
  factor: number,
  class: text.exactOptional(),
  serial: text.exactOptional(),
  calibrated: text.exactOptional(),
  accuracyPct: maybe,
  opening: countAt.exactOptional(),
  closing: countAt.exactOptional(),
  swaps: z.array(s({ atMs: epochMs, closing: number, opening: number })),
  difference: maybe.describe('closing less opening, swaps and rollovers taken into account'),
  state: text,
  revision: z.int(),
})

const day = s({
  day: text,
  known: z.boolean().describe('false: no page of that day was kept'),
  facilityJ: number,
  itJ: number,
  maskedFacilityJ: maybe,
  maskedItJ: maybe,
  coverage: share,
  amounts: z.partialRecord(z.enum(REPORT_QUANTITIES), number).describe('of other quantities, kWh or m³'),
})

const rules = s({
  id: text,
  title: text,
  jurisdiction: text,
  state: text,
  stateFrom: text.exactOptional(),
  journal: text.exactOptional(),
  unverified: z.array(text),
  scope: text,
  due: text,
  keepYears: z.int().exactOptional(),
  filing: z.boolean(),
  source: z.array(text),
  read: text,
  checkedBy: text,
  digests: z.record(text, text),
})

const invoice = s({
  field: text,
  month: text,
  invoiced: number,
  measured: maybe,
  difference: maybe,
  differencePct: maybe,
  typed: typedBy,
})

/** A report of a site and a period by a rule set: one model, of which all renderings are made. */
export const reportModel = s({
  form: z.literal(1),
  official: z.literal(false).describe('never a label, a statement or a filing of an authority'),
  status: z
    .enum(['preliminary', 'complete, not released', 'final', 'final, incomplete'])
    .describe('complete: 95 % is known and no reading can come any more, but no second person has released it'),
  incompleteBecause: text.exactOptional(),
  author: text.exactOptional(),
  releasedBy: text.exactOptional(),
  site: text,
  boundary: text,
  category: text,
  isPart: z.boolean(),
  period: s({
    name: text,
    unit: z.enum(PERIOD_UNITS),
    timezone: text,
    startMs: epochMs,
    endMs: epochMs,
  }),
  rules,
  madeAtMs: epochMs.describe('by the clock of the machine'),
  software: text,
  coverage: share.describe('the smaller one of E_DC and E_IT'),
  remarks,
  fields: z.array(field),
  missing: z.array(text),
  indicators: z.array(indicator),
  limits: z.array(limitCheck),
  masked: s({
    value: maybe,
    facilityJ: number,
    itJ: number,
    coverage: share,
    ofSums: maybe,
    apart: maybe,
  })
    .exactOptional()
    .describe('the quotient over time in which both sums are known, beside that of the whole sums'),
  terms: z.array(term),
  meters: z.array(meter),
  invoices: z.array(invoice),
  days: z.array(day),
  restatements: z.array(
    s({ of: text, name: text, window: text, reason: text, count: number, day: text, old: maybe, new: maybe }),
  ),
  configurations: z.array(s({ digest: text, from: text, until: text })),
  words: z
    .record(text, s({ fr: text, de: text }))
    .exactOptional()
    .describe('texts of the rule set in the other languages of the renderings, by the English one'),
})

/** JSON Schema of a report's JSON: published beside the configuration's. */
export function reportJsonSchema(): object {
  return z.toJSONSchema(reportModel)
}

export type EnergyReport = Frozen<z.output<typeof reportModel>>
export type Remark = EnergyReport['remarks'][number]
export type Figure = EnergyReport['fields'][number]
export type IndicatorFigure = EnergyReport['indicators'][number]
export type LimitCheck = EnergyReport['limits'][number]
export type TermTotal = EnergyReport['terms'][number]
export type MeterTotal = EnergyReport['meters'][number]
export type DayTotal = EnergyReport['days'][number]
