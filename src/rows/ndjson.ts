import type { CellTable } from './cell-table.ts'
import { fieldAt, type Block } from './frames/block.ts'
import { cellAt } from './frames/cells.ts'
import { seriesIn, timeIn } from './frames/read.ts'
import { rowTags, seriesAt, type Series, type SeriesBook } from './frames/series.ts'
import type { RowTarget } from './sink.ts'

/**
 * Rows as lines of NDJSON: `{"measurement":…,"tags":{…},"fields":{…},"timeMs":…}`, each the text that `JSON.stringify`
 * makes of a `Row`.
 */

/** Takes rows as lines, without the line feed. */
export function createTextTarget(write: (line: string) => void): RowTarget {
  const startOf = createStarts()
  const textOf = createWords()
  const known = new Map<CellTable, readonly string[]>()
  const namesOf = (table: CellTable): readonly string[] => {
    const names = known.get(table) ?? table.shape.columns.map((name) => `"${name}":`)
    known.set(table, names)
    return names
  }
  return {
    cells(series, window, timeMs, table, cells) {
      const names = namesOf(table)
      const { shape, words } = table
      let text = startOf(series, window)
      let comma = ''
      for (let column = 0; column < cells.length; column++) {
        const cell = cells[column] ?? NaN
        if (Number.isNaN(cell)) continue
        const word = words[column]
        const isBool = shape.types[column] === 'bool'
        const value = word !== undefined ? textOf(word(cell) ?? '') : isBool ? cell === 1 : cell
        text += `${comma}${names[column] ?? ''}${value}`
        comma = ','
      }
      write(`${text}},"timeMs":${timeMs}}`)
    },
    fields(series, window, timeMs, fields) {
      const texts = Object.entries(fields).map(([name, value]) => `"${name}":${JSON.stringify(value)}`)
      write(`${startOf(series, window)}${texts.join(',')}},"timeMs":${timeMs}}`)
    },
  }
}

/** Writes the rows of blocks as lines, without the line feed. Throws Error for a series that the book does not have. */
export function createBlockText(book: SeriesBook): (block: Block) => string[] {
  const startOf = createStarts()
  const words = createWords()
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
      return `${startOf(series, window)}${fields.join(',')}},"timeMs":${timeIn(block, row)}}`
    })
  }
}

/** The part of a line before its fields, made once for each series and window. */
function createStarts(): (series: Series, window: string) => string {
  const known = new Map<Series, Map<string, string>>()
  return (series, window) => {
    const ofSeries = known.get(series) ?? new Map<string, string>()
    known.set(series, ofSeries)
    const tags = () => JSON.stringify(rowTags(series, window))
    const start = ofSeries.get(window) ?? `{"measurement":"${series.measurement}","tags":${tags()},"fields":{`
    ofSeries.set(window, start)
    return start
  }
}

const WORDS = 10_000

/** Texts as JSON; those of fields repeat, so they are kept, up to a number. */
function createWords(): (word: string) => string {
  const known = new Map<string, string>()
  return (word) => {
    const text = known.get(word) ?? JSON.stringify(word)
    if (known.size < WORDS) known.set(word, text)
    return text
  }
}
