import type { Sink } from '../core/contract/sink.ts'
import type { Site } from '../site/site.ts'
import { rowTags, type Series } from './frames/series.ts'
import type { Notice } from './notice.ts'
import { fieldsOfCells } from './cell-table.ts'
import { createSink, type RowTarget } from './sink.ts'
import type { Measurement } from './tables/measurements.ts'
import type { Fields } from './tables/table.ts'

/** A row as it goes to InfluxDB, to the local history and into NDJSON. Same tags and time: the same row again. */
export interface Row {
  measurement: Measurement
  tags: Readonly<Record<string, string>>
  fields: Fields
  /** End of the interval or window, or the moment of the transition; epoch ms. */
  timeMs: number
}

/** Turns results of the core into rows, and its alarms into notices. What is not known is left out of a row. */
export function createRowSink(
  site: Site,
  emit: (row: Row) => void,
  send: (notice: Notice) => void = () => undefined,
): Sink {
  const tagsOf = createTagsOf()
  const target: RowTarget = {
    cells(series, window, timeMs, table, cells) {
      target.fields(series, window, timeMs, fieldsOfCells(table, cells))
    },
    fields(series, window, timeMs, fields) {
      const { measurement } = series
      emit({ measurement, tags: tagsOf(series, window), fields, timeMs })
    },
  }
  return createSink(site, target, send)
}

/** Tags are made at the first row of a series and window, then shared by all its rows. */
function createTagsOf(): (series: Series, window: string) => Row['tags'] {
  const known = new Map<Series, Map<string, Row['tags']>>()
  return (series, window) => {
    const ofSeries = known.get(series) ?? new Map<string, Row['tags']>()
    known.set(series, ofSeries)
    const tags = ofSeries.get(window) ?? rowTags(series, window)
    ofSeries.set(window, tags)
    return tags
  }
}
