import * as z from 'zod'

import { strict, text } from '../members.ts'
import { nameFault } from '../strings.ts'
import { members } from './term-schema.ts'

/** Heat that no meter of its own tells: a flow between two temperatures. */
export const heat = strict({
  flow: text('point of the flow: L/h, m³/h …, or a register of L or m³'),
  hot: text('point of the warmer side, °C, with `kind: power`'),
  cold: text('point of the colder side, °C, with `kind: power`'),
  at: z.enum(['hot', 'cold']).default('cold').describe('on which side the flow is measured: there the density counts'),
  medium: z
    .union([
      z.literal('water'),
      strict({
        name: text('such as ethylene glycol 30 %'),
        densityKgM3: z.number().min(500).max(2000).describe('at the flow meter'),
        heatCapacityJKgK: z.number().min(1000).max(5000).describe('at the mean temperature'),
        source: text('who says so: data sheet, handbook'),
      }),
    ])
    .default('water')
    .describe('water: by its temperatures; a mixture: as declared'),
  accuracyK: z
    .number()
    .positive()
    .max(20)
    .exactOptional()
    .describe('the difference of both temperatures is within ± K; absent: what is made of it has no ±'),
})

/** Plant that several halls share. */
export const allocation = strict({
  of: members.describe('points of the shared plant'),
  by: z
    .enum(['constant', 'energy', 'itLoad'])
    .describe('constant: shares; energy, itLoad: what the points of each part have of all, interval by interval'),
  to: z
    .record(text('name of a part', nameFault), z.union([z.number().min(0).max(1), members]))
    .describe('its parts: shares that add to 1, or the points by which each is told'),
})
