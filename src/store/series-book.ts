import assert from 'node:assert/strict'
import { createSeriesBook, type Series, type SeriesBook } from '../rows/frames/series.ts'
import { isMeasurement } from '../rows/tables/measurements.ts'
import type { SavedSeries, Start } from './types.ts'

/** The series that the store keeps, as a book to go on with. */
export function openSeriesBook({ series, lastSeries }: Pick<Start, 'series' | 'lastSeries'>): SeriesBook {
  return createSeriesBook(series.map(readSeries), lastSeries)
}

function readSeries({ number, measurement, tags }: SavedSeries): Series {
  assert(isMeasurement(measurement), `the store has a series of ${measurement}, which is no measurement`)
  return { number, measurement, tags: JSON.parse(tags) as Series['tags'] }
}
