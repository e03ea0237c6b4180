import type { QueuedRow } from '../../store/outbox-type.ts'

/**
 * A ghost is a row whose write timed out or was cut off. The database may still apply it, and then it overwrites the
 * newer revision that was written meanwhile. So the newer revision is written twice:
 *
 *     write r0 ── no answer ──▶ r0 in `sent`: a ghost that may come at any time
 *     r1 takes r0's place in the queue, with a new id
 *     write r1 ── accepted ───▶ ghosts come within 60 s of a write that went through: r1 in `waiting`, still queued
 *                               (perhaps the database applies r0 now, over r1)
 *     60 s later: write r1 ── accepted ──▶ r1 leaves the queue
 *
 * Being queued, r1 survives a restart. A database that stands still keeps its ghosts until it goes on; therefore their
 * time runs from the first write that went through.
 */
export interface Ghosts {
  /** Ghosts by key: the oldest id, and until when it may arrive; Infinity: not known yet. */
  sent: Map<string, { id: number; untilMs: number }>
  /** Ids of rows that were accepted and wait to be written once more, and when. */
  waiting: Map<number, number>
  /** Keys forgotten because there were too many: their corrections are not written twice. */
  forgotten: number
}

/** Eight batches. If more rows are without an answer, an old revision may win until its next correction. */
const MAX_SENT = 8_000

export function createGhosts(): Ghosts {
  return { sent: new Map(), waiting: new Map(), forgotten: 0 }
}

/** Notes rows that went out and had no answer. */
export function noteGhosts(ghosts: Ghosts, rows: readonly QueuedRow[]): void {
  const { sent } = ghosts
  for (const { id, row } of rows) {
    const key = keyOf(row)
    const older = sent.get(key)
    sent.delete(key)
    sent.set(key, { id: older === undefined ? id : Math.min(older.id, id), untilMs: Infinity })
  }
  for (const key of sent.keys()) {
    if (sent.size <= MAX_SENT) return
    sent.delete(key)
    ghosts.forgotten += 1
  }
}

/** Starts the ghosts' time when the database answers: they come within `ghostMs` or not at all. */
export function timeGhosts({ sent }: Ghosts, nowMs: number, ghostMs: number): void {
  for (const [key, ghost] of sent) {
    if (ghost.untilMs <= nowMs) sent.delete(key)
    else if (ghost.untilMs === Infinity) ghost.untilMs = nowMs + ghostMs
  }
}

/** Of rows just accepted, those that leave the queue. The others wait for the ghosts of their older revisions. */
export function withoutGhosts(ghosts: Ghosts, rows: readonly QueuedRow[]): QueuedRow[] {
  if (ghosts.sent.size === 0) return [...rows]
  return rows.filter(({ id, row }) => {
    const ghost = ghosts.sent.get(keyOf(row))
    if (ghost === undefined || ghost.id === id) return true
    ghosts.waiting.set(id, ghost.untilMs)
    return false
  })
}

/** The queued rows that may be sent now: no older form of them is still on its way. */
export function sendableNow(ghosts: Ghosts, rows: readonly QueuedRow[], nowMs: number): QueuedRow[] {
  for (const [id, untilMs] of ghosts.waiting) if (untilMs <= nowMs) ghosts.waiting.delete(id)
  return rows.filter(({ id }) => !ghosts.waiting.has(id))
}

function keyOf({ measurement, tags, timeMs }: QueuedRow['row']): string {
  return `${timeMs} ${measurement} ${tags}`
}
