import { setImmediate as pause } from 'node:timers/promises'
import { takeRows } from '../fold/outputs.ts'
import { fillRow } from '../rows/frames/fill.ts'
import { createFrames } from '../rows/frames/frame.ts'
import type { SeriesBook } from '../rows/frames/series.ts'
import type { Row } from '../rows/rows.ts'
import { MEASUREMENTS } from '../rows/tables/measurements.ts'
import type { Fields } from '../rows/tables/table.ts'
import { HISTORY_ROWS, type HistoryRow, type Store } from '../store/types.ts'

/** A row that is written again, with the fields that it had before, if it was there. */
export interface Revised {
  readonly timeMs: number
  readonly before: HistoryRow['fields'] | undefined
  readonly after: Fields
  readonly revision: number
}

/** Where rows are compared with those of the history, and written if they differ. */
export interface Rewrite {
  readonly store: Store
  /** The series of the rows. */
  readonly book: SeriesBook
  /** Ends up to here are settled, epoch ms. */
  readonly settledMs: number
  /** False: rows are counted and not written. */
  readonly write: boolean
  rows: number
}

/** Rows are compared and written in groups of at most so many, over at most so many intervals. */
export const GROUP_ROWS = HISTORY_ROWS / 2

/**
 * Writes those of the rows that differ from the history, with the next revision. The rows are of one series, rising in
 * time, over at most `GROUP_ROWS` intervals. A row that the history does not have is written if `isNew` says so.
 * `asWritten` may keep fields of the row before.
 */
export async function rewriteRows(
  rewrite: Rewrite,
  rows: readonly Row[],
  isNew: (timeMs: number, fields: Fields) => boolean,
  asWritten = (_before: Fields, after: Fields) => after,
): Promise<Revised[]> {
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return []
  const { measurement, tags } = first
  const held = await rewrite.store.history(measurement, {
    tags,
    fromMs: first.timeMs,
    toMs: last.timeMs,
    limit: HISTORY_ROWS,
  })
  const fieldsAt = new Map(held.map(({ timeMs, fields }) => [timeMs, fields]))
  const revised: Revised[] = []
  const isNumbered = 'revision' in MEASUREMENTS[measurement].fields
  for (const { timeMs, fields: folded } of rows) {
    const before = fieldsAt.get(timeMs)
    const fields = before === undefined ? folded : asWritten(before, folded)
    if (before === undefined ? !isNew(timeMs, fields) : isSame(before, fields)) continue
    const revision = before === undefined ? 0 : Number(before['revision']) + 1
    const state = timeMs <= rewrite.settledMs ? 'restated' : 'provisional'
    revised.push({ timeMs, before, after: isNumbered ? { ...fields, revision, state } : fields, revision })
  }
  await stage(rewrite, { measurement, tags }, revised)
  return revised
}

async function stage(
  rewrite: Rewrite,
  series: Pick<Row, 'measurement' | 'tags'>,
  revised: readonly Revised[],
): Promise<void> {
  const { store, book, write } = rewrite
  rewrite.rows += revised.length
  if (!write || revised.length === 0) return pause()
  const frames = createFrames()
  for (const { timeMs, after } of revised) fillRow(frames, book, { ...series, fields: after, timeMs })
  await store.stage(takeRows({ frames }, book))
}

function isSame(before: Fields, after: Fields): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  for (const name of names) {
    if (name !== 'revision' && name !== 'state' && before[name] !== after[name]) return false
  }
  return true
}
