import type { Config } from '../config/config.ts'
import type { SteadyClock } from '../fold/steady-clock.ts'
import type { Health } from '../health/health.ts'
import type { Log, States } from '../health/log.ts'
import type { Store } from '../store/types.ts'

/** Told after each commit, with the blocks of rows that it took along. */
type Wake = (blocks: readonly Uint8Array[]) => void

/** What every part of the running daemon works with. */
export interface DaemonParts {
  readonly config: Config
  readonly store: Store
  readonly health: Health
  readonly states: States
  readonly log: Log
  readonly steady: SteadyClock
  /** Arrival time now, epoch ms. */
  readonly clock: () => number
  /** Where a part says how it is closed, as soon as it is open. */
  readonly open: AsyncDisposableStack
  readonly wakes: Wake[]
  /** Told after each commit. */
  readonly commits: (() => void)[]
  /** Ends the daemon: a part cannot go on. */
  readonly fail: (error: unknown) => void
}
