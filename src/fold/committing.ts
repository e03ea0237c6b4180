import { setTimeout as sleep } from 'node:timers/promises'
import { isFull, type Commit, type Committed, type Store } from '../store/types.ts'
import { arrivalMs, type SteadyClock } from './steady-clock.ts'

/** Where commits go, and who hears of them. */
export interface Committing {
  store: Store
  clock: SteadyClock
  /** Called when the disk is full, and when it takes packets again. */
  onFull(full: boolean): void
  /** Called when a commit begins (at which time), and when it has ended (after how many ms). */
  onCommit(change: { sinceMs: number } | { tookMs: number }): void
}

const FULL_RETRY_MS = 1000

/** While the disk is full nothing is acknowledged, so the broker keeps what comes; the commit is tried again. */
export async function commitUntilThere(options: Committing, commit: Commit): Promise<Committed> {
  for (let full = false; ; full = true) {
    const beganMs = performance.now()
    options.onCommit({ sinceMs: arrivalMs(options.clock) })
    try {
      const committed = await options.store.commit(commit)
      options.onCommit({ tookMs: performance.now() - beganMs })
      if (full) options.onFull(false)
      return committed
    } catch (error) {
      if (!isFull(error)) throw error
      if (!full) options.onFull(true)
      await sleep(FULL_RETRY_MS)
    }
  }
}
