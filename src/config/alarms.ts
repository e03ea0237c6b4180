import * as z from 'zod'

import { spanS, strict, text } from './members.ts'
import { nameFault, type StringFault } from './strings.ts'
import { ALARM_KINDS, SEVERITIES } from '../core/contract/alarm-kinds.ts'

/**
 * A limit of an inlet's dry bulb: an absolute temperature, or one of its class's limits shifted by some kelvin. Shifts
 * are written for the upper side; `limit` mirrors them for the lower one, so that `- 2 K` is tighter on both.
 */
export type InletLimit = { kind: 'fixed'; limitC: number } | { kind: 'class'; of: LimitName; shiftK: number }

type LimitName = 'recommended' | 'allowable'

const LIMIT = /^(recommended|allowable)(?:\s*([+-])\s*(\d+(?:\.\d+)?)\s*K)?$/
const COLDEST_C = -40
const HOTTEST_C = 80

function limitFault(written: string): StringFault | undefined {
  if (LIMIT.test(written.trim())) return undefined
  return {
    reason: `${JSON.stringify(written)} is not a limit`,
    hint: 'write a number in °C, `recommended`, `allowable`, or one of these with a distance, such as `allowable - 2 K`',
  }
}

function limitOf(written: string): InletLimit {
  const [, of, sign = '+', shift = '0'] = LIMIT.exec(written.trim()) ?? []
  return {
    kind: 'class',
    of: of === 'recommended' ? 'recommended' : 'allowable',
    shiftK: Number(shift) * (sign === '-' ? -1 : 1),
  }
}

function inletLimit(description: string) {
  return z
    .union([
      z
        .number()
        .min(COLDEST_C)
        .max(HOTTEST_C)
        .transform((limitC): InletLimit => ({ kind: 'fixed', limitC })),
      text('', limitFault).transform(limitOf),
    ])
    .exactOptional()
    .describe(description)
}

const delayS = z.number().min(0).max(86_400)

/** What every rule has. The alarm words are ISA-18.2's. */
function ruleKeys(onDelayS: number, offDelayS: number) {
  return {
    enabled: z.boolean().default(true),
    onDelayS: delayS.default(onDelayS).describe('how long a breach lasts before it is raised, seconds'),
    offDelayS: delayS.default(offDelayS).describe('how long all is well before it is cleared, seconds'),
    ...answerKeys,
  }
}

const help = strict({
  cause: text('what probably is behind it').exactOptional(),
  consequence: text('what follows if nobody acts').exactOptional(),
  action: text('what to do').exactOptional(),
  respondMin: z.number().positive().max(100_000).exactOptional().describe('time to respond, minutes'),
})

const severity = z.enum(SEVERITIES).exactOptional()

const routes = z.array(text('a word that receivers ask for in `routes`', nameFault)).min(1).max(16)

const escalate = z
  .array(
    strict({
      afterMin: z
        .number()
        .positive()
        .max(10_080)
        .describe('so many minutes after it was raised, if nobody acknowledged'),
      severity: severity.describe('it has at least this severity then; absent: it keeps its own'),
      routes: routes.exactOptional().describe('who is told then, too'),
    }),
  )
  .max(8)

/** What a value far beyond its limit makes of an alarm. */
const steps = z
  .array(
    strict({
      beyondK: z.number().positive().max(50).exactOptional().describe('so far beyond the limit of a temperature, K'),
      beyondPct: z.number().positive().max(100).exactOptional().describe('so far beyond that of a humidity, %'),
      severity: z.enum(SEVERITIES).describe('it has this severity then'),
    }).refine(
      ({ beyondK, beyondPct }) => (beyondK ?? beyondPct) !== undefined,
      'needs `beyondK` or `beyondPct`: it does not say how far beyond',
    ),
  )
  .max(3)

const answerKeys = {
  latch: z.boolean().default(false).describe('when it is over, it stays until somebody resets it'),
  acknowledge: z.boolean().default(false).describe('when it is over and nobody acknowledged it, it waits for that'),
  severity: severity.describe('the least; absent: that of the kind'),
  routes: routes.exactOptional().describe('whom to tell, by the words in `routes` of receivers'),
  escalate: escalate.default([]).describe('what becomes of it while nobody acknowledges it'),
  help: help.prefault({}).describe('what notices tell of cause, consequence and action, in place of our own words'),
}

const deadband = {
  K: z.number().min(0).max(20).describe('how far back inside the limit clears, K'),
  pct: z.number().min(0).max(20).describe('how far back inside a limit of humidity clears, %'),
  pue: z.number().min(0).max(1).describe('how far below `targetPue` the PUE of 24 h clears'),
  share: z.number().min(0).max(1).describe('how far back inside a target clears, as a share of it'),
}
const deadbandK = deadband.K.default(0.5)
const sides = {
  limit: inletLimit(
    'both sides: recommended, allowable, or `allowable - 2 K` (tighter by 2 K on both); a number: the upper side, °C',
  ),
  high: inletLimit('the upper side only'),
  low: inletLimit('the lower side only; `allowable + 2 K` is 2 K above the lower limit'),
}
const least = z.number().min(0.05).max(1).describe("least share of the last hour that a boundary's PUE knows")

const severer = 'what a value far beyond its limit makes of it'

function inletAlarm(shipped: z.input<typeof steps>) {
  return strict({
    ...ruleKeys(60, 60),
    deadbandK,
    ...sides,
    steps: steps.default(shipped).describe(severer),
  }).prefault({})
}

function condition(onDelayS: number, offDelayS: number) {
  return strict(ruleKeys(onDelayS, offDelayS)).prefault({})
}

const named = z.union([text('a name'), z.array(text('a name')).min(1).max(1000)]).exactOptional()
const kinds = z.enum(ALARM_KINDS)

/** What a rule of some sources selects them by: all that it names must fit. */
export const SELECTORS = [
  'inlet',
  'point',
  'boundary',
  'indicator',
  'rack',
  'gateway',
  'hall',
  'class',
  'kind',
] as const

/** A rule for some sources. A key that it does not have is that of a less specific rule, at last of the kind. */
const selectedRule = strict({
  kind: z
    .union([kinds, z.array(kinds).min(1)])
    .exactOptional()
    .describe('of alarm; absent: all'),
  class: named.describe('ASHRAE class of the inlet'),
  hall: named.describe('of the inlet, or of all inlets that a point or gateway measures'),
  gateway: named.describe('of the point, or of the dry bulb of the inlet'),
  rack: named,
  inlet: named,
  point: named,
  boundary: named.describe('also of a target'),
  indicator: named.describe('of a target, such as wue'),
  onDelayS: delayS.exactOptional(),
  offDelayS: delayS.exactOptional(),
  deadbandK: deadband.K.exactOptional(),
  deadbandPct: deadband.pct.exactOptional(),
  deadband: deadband.pue.exactOptional().describe('of `pue_target` a PUE, of `target` a share of it'),
  ...sides,
  afterS: spanS('silence that is stale, seconds').exactOptional(),
  least: least.exactOptional(),
  severity: severity.describe('the least'),
  steps: steps.exactOptional().describe(severer),
  escalate: escalate.exactOptional(),
  routes: routes.exactOptional(),
  latch: z.boolean().exactOptional(),
  acknowledge: z.boolean().exactOptional(),
  help: help.exactOptional(),
})

/** Rules of all alarms, and what is out of service. Kinds as in core/contract/alarm-kinds.ts. */
export const alarms = strict({
  inlet_recommended: inletAlarm([]),
  inlet_allowable: inletAlarm([{ beyondK: 1, severity: 'critical' }]),
  moisture: strict({
    ...ruleKeys(60, 60),
    limit: z.enum(['recommended', 'allowable']).default('allowable').describe('which limits of the class'),
    deadbandK,
    deadbandPct: deadband.pct.default(2),
    steps: steps.exactOptional().describe(`${severer}; absent: 1 K or 5 % beyond an allowable limit is critical`),
  }).prefault({}),
  rate_of_change: condition(60, 60),
  stale: strict({
    enabled: z.boolean().default(true),
    afterS: spanS('silence that is stale, seconds; absent: 3 × everyS, at least 240').exactOptional(),
    onDelayS: delayS.default(60).describe('how long a breach lasts before it is raised, seconds'),
    ...answerKeys,
  }).prefault({}),
  gateway: strict({
    enabled: z.boolean().default(true).describe('one alarm when all points behind a gateway are stale'),
    onDelayS: delayS.default(0).describe('how long a breach lasts before it is raised, seconds'),
    ...answerKeys,
  }).prefault({}),
  uplink: strict({
    enabled: z
      .boolean()
      .default(true)
      .describe('one alarm when all gateways behind an uplink, or of the site, are silent'),
    onDelayS: delayS.default(0).describe('how long a breach lasts before it is raised, seconds'),
    ...answerKeys,
  }).prefault({}),
  refused: condition(60, 0),
  gateway_refused: condition(60, 0),
  uplink_refused: condition(60, 0),
  messages_lost: condition(0, 900),
  gateway_messages_lost: condition(0, 900),
  pue_target: strict({
    ...ruleKeys(0, 0),
    deadband: deadband.pue.default(0.01),
  }).prefault({}),
  coverage: strict({
    ...ruleKeys(0, 0),
    least: least.default(0.5),
    graceS: z
      .number()
      .min(0)
      .max(7 * 86_400)
      .default(86_400)
      .describe('so long after its first reading a boundary that was never known enough raises nothing, seconds'),
  }).prefault({}),
  register: condition(0, 0),
  drift: condition(0, 0),
  unit_slip: condition(0, 0),
  it_above_facility: condition(0, 0),
  journal: condition(0, 0),
  outbox: condition(60, 0),
  clock: condition(0, 60),
  certificate: strict({
    ...ruleKeys(0, 0),
    days: z.number().min(1).max(365).default(30).describe('so many days before the first certificate ends'),
    criticalDays: z.number().min(0).max(365).default(7).describe('so many days before, it is critical'),
  }).prefault({}),
  sensor: strict({
    ...ruleKeys(0, 0),
    apartK: z
      .number()
      .min(1)
      .max(50)
      .default(6)
      .describe("by how much an inlet's mean of an hour may differ from the median of its neighbours, K"),
  }).prefault({}),
  skew: condition(0, 0),
  target: strict({
    ...ruleKeys(0, 0),
    deadband: deadband.share.default(0.01),
  }).prefault({}),
  stream: condition(0, 0),
  rules: z.array(selectedRule).max(1000).default([]).describe('rules for some sources only; the most specific wins'),
  out_of_service: z
    .array(text('a point, inlet, boundary, target, gateway, or an alarm of this section'))
    .default([])
    .describe('what raises no alarm for now: the alarms of a source, or all of a kind'),
})

/** The two sides of an inlet's rule; where neither says anything, of `absent`. */
export function sidesOf(
  { limit, high, low }: { limit?: InletLimit | undefined; high?: InletLimit | undefined; low?: InletLimit | undefined },
  absent: LimitName,
): { high: InletLimit; low: InletLimit } {
  const usual: InletLimit = { kind: 'class', of: absent, shiftK: 0 }
  const mirrored: InletLimit = limit?.kind === 'class' ? { ...limit, shiftK: 0 - limit.shiftK } : usual
  return { high: high ?? limit ?? usual, low: low ?? mirrored }
}
