import { FLOAT, type TableOfNumbers } from './table.ts'

/**
 * How far the clock behind a source's stamps is behind ours, one row an hour: the smallest arrival − stamp of it. Below
 * 0 it is ahead. A source is a gateway, or a topic of points that have none.
 */
export const SKEW = {
  tags: ['site', 'source'],
  fields: { skew_s: FLOAT },
} as const satisfies TableOfNumbers<'skew'>
