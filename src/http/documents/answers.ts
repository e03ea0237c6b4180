import { OUTCOMES } from '../../core/contract/outcome.ts'
import { COMMAND_PLACES } from '../../ingest/command.ts'
import { MEASUREMENTS } from '../../rows/tables/measurements.ts'
import type { FieldType, RowTable } from '../../rows/tables/table.ts'
import {
  BOOLEAN,
  listOf,
  mapOf,
  NUMBER,
  objectOf,
  oneOf,
  orNull,
  TEXT,
  TIME,
  INTEGER,
  type JsonSchema,
} from './json-schema.ts'

const FIELD_SCHEMAS: Readonly<Record<FieldType, JsonSchema>> = {
  float: NUMBER,
  int: INTEGER,
  string: TEXT,
  bool: BOOLEAN,
}

/** A row of each measurement, as it stands in NDJSON: by the tables that rows are written from. */
const ROWS: readonly JsonSchema[] = Object.entries<RowTable>(MEASUREMENTS).map(([measurement, { tags, fields }]) =>
  objectOf({
    measurement: { const: measurement },
    tags: objectOf(Object.fromEntries(tags.map((tag) => [tag, TEXT]))),
    fields: objectOf(
      Object.fromEntries(Object.entries(fields).map(([name, it]) => [`${name}?`, FIELD_SCHEMAS[it.type]])),
    ),
    timeMs: TIME,
  }),
)

const EXPLAINED_SUM = objectOf({
  energyJ: NUMBER,
  energyKwh: NUMBER,
  estimatedJ: NUMBER,
  lines: listOf(
    objectOf({
      term: TEXT,
      by: TEXT,
      class: oneOf(['measured', 'estimated', 'earlier', 'edges']),
      factor: NUMBER,
      energyJ: NUMBER,
      energyKwh: NUMBER,
      share: NUMBER,
      'coverage?': NUMBER,
    }),
  ),
})

const REFUSED = {
  outcome: oneOf(OUTCOMES),
  topic: TEXT,
}

/** Answers of routes by name: the components of the document. */
export const ANSWERS = {
  Rows: listOf({ anyOf: ROWS }),
  Reasons: objectOf({ reasons: listOf(TEXT) }),
  Site: objectOf({
    site: TEXT,
    timezone: TEXT,
    edition: TEXT,
    intervalS: INTEGER,
    'grafanaUrl?': TEXT,
    windows: listOf(TEXT),
    points: listOf(
      objectOf({
        point: TEXT,
        'role?': TEXT,
        unit: TEXT,
        kind: TEXT,
        'gateway?': TEXT,
        'meter?': TEXT,
        'everyS?': NUMBER,
      }),
    ),
    boundaries: listOf(
      objectOf({
        boundary: TEXT,
        category: INTEGER,
        'targetPue?': NUMBER,
        'targets?': {
          type: 'object',
          description: 'by indicator: window, and max or min',
          additionalProperties: objectOf({ window: TEXT, 'max?': NUMBER, 'min?': NUMBER }),
        },
        part: BOOLEAN,
        facility: { type: 'array', description: 'terms as the configuration has them' },
        it: { type: 'array', description: 'terms as the configuration has them' },
      }),
    ),
    inlets: listOf(objectOf({ inlet: TEXT, hall: TEXT, rack: TEXT, class: TEXT, points: listOf(TEXT) })),
  }),
  Inlets: listOf(
    objectOf({
      inlet: TEXT,
      timeMs: TIME,
      untilMs: { ...TIME, description: 'epoch ms; from then on the reading says nothing of the inlet' },
      dryBulbC: NUMBER,
      'rhPct?': NUMBER,
      'dewPointC?': NUMBER,
      headroomK: NUMBER,
      band: INTEGER,
      violations: TEXT,
    }),
  ),
  Limits: listOf(
    objectOf({
      class: TEXT,
      edition: TEXT,
      altitudeM: NUMBER,
      corrosion: TEXT,
      dewPointPhase: TEXT,
      part: oneOf(['recommended', 'allowable']),
      dryBulbMinC: NUMBER,
      dryBulbMaxC: NUMBER,
      dewPointMinC: orNull(NUMBER),
      dewPointMaxC: NUMBER,
      rhMinPct: orNull(NUMBER),
      rhMaxPct: NUMBER,
      source: TEXT,
      confidence: TEXT,
      deratingMPerK: NUMBER,
      deratingConfidence: TEXT,
    }),
  ),
  PublicFacts: objectOf({
    title: TEXT,
    language: TEXT,
    timezone: TEXT,
    asOfMs: TIME,
    delayMin: NUMBER,
    digits: INTEGER,
    boundaries: listOf(
      objectOf({
        label: TEXT,
        category: INTEGER,
        windows: listOf(
          objectOf({
            window: TEXT,
            pue: orNull(NUMBER),
            uncertainty: orNull(NUMBER),
            coverage: orNull(NUMBER),
            name: TEXT,
            state: TEXT,
            endMs: orNull(TIME),
            'facilityKw?': orNull(NUMBER),
            'itKw?': orNull(NUMBER),
          }),
        ),
        days: listOf(objectOf({ endMs: TIME, pue: NUMBER })),
      }),
    ),
  }),
  Course: objectOf({
    timesMs: listOf(TIME),
    stepMs: INTEGER,
    least: listOf(orNull(NUMBER)),
    mean: listOf(orNull(NUMBER)),
    most: listOf(orNull(NUMBER)),
  }),
  Planned: objectOf({
    work: listOf(
      objectOf({
        name: TEXT,
        from: { type: 'string', description: 'local time of the site' },
        hours: NUMBER,
        'rrule?': TEXT,
        ...Object.fromEntries(COMMAND_PLACES.map((place) => [`${place}?`, TEXT])),
        compliance: BOOLEAN,
        who: TEXT,
        why: TEXT,
        by: oneOf(['configuration', 'command']),
        alarms: listOf(TEXT),
        inlets: INTEGER,
        'fromMs?': TIME,
        'untilMs?': TIME,
        'nextMs?': TIME,
        'fault?': TEXT,
      }),
    ),
    share: mapOf(NUMBER),
  }),
  Power: objectOf({
    timesMs: listOf(TIME),
    stepMs: INTEGER,
    roles: mapOf(listOf(orNull(NUMBER))),
    points: mapOf(listOf(TEXT)),
  }),
  Explanation: objectOf({
    site: TEXT,
    boundary: TEXT,
    window: TEXT,
    category: INTEGER,
    startMs: TIME,
    endMs: TIME,
    intervalS: NUMBER,
    intervals: INTEGER,
    countedIntervals: INTEGER,
    facility: EXPLAINED_SUM,
    it: EXPLAINED_SUM,
    losses: objectOf({ 'upsJ?': NUMBER, 'distributionJ?': NUMBER, 'coolingJ?': NUMBER, 'otherJ?': NUMBER }),
    'pue?': NUMBER,
    coverage: NUMBER,
    'uncertainty?': NUMBER,
    uncertaintyBy: listOf(objectOf({ cause: TEXT, uncertainty: NUMBER })),
    facilityJ: NUMBER,
    itJ: NUMBER,
    estimatedShare: NUMBER,
    name: TEXT,
    suspect: BOOLEAN,
    'revision?': INTEGER,
    'state?': TEXT,
    masked: listOf(
      objectOf({
        intervals: INTEGER,
        reason: oneOf(['no_reading', 'too_little', 'before_first', 'not_held']),
        points: listOf(TEXT),
        spans: listOf(objectOf({ fromMs: TIME, toMs: TIME })),
        spanCount: INTEGER,
      }),
    ),
    notes: listOf(TEXT),
  }),
  Refused: objectOf({
    counts: listOf(objectOf({ ...REFUSED, readings: INTEGER, firstMs: TIME, lastMs: TIME })),
    packets: listOf(
      objectOf({
        ...REFUSED,
        timeMs: TIME,
        points: listOf(TEXT),
        bytes: INTEGER,
        'payload?': TEXT,
        'payload_hex?': TEXT,
        'cut?': BOOLEAN,
      }),
    ),
    fallen: INTEGER,
  }),
  DeadLetters: listOf(
    objectOf({ id: INTEGER, measurement: TEXT, tags: mapOf(TEXT), fields: mapOf({}), timeMs: TIME, reason: TEXT }),
  ),
  Session: objectOf({ accounts: BOOLEAN, name: TEXT, right: TEXT, 'csrf?': TEXT }),
  Ordered: objectOf({ command: TEXT, 'alarm?': TEXT, 'source?': TEXT, 'name?': TEXT, who: TEXT }),
  Document: { type: 'object' },
} as const satisfies Readonly<Record<string, JsonSchema>>
