import type { ReadingRow } from '../../core/contract/sink.ts'
import { columnsFrom, type TableOf } from './table.ts'

const { float, int, string } = columnsFrom<ReadingRow>()

/** Statistics of a point that is neither power nor energy nor the state of an inlet, one row for each interval. */
export const READING = {
  tags: ['site', 'point'],
  fields: {
    mean: float((row) => row.mean),
    min: float((row) => row.min),
    max: float((row) => row.max),
    last: float((row) => row.last),
    count: int((row) => row.count),
    quality: string((row) => row.quality),
  },
} as const satisfies TableOf<ReadingRow>
