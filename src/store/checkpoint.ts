import type { Database } from './database/database.ts'

/**
 * Moves pages from SQLite's log into the database file while nobody waits. SQLite would do that inside the commit that
 * makes the log too long, and this commit's packets would wait for all of it.
 *
 *     pages in the log      when
 *     1,000                 the thread has had nothing to do for 20 ms
 *     2,000                 at once after an answer: the next request may wait, some 10 ms
 *     16,000                inside a commit, by SQLite (`wal_autocheckpoint`), if the two above never came to it
 */
export interface Checkpointer {
  /** Tells that a request was answered. */
  answered(): void
  stop(): void
}

/** The log's length at which SQLite itself acts. 64 MB, the size that `journal_size_limit` cuts it back to. */
export const MOST_PAGES = 16_000
const IDLE_PAGES = 1_000
const LONG_PAGES = 2_000
const IDLE_MS = 20

const STATE = 'PRAGMA wal_checkpoint(NOOP)'
const CHECKPOINT = 'PRAGMA wal_checkpoint(PASSIVE)'

export function createCheckpointer(base: Database): Checkpointer {
  let isOn = true
  const idle = setTimeout(() => attempt(IDLE_PAGES), IDLE_MS).unref()
  function attempt(pages: number): void {
    try {
      if (isOn) checkpointFrom(base, pages)
    } catch {
      isOn = false // SQLite tries again within a commit, and that one is told
    }
  }
  return {
    answered() {
      idle.refresh()
      attempt(LONG_PAGES)
    },
    stop() {
      isOn = false
      clearTimeout(idle)
    },
  }
}

/** In an open transaction SQLite would refuse it. */
function checkpointFrom(base: Database, pages: number): void {
  if (base.opened !== undefined) return
  const state = base.sql(STATE).get()
  if (Number(state?.['log']) - Number(state?.['checkpointed']) >= pages) base.sql(CHECKPOINT).get()
}
