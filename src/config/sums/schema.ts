import * as z from 'zod'

import { TARGETED } from '../../core/contract/targets.ts'
import { strict, text } from '../members.ts'
import { instantFault, monthFault } from '../strings.ts'
import { MOST_G_PER_KWH, MOST_STEPS } from './intensity-file.ts'
import { carbonTerm, term } from './term-schema.ts'

const optionalSum = z.array(term).min(1).exactOptional()

const carbonSum = z
  .union([text('a name of `intensities`: of all terms of the facility'), z.array(carbonTerm).min(1)])
  .exactOptional()

const target = strict({
  window: text('of `core.windows`: rolling, such as 30d, or month, judged when it is over; none too short for it'),
  max: z.number().positive().exactOptional().describe('it is to stay at or below this, in its unit'),
  min: z.number().positive().exactOptional().describe('it is to stay at or above this'),
})

const targets = strict(Object.fromEntries([...TARGETED.keys()].map((name) => [name, target.exactOptional()])))

export const boundary = strict({
  facility: z.array(term).min(1).describe('total energy: the sum of these terms'),
  it: z.array(term).min(1).describe('IT energy: the sum of these terms'),
  losses: strict({
    ups: optionalSum.describe('energy lost in the UPS: input less output'),
    distribution: optionalSum.describe('energy lost between UPS and IT'),
    cooling: optionalSum.describe('energy of cooling: CLF, MLC'),
  })
    .exactOptional()
    .describe('what the PUE is made of beside IT; UPS and distribution: PLF, ELC'),
  water: strict({
    total: optionalSum.describe('all water that comes in for the data centre: WUE'),
    fresh: optionalSum.describe('the freshwater of it: `wue_fresh`'),
    potable: optionalSum.describe('the potable water of it: `wue_potable`'),
  })
    .exactOptional()
    .describe('water usage effectiveness, L/kWh of IT energy'),
  reuse: optionalSum.describe('heat used outside, by heat meters at the hand-off: ERF of the facility, ERE'),
  renewable: optionalSum.describe('renewable energy: REF of the facility, of a month or more'),
  removedHeat: optionalSum.describe('heat that the cooling takes out of the rooms: with `losses.cooling` CER'),
  carbon: strict({
    location: carbonSum.describe('location-based: indicator `cue`'),
    market: carbonSum.describe('market-based, by contracts and guarantees: `cue_market`'),
  })
    .exactOptional()
    .describe('carbon usage effectiveness, kg of CO₂ equivalent per kWh of IT energy'),
  category: z.literal([1, 2, 3]).default(1).describe('IT measured at 1 UPS output, 2 PDU output, 3 IT input'),
  targetPue: z
    .number()
    .min(1)
    .exactOptional()
    .describe('what the PUE of 24 h has to stay below: else alarm `pue_target`'),
  targets: targets.exactOptional().describe('what indicators have to keep to over a window: else alarm `target`'),
  suspectAbove: z.number().min(1).default(2).describe('a PUE above it is marked as suspect'),
  part: z.boolean().default(false).describe('part of a site: its quotient is a pPUE'),
  shared: text('why a meter counts as facility and as IT, for `check`').exactOptional(),
})

const gPerKwh = z.number().min(0).max(MOST_G_PER_KWH)

export const intensity = strict({
  gPerKwh: gPerKwh.exactOptional().describe('g of CO₂ equivalent per kWh, at all times'),
  monthly: z
    .record(z.string(), gPerKwh)
    .check(({ value: written, issues }) => {
      for (const month of Object.keys(written)) {
        const fault = monthFault(month)
        if (fault === undefined) continue
        const params = { hint: fault.hint }
        issues.push({ code: 'custom', input: written, path: [month], message: fault.reason, params })
      }
    })
    .exactOptional()
    .describe('the same of each month, as 2026-03: 61; of a month without one nothing is known'),
  file: text('CSV file of instants with offsets and g/kWh, such as of each hour').exactOptional(),
  steps: z
    .array(z.tuple([text('an instant', instantFault), gPerKwh]))
    .min(1)
    .max(MOST_STEPS)
    .exactOptional()
    .describe('the same, written here: from when on, with its offset, how much, rising'),
  point: text('point that tells it; each value holds until the next').exactOptional(),
  source: text('who says so: publisher, title, year'),
  scope: z.literal([1, 2, 3]).default(2).describe('of the Greenhouse Gas Protocol: 1 fuel, 2 electricity and cold'),
  basis: z.enum(['location', 'market']).default('location').describe('of the grid, or of contracts and guarantees'),
  accuracyPct: z
    .number()
    .positive()
    .max(100)
    .exactOptional()
    .describe('it is within ± %; absent: indicators have no ±'),
})
