import { setTimeout as sleep } from 'node:timers/promises'
import type { Link } from './ingest/source.ts'
import type { Store } from './store/types.ts'

/** Brings alarm notices from the outbox to their retained MQTT topics, in their order, each until it is confirmed. */
export interface Notifier {
  /** There are new notices, or the broker is back. */
  wake(): void
  /** Works until the signal; rejects only if the store does. */
  run(signal: AbortSignal): Promise<void>
}

const BATCH = 50
const RETRY_MS = 5_000

export function createNotifier(store: Store, link: Link): Notifier {
  let bell = Promise.withResolvers<void>()
  return {
    wake() {
      bell.resolve()
    },
    async run(signal) {
      signal.addEventListener('abort', () => bell.resolve(), { once: true })
      while (!signal.aborted) {
        bell = Promise.withResolvers()
        if (await sendAll(store, link, signal)) await bell.promise
        else await Promise.race([bell.promise, sleep(RETRY_MS, undefined, { ref: false })])
      }
    },
  }
}

/** Sends what waits; false when something has to be tried again. */
async function sendAll(store: Store, link: Link, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const notices = await store.takeNotices(BATCH)
    if (notices.length === 0) return true
    for (const { id, notice } of notices) {
      const failure = await link.publish(notice.topic, notice.payload, { retain: true, qos: 1 }).catch(reasonOf)
      if (failure !== undefined) return false
      await store.dropNotices([id])
    }
  }
  return true
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
