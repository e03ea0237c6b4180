import * as z from 'zod'

import { strict, text } from './members.ts'

const factor = z
  .number()
  .refine((written) => written !== 0, { error: 'must not be 0', params: { hint: 'remove the term' } })
  .default(1)
  .describe('share of the point; below 0 takes it away')
const bare = text('a point, or a name of `virtual`').transform((name) => ({ point: name, factor: 1 }))
const member = z
  .union([bare, strict({ point: text('a point, or a name of `virtual`'), factor })])
  .meta({ id: 'member' })
const members = z.array(member).min(1).max(10_000).describe('points, or names of `virtual` that have no fallback')
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

export const term = z
  .union([
    bare,
    strict({ point: text('a point, or a name of `virtual`'), factor, fallback }),
    strict({ sum: members, factor, fallback }),
    strict(constant),
    strict({ ...share, fallback }),
  ])
  .meta({ id: 'term' })
