import assert from 'node:assert/strict'
import { ALARM_KINDS, LIMIT_QUANTITIES, LIMIT_SIDES, LIMIT_VERDICTS } from '../contract/alarm-kinds.ts'
import { QUALITY_NOTES } from '../contract/flags.ts'
import { OUTCOMES } from '../contract/outcome.ts'
import { CALENDAR_UNITS, POINT_KINDS } from '../contract/plan.ts'
import { PHASES, STANDINGS } from '../alarms/alarm-state.ts'

/**
 * A snapshot is a core as sections of numbers. Every section has a name and begins with its head:
 *
 *     name          numbers
 *     core          [ head | 60000, 1772445600000, … ]
 *     point/main    [ head | flags, …, samples …, intervals … ]
 *     pipeline      [ head | now, packets, doubted stamps, first own entry, a count per outcome … ]
 *
 *     head = form, version, words
 *
 * `form` names the layout, `version` says which state of it. `words` is how many words the writer knew of the lists by
 * whose places the section speaks. Those lists only grow: fewer words can be read, more come from a later release.
 *
 * The store keeps a large section in parts of at most 1 MiB, of which the first has the head. Release 0.1.0 wrote no
 * heads: a section without one is of version 0.
 */
export type Sections = Map<string, Float64Array>

interface SectionForm {
  readonly form: string
  /** Newest version: the one written. All earlier ones are read. */
  readonly version: number
  readonly words: number
}

/** All forms that were ever saved. A head names its form by the place in this list: append only (D58). */
export const SECTION_FORMS = [
  { form: 'core', version: 2, words: 0 }, // from 2 on with what the close mark hangs on.
  // from 2 on the third number counts doubted stamps, from 3 on the fourth names the first start of the present form
  { form: 'pipeline', version: 3, words: OUTCOMES.length },
  { form: 'point', version: 1, words: QUALITY_NOTES.length },
  { form: 'rule', version: 1, words: POINT_KINDS.length },
  { form: 'inlet', version: 1, words: 0 },
  { form: 'boundary_quality', version: 1, words: QUALITY_NOTES.length },
  { form: 'compared_hour', version: 1, words: 0 },
  {
    form: 'alarms',
    version: 2, // from 2 on each alarm ends with the quantity of its limit
    words: ALARM_KINDS.length + PHASES.length + STANDINGS.length + LIMIT_QUANTITIES.length,
  },
  { form: 'flood', version: 1, words: 0 },
  {
    form: 'flood_groups',
    version: 3, // from 2 on with the worst that there was, from 3 on with the severities that were told
    words: ALARM_KINDS.length + LIMIT_QUANTITIES.length + LIMIT_SIDES.length,
  },
  { form: 'sensor', version: 1, words: 0 },
  { form: 'airflow', version: 1, words: 0 },
  { form: 'totals', version: 1, words: 0 },
  { form: 'period_starts', version: 1, words: CALENDAR_UNITS.length },
  { form: 'revisions', version: 1, words: 0 },
  { form: 'names', version: 1, words: 0 },
  {
    form: 'points',
    version: 3, // from 2 on with what registers keep of dropped readings, from 3 on with the zone of a day counter
    words: QUALITY_NOTES.length + POINT_KINDS.length,
  },
  { form: 'inlets', version: 1, words: 0 },
  {
    form: 'alarm_states',
    // from 2 on with its verdict and breach, from 3 on with its chatter, from 4 on with late breaches, from 5 on with
    // its severity
    version: 5,
    words:
      ALARM_KINDS.length +
      PHASES.length +
      STANDINGS.length +
      LIMIT_QUANTITIES.length +
      LIMIT_VERDICTS.length +
      LIMIT_SIDES.length,
  },
  // from 2 on with since when minutes are known, and revisions of old rows
  { form: 'trail', version: 2, words: CALENDAR_UNITS.length },
  { form: 'block', version: 1, words: 0 },
  { form: 'deflated', version: 1, words: 0 },
  { form: 'acknowledgements', version: 1, words: ALARM_KINDS.length },
  { form: 'waiting_air', version: 2, words: 0 }, // from 2 on with the newest dry bulb of each inlet
  { form: 'refused_readings', version: 1, words: OUTCOMES.length },
  { form: 'emitted_climate', version: 1, words: 0 },
  { form: 'gaps', version: 2, words: 0 }, // from 2 on with why numbers may change
  { form: 'revision_runs', version: 1, words: 0 },
  { form: 'doubts', version: 4, words: 0 }, // from 2 on with lone powers, 3: resolutions, 4: slips
  { form: 'deferred_air', version: 1, words: 0 },
  { form: 'sparkplug', version: 1, words: 0 },
  { form: 'numbering', version: 1, words: 0 },
  { form: 'planned', version: 1, words: 0 },
  { form: 'audit', version: 1, words: 0 },
  { form: 'configurations', version: 1, words: 0 },
  { form: 'hour_means', version: 1, words: 0 },
  { form: 'skews', version: 1, words: 0 },
] as const satisfies readonly SectionForm[]

type Form = (typeof SECTION_FORMS)[number]['form']

/**
 * A head is a whole number times the smallest number there is (2^-1074). Nothing measured or summed up is that small,
 * so the first number of a section of release 0.1.0 is never taken for a head.
 */
const UNIT = Number.MIN_VALUE
const MARK = 0xc01da

/** Forms whose sections began with a mark of their own in release 0.1.0, NaN or 1. */
const MARKED_IN_010: ReadonlySet<Form> = new Set(['point', 'alarms', 'flood', 'flood_groups'] as const)

interface Head {
  readonly place: number
  readonly version: number
  readonly words: number
}

/** Adds a section; `numbers` are copied. */
export function putSection(sections: Sections, name: string, form: Form, numbers: ArrayLike<number>): void {
  const section = new Float64Array(1 + numbers.length)
  section[0] = headOf(form)
  section.set(numbers, 1)
  sections.set(name, section)
}

/** Adds a section of bytes: behind its head their length, then they themselves, as if they were numbers. */
export function putByteSection(sections: Sections, name: string, form: Form, bytes: Uint8Array): void {
  const section = new Float64Array(2 + Math.ceil(bytes.length / 8))
  section[0] = headOf(form)
  section[1] = bytes.length
  new Uint8Array(section.buffer, 16).set(bytes)
  sections.set(name, section)
}

/** Takes a section of bytes out of the map. */
export function takeByteSection(sections: Sections, name: string, form: Form): Uint8Array | undefined {
  const bytes = byteSectionOf(sections, name, form)
  sections.delete(name)
  return bytes
}

/** A section of bytes, which stays in the map. */
export function byteSectionOf(sections: Sections, name: string, form: Form): Uint8Array | undefined {
  const section = sections.get(name)
  if (section === undefined) return undefined
  const numbers = numbersOf(section, form)
  return new Uint8Array(numbers.buffer, numbers.byteOffset + 8, numbers[0])
}

/** Takes a section out of the map; gives its numbers in the newest version, without the head. */
export function takeSection(sections: Sections, name: string, form: Form): Float64Array | undefined {
  const section = sections.get(name)
  sections.delete(name)
  return section === undefined ? undefined : numbersOf(section, form)
}

/** The numbers of a section in the newest version of its form, without the head. */
export function numbersOf(section: Float64Array, form: Form): Float64Array {
  const head = readHead(section[0])
  if (head === undefined) return inNewestVersion(fromRelease010(section, form), form, 1)
  const known = SECTION_FORMS[head.place]
  assert(known?.form === form && head.version <= known.version, `a section of the form ${form} has another head`)
  return inNewestVersion(section.subarray(1), form, head.version)
}

/**
 * Why this release cannot read a stored section, or undefined where it can. A part behind the first begins with a plain
 * number and passes. A deflated one is looked at twice: at its own head, and at that of what was deflated.
 */
export function sectionFault(name: string, bytes: Uint8Array): string | undefined {
  const fault = headFault(name, bytes)
  return fault === undefined && isDeflated(bytes) ? headFault(name, bytes.subarray(HEAD_BYTES)) : fault
}

export const HEAD_BYTES = Float64Array.BYTES_PER_ELEMENT

/**
 * What stands before deflated bytes. The head of what was deflated follows as it was, then the rest, deflated:
 *
 *     [ head of `deflated` | head | deflated numbers … ]
 */
export function deflatedHead(): Uint8Array {
  return new Uint8Array(Float64Array.of(headOf('deflated')).buffer)
}

export function isDeflated(bytes: Uint8Array): boolean {
  const head = headIn(bytes)
  return head !== undefined && SECTION_FORMS[head.place]?.form === 'deflated'
}

function headFault(name: string, bytes: Uint8Array): string | undefined {
  const head = headIn(bytes)
  if (head === undefined) return undefined
  const known: SectionForm | undefined = SECTION_FORMS[head.place]
  if (known === undefined) return `section ${name} is of form ${head.place}, which this release does not know`
  const { form, version, words } = known
  if (head.version < 1 || head.version > version) {
    return `section ${name} is of version ${head.version} of the form ${form}, this release reads up to ${version}`
  }
  if (head.words > words) return `section ${name} (${form}) speaks by ${head.words} words, this release knows ${words}`
  return undefined
}

function headIn(bytes: Uint8Array): Head | undefined {
  return bytes.length < HEAD_BYTES ? undefined : readHead(new Float64Array(bytes.slice(0, HEAD_BYTES).buffer)[0])
}

function headOf(form: Form): number {
  const place = SECTION_FORMS.findIndex((it) => it.form === form)
  const { version, words } = SECTION_FORMS[place]!
  return (MARK * 2 ** 32 + place * 2 ** 24 + version * 2 ** 16 + words) * UNIT
}

function readHead(first: number | undefined): Head | undefined {
  const code = (first ?? NaN) / UNIT
  if (Math.floor(code / 2 ** 32) !== MARK) return undefined
  return {
    place: Math.floor(code / 2 ** 24) % 2 ** 8,
    version: Math.floor(code / 2 ** 16) % 2 ** 8,
    words: code % 2 ** 16,
  }
}

/** Version 0 in the layout of version 1. */
function fromRelease010(numbers: Float64Array, form: Form): Float64Array {
  return MARKED_IN_010.has(form) ? numbers.subarray(1) : numbers
}

function inNewestVersion(numbers: Float64Array, form: Form, version: number): Float64Array {
  if (form === 'flood_groups' && version < 3) return withNoSeverity(version < 2 ? withPeaks(numbers) : numbers)
  if (form === 'alarms' && version < 2) return withQuantities(numbers)
  if (form === 'core' && version < 2) return withMark(numbers)
  if (form !== 'pipeline' || version > 2) return numbers
  return withNoOwnStart(version < 2 ? withDoubted(numbers) : numbers)
}

/** Version 1 did not count the stamps of a doubled hour that nothing could place. */
function withDoubted(numbers: Float64Array): Float64Array {
  return Float64Array.of(...numbers.subarray(0, 2), 0, ...numbers.subarray(2))
}

/** Up to version 2 the journal had no own entries. */
function withNoOwnStart(numbers: Float64Array): Float64Array {
  return Float64Array.of(...numbers.subarray(0, 3), 0, ...numbers.subarray(3))
}

const NEWEST_PLACE_1 = 6
const HEARD_PLACE_1 = 7

/** Version 1 knew the newest event time only: every reading moved the watermark. */
function withMark(numbers: Float64Array): Float64Array {
  const [newestMs, heardMs] = [numbers[NEWEST_PLACE_1]!, numbers[HEARD_PLACE_1]!]
  return Float64Array.of(...numbers, newestMs, 1, heardMs, -Infinity, 0, 0)
}

const GROUP_NUMBERS_1 = 5
/** When it began, most alarms, peak, limit, span, quantity, side. */
const NO_PEAK = [NaN, 0, NaN, NaN, NaN, 0, 0]

/** Flood groups of version 1 in the layout of version 2. */
function withPeaks(numbers: Float64Array): Float64Array {
  const groups = []
  for (let at = 0; at < numbers.length; at += GROUP_NUMBERS_1) {
    groups.push(...numbers.subarray(at, at + GROUP_NUMBERS_1), ...NO_PEAK)
  }
  return Float64Array.from(groups)
}

const GROUP_NUMBERS_2 = 12

/** Up to version 2 a kind had one severity. */
function withNoSeverity(numbers: Float64Array): Float64Array {
  const groups = []
  for (let at = 0; at < numbers.length; at += GROUP_NUMBERS_2) {
    groups.push(...numbers.subarray(at, at + GROUP_NUMBERS_2), 0)
  }
  return Float64Array.from(groups)
}

const ALARM_NUMBERS_1 = 20
const LIMIT_PLACE_1 = 15

/**
 * Alarms of version 1 in the layout of version 2. Version 1 did not save what a limit of moisture measures. At that
 * time the envelopes had dew points of -12 to 24 °C, none of them 8 or 20, and humidities of 8, 20 and from 50 % on.
 */
function withQuantities(numbers: Float64Array): Float64Array {
  const alarms = []
  for (let at = 0; at < numbers.length; at += ALARM_NUMBERS_1) {
    const alarm = numbers.subarray(at, at + ALARM_NUMBERS_1)
    const limit = alarm[LIMIT_PLACE_1]!
    const isHumidity = limit === 8 || limit === 20 || limit > 24
    const moisture = isHumidity ? 'relative_humidity' : 'dew_point'
    const quantity = ALARM_KINDS[alarm[0]!] === 'moisture' ? moisture : 'only'
    alarms.push(...alarm, LIMIT_QUANTITIES.indexOf(quantity))
  }
  return Float64Array.from(alarms)
}
