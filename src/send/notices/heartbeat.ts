import type { ClientTls } from '../../config/files/client-tls.ts'
import { formatInstant } from '../../ingest/times.ts'
import { postJson, deliveryOf } from './post.ts'
import type { Clock } from './types.ts'
import { signatureOf } from './webhook.ts'

interface HeartbeatParts {
  site: string
  url: string
  everyMs: number
  secret?: Buffer | undefined
  /** Certificates of the connection, as their files are now. */
  tls?: (() => ClientTls) | undefined
  clock: Clock
  /** Why readings do not get through; empty: they do. Undefined: only a restart helps, and no heartbeat is sent. */
  reasons: () => readonly string[] | undefined
  /** Called for each heartbeat with what went wrong; undefined: nothing did. */
  onSent: (reason: string | undefined) => void
}

/**
 * Sends heartbeats until the signal: a receiver that gets none for some time alerts somebody. A heartbeat that does not
 * arrive is not sent again; the next one is.
 */
export async function beat(parts: HeartbeatParts, stop: AbortSignal): Promise<void> {
  const { site, everyMs, secret, tls, clock, onSent } = parts
  const url = new URL(parts.url)
  while (!stop.aborted) {
    const reasons = parts.reasons()
    if (reasons !== undefined) {
      const nowMs = clock.nowMs()
      const time = formatInstant(nowMs)
      const body = JSON.stringify({
        version: 1,
        site,
        time,
        ready: reasons.length === 0,
        reasons,
        everyS: everyMs / 1_000,
      })
      const headers = secret === undefined ? {} : signatureOf(secret, body, nowMs)
      const delivery = deliveryOf(await postJson({ url, body, headers, tls: tls?.() }, stop))
      if (!stop.aborted) onSent('reason' in delivery ? delivery.reason : undefined)
    }
    await clock.rest(everyMs, stop)
  }
}
