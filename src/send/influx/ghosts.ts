import type { QueuedRow } from '../../store/outbox-type.ts'

/**
 * A ghost is a batch whose write timed out or was cut off, and which the database may still apply, after the newer revision
 * that we wrote in the meantime. So a newer row of such a key stays queued after it was accepted and is written once more when
 * the ghost can no longer come. Being queued, it survives a restart. A database that stands still keeps its ghosts as long as
 * that lasts, so their time runs from the first write that went through.
 */
export interface Ghosts {
  /** Rows that may be on their way, by key: the oldest id, and until when it may arrive (Infinity: not known yet). */
  sent: Map<string, { id: number; untilMs: number }>
  /** Ids of rows that were accepted and wait to be written once more, and when. */
  waiting: Map<number, number>
  /** Keys forgotten because there were too many: their corrections are not written twice. */
  forgotten: number
}

/** Some eight batches; while more than that time out, an old revision may win until its next correction. */
const MAX_SENT = 8_000

export function createGhosts(): Ghosts {
  return { sent: new Map(), waiting: new Map(), forgotten: 0 }
}

/** These went out and no answer came. */
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

/** The database answers: ghosts come within `ghostMs` or not at all. */
export function timeGhosts({ sent }: Ghosts, nowMs: number, ghostMs: number): void {
  for (const [key, ghost] of sent) {
    if (ghost.untilMs <= nowMs) sent.delete(key)
    else if (ghost.untilMs === Infinity) ghost.untilMs = nowMs + ghostMs
  }
}

/** Of rows just accepted, those that are done with. The others wait for the ghosts of their older revisions. */
export function withoutGhosts(ghosts: Ghosts, rows: readonly QueuedRow[]): QueuedRow[] {
  if (ghosts.sent.size === 0) return [...rows]
  return rows.filter(({ id, row }) => {
    const ghost = ghosts.sent.get(keyOf(row))
    if (ghost === undefined || ghost.id === id) return true
    ghosts.waiting.set(id, ghost.untilMs)
    return false
  })
}

/** Of queued rows, those to be written now. */
export function ripe(ghosts: Ghosts, rows: readonly QueuedRow[], nowMs: number): QueuedRow[] {
  for (const [id, untilMs] of ghosts.waiting) if (untilMs <= nowMs) ghosts.waiting.delete(id)
  return rows.filter(({ id }) => !ghosts.waiting.has(id))
}

function keyOf({ measurement, tags, timeMs }: QueuedRow['row']): string {
  return `${timeMs} ${measurement} ${tags}`
}
