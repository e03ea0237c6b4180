import * as z from 'zod'

import { dateFault } from './dated/dates.ts'
import { spanS, strict, text } from './members.ts'
import { bandFault } from './points/loss-band.ts'
import {
  filterFault,
  MAX_SPAN_S,
  instantFault,
  nameFault,
  pointerFault,
  roleFault,
  stampFault,
  timeFormFault,
  timezoneFault,
  pointTopicFault,
} from './strings.ts'
import { UNITS } from '../ingest/units.ts'

function pointer(description: string) {
  return text(description, pointerFault)
}

function conditions(description: string) {
  return z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .check(({ value: written, issues }) => {
      for (const key of Object.keys(written)) {
        const fault = pointerFault(key)
        if (fault === undefined) continue
        const params = { hint: fault.hint }
        issues.push({ code: 'custom', input: written, path: [key], message: fault.reason, params })
      }
    })
    .describe(description)
}

/** How a device numbers its messages; of a point it is the numbering of its topic. */
export const numbered = {
  seq: pointer(
    'JSON Pointer to the number that each message counts up by 1: what is missing is counted and told',
  ).exactOptional(),
  seqModulus: z
    .int()
    .min(16)
    .max(Number.MAX_SAFE_INTEGER)
    .exactOptional()
    .describe('where these numbers wrap: 256 or 65536; absent: they only rise'),
}

export const point = strict({
  topic: text('MQTT topic, no wildcards', pointTopicFault),
  at: pointer('JSON Pointer to the number; absent: the payload is a number, or has `value`').exactOptional(),
  plus: z
    .array(
      strict({
        at: pointer('JSON Pointer to a further member'),
        factor: z
          .number()
          .refine((written) => written !== 0, { error: 'must not be 0' })
          .default(1),
      }),
    )
    .min(1)
    .max(16)
    .exactOptional()
    .describe('members that are added to the number, each times its factor: phases, decimals, a high word'),
  records: pointer('JSON Pointer to a list of records; `at`, `timeAt` and `where` are within each').exactOptional(),
  where: conditions(
    'JSON Pointers and what stands there in messages or records that are of this point',
  ).exactOptional(),
  cells: z
    .enum([',', ';', '|', '\t', ' '])
    .exactOptional()
    .describe('what stands between the cells of a payload that is one line of text; `at: /0` is the first'),
  format: z
    .enum(['line-protocol', 'senml', 'dsx'])
    .exactOptional()
    .describe(
      'of the payload, if neither JSON nor a number nor `cells`: InfluxDB line protocol (`at: /fields/NAME`), ' +
        'SenML (`where: { /n: NAME }`), DSX values',
    ),
  unitAt: pointer(
    "JSON Pointer to the unit that a message names; one that is not the point's is refused",
  ).exactOptional(),
  decimal: z.enum(['.', ',']).default('.').describe('decimal sign of numbers that are text'),
  timeAt: z
    .union([
      text('', stampFault),
      z
        .array(pointer('the date, and the time of day'))
        .length(2)
        .transform(([date = '', time = '']) => [date, time] as const),
    ])
    .exactOptional()
    .describe(
      'JSON Pointer to the event time, or to its date and time of day; `none`: arrival counts; ' +
        'absent: `ts`, `time`, `timestamp` or arrival',
    ),
  timeForm: text('how local times are written, such as `DD.MM.YYYY HH:mm:ss`', timeFormFault).exactOptional(),
  epoch: text('the instant that numeric times count from, if not 1970: ISO 8601', instantFault).exactOptional(),
  stamp: z
    .enum(['end', 'start'])
    .default('end')
    .describe('which end of its interval an energy or a mean is stamped with'),
  unit: z
    .enum(Object.keys(UNITS))
    .describe('of the value, which is number × `factor` + `offset`; `min`, `max`, `invalid` are in it, too'),
  everyS: spanS('how often a reading comes, seconds').default(60),
  kind: z.enum(['power', 'register', 'mean', 'energy', 'gauge']).exactOptional().describe('told by unit where obvious'),
  register: strict({
    rolloverAt: z
      .number()
      .positive()
      .exactOptional()
      .describe("where the count wraps: what the meter shows, in the point's unit"),
    resets: z
      .enum(['daily'])
      .exactOptional()
      .describe("`daily`: a day counter, which begins anew at midnight (the point's `timezone`, else the site's)"),
    swaps: z
      .array(
        strict({
          at: text('when the meter was replaced: ISO 8601 with offset', instantFault),
          closing: z.number().min(0).describe("what the old meter showed last, in the point's unit"),
          opening: z.number().min(0).describe("what the new meter began with, in the point's unit"),
        }),
      )
      .max(100)
      .default([])
      .describe('meters that were replaced, in rising time: the energy goes on across'),
  })
    .exactOptional()
    .describe('the unit is of a running energy count'),
  accuracyPct: z.number().positive().max(100).exactOptional().describe('accuracy class, ± %'),
  maxKw: z.number().positive().exactOptional().describe('rated power, kW; above 1.25 times it a power is refused'),
  ct: strict({
    accuracyPct: z.number().positive().max(100).describe('accuracy class, ± %'),
    batch: text('transformers of one batch err alike', nameFault).exactOptional(),
  })
    .exactOptional()
    .describe('current transformer before the meter, where `accuracyPct` does not include it'),
  role: text(
    'facility, it, cooling, inlet, outdoor, ups, distribution, water, other, or a word of yours',
    roleFault,
  ).exactOptional(),
  driftPct: z
    .number()
    .positive()
    .max(100)
    .exactOptional()
    .describe("how far a register may be from its meter's power over an hour, %; 5 unless given"),
  parent: text('the meter that this one is fed from: all that are may not exceed it').exactOptional(),
  loss: text('what may be lost between this meter and those fed from it, such as `0..8 %`', bandFault).exactOptional(),
  meter: text('device that several points belong to', nameFault).exactOptional(),
  device: text(
    'the device that measures it: points of one topic are of one; silent, they are one alarm',
    nameFault,
  ).exactOptional(),
  gateway: text(
    'what the point is reached through: all behind it silent is one alarm, of the gateway',
    nameFault,
  ).exactOptional(),
  ...numbered,
  min: z.number().exactOptional().describe("values below are refused, in the point's unit"),
  max: z.number().exactOptional().describe("values above are refused, in the point's unit"),
  maxGapS: spanS('longest silence that is not a gap, seconds').exactOptional(),
  hold: z.boolean().default(false).describe('reports on change only: the last reading holds'),
  retained: z
    .enum(['refuse', 'accept', 'seed'])
    .default('refuse')
    .describe(
      'retained messages without a stamp of their own: `seed` shows the number at the start, as no reading: ' +
        'no energy, no alarm',
    ),
  timeUnit: z
    .enum(['s', 'ms', 'us', 'ns'])
    .exactOptional()
    .describe('of a time that is a number; absent: by magnitude'),
  timezone: text('time zone of stamps without an offset', timezoneFault).exactOptional(),
  factor: z.number().positive().default(1).describe('value = number × factor + offset: tenths, transformer ratios'),
  factors: z
    .array(strict({ from: text('a date or an instant', dateFault), factor: z.number().positive() }))
    .min(1)
    .max(100)
    .exactOptional()
    .describe('other factors of readings stamped from dates on, in rising time; before the first, `factor`'),
  from: text(
    'sums count the point from then on: a date (midnight of the site) or an instant; absent: always did',
    dateFault,
  ).exactOptional(),
  until: text('sums count the point until then, a date or an instant; absent: for ever', dateFault).exactOptional(),
  offset: z.number().default(0).describe('value = number × factor + offset, in the unit'),
  invalid: z.array(z.number()).min(1).max(32).exactOptional().describe('values that the device sends for no reading'),
  stuckAfterS: z
    .number()
    .min(0)
    .max(MAX_SPAN_S)
    .exactOptional()
    .describe(
      'a sensor that tells one value for so long, seconds, is stuck; absent: 21600, or 86400 for a whole or half degree or percent; 0: never',
    ),
})

/** Topics, or messages of topics that points read, which are counted as ignored. */
export interface Ignored {
  topic: string
  where?: Readonly<Record<string, string | number | boolean>>
  without?: string
  text?: string | readonly string[]
}

export const ignore = z.union([
  text('a topic; + stands for one level, # for all below', filterFault).transform((topic): Ignored => ({ topic })),
  strict({
    topic: text('topic of messages of which some are no readings; + and # as elsewhere', filterFault),
    where: conditions('JSON Pointers and what stands there in such a message').exactOptional(),
    without: pointer('JSON Pointer to a member that such a message lacks').exactOptional(),
    text: z
      .union([text('such a message, as text'), z.array(text('such a message, as text')).min(1).max(32)])
      .exactOptional()
      .describe('such messages: `online`, `offline` …'),
  }).transform((rule): Ignored => rule),
])
