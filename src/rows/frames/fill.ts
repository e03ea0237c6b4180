import type { Row } from '../rows.ts'
import type { RowTarget } from '../sink.ts'
import { beginRow, putCell, type OpenFrame, type OpenFrames } from './frame.ts'
import { numberSeries, type Series, type SeriesBook } from './series.ts'
import { shapeOf, type Shape } from './shape.ts'

/** Takes rows as places in frames, and numbers their series. */
export function createFrameTarget(frames: OpenFrames, book: SeriesBook): RowTarget {
  const begin = (series: Series, window: string, timeMs: number, shape: Shape): OpenFrame => {
    if (series.number < 0) numberSeries(book, series)
    return beginRow(frames, shape, window, timeMs, series.number)
  }
  return {
    cells(series, window, timeMs, { shape, words }, cells) {
      const frame = begin(series, window, timeMs, shape)
      for (let column = 0; column < cells.length; column++) {
        const cell = cells[column] ?? NaN
        const word = words[column]
        putCell(frame, word === undefined || Number.isNaN(cell) ? cell : word(cell))
      }
    },
    fields(series, window, timeMs, fields) {
      const shape = shapeOf(series.measurement)
      const frame = begin(series, window, timeMs, shape)
      for (const name of shape.columns) putCell(frame, fields[name])
    },
  }
}

/** Takes a row that is no result of the core. Fields that its table does not have are left out. */
export function fillRow(frames: OpenFrames, book: SeriesBook, { measurement, tags, fields, timeMs }: Row): void {
  const shape = shapeOf(measurement)
  const { window = '', ...own } = tags
  const series = { measurement, tags: own, number: -1 }
  numberSeries(book, series)
  const frame = beginRow(frames, shape, window, timeMs, series.number)
  for (const name of shape.columns) putCell(frame, fields[name])
}
