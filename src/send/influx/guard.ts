import { tableNamed } from '../../rows/tables/measurements.ts'
import type { FieldType, RowTable } from '../../rows/tables/table.ts'

/** A row on its way to InfluxDB. Wider than `Row`: it may have been kept by an older release. */
export interface OutgoingRow {
  measurement: string
  tags: Readonly<Record<string, unknown>>
  fields: Readonly<Record<string, unknown>>
  timeMs: number
}

/** InfluxDB counts nanoseconds in 64 bits. */
const MAX_TIME_MS = 9_223_372_036_854
/** Far below InfluxDB's 64 KiB for a whole key. */
const MAX_TAG_CHARACTERS = 1_000
const MAX_TEXT_CHARACTERS = 16_000

/**
 * Why InfluxDB must not get this row, or undefined. The client neither escapes line breaks nor refuses NaN, null and
 * empty tags. InfluxDB would refuse such a line, split it in two or store something else.
 */
export function rowFault({ measurement, tags, fields, timeMs }: OutgoingRow): string | undefined {
  const known = tableNamed(measurement)
  if (known === undefined) return `unknown measurement ${shown(measurement)}`
  if (!Number.isSafeInteger(timeMs) || Math.abs(timeMs) > MAX_TIME_MS) return `time ${String(timeMs)} is no time in ms`
  if (Object.keys(fields).length === 0) return 'no fields'
  return tagsFault(tags, known.tags) ?? fieldsFault(fields, known.fields)
}

function tagsFault(tags: OutgoingRow['tags'], known: readonly string[]): string | undefined {
  for (const tag of known) {
    if (!Object.hasOwn(tags, tag)) return `tag ${tag} is missing: it would be another series`
  }
  for (const [tag, value] of Object.entries(tags)) {
    if (!known.includes(tag)) return `unknown tag ${shown(tag)}`
    if (typeof value !== 'string' || value === '') return `tag ${tag} is empty`
    if (value.length > MAX_TAG_CHARACTERS) return `tag ${tag} is longer than ${MAX_TAG_CHARACTERS} characters`
    if (hasControl(value)) return `tag ${tag} has a line break or another control character`
    if (value.includes('\\')) return `tag ${tag} has a backslash, which would swallow the sign behind it`
  }
  return undefined
}

function fieldsFault(fields: OutgoingRow['fields'], known: RowTable['fields']): string | undefined {
  for (const [field, value] of Object.entries(fields)) {
    const type = Object.hasOwn(known, field) ? known[field]?.type : undefined
    if (type === undefined) return `unknown field ${shown(field)}`
    if (!isOf(type, value)) return `field ${field} is ${shown(value)}, no ${type}`
    if (typeof value === 'string' && value.includes(`\\'`)) return `field ${field} has \\', which would be changed`
    if (typeof value === 'string' && hasControl(value)) return `field ${field} has a control character`
  }
  return undefined
}

function isOf(type: FieldType, value: unknown): boolean {
  switch (type) {
    case 'float':
      return typeof value === 'number' && Number.isFinite(value)
    case 'int':
      return typeof value === 'number' && Number.isSafeInteger(value)
    case 'bool':
      return typeof value === 'boolean'
    case 'string':
      return typeof value === 'string' && value.length <= MAX_TEXT_CHARACTERS
  }
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
