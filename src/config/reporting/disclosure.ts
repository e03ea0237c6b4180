import * as z from 'zod'
import { UNITS, type Quantity } from '../../ingest/units.ts'
import { didYouMean, type Draft } from '../faults.ts'
import { strict, text } from '../members.ts'
import { pointAt, type Readable } from '../readable.ts'
import { nameFault } from '../strings.ts'

function dayOf(described: string) {
  return z.iso.date().describe(described)
}

function points(described: string) {
  return z.array(text('a point')).min(1).max(1000).exactOptional().describe(described)
}

/** Who typed a value, when and from what: an auditor asks for all three. */
const evidence = {
  by: text('who has typed it'),
  on: dayOf('when it was typed'),
  source: text('from what: a document, its page, a file'),
}

const monthly = strict({
  field: text('a field of a rule set, such as e_res_goo', nameFault),
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
    .describe('such as 2026-01'),
  value: z.number().describe("in the field's unit"),
  ...evidence,
})

/** Which units a list of points may be in. */
const UNITS_OF = {
  generator: ['power', 'energy'],
  heatPump: ['power', 'energy'],
  reuse: ['power', 'energy'],
  onSite: ['power', 'energy'],
  water: ['volume'],
  freshwater: ['volume'],
  potable: ['volume'],
  wasteHeat: ['temperature'],
  setPoint: ['temperature'],
  outdoor: ['temperature'],
  wetBulb: ['temperature'],
  inlets: ['temperature'],
} as const satisfies Readonly<Record<string, readonly Quantity[]>>

const measured = strict({
  generator: points('energy of backup generators, part of the facility'),
  heatPump: points('electricity of heat pumps that only raise the temperature of waste heat, part of the facility'),
  reuse: points('heat meters at the hand-off, outside of the boundary'),
  onSite: points('renewable energy generated on the site'),
  water: points('water meters: counts of all water that enters'),
  freshwater: points('water meters: counts of fresh water'),
  potable: points('water meters: counts of potable water'),
  wasteHeat: points('temperature of the waste heat at the hand-off'),
  setPoint: points('set-points of the intake air'),
  outdoor: points('outdoor dry bulb, for cooling degree days and savings'),
  wetBulb: points('outdoor wet bulb, for savings'),
  inlets: points('dry bulbs at inlets, for savings; of points of `inlets` only with `rows: { readings: all }`'),
  load: points("load that does not depend on the halls' air, for savings: utilisation, requests; any unit"),
})

const meter = strict({
  serial: text('what stands on it').exactOptional(),
  class: text('accuracy class, such as 0.5S').exactOptional(),
  calibrated: dayOf('last calibration').exactOptional(),
})

/** What reports say that no reading tells, and which points they are made of. */
export const disclosure = strict({
  boundary: text('of which E_DC and E_IT are'),
  measured: measured.prefault({}),
  meters: z.record(z.string(), meter).default({}).describe('by point: what an auditor asks of a meter'),
  typed: z
    .record(z.string(), strict({ value: z.union([z.string().min(1), z.number(), z.boolean()]), ...evidence }))
    .default({})
    .describe('fields of a rule set that nothing measures'),
  monthly: z.array(monthly).max(10_000).default([]).describe('fields that are typed month by month'),
  invoices: z.array(monthly).max(10_000).default([]).describe("what suppliers' invoices say beside the meters"),
  rules: z
    .record(z.string(), strict({ inForce: dayOf('of its entry into force'), journal: text('number of the journal') }))
    .default({})
    .describe('rule sets whose entry into force the operator knows'),
})

/** Points and boundaries that are not there, or in a unit that does not fit. */
export function disclosureDrafts(readable: Readable): Draft[] {
  const written = readable.written['disclosure']
  const read = disclosure.safeParse(written)
  if (!read.success) return []
  const drafts: Draft[] = []
  const { boundary, measured: lists, meters } = read.data
  if (!readable.boundaries.has(boundary)) {
    const hint = didYouMean(boundary, readable.boundaries.keys())
    drafts.push({
      path: ['disclosure', 'boundary'],
      part: 'content',
      reason: `there is no boundary "${boundary}"`,
      hint,
    })
  }
  for (const [list, quantities] of Object.entries(UNITS_OF) as [keyof typeof UNITS_OF, readonly Quantity[]][]) {
    for (const [n, name] of (lists[list] ?? []).entries()) {
      const path = ['disclosure', 'measured', list, n]
      const point = pointAt(drafts, readable, path, name)
      const unit = point?.unit
      if (unit === undefined || quantities.some((it) => it === UNITS[unit]?.quantity)) continue
      const fitting = Object.keys(UNITS).filter((it) => quantities.some((of) => of === UNITS[it]?.quantity))
      const hint = `name a point in ${fitting.join(', ')}`
      drafts.push({ path, part: 'content', reason: `"${name}" has the unit ${unit}`, hint })
    }
  }
  for (const name of Object.keys(meters)) pointAt(drafts, readable, ['disclosure', 'meters', name], name)
  for (const [n, name] of (lists.load ?? []).entries()) {
    pointAt(drafts, readable, ['disclosure', 'measured', 'load', n], name)
  }
  return drafts
}
