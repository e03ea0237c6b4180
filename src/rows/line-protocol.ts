import { fieldAt, type Block } from './frames/block.ts'
import { cellAt, type Cells } from './frames/cells.ts'
import { seriesIn, timeIn } from './frames/read.ts'
import { rowTags, type Series, type SeriesBook } from './frames/series.ts'

/**
 * Rows in InfluxDB's line protocol (v1): `measurement,tag=value field=1.5,other=3i,text="a" 1767225600000`, times in
 * ms. What cannot be written so that InfluxDB reads the same back is a fault of the row.
 */

/** InfluxDB counts nanoseconds in 64 bits. */
const MAX_TIME_MS = 9_223_372_036_854
/** Far below InfluxDB's 64 KiB for a whole key. */
const MAX_TAG_CHARACTERS = 1_000
const MAX_TEXT_CHARACTERS = 16_000

/** The texts of series and columns, made once. */
export interface LineWriter {
  readonly book: SeriesBook
  /** By series, then by window: the part of a line before its fields, or what is wrong with it. */
  readonly keys: Map<Series, Map<string, Key>>
}

type Key = { readonly text: string } | { readonly fault: string }

export function createLineWriter(book: SeriesBook): LineWriter {
  return { book, keys: new Map() }
}

/** The line of a row, or why InfluxDB must not get it. */
export type Line = { readonly text: string } | { readonly fault: string }

/** Writes one line for a row of a block at a time. */
export function createLines(writer: LineWriter, block: Block): (row: number) => Line {
  const { shape, window } = block
  const fields = shape.columns.flatMap((name, column) => {
    const cells = block.columns[column]
    return cells === undefined ? [] : [createField(block, name, column, cells)]
  })
  const faultOf = createFaults(block)
  return (row) => {
    const series = writer.book.all[seriesIn(block, row)]
    if (series === undefined) return { fault: 'the name of its series is lost: it had changed on the disk' }
    const key = keyOf(writer, series, window)
    if ('fault' in key) return key
    const timeMs = timeIn(block, row)
    const fault = timeFault(timeMs) ?? faultOf?.(row)
    if (fault !== undefined) return { fault }
    let text = ''
    for (const field of fields) text += field(row)
    return text === '' ? { fault: 'no fields' } : { text: `${key.text} ${text.slice(1)} ${timeMs}` }
  }
}

/** Writes `,name=value` of a row, '' where the field is absent. What is the same in all rows is written once. */
function createField(block: Block, name: string, column: number, cells: Cells): (row: number) => string {
  const type = block.shape.types[column]
  const start = `,${name}=`
  if (typeof cells === 'number') {
    const text = start + valueText(fieldAt(block, column, 0), type === 'int')
    return () => text
  }
  switch (type) {
    case 'string': {
      const texts = block.words.map((word) => start + valueText(word, false))
      return (row) => texts[cellAt(cells, row)] ?? ''
    }
    case 'int':
      return (row) => textOf(start, cellAt(cells, row), 'i')
    case 'bool':
      return (row) => boolText(start, cellAt(cells, row))
    case 'float':
    case undefined:
      return (row) => textOf(start, cellAt(cells, row), '')
    default:
      return type satisfies never
  }
}

function textOf(start: string, cell: number, end: string): string {
  return Number.isNaN(cell) ? '' : start + cell + end
}

function boolText(start: string, cell: number): string {
  return Number.isNaN(cell) ? '' : start + (cell === 1 ? 'T' : 'F')
}

function valueText(value: number | string | boolean | undefined, isInt: boolean): string {
  if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
  if (typeof value === 'boolean') return value ? 'T' : 'F'
  return `${value}${isInt ? 'i' : ''}`
}

function keyOf({ keys }: LineWriter, series: Series, window: string): Key {
  const ofSeries = keys.get(series) ?? new Map<string, Key>()
  keys.set(series, ofSeries)
  const key = ofSeries.get(window) ?? makeKey(series, window)
  ofSeries.set(window, key)
  return key
}

function makeKey(series: Series, window: string): Key {
  let text: string = series.measurement
  for (const [tag, value] of Object.entries(rowTags(series, window))) {
    const fault = tagFault(tag, value)
    if (fault !== undefined) return { fault }
    text += `,${tag}=${value.replaceAll(/[ ,=]/g, String.raw`\$&`)}`
  }
  return { text }
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

/** Looks for texts and numbers that InfluxDB would not take; undefined: the block has none, as nearly always. */
function createFaults({ shape, columns, words }: Block): ((row: number) => string | undefined) | undefined {
  const badWords = new Map(words.flatMap((word, n) => (isBadText(word) ? [[n, word.length] as const] : [])))
  const texts = badWords.size === 0 ? [] : shape.columns.flatMap((_, n) => (shape.types[n] === 'string' ? [n] : []))
  const odd = columns.flatMap((cells, n) => (hasOdd(cells, shape.types[n] === 'int') ? [n] : []))
  if (texts.length === 0 && odd.length === 0) return undefined
  return (row) => {
    for (const n of texts) {
      const length = badWords.get(cellAt(columns[n], row))
      if (length === undefined) continue
      const what = length > MAX_TEXT_CHARACTERS ? `is longer than ${MAX_TEXT_CHARACTERS}` : 'has control'
      return `field ${shape.columns[n]} ${what} characters`
    }
    const bad = odd.find((n) => isOdd(cellAt(columns[n], row), shape.types[n] === 'int'))
    return bad === undefined
      ? undefined
      : `field ${shape.columns[bad]} is ${cellAt(columns[bad], row)}, no ${shape.types[bad]}`
  }
}

function isBadText(text: string): boolean {
  return text.length > MAX_TEXT_CHARACTERS || hasControl(text)
}

/** Only floats can be odd: what is held in smaller numbers is whole. */
function hasOdd(cells: Cells, isInt: boolean): boolean {
  if (typeof cells === 'number') return isOdd(cells, isInt)
  return cells instanceof Float64Array && cells.some((cell) => isOdd(cell, isInt))
}

/** Whether a number is infinite, or no whole number where one is declared; NaN stands for an absent field. */
function isOdd(cell: number, isInt: boolean): boolean {
  return Math.abs(cell) === Infinity || (isInt && !Number.isNaN(cell) && !Number.isSafeInteger(cell))
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
