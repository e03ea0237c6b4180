import type { Block } from './frames/block.ts'
import { cellAt } from './frames/cells.ts'
import { seriesIn, timeIn } from './frames/read.ts'
import { rowTags, type Series, type SeriesBook } from './frames/series.ts'
import type { Shape } from './frames/shape.ts'
import { putAscii, putNumberText, putUtf8, utf8Of, type TextBytes } from './text-bytes.ts'
import type { FieldType } from './tables/table.ts'

/**
 * Rows in InfluxDB's line protocol (v1): `measurement,tag=value field=1.5,other=3i,text="a" 1767225600000`, times in
 * ms. What cannot be written so that InfluxDB reads the same back is a fault of the row.
 */

/** InfluxDB counts nanoseconds in 64 bits. */
const MAX_TIME_MS = 9_223_372_036_854
/** Far below InfluxDB's 64 KiB for a whole key. */
const MAX_TAG_CHARACTERS = 1_000
const MAX_TEXT_CHARACTERS = 16_000
/** So many texts of fields are kept; most are words that return in each row. */
const MOST_TEXTS = 10_000

const [SPACE, LF, INT, TRUE, FALSE] = [0x20, 0x0a, 0x69, 0x54, 0x46]
const NOTHING = new Uint8Array()

/** The texts of series, columns and words, made once. */
export interface LineWriter {
  readonly book: SeriesBook
  /** By window, then by series: the part of a line before its fields. */
  readonly keys: Map<string, Map<Series, Text>>
  /** `,name=` of each column. */
  readonly names: Map<Shape, readonly Uint8Array[]>
  /** Texts of fields, in quotes. */
  readonly texts: Map<string, Text>
}

/** What is written, or why it must not be: then there is nothing. */
interface Text {
  readonly utf8: Uint8Array
  readonly fault: string | undefined
}

export function createLineWriter(book: SeriesBook): LineWriter {
  return { book, keys: new Map(), names: new Map(), texts: new Map() }
}

/**
 * Appends the lines of a block's rows to `to`, one at a time, each with a line feed. Gives why InfluxDB must not get
 * the row instead; then nothing is appended.
 */
export function createLines(writer: LineWriter, block: Block, to: TextBytes): (row: number) => string | undefined {
  const { shape, window, columns } = block
  const names = namesOf(writer, shape)
  const texts = block.words.map((word) => textOf(writer, word))
  const keys = keysOf(writer, window)
  return (row) => {
    const series = writer.book.all[seriesIn(block, row)]
    if (series === undefined) return 'the name of its series is lost: it had changed on the disk'
    const key = keys.get(series) ?? addKey(keys, series, window)
    const timeMs = timeIn(block, row)
    const fault = key.fault ?? timeFault(timeMs)
    if (fault !== undefined) return fault
    const from = to.at
    putUtf8(to, key.utf8)
    const fieldsAt = to.at
    for (let column = 0; column < columns.length; column++) {
      const cell = cellAt(columns[column], row)
      if (Number.isNaN(cell)) continue
      putUtf8(to, names[column] ?? NOTHING)
      if (putField(to, shape.types[column], cell, texts)) continue
      to.at = from
      return fieldFault(block, row, texts)
    }
    if (to.at === fieldsAt) {
      to.at = from
      return 'no fields'
    }
    to.bytes[fieldsAt] = SPACE // in place of the first comma
    putAscii(to, SPACE)
    putNumberText(to, timeMs)
    putAscii(to, LF)
    return undefined
  }
}

/** Appends a field's value; false: InfluxDB would not take it. */
function putField(to: TextBytes, type: FieldType | undefined, cell: number, texts: readonly Text[]): boolean {
  switch (type) {
    case 'string': {
      const { utf8 = NOTHING, fault } = texts[cell] ?? {}
      putUtf8(to, utf8)
      return fault === undefined
    }
    case 'bool':
      putAscii(to, cell === 1 ? TRUE : FALSE)
      return true
    case 'int':
      putNumberText(to, cell)
      putAscii(to, INT)
      return Number.isSafeInteger(cell)
    case 'float':
    case undefined:
      putNumberText(to, cell)
      return Math.abs(cell) !== Infinity
    default:
      return type satisfies never
  }
}

/** The first fault of a row's texts, else of its numbers. */
function fieldFault({ shape, columns }: Block, row: number, texts: readonly Text[]): string {
  const odd: string[] = []
  for (const [column, name] of shape.columns.entries()) {
    const cell = cellAt(columns[column], row)
    const type = shape.types[column]
    const fault = type === 'string' ? texts[cell]?.fault : undefined
    if (fault !== undefined) return `field ${name} ${fault}`
    const isOdd = type === 'int' ? !Number.isSafeInteger(cell) : Math.abs(cell) === Infinity
    if (isOdd && !Number.isNaN(cell)) odd.push(`field ${name} is ${cell}, no ${type}`)
  }
  return odd[0] ?? ''
}

function namesOf({ names }: LineWriter, shape: Shape): readonly Uint8Array[] {
  const known = names.get(shape) ?? shape.columns.map((name) => utf8Of(`,${name}=`))
  names.set(shape, known)
  return known
}

function textOf({ texts }: LineWriter, word: string): Text {
  const known = texts.get(word) ?? makeText(word)
  if (texts.size < MOST_TEXTS) texts.set(word, known)
  return known
}

function makeText(word: string): Text {
  if (word.length > MAX_TEXT_CHARACTERS)
    return { utf8: NOTHING, fault: `is longer than ${MAX_TEXT_CHARACTERS} characters` }
  if (hasControl(word)) return { utf8: NOTHING, fault: 'has control characters' }
  return { utf8: utf8Of(`"${word.replaceAll(/["\\]/g, String.raw`\$&`)}"`), fault: undefined }
}

/** Of a window, by series. */
function keysOf({ keys }: LineWriter, window: string): Map<Series, Text> {
  const known = keys.get(window) ?? new Map<Series, Text>()
  keys.set(window, known)
  return known
}

function addKey(keys: Map<Series, Text>, series: Series, window: string): Text {
  const key = makeKey(series, window)
  keys.set(series, key)
  return key
}

function makeKey(series: Series, window: string): Text {
  let text: string = series.measurement
  for (const [tag, value] of Object.entries(rowTags(series, window))) {
    const fault = tagFault(tag, value)
    if (fault !== undefined) return { utf8: NOTHING, fault }
    text += `,${tag}=${value.replaceAll(/[ ,=]/g, String.raw`\$&`)}`
  }
  return { utf8: utf8Of(text), fault: undefined }
}

function tagFault(tag: string, value: string): string | undefined {
  if (value === '') return `tag ${tag} is empty`
  if (value.length > MAX_TAG_CHARACTERS) return `tag ${tag} is longer than ${MAX_TAG_CHARACTERS} characters`
  if (hasControl(value)) return `tag ${tag} has a line break or another control character`
  if (value.includes('\\')) return `tag ${tag} has a backslash, which would swallow the sign behind it`
  return undefined
}

function timeFault(timeMs: number): string | undefined {
  if (Number.isSafeInteger(timeMs) && Math.abs(timeMs) <= MAX_TIME_MS) return undefined
  return `time ${timeMs} is no time in ms`
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
