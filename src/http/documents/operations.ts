import { OUTCOMES } from '../../core/contract/outcome.ts'
import { MEASUREMENTS } from '../../rows/tables/measurements.ts'
import type { ANSWERS } from './answers.ts'
import { commandSchema } from './commands.ts'
import { objectOf, oneOf, TEXT, type JsonSchema } from './json-schema.ts'

/** What a route may be asked in its address. */
interface Question {
  readonly about: string
  readonly schema: JsonSchema
  readonly isRequired?: true
  /** One that works, if the schema alone does not tell it. */
  readonly example?: string
}

/** A whole number that is asked for. */
interface WholeQuestion extends Question {
  readonly schema: {
    readonly type: 'integer'
    readonly minimum: 1
    readonly maximum: number
    readonly default?: number
  }
}

/** One method of a route. */
export interface Operation {
  readonly about: string
  readonly questions?: Readonly<Record<string, Question>>
  readonly body?: JsonSchema
  readonly status?: 202
  readonly type?: 'text/plain' | 'text/event-stream'
  /** Absent: text. */
  readonly answer?: keyof typeof ANSWERS
}

/** Rows of an answer: a read of more would hold up the commits behind it. */
export const MOST_ROWS = 5_000

const TIME_SCHEMA: JsonSchema = {
  anyOf: [{ type: 'integer' }, { type: 'string', format: 'date-time' }],
  description: 'epoch ms, or ISO 8601 with offset',
}
const FROM: Question = { about: 'begin; absent: a day before `to`', schema: TIME_SCHEMA }
const TO: Question = { about: 'end; absent: now', schema: TIME_SCHEMA }
const MEASUREMENT: Question = { about: 'which rows', schema: oneOf(Object.keys(MEASUREMENTS)), isRequired: true }
const EVERY_S = whole('only rows at whole multiples of so many seconds', 86_400)

/** Tags that rows may be chosen by; each measurement has some of them. */
const TAGS: Readonly<Record<string, Question>> = Object.fromEntries(
  [...new Set(Object.values(MEASUREMENTS).flatMap(({ tags }) => tags))].map((tag) => [
    `tag.${tag}`,
    { about: `rows of this ${tag}, of a measurement that has it`, schema: TEXT },
  ]),
)

/**
 * What the routes below `/api`, and those that look after the daemon, are asked and answer. The routes themselves read
 * their questions from here.
 */
export const OPERATIONS = {
  '/healthz': { get: { about: 'Whether the daemon lives: 503 where only a restart helps' } },
  '/readyz': {
    get: { about: 'Whether readings get through to where they should: 503 with reasons', answer: 'Reasons' },
  },
  '/metrics': { get: { about: 'Prometheus text: the daemon, and the site by its names' } },
  '/api/openapi.json': { get: { about: 'This document', answer: 'Document' } },
  '/api/asyncapi.json': { get: { about: 'The topics that the daemon publishes to and reads', answer: 'Document' } },
  '/api/v1/site': { get: { about: 'What is measured, by name', answer: 'Site' } },
  '/api/v1/limits': {
    get: { about: "What each class of the site's inlets is judged by, with source and confidence", answer: 'Limits' },
  },
  '/api/v1/inlets': {
    get: { about: 'The air of each inlet by its newest reading, as alarms judge it', answer: 'Inlets' },
  },
  '/api/v1/public': {
    get: { about: 'What the public page shows, rounded and delayed', answer: 'PublicFacts' },
  },
  '/api/v1/planned': {
    get: { about: 'Planned work, what goes on first, and its share of the time by window', answer: 'Planned' },
  },
  '/api/v1/rows': {
    get: {
      about: 'Rows series by series, oldest first; the header Coldaisle-More: 1 says that there are more',
      questions: {
        measurement: MEASUREMENT,
        from: FROM,
        to: TO,
        limit: whole('at most so many', MOST_ROWS, 1_000),
        everyS: EVERY_S,
        ...TAGS,
      },
      answer: 'Rows',
    },
  },
  '/api/v1/course': {
    get: {
      about: 'A field of rows over time: least, mean and largest value in each step, null where none is known',
      questions: {
        measurement: MEASUREMENT,
        field: { about: 'which of its numbers', schema: TEXT, isRequired: true, example: 'coverage' },
        from: FROM,
        to: TO,
        stepS: whole('length of a step, seconds', 86_400, 300),
        ...TAGS,
      },
      answer: 'Course',
    },
  },
  '/api/v1/latest': {
    get: {
      about: 'The newest rows of each series, newest first',
      questions: { measurement: MEASUREMENT, count: whole('so many of each series', 100, 1), ...TAGS },
      answer: 'Rows',
    },
  },
  '/api/v1/power': {
    get: {
      about: 'Mean power by role, W; null where a meter of the role is not known for at least half of a step',
      questions: { from: FROM, to: TO, stepS: whole('length of a step, seconds', 86_400, 300) },
      answer: 'Power',
    },
  },
  '/api/v1/explain': {
    get: {
      about: 'The sum behind a PUE or an indicator, line by line',
      questions: {
        boundary: { about: 'its name', schema: TEXT, isRequired: true },
        window: { about: 'such as 24h or day', schema: TEXT, isRequired: true },
        indicator: {
          about: 'such as wue, whose sums are `over` and `under` in their units; absent: pue',
          schema: TEXT,
        },
        at: { about: 'the newest end that is not later; absent: the newest', schema: TIME_SCHEMA },
      },
      answer: 'Explanation',
    },
  },
  '/api/v1/refused': {
    get: {
      about: 'Refused readings by outcome and topic, and packets as examples',
      questions: {
        outcome: { about: 'only of this one', schema: oneOf(OUTCOMES) },
        topic: { about: 'only of this one', schema: TEXT },
        since: { about: 'arrived then or later', schema: TIME_SCHEMA },
        limit: whole('at most so many packets', MOST_ROWS, 100),
      },
      answer: 'Refused',
    },
  },
  '/api/v1/dead-letters': {
    get: {
      about: 'Rows that InfluxDB will never take as they are, the newest first, with the reason',
      questions: { limit: whole('at most so many', MOST_ROWS, 100) },
      answer: 'DeadLetters',
    },
  },
  '/api/v1/events': {
    get: {
      about: 'Rows as they are committed: server-sent events hello, pulse, rows, missed and inlets',
      questions: {
        measurement: {
          about: 'those of these, parted by commas; absent: all. With `inlets` the air of inlets as it changes, too',
          schema: TEXT,
        },
      },
      type: 'text/event-stream',
    },
  },
  '/api/v1/session': {
    get: { about: 'Who asks, and what for', answer: 'Session' },
    post: {
      about: 'Logs in; the cookie of the answer is the session',
      body: objectOf({ name: TEXT, password: TEXT }),
      answer: 'Session',
    },
    delete: { about: 'Logs out' },
  },
  '/api/v1/alarms/command': {
    post: {
      about: 'Gives an order on alarms, or plans work: it is on the disk, and rows and the audit tell what came of it',
      body: commandSchema({}),
      status: 202,
      answer: 'Ordered',
    },
  },
} as const satisfies Readonly<Record<string, Readonly<Partial<Record<'get' | 'post' | 'delete', Operation>>>>>

/** Paths of `/api` that are asked by GET, and what each may be asked. */
export type AskedPath = {
  [Path in keyof typeof OPERATIONS]: (typeof OPERATIONS)[Path] extends { get: Operation } ? Path : never
}[keyof typeof OPERATIONS]

export function questionsOf(path: AskedPath): Readonly<Record<string, Question>> {
  const { get }: { get: Operation } = OPERATIONS[path]
  return get.questions ?? {}
}

/** `least` is 1. `absent`: what counts where nothing is asked. */
function whole(about: string, most: number, absent?: number): WholeQuestion {
  const schema = { type: 'integer', minimum: 1, maximum: most } as const
  return { about, schema: absent === undefined ? schema : { ...schema, default: absent } }
}
