import type { Row } from '../rows.ts'
import type { RowTarget } from '../sink.ts'
import { beginRow, putCell, type OpenFrames } from './frame.ts'
import { numberSeries, type SeriesBook } from './series.ts'
import { shapeOf } from './shape.ts'

/** Takes rows as places in frames, and numbers their series. */
export function createFrameTarget(frames: OpenFrames, book: SeriesBook): RowTarget {
  return {
    put(series, window, timeMs, { fields }, source) {
      if (series.number < 0) numberSeries(book, series)
      const frame = beginRow(frames, shapeOf(series.measurement), window, timeMs, series.number)
      for (const name in fields) putCell(frame, fields[name]?.of(source))
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
