import * as z from 'zod'

import { dateFault } from '../dated/dates.ts'
import { strict, text } from '../members.ts'

const factor = z
  .number()
  .refine((written) => written !== 0, { error: 'must not be 0', params: { hint: 'remove the term' } })
  .default(1)
  .describe('share of the point; below 0 takes it away')
const bare = text('a point, or a name of `virtual`').transform((name) => ({ point: name, factor: 1 }))
const member = z
  .union([bare, strict({ point: text('a point, or a name of `virtual`'), factor })])
  .meta({ id: 'member' })
export const members = z
  .array(member)
  .min(1)
  .max(10_000)
  .describe('points, or names of `virtual` that have no fallback')
const share = {
  share: z.number().positive().max(100).describe('so much of `of`: a load that no meter sees'),
  of: z.union([bare, strict({ point: text('a point, or a name of `virtual`'), factor }), strict({ sum: members })]),
}
const constant = { constantKw: z.number().positive().max(1e6).describe('a declared load, kW') }

/** A term in the place of another: it has none in its own place. */
const stand = z
  .union([
    bare,
    strict({ point: text('a point, or a name of `virtual`'), factor }),
    strict({ sum: members, factor }),
    strict(constant),
    strict(share),
  ])
  .meta({ id: 'stand' })
const fallback = z
  .array(stand)
  .min(1)
  .max(8)
  .exactOptional()
  .describe('where it is not known: the first of these that is')

const dates = {
  from: text(
    'counts from then on: a date (midnight of the site) or an instant; absent: always did',
    dateFault,
  ).exactOptional(),
  until: text('counts until then, a date or an instant; absent: for ever', dateFault).exactOptional(),
}
const factors = z
  .array(
    strict({
      from: text('a date or an instant', dateFault),
      factor: z.number().refine((written) => written !== 0, {
        error: 'must not be 0',
        params: { hint: 'end the term with `until`' },
      }),
    }),
  )
  .min(1)
  .max(100)
  .exactOptional()
  .describe('other factors from dates on, in rising time; before the first of them `factor` counts')

/** The ways to write a term; `more` keys are of every one that is not just a name. */
function termWith<More extends z.ZodRawShape>(more: More) {
  return [
    strict({ point: text('a point, or a name of `virtual`'), factor, factors, fallback, ...dates, ...more }),
    strict({ sum: members, factor, factors, fallback, ...dates, ...more }),
    strict({ ...constant, ...dates, ...more }),
    strict({ ...share, fallback, ...dates, ...more }),
  ] as const
}

export const term = z.union([bare, ...termWith({})]).meta({ id: 'term' })

/** A term of a sum of carbon: energy, and what a kWh of it stands for. */
export const carbonTerm = z
  .union([...termWith({ by: text('a name of `intensities`: what a kWh of it stands for') })])
  .meta({ id: 'carbonTerm' })

/** A term of any sum. */
export const anyTerm = z.union([term, carbonTerm])
