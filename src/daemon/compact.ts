import { setTimeout as sleep } from 'node:timers/promises'
import type { DaemonParts } from './parts.ts'

const HOUR_MS = 3_600_000

/**
 * Packs rows of hours that are over into the local history, at start and each hour. The first time it also brings over
 * what an older release left. A stop ends it between two steps; the next start goes on from there.
 */
export function startCompacting({ store, states, clock, open }: DaemonParts): void {
  const stop = new AbortController()
  const running = run()
  open.defer(async () => {
    stop.abort()
    await running
  })

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await store.compact(clock(), stop.signal)
        if (!stop.signal.aborted) states.tell('history', 'packed')
      } catch (error) {
        states.tell('history', 'not packed', { error }, 'error')
      }
      // When it is aborted, the loop ends.
      await sleep(HOUR_MS, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
    }
  }
}
