import { postJson, verdictOf } from './post.ts'
import type { Clock } from './types.ts'
import { signatureOf } from './webhook.ts'

export interface HeartbeatParts {
  site: string
  url: string
  everyMs: number
  secret?: Buffer | undefined
  ca?: Buffer | undefined
  clock: Clock
  /** Why readings do not get through, in words; empty: they do. Undefined: we are past help, and say nothing. */
  reasons: () => readonly string[] | undefined
  /** Told of each that was sent: what went wrong, undefined: nothing. */
  onSent: (reason: string | undefined) => void
}

/**
 * Tells another that we live, until the signal: when it hears nothing for some time, somebody has to look. A heartbeat
 * that does not arrive is not sent again; the next one is.
 */
export async function beat(parts: HeartbeatParts, stop: AbortSignal): Promise<void> {
  const { site, everyMs, secret, ca, clock, onSent } = parts
  const url = new URL(parts.url)
  while (!stop.aborted) {
    const reasons = parts.reasons()
    if (reasons !== undefined) {
      const nowMs = clock.nowMs()
      const time = new Date(nowMs).toISOString()
      const body = JSON.stringify({
        version: 1,
        site,
        time,
        ready: reasons.length === 0,
        reasons,
        everyS: everyMs / 1_000,
      })
      const headers = secret === undefined ? {} : signatureOf(secret, body, nowMs)
      const verdict = verdictOf(await postJson({ url, body, headers, ca }, stop))
      if (!stop.aborted) onSent('reason' in verdict ? verdict.reason : undefined)
    }
    await clock.rest(everyMs, stop)
  }
}
