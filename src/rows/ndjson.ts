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
  const words = createWords()
  return {
    put(series, window, timeMs, { fields }, source) {
      let text = ''
      for (const name in fields) {
        const value = fields[name]?.of(source)
        if (value === undefined || Number.isNaN(value)) continue
        text += `${text === '' ? '' : ','}"${name}":${typeof value === 'string' ? words(value) : value}`
      }
      write(`${startOf(series, window)}${text}},"timeMs":${timeMs}}`)
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
