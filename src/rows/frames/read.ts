import type { Row } from '../rows.ts'
import { fieldAt, type Block } from './block.ts'
import { rowTags, seriesAt, type SeriesBook } from './series.ts'

/** The series of a block's row. */
export function seriesIn({ varies, shared, keys }: Block, row: number): number {
  return varies === 'series' ? (keys[row] ?? -1) : shared
}

/** End of the interval or window of a block's row; epoch ms. */
export function timeIn({ varies, shared, keys }: Block, row: number): number {
  return varies === 'time' ? (keys[row] ?? NaN) : shared
}

/** The fields of a block's row by name, without those that are absent. */
export function fieldsIn(block: Block, row: number): Row['fields'] {
  const fields: Record<string, number | string | boolean> = {}
  for (const [column, name] of block.shape.columns.entries()) {
    const field = fieldAt(block, column, row)
    if (field !== undefined) fields[name] = field
  }
  return fields
}

/** A row of a block as it stands in NDJSON. Throws Error when the book does not have its series. */
export function rowIn(book: SeriesBook, block: Block, row: number): Row {
  const { shape, window } = block
  const tags = rowTags(seriesAt(book, seriesIn(block, row)), window)
  return { measurement: shape.measurement, tags, fields: fieldsIn(block, row), timeMs: timeIn(block, row) }
}
