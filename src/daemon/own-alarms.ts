import type { OwnAlarm } from '../core/contract/alarm-kinds.ts'
import { certificateDays, type Health } from '../health/health.ts'
import type { Pipeline } from '../fold/pipeline.ts'
import type { OwnEntry } from '../ingest/own-entry.ts'

type Condition = { breached: boolean; value?: number; limit?: number }

/**
 * Alarms of the daemon itself. A fault goes through the journal to the same machine as all others, so it is
 * acknowledged, shelved, restored and replayed like them. Only changes are sent. While the disk is full, the row and
 * the notice of that alarm wait until it has room. The log, /readyz and the health of the page say so at once.
 */
export function createOwnAlarms(health: Health, send: (entry: OwnEntry) => void): (pipeline: Pipeline) => void {
  const told = new Map<OwnAlarm, Condition>()
  return ({ core, site }) => {
    const now: [OwnAlarm, Condition][] = [
      ['journal', { breached: health.diskFull }],
      ['outbox', { breached: health.outboxHeld !== undefined }],
      ['certificate', endingOf(health, site.config.alarms.certificate.days)],
      ['stream', { breached: isStreamBehind(health, performance.now()) }],
    ]
    for (const [alarm, condition] of now) {
      const phase = core.alarms.byKind.get(alarm)?.get(0)?.phase
      const before = told.get(alarm) ?? { breached: phase === 'rising' || phase === 'active' }
      told.set(alarm, condition)
      const { breached, value } = condition
      if (breached !== before.breached || (breached && value !== before.value)) send({ own: { alarm, ...condition } })
    }
  }
}

/** Whole days until the first certificate ends: it is told once a day. Without certificates none ends. */
function endingOf(health: Health, limit: number): Condition {
  const days = certificateDays(health)
  if (Number.isNaN(days)) return { breached: false }
  return { breached: days <= limit, value: Math.floor(days), limit }
}

/** So long an uplink may be cut before it is an alarm, and so long it stays one that the stream had lost entries. */
const STREAM_LOST_MS = 5 * 60_000

function isStreamBehind({ streamHeld, streamLostMs, streamShorterMs }: Health, steadyMs: number): boolean {
  return (
    streamHeld !== undefined || steadyMs - streamLostMs > STREAM_LOST_MS || steadyMs - streamShorterMs < STREAM_LOST_MS
  )
}
