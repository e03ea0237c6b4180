import { inTransaction, type Database } from '../database/database.ts'
import type { HistoryQuery, HistoryRow, StoreOptions } from '../types.ts'
import type { RowBase } from './base.ts'
import { setChunkAside, type OnBad } from './chunks.ts'
import { countEchoes } from './echoes.ts'
import { setFrameAside } from './frames.ts'
import { readHistory } from './history.ts'
import { adoptOldSeries } from './old-series.ts'
import { forgetIdleSeries } from './purge.ts'
import { isDamaged, takeDamagedRows } from '../database/damaged.ts'
import { countWaiting, loadReceivers, setRowReceivers } from './receivers.ts'
import { loadSeries } from './series.ts'

/** Unless configured otherwise, about 1 GB. */
const QUEUED_ROWS = 20_000_000

/** Reads what the thread keeps in memory about rows, and sets who their receivers are. */
export function openRows(database: Database, options: StoreOptions): RowBase {
  takeDamagedRows(database)
  return inTransaction(database, () => {
    forgetIdleSeries(database)
    const index = loadSeries(database)
    const oldIds = adoptOldSeries(database, index)
    const queueLimit = options.queuedRows ?? QUEUED_ROWS
    const receivers = loadReceivers(database)
    const base: RowBase = Object.assign(database, { index, oldIds, queueLimit, receivers, echoes: 0 })
    setRowReceivers(base, options.rowReceivers)
    if (isDamaged(base, 'cleared') || isDamaged(base, 'row_receiver')) countWaiting(base)
    countEchoes(base)
    base.onRollback.push(() => {
      base.receivers = loadReceivers(base)
      countEchoes(base)
    })
    return base
  })
}

/** Reads rows of the local history, and sets aside what cannot be read. */
export function readKeptRows(base: RowBase, measurement: string, query: HistoryQuery): HistoryRow[] {
  const bad: Parameters<OnBad>[0][] = []
  const rows = readHistory(base, measurement, query, (found) => bad.push(found))
  if (bad.length > 0 && base.opened === undefined)
    inTransaction(base, () => bad.forEach((found) => setAside(base, found)))
  return rows
}

function setAside(base: RowBase, { kind, id, block, error }: Parameters<OnBad>[0]): void {
  if (kind === 'frame') setFrameAside(base, id, block, error)
  else setChunkAside(base, id, block, error)
}
