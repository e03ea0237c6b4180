import { setImmediate as pause } from 'node:timers/promises'
import type { Row } from '../rows/rows.ts'
import { HISTORY_ROWS, type HistoryRow, type Store, type StoredRow } from '../store/types.ts'

/** A row that is told again, beside the one that was told last, if there was one. */
export interface Revised {
  readonly timeMs: number
  readonly before: HistoryRow['fields'] | undefined
  readonly after: Fields
  readonly revision: number
}

type Fields = Readonly<Record<string, number | string | boolean>>

/** Where rows are compared with what was told, and new ones written. */
export interface Rewrite {
  readonly store: Store
  /** Ends up to here are settled, epoch ms. */
  readonly settledMs: number
  /** False: nothing is written. */
  readonly write: boolean
  rows: number
}

/** Rows are compared and written in groups of at most so many, and so many intervals. */
export const GROUP_ROWS = HISTORY_ROWS / 2

/**
 * Writes those of the rows (one series, rising, at most `GROUP_ROWS` intervals apart) that are not as they were told last,
 * with the next revision. A row that was never told is written if `isNew` says so.
 */
export async function rewriteRows(
  rewrite: Rewrite,
  rows: readonly Row[],
  isNew: (timeMs: number) => boolean,
): Promise<Revised[]> {
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return []
  const { measurement, tags } = first
  const told = await rewrite.store.history(measurement, {
    tags,
    fromMs: first.timeMs,
    toMs: last.timeMs,
    limit: HISTORY_ROWS,
  })
  const fieldsAt = new Map(told.map(({ timeMs, fields }) => [timeMs, fields]))
  const revised: Revised[] = []
  for (const { timeMs, fields } of rows) {
    const before = fieldsAt.get(timeMs)
    if (before === undefined ? !isNew(timeMs) : isSame(before, fields)) continue
    const revision = before === undefined ? 0 : Number(before['revision']) + 1
    const state = timeMs <= rewrite.settledMs ? 'restated' : 'provisional'
    revised.push({ timeMs, before, after: { ...fields, revision, state }, revision })
  }
  await stage(rewrite, measurement, JSON.stringify(tags), revised)
  return revised
}

async function stage(rewrite: Rewrite, measurement: string, tags: string, revised: readonly Revised[]): Promise<void> {
  rewrite.rows += revised.length
  if (!rewrite.write || revised.length === 0) return pause()
  const rows = revised.map(({ timeMs, after }): StoredRow => ({
    measurement,
    tags,
    fields: JSON.stringify(after),
    timeMs,
  }))
  await rewrite.store.stage(rows)
}

function isSame(before: Fields, after: Fields): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  for (const name of names) {
    if (name !== 'revision' && name !== 'state' && before[name] !== after[name]) return false
  }
  return true
}
