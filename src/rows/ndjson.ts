import type { CellTable } from './cell-table.ts'
import { fieldAt, type Block } from './frames/block.ts'
import { cellAt } from './frames/cells.ts'
import { seriesIn, timeIn } from './frames/read.ts'
import { rowTags, seriesAt, type Series, type SeriesBook } from './frames/series.ts'
import type { RowTarget } from './sink.ts'
import { createTextBytes, putAscii, putNumberText, putUtf8, utf8Of, type TextBytes } from './text-bytes.ts'

/**
 * Rows as lines of NDJSON: `{"measurement":…,"tags":{…},"fields":{…},"timeMs":…}`, each the text that `JSON.stringify`
 * makes of a `Row`.
 */

/** Takes rows as lines, each as a text without the line feed. */
export function createTextTarget(write: (line: string) => void): RowTarget {
  const to = createTextBytes()
  return createLineTarget(to, () => {
    write(Buffer.from(to.bytes.buffer, 0, to.at - 1).toString())
    to.at = 0
  })
}

/** Appends rows as lines to `to`, each with its line feed, and calls `onRow` behind each. */
export function createLineTarget(to: TextBytes, onRow: () => void): RowTarget {
  const startOf = createStarts(utf8Of)
  const textOf = createWords(utf8Of)
  const namesOf = createNames()
  const end = (timeMs: number): void => {
    putUtf8(to, TIME)
    putNumberText(to, timeMs)
    putUtf8(to, END)
    onRow()
  }
  return {
    cells(series, window, timeMs, table, cells) {
      const names = namesOf(table)
      const { shape, words } = table
      putUtf8(to, startOf(series, window))
      const fieldsAt = to.at
      for (let column = 0; column < cells.length; column++) {
        const cell = cells[column] ?? NaN
        if (Number.isNaN(cell)) continue
        putUtf8(to, names[column] ?? NOTHING)
        const word = words[column]
        if (word !== undefined) putUtf8(to, textOf(word(cell) ?? ''))
        else if (shape.types[column] === 'bool') putUtf8(to, cell === 1 ? TRUE : FALSE)
        else putNumberText(to, cell)
      }
      if (to.at === fieldsAt) putAscii(to, BRACE)
      else to.bytes[fieldsAt] = BRACE // in place of the first comma
      end(timeMs)
    },
    fields(series, window, timeMs, fields) {
      putUtf8(to, startOf(series, window))
      putUtf8(to, utf8Of(JSON.stringify(fields).slice(0, -1)))
      end(timeMs)
    },
  }
}

const BRACE = 0x7b
const NOTHING = new Uint8Array()
const TIME = utf8Of('},"timeMs":')
const END = utf8Of('}\n')
const [TRUE, FALSE] = [utf8Of('true'), utf8Of('false')]

/** Writes the rows of blocks as lines, without the line feed. Throws Error for a series that the book does not have. */
export function createBlockText(book: SeriesBook): (block: Block) => string[] {
  const startOf = createStarts(String)
  const words = createWords(String)
  return (block) => {
    const { shape, window, keys } = block
    const texts = block.words.map(words)
    const writers = shape.columns.map((name, column) => {
      const type = shape.types[column]
      const start = `"${name}":`
      return (row: number): string => {
        const cell = cellAt(block.columns[column], row)
        if (Number.isNaN(cell)) return ''
        return start + (type === 'string' ? texts[cell] : String(fieldAt(block, column, row)))
      }
    })
    return Array.from(keys, (_, row) => {
      const fields = writers.map((write) => write(row)).filter((text) => text !== '')
      const series = seriesAt(book, seriesIn(block, row))
      return `${startOf(series, window)}{${fields.join(',')}},"timeMs":${timeIn(block, row)}}`
    })
  }
}

/** The part of a line before its fields, made once for each series and window. */
function createStarts<Text>(of: (start: string) => Text): (series: Series, window: string) => Text {
  const byWindow = new Map<string, Map<Series, Text>>()
  // Most rows have the window of the row before
  let at = ''
  let known = new Map<Series, Text>()
  return (series, window) => {
    if (window !== at) {
      byWindow.set(at, known)
      at = window
      known = byWindow.get(window) ?? new Map<Series, Text>()
    }
    const made = known.get(series)
    if (made !== undefined) return made
    const tags = JSON.stringify(rowTags(series, window))
    const start = of(`{"measurement":"${series.measurement}","tags":${tags},"fields":`)
    known.set(series, start)
    return start
  }
}

const WORDS = 10_000

/** Texts as JSON; those of fields repeat, so they are kept, up to a number. */
function createWords<Text>(of: (word: string) => Text): (word: string) => Text {
  const known = new Map<string, Text>()
  return (word) => {
    const text = known.get(word) ?? of(JSON.stringify(word))
    if (known.size < WORDS) known.set(word, text)
    return text
  }
}

/** The names of a table's fields, each behind a comma. */
function createNames(): (table: CellTable) => readonly Uint8Array[] {
  const known = new Map<CellTable, readonly Uint8Array[]>()
  return (table) => {
    const names = known.get(table) ?? table.shape.columns.map((name) => utf8Of(`,"${name}":`))
    known.set(table, names)
    return names
  }
}
