import { readFileSync } from 'node:fs'
import { formatPath, readDocument } from '../../src/config/document/document.ts'
import type { Plain, PlainMap, Position, ReadDocument } from '../../src/config/document/document.ts'
import { compileForm } from './time.ts'
import type { ColumnForm } from './time.ts'

/** A column by its place (from 1) or its name, and `file:line:column path` of where the map names it. */
export interface ColumnRef {
  column: number | string
  where: string
}

/** One number of a row: its column, the topic and JSON member it becomes, the range that is taken, and its scale. */
export interface ValueMap {
  /** Absent: each row has the same number. */
  ref: ColumnRef | undefined
  constant: number | undefined
  topic: string
  member: string
  min: number
  max: number
  scale: number
}

/** How a file becomes a recording. */
export interface ImportMap {
  format: 'csv' | 'json' | 'epw'
  /** Of a weather file: the year into which its months are put. */
  year: number | undefined
  delimiter: string
  skipLines: number
  header: boolean
  timezone: string | undefined
  time: readonly ColumnRef[]
  forms: readonly ColumnForm[]
  /** Of several values with one stamp: the first only, or all as they stand. */
  sameStamp: 'first' | 'all'
  /** Present when a row is a mean over so many hours; `hours` is the column of how many of them were measured. */
  mean: { spanHours: number; hours: ColumnRef | undefined } | undefined
  values: readonly ValueMap[]
}

interface Work {
  file: string
  read: ReadDocument
  faults: (Position & { text: string })[]
}

type Path = readonly (string | number)[]

const KEYS = [
  'format',
  'year',
  'delimiter',
  'skipLines',
  'header',
  'timezone',
  'time',
  'sameStamp',
  'kind',
  'spanS',
  'hoursColumn',
  'values',
]
const MAX_BYTES = 1_000_000
const HOUR_S = 3600

/** Reads an import map (YAML). Gives every fault of it at once, as `file:line:column path: reason`. */
export function readMap(file: string): { map: ImportMap } | { faults: string[] } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { faults: [`${file}:1:1: cannot be read: ${error instanceof Error ? error.message : String(error)}`] }
  }
  if (text.length > MAX_BYTES) return { faults: [`${file}:1:1: is larger than ${MAX_BYTES} characters`] }
  const read = readDocument(text, {})
  if (!('root' in read) || read.faults.length > 0) {
    const line = (it: (typeof read.faults)[number]) =>
      `${file}:${it.line}:${it.column} ${it.path}`.trimEnd() + `: ${it.reason}`
    return { faults: read.faults.map(line) }
  }
  const work: Work = { file, read, faults: [] }
  const map = readRoot(work, read.root)
  if (map !== undefined && work.faults.length === 0) return { map }
  const sorted = work.faults.toSorted((a, b) => a.line - b.line || a.column - b.column)
  return { faults: sorted.map((it) => it.text) }
}

function readRoot(work: Work, root: Plain): ImportMap | undefined {
  if (!isMap(root)) {
    fault(work, [], 'is not a map of keys')
    return undefined
  }
  checkKeys(work, [], root, KEYS)
  const { columns: time, forms } = readTimes(work, root['time'])
  const timezone = readTimezone(work, root['timezone'])
  if (timezone === undefined && forms.some((form) => form.kind === 'fields') && root['timezone'] === undefined) {
    fault(work, ['timezone'], 'is missing: these times are written without an offset, so their zone must be named')
  }
  const delimiter = readText(work, ['delimiter'], root['delimiter'], ',')
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) fault(work, ['delimiter'], 'is not one character')
  const header = readChoice(work, ['header'], root['header'], [true, false], true)
  const format = readChoice(work, ['format'], root['format'], ['csv', 'json', 'epw'], 'csv')
  checkFormat(work, root, format)
  const isYear = (it: number) => Number.isInteger(it) && it >= 1970 && it <= 2100
  const map: ImportMap = {
    format,
    year: root['year'] === undefined ? undefined : readNumber(work, ['year'], root['year'], undefined, isYear),
    delimiter,
    skipLines: readNumber(work, ['skipLines'], root['skipLines'], 0, (it) => Number.isInteger(it) && it >= 0),
    header,
    timezone,
    time,
    forms,
    sameStamp: readChoice(work, ['sameStamp'], root['sameStamp'], ['first', 'all'], 'all'),
    mean: readMean(work, root),
    values: readValues(work, root['values']),
  }
  const refs = [
    ...map.time,
    ...map.values.flatMap((it) => it.ref ?? []),
    ...(map.mean?.hours === undefined ? [] : [map.mean.hours]),
  ]
  if (!header && refs.some((ref) => typeof ref.column === 'string')) {
    fault(work, ['header'], 'is false, so columns must be given by place (from 1), not by name')
  }
  return map
}

/** Keys that say nothing about a file of this format. */
function checkFormat(work: Work, root: PlainMap, format: ImportMap['format']): void {
  if (format !== 'epw' && root['year'] !== undefined) fault(work, ['year'], 'needs format: epw')
  if (format === 'csv') return
  for (const key of ['delimiter', 'skipLines', 'header'])
    if (root[key] !== undefined) fault(work, [key], `says nothing about a file of format: ${format}`)
}

function readTimes(work: Work, time: Plain | undefined): { columns: ColumnRef[]; forms: ColumnForm[] } {
  const forms: ColumnForm[] = []
  if (time === undefined || !isMap(time)) {
    fault(work, ['time'], 'is missing: { column, form } say where the time stands and how it is written')
    return { columns: [], forms }
  }
  checkKeys(work, ['time'], time, ['column', 'form'])
  const columns = listOf(time['column']).map(([it, step]) => readColumn(work, ['time', 'column', ...step], it))
  for (const [it, step] of listOf(time['form'])) {
    const path = ['time', 'form', ...step]
    const form = typeof it === 'string' ? compileForm(it) : 'is not text like M/D/YY H:mm, epoch_s or iso'
    if (typeof form === 'string') fault(work, path, form)
    else forms.push(form)
  }
  return { columns, forms }
}

function readTimezone(work: Work, timezone: Plain | undefined): string | undefined {
  if (timezone === undefined) return undefined
  try {
    if (typeof timezone === 'string')
      return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  fault(work, ['timezone'], 'is not an IANA time zone like America/Denver')
  return undefined
}

function readMean(work: Work, root: PlainMap): ImportMap['mean'] {
  if (readChoice(work, ['kind'], root['kind'], ['sample', 'mean'], 'sample') === 'sample') {
    for (const key of ['spanS', 'hoursColumn']) if (root[key] !== undefined) fault(work, [key], 'needs kind: mean')
    return undefined
  }
  const whole = (it: number) => Number.isInteger(it / HOUR_S) && it >= HOUR_S && it <= 24 * HOUR_S
  const spanS = readNumber(work, ['spanS'], root['spanS'], undefined, whole)
  const hours = root['hoursColumn']
  return {
    spanHours: spanS / HOUR_S,
    hours: hours === undefined ? undefined : readColumn(work, ['hoursColumn'], hours),
  }
}

function readValues(work: Work, values: Plain | undefined): ValueMap[] {
  if (!Array.isArray(values) || values.length === 0) {
    fault(work, ['values'], 'is not a list of { column or constant, topic, member, min, max, scale }')
    return []
  }
  const taken = new Set<string>()
  const found: ValueMap[] = []
  for (const [i, it] of values.entries()) {
    const path = ['values', i]
    if (!isMap(it)) {
      fault(work, path, 'is not a map of column, topic, member, min, max, scale')
      continue
    }
    checkKeys(work, path, it, ['column', 'constant', 'topic', 'member', 'min', 'max', 'scale'])
    const topic = readText(work, [...path, 'topic'], it['topic'], undefined)
    if (/[+#\0]/.test(topic)) fault(work, [...path, 'topic'], 'is not a topic: + # and zero characters are not allowed')
    const member = readText(work, [...path, 'member'], it['member'], 'value')
    if (member === 'ts' || member === '__proto__') fault(work, [...path, 'member'], `may not be ${member}`)
    const key = JSON.stringify([topic, member])
    if (taken.has(key)) fault(work, path, `gives member ${member} of topic ${topic} a second time`)
    taken.add(key)
    const min = readNumber(work, [...path, 'min'], it['min'], -Infinity)
    const max = readNumber(work, [...path, 'max'], it['max'], Infinity)
    if (min > max) fault(work, [...path, 'min'], 'is above max')
    const scale = readNumber(work, [...path, 'scale'], it['scale'], 1, (factor) => factor !== 0)
    const isConstant = it['constant'] !== undefined
    if (isConstant && it['column'] !== undefined) fault(work, [...path, 'constant'], 'stands in place of a column')
    const constant = isConstant ? readNumber(work, [...path, 'constant'], it['constant'], undefined) : undefined
    const ref = isConstant ? undefined : readColumn(work, [...path, 'column'], it['column'])
    found.push({ ref, constant, topic, member, min, max, scale })
  }
  return found
}

function readColumn(work: Work, path: Path, column: Plain | undefined): ColumnRef {
  const fits = typeof column === 'string' ? column !== '' : Number.isInteger(column) && Number(column) >= 1
  if (!fits)
    fault(work, path, column === undefined ? 'is missing' : 'is neither a place (from 1) nor the name of a column')
  return { column: typeof column === 'string' || typeof column === 'number' ? column : 1, where: placeOf(work, path) }
}

function readText(work: Work, path: Path, text: Plain | undefined, otherwise: string | undefined): string {
  if (typeof text === 'string' && text !== '') return text
  if (text === undefined && otherwise !== undefined) return otherwise
  fault(work, path, text === undefined ? 'is missing' : 'is not text')
  return ','
}

function readNumber(
  work: Work,
  path: Path,
  found: Plain | undefined,
  otherwise: number | undefined,
  fits: (it: number) => boolean = () => true,
): number {
  if (found === undefined && otherwise !== undefined) return otherwise
  if (typeof found === 'number' && Number.isFinite(found) && fits(found)) return found
  const hint = path[0] === 'spanS' ? ' (whole hours in seconds, up to a day)' : ''
  fault(work, path, found === undefined ? `is missing${hint}` : `is not a number that fits here${hint}`)
  return otherwise ?? 1
}

function readChoice<T extends string | boolean>(
  work: Work,
  path: Path,
  found: Plain | undefined,
  choices: readonly T[],
  otherwise: T,
): T {
  if (found === undefined) return otherwise
  const chosen = choices.find((it) => it === found)
  if (chosen === undefined) fault(work, path, `is none of ${choices.join(', ')}`)
  return chosen ?? otherwise
}

function checkKeys(work: Work, path: Path, map: PlainMap, known: readonly string[]): void {
  for (const key of Object.keys(map)) {
    if (!known.includes(key)) fault(work, [...path, key], `is not known here; known are ${known.join(', ')}`, 'key')
  }
}

function listOf(one: Plain | undefined): [Plain | undefined, number[]][] {
  return Array.isArray(one) && one.length > 0 ? one.map((it, i) => [it, [i]]) : [[one, []]]
}

function isMap(plain: Plain): plain is PlainMap {
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain)
}

function placeOf(work: Work, path: Path, part: 'key' | 'content' = 'content'): string {
  const { line, column } = work.read.positionOf(path, part)
  return `${work.file}:${line}:${column} ${formatPath(path)}`.trimEnd()
}

function fault(work: Work, path: Path, reason: string, part: 'key' | 'content' = 'content'): void {
  work.faults.push({ ...work.read.positionOf(path, part), text: `${placeOf(work, path, part)}: ${reason}` })
}
