import type { OwnAlarm } from '../core/contract/alarm-kinds.ts'
import type { Health } from '../health/health.ts'
import type { Pipeline } from '../fold/pipeline.ts'
import type { OwnEntry } from '../ingest/own-entry.ts'

/**
 * Alarms of the daemon itself. A fault goes through the journal to the same machine as all others, so it is
 * acknowledged, shelved, restored and replayed like them. Only changes are sent. While the disk is full, the row and
 * the notice of that alarm wait until it has room. The log, /readyz and the health of the page say so at once.
 */
export function createOwnAlarms(health: Health, send: (entry: OwnEntry) => void): (pipeline: Pipeline) => void {
  const told = new Map<OwnAlarm, boolean>()
  return ({ core }) => {
    const now: [OwnAlarm, boolean][] = [
      ['journal', health.diskFull],
      ['outbox', health.outboxHeld !== undefined],
    ]
    for (const [alarm, breached] of now) {
      const phase = core.alarms.byKind.get(alarm)?.get(0)?.phase
      const before = told.get(alarm) ?? (phase === 'rising' || phase === 'active')
      told.set(alarm, breached)
      if (breached !== before) send({ own: { alarm, breached } })
    }
  }
}
