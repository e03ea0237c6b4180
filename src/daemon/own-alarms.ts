import { ownOrder, type OwnAlarm } from '../ingest/command.ts'
import type { Health } from '../health/health.ts'
import type { Pipeline } from '../fold/pipeline.ts'

/**
 * Alarms of the daemon itself: what is wrong goes through the journal to the same machine as all others, so that it is
 * acknowledged, shelved, restored and replayed like them. Only changes are sent. Of a full disk the row and the notice
 * wait until it has room, as everything does; the log, /readyz and the health of the page say so at once.
 */
export function createOwnAlarms(health: Health, send: (payload: string) => void): (pipeline: Pipeline) => void {
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
      if (breached !== before) send(ownOrder(alarm, breached))
    }
  }
}
