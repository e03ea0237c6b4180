import type { LineWriter } from '../../rows/line-protocol.ts'
import type { RowQueue } from '../../store/queue-type.ts'
import { batchOf, INFLUX, rowPlacesOf, type LineRow } from './batch.ts'
import { noteGhosts, timeGhosts, type Ghosts } from './ghosts.ts'

/** Ghosts (ghosts.ts) live in memory; the store keeps their rows as suspects for a process that comes after a kill. */
interface Suspecting {
  readonly store: RowQueue
  readonly lines: LineWriter
  readonly ghosts: Ghosts
}

/** Whatever earlier processes may have been writing when they ended may still be on its way. */
export async function takeGhosts({ store, lines, ghosts }: Suspecting, batchRows: number): Promise<void> {
  const suspects = await store.takeSuspects(INFLUX, batchRows)
  const echoes = await store.takeEchoes(INFLUX)
  for (const blocks of [suspects, echoes]) noteGhosts(ghosts, batchOf(lines, blocks, Infinity).rows)
}

/** Notes rows that had no answer, before they can be passed. */
export async function suspectRows({ store, ghosts }: Suspecting, rows: readonly LineRow[]): Promise<void> {
  noteGhosts(ghosts, rows)
  const named = rowPlacesOf(rows).map((block) => ({ ...block, id: Math.abs(block.id) }))
  await store.noteSuspects(INFLUX, named)
}

/** The database has answered: the time of the ghosts runs, or is over. */
export async function endGhosts({ store, ghosts }: Suspecting, nowMs: number, ghostMs: number): Promise<void> {
  if (ghosts.sent.size === 0) return
  timeGhosts(ghosts, nowMs, ghostMs)
  if (ghosts.sent.size === 0) await store.dropSuspects(INFLUX)
}
