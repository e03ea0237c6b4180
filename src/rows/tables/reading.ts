import { readingWords } from '../../core/air/sensor.ts'
import { FLOAT, INT, wordsOf, type TableOfNumbers } from './table.ts'

/** Statistics of a point that is neither power nor energy nor the state of an inlet, one row for each interval. */
export const READING = {
  tags: ['site', 'point'],
  fields: {
    mean: FLOAT,
    min: FLOAT,
    max: FLOAT,
    last: FLOAT,
    count: INT,
    quality: wordsOf(readingWords),
  },
} as const satisfies TableOfNumbers<'reading'>
