import * as z from 'zod'

import { dateMs, digits } from '../../ingest/civil-time.ts'
import { strict, text } from '../members.ts'
import { nameFault } from '../strings.ts'
import { said } from './said.ts'

/** What is measured for a report. The first two are the sums of its boundary, all others points of `disclosure`. */
export const REPORT_QUANTITIES = [
  ...(['facility', 'it', 'generator', 'heatPump', 'reuse', 'onSite'] as const),
  ...(['water', 'freshwater', 'potable', 'wasteHeat', 'setPoint', 'outdoor'] as const),
] as const

/** Entries in an order, none of which has the name of another. */
function named<Entry extends z.ZodType<{ readonly id: string }>>(entry: Entry) {
  return z
    .array(entry)
    .refine((all) => new Set(all.map((it) => it.id)).size === all.length, { error: 'two of them have the same `id`' })
    .default([])
}

const GROUPS = ['site', 'operation', 'energy', 'water', 'heat', 'renewable', 'ict', 'traffic'] as const

const id = text('name of a rule set, a field or an indicator', nameFault)
const day = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/)
  .refine((written) => !Number.isNaN(dateMs(digits(written, 0, 4), digits(written, 5, 2), digits(written, 8, 2))), {
    error: 'is no date, such as 2027-07-01',
  })
const sure = {
  confidence: z.enum(['H', 'M', 'L']).describe('H: the text was read; M: one good second-hand source; L: a lead'),
  note: said('what the reader has to know').exactOptional(),
}

const field = strict({
  id,
  name: said('how people call it, of fields that no shipped rule set has').exactOptional(),
  symbol: text('as the rule writes it').exactOptional(),
  unit: text('of the value').exactOptional(),
  group: z.enum(GROUPS),
  quantity: z.enum(REPORT_QUANTITIES).exactOptional().describe('how it is measured; absent: it is typed'),
  sumOf: z
    .array(id)
    .min(1)
    .refine((ids) => new Set(ids).size === ids.length, { error: 'a field would count twice' })
    .exactOptional()
    .describe('it is the sum of these fields'),
  ...sure,
}).refine(({ quantity, sumOf }) => quantity === undefined || sumOf === undefined, {
  error: 'is measured or a sum, not both: remove `quantity` or `sumOf`',
})

const indicator = strict({
  id,
  symbol: text('as the rule writes it'),
  over: id.describe('field that is divided'),
  less: id.exactOptional().describe('field that is taken off before, where it is known'),
  under: id.describe('field that divides'),
  times: z.number().positive().default(1).describe('of the quotient in the units of the fields'),
  unit: text('of the quotient'),
  digits: z.int().min(0).max(6).describe('decimals that are printed; limits are compared unrounded'),
  basis: said('the quotient in words'),
  ...sure,
})

const limit = strict({
  indicator: id,
  most: z.number().exactOptional().describe('the value may be this, not more'),
  least: z.number().exactOptional().describe('the value may be this, not less'),
  from: day.exactOptional().describe('it counts from this day on'),
  until: day.exactOptional().describe('it counts up to this day, which is the first it does not'),
  started: strict({ from: day.exactOptional(), before: day.exactOptional() })
    .exactOptional()
    .describe('of sites that began operation from, and before these days'),
  graceYears: z.number().positive().exactOptional().describe('it counts so many years after the site began'),
  ...sure,
}).refine(({ most, least }) => (most === undefined) !== (least === undefined), {
  error: 'needs one of `most` and `least`',
})

const classes = strict({
  indicator: id,
  upTo: z.record(z.string().min(1).max(8), z.number()).describe('best class first: the value may be this, not more'),
  above: z.string().min(1).max(8).describe('the class of all others'),
  ...sure,
}).refine(({ upTo }) => Object.values(upTo).every((bound, n, all) => n === 0 || bound > (all[n - 1] ?? Infinity)), {
  error: 'the bounds of classes must rise',
})

/** A rule set as it is written; what it takes from the one that it amends is added by `ruleSetNamed`. */
export const ruleFile = strict({
  id,
  title: said('of the law, standard or contract'),
  jurisdiction: text('such as EU, DE, FR or the parties of a contract'),
  amends: id.exactOptional().describe('the rule set whose fields and indicators count where this one has none'),
  states: z
    .array(
      strict({ state: z.enum(['draft', 'adopted', 'in force', 'superseded']), from: day.exactOptional(), ...sure }),
    )
    .min(1)
    .describe('in the order of their days; the first may have none'),
  entry: said('what is not known of its entry into force').exactOptional(),
  periods: strict({ from: day.exactOptional(), until: day.exactOptional(), ...sure }).describe('of which it speaks'),
  scope: strict({ text: said('whom it binds'), ...sure }),
  due: strict({ text: said('when it is to be sent'), ...sure }),
  keepYears: z.int().positive().exactOptional().describe('how long records are to be kept'),
  source: z.array(said('where it was read')).min(1),
  read: day,
  checkedBy: said('who compared this file with its source'),
  filing: z.boolean().default(true).describe('false: it is a check of limits, its list of fields was not read'),
  cdd: strict({ baseC: z.number(), fromC: z.number(), ...sure }).exactOptional(),
  without: z.array(id).default([]).describe('fields of the amended rule set that are gone'),
  fields: named(field),
  indicators: named(indicator),
  limits: z.array(limit).default([]),
  classes: z.array(classes).default([]),
})

export type RuleFile = Readonly<z.output<typeof ruleFile>>
export type RuleField = RuleFile['fields'][number]
export type RuleIndicator = RuleFile['indicators'][number]
export type RuleLimit = RuleFile['limits'][number]
export type RuleClasses = RuleFile['classes'][number]
export type ReportQuantity = NonNullable<RuleField['quantity']>
