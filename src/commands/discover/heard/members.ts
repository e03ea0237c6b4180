import { parseJson, beginsAsJson } from '../../../ingest/formats/json.ts'
import { recordsOfLineProtocol } from '../../../ingest/formats/line-protocol.ts'
import { decimalOf } from '../../../ingest/formats/number.ts'
import { recordsOfPack } from '../../../ingest/formats/senml.ts'
import { rootOf, TOO_LARGE, type Payload } from '../../../ingest/root.ts'

/** How the keys of a point say where a number lies. Numbers with the same keys are of one series. */
export interface NumberPlace {
  readonly format: 'line-protocol' | 'senml' | 'dsx' | undefined
  readonly cells: string | undefined
  readonly records: string | undefined
  readonly where: Readonly<Record<string, string>> | undefined
  /** '': the payload itself. */
  readonly at: string
}

/** A number that a message holds. */
export interface NumberFound {
  readonly place: NumberPlace
  readonly value: number
  /** The unit that stands behind or beside the number, as it is written there. */
  readonly unit: string | undefined
  readonly decimal: '.' | ','
  /** Texts that stand beside the number, by their names: they may tell what it is, or whose. */
  readonly beside: Readonly<Record<string, string>>
}

const PLAIN: Omit<NumberPlace, 'at'> = { format: undefined, cells: undefined, records: undefined, where: undefined }
const MOST_NUMBERS = 128
const MOST_RECORDS = 64
const MOST_LEVELS = 8
const LOOKS_LIKE_LINES = /^[^\s{["]+ \S+=\S/
const WITH_UNIT = /^([+-]?(?:\d{1,9}(?:[.,]\d+)?|[.,]\d+))\s*([^\d\s.,;:{}[\]"'][^\d.,;:{}[\]"']{0,11})$/
const WITH_COMMA = /^[+-]?\d+,\d+$/
const UNIT_NAMES = /^(?:units?|uom|unit_?of_?measurement|engunit|u|einheit|unit[eé])$/i
/** Members that tell the records of a list apart, where the text in each is another. */
const RECORD_NAMES = [
  'n',
  'name',
  'Name',
  'id',
  'Id',
  'key',
  'tag',
  'metric',
  'channel',
  'label',
  'type',
  'sensor',
  'MemberId',
]

/**
 * The numbers of a message, each with the keys that read it. `selectBy`: pointers to what tells devices of one topic
 * apart. Bounded: 128 numbers, 64 records, 8 levels.
 */
export function messageNumbers(payload: Payload, selectBy: readonly string[], nowMs: number): NumberFound[] {
  const root = rootOf(payload)
  if (typeof root === 'number') return Number.isFinite(root) ? [bare(root, undefined, '.')] : []
  if (root === undefined || root === null || root === TOO_LARGE) return []
  if (typeof root === 'string') return numbersOfText(root)
  if (Array.isArray(root)) {
    const pack = root.every((it) => isMap(it) && ('n' in it || 'bn' in it)) ? recordsOfPack(root, nowMs) : undefined
    if (pack !== undefined) return pack.flatMap((record) => (typeof record === 'string' ? [] : ofSenml(record)))
  }
  if (isMap(root) && isDsx(root))
    return [{ ...bare(root.value, undefined, '.'), place: { ...PLAIN, format: 'dsx', at: '' } }]
  const where = selectionOf(root, selectBy)
  const walk: Walk = { found: [], place: { ...PLAIN, where } }
  collect(walk, root, '', { levels: MOST_LEVELS, beside: {} })
  return walk.found
}

interface Walk {
  readonly found: NumberFound[]
  readonly place: Omit<NumberPlace, 'at'>
}

interface Level {
  readonly levels: number
  readonly beside: Readonly<Record<string, string>>
}

function bare(value: number, unit: string | undefined, decimal: '.' | ','): NumberFound {
  return { place: { ...PLAIN, at: '' }, value, unit, decimal, beside: {} }
}

function numbersOfText(text: string): NumberFound[] {
  const one = written(text.trim())
  if (one !== undefined) return [bare(one.value, one.unit, one.decimal)]
  if (LOOKS_LIKE_LINES.test(text)) return (recordsOfLineProtocol(text) ?? []).slice(0, MOST_RECORDS).flatMap(ofLine)
  const [line = ''] = text.split('\n')
  const separator = [';', '|', '\t', ','].find((it) => line.includes(it))
  if (separator === undefined) return []
  return line.split(separator).flatMap((cell, n) => {
    const value = decimalOf(cell)
    const place = { ...PLAIN, cells: separator, at: `/${n}` }
    return Number.isNaN(value) ? [] : [{ ...bare(value, undefined, '.'), place }]
  })
}

/** A number with a decimal comma, or with a unit behind it; undefined for any other text. */
function written(text: string): { value: number; unit: string | undefined; decimal: '.' | ',' } | undefined {
  const [, digits, unit] = WITH_UNIT.exec(text) ?? (WITH_COMMA.test(text) ? [text, text, undefined] : [])
  if (digits === undefined) return undefined
  const decimal = digits.includes(',') ? ',' : '.'
  return { value: Number(digits.replace(',', '.')), unit: unit?.trim(), decimal }
}

function ofSenml(record: Exclude<NonNullable<ReturnType<typeof recordsOfPack>>[number], string>): NumberFound[] {
  const { n, u, v, s } = record
  const value = v ?? s
  if (value === undefined || !Number.isFinite(value)) return []
  const place: NumberPlace = { ...PLAIN, format: 'senml', where: { '/n': n }, at: v === undefined ? '/s' : '' }
  return [{ place, value, unit: u, decimal: '.', beside: {} }]
}

function ofLine(record: NonNullable<ReturnType<typeof recordsOfLineProtocol>>[number]): NumberFound[] {
  if (typeof record === 'string') return []
  const { measurement, tags, fields } = record
  const where = Object.fromEntries([
    ['/measurement', measurement],
    ...Object.entries(tags).map(([name, text]) => [pointerTo('/tags', name), text] as const),
  ])
  return Object.entries(fields).flatMap(([name, value]) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return []
    const place: NumberPlace = { ...PLAIN, format: 'line-protocol', where, at: pointerTo('/fields', name) }
    return [{ place, value, unit: undefined, decimal: '.' as const, beside: tags }]
  })
}

function isDsx(root: Readonly<Record<string, unknown>>): root is { value: number } {
  const keys = Object.keys(root)
  return keys.length === 3 && ['value', 'timestamp', 'quality'].every((key) => typeof root[key] === 'number')
}

/** What tells the device of a message: the members that are asked for and are there. */
function selectionOf(root: unknown, selectBy: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (!isMap(root)) return undefined
  const told = selectBy.flatMap((pointer) => {
    const text = root[pointer.slice(1)]
    return typeof text === 'string' || typeof text === 'number' ? [[pointer, String(text)] as const] : []
  })
  return told.length === 0 ? undefined : Object.fromEntries(told)
}

function collect(walk: Walk, node: unknown, at: string, { levels, beside }: Level): void {
  if (walk.found.length >= MOST_NUMBERS || levels < 0) return
  if (typeof node === 'string' && beginsAsJson(node) && at !== '') {
    const inner = parseJson(node)
    if (isMap(inner) || Array.isArray(inner)) collect(walk, inner, at, { levels: levels - 1, beside })
    return
  }
  if (Array.isArray(node)) return collectList(walk, node, at, { levels, beside })
  if (isMap(node)) {
    const texts = { ...beside, ...textsOf(node) }
    for (const [name, member] of Object.entries(node)) {
      collect(walk, member, pointerTo(at, name), { levels: levels - 1, beside: texts })
    }
    return
  }
  const one = typeof node === 'number' ? { value: node, unit: undefined, decimal: '.' as const } : numberIn(node)
  if (one === undefined || !Number.isFinite(one.value)) return
  const unit = one.unit ?? Object.entries(beside).find(([name]) => UNIT_NAMES.test(name))?.[1]
  walk.found.push({ place: { ...walk.place, at }, value: one.value, unit, decimal: one.decimal, beside })
}

function numberIn(node: unknown): ReturnType<typeof written> {
  if (typeof node !== 'string') return undefined
  const plain = decimalOf(node)
  return Number.isNaN(plain) ? written(node.trim()) : { value: plain, unit: undefined, decimal: '.' }
}

/** A list whose records have names of their own is read record by record; a short list of others by its places. */
function collectList(walk: Walk, list: readonly unknown[], at: string, level: Level): void {
  const name = walk.place.records === undefined ? nameOfRecords(list) : undefined
  if (name === undefined) {
    if (list.some((it) => isMap(it))) return
    for (const [n, member] of list.slice(0, 4).entries()) {
      collect(walk, member, `${at}/${n}`, { ...level, levels: level.levels - 1 })
    }
    return
  }
  for (const record of list.slice(0, MOST_RECORDS)) {
    if (!isMap(record)) continue
    const where = { ...walk.place.where, [pointerTo('', name)]: String(record[name]) }
    const inner: Walk = { found: walk.found, place: { ...walk.place, records: at === '' ? undefined : at, where } }
    const beside = { ...level.beside, ...textsOf(record) }
    for (const [key, member] of Object.entries(record)) {
      if (key !== name) collect(inner, member, pointerTo('', key), { levels: level.levels - 1, beside })
    }
  }
}

function nameOfRecords(list: readonly unknown[]): string | undefined {
  if (list.length === 0 || !list.every((it) => isMap(it))) return undefined
  return RECORD_NAMES.find((name) => {
    const texts = list.map((record) => record[name])
    return texts.every((it) => typeof it === 'string' && it !== '') && new Set(texts).size === list.length
  })
}

function textsOf(node: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(node).flatMap(([name, member]) =>
      typeof member === 'string' && member.length <= 200 ? [[name, member] as const] : [],
    ),
  )
}

/** A JSON Pointer one step farther. */
export function pointerTo(at: string, name: string): string {
  return `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

export function isMap(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null && !Array.isArray(node)
}
