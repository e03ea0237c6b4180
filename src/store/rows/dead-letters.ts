import { decodeBlock } from '../../rows/frames/block.ts'
import { fieldsIn, seriesIn, timeIn } from '../../rows/frames/read.ts'
import { rowTags } from '../../rows/frames/series.ts'
import type { HistoryRow } from '../types.ts'
import type { RowBase } from './base.ts'
import { frameBlock } from './frames.ts'

/** A row that its receiver will never take as it is, and the reason. */
export interface DeadLetter extends HistoryRow {
  id: number
  reason: string
}

/** Beyond this the oldest are forgotten. */
const KEPT = 10_000

const PUT = 'INSERT INTO rejected (measurement, tags, fields, time_ms, reason) VALUES (?, ?, ?, ?, ?)'
const FORGET = 'DELETE FROM rejected WHERE id <= (SELECT max(id) FROM rejected) - ?'
const READ = 'SELECT * FROM rejected ORDER BY id DESC LIMIT ?'
const DROP = 'DELETE FROM rejected WHERE id = ?'

/** Keeps rows of a block. One whose series has no name any more is only counted. */
export function putDeadLetters(base: RowBase, id: number, rows: readonly number[], reason: string): void {
  const bytes = frameBlock(base, id)
  if (bytes === undefined) return
  const block = decodeBlock(bytes)
  for (const row of rows) {
    const series = base.index.byNumber.get(seriesIn(block, row))
    if (series === undefined) continue
    const [tags, fields] = [rowTags(series, block.window), fieldsIn(block, row)]
    const { measurement } = series
    base.sql(PUT).run(measurement, JSON.stringify(tags), JSON.stringify(fields), timeIn(block, row), reason)
  }
  base.sql(FORGET).run(KEPT)
}

/** The newest first. */
export function readDeadLetters(base: RowBase, limit: number): DeadLetter[] {
  return base
    .sql(READ)
    .all(limit)
    .map((row) => ({
      id: row['id'] as number,
      measurement: row['measurement'] as string,
      tags: JSON.parse(row['tags'] as string) as DeadLetter['tags'],
      fields: JSON.parse(row['fields'] as string) as DeadLetter['fields'],
      timeMs: row['time_ms'] as number,
      reason: row['reason'] as string,
    }))
}

/** Ids that are gone are passed over. */
export function dropDeadLetters(base: RowBase, ids: readonly number[]): void {
  for (const id of ids) base.sql(DROP).run(id)
}
