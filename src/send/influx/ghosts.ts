import { linesIn, type LineRow } from './batch.ts'

/**
 * A ghost is a row whose write timed out or was cut off. The database may still apply it, and then it overwrites the
 * newer revision that was written meanwhile. So the newer revision is written twice:
 *
 *     write r0 ── no answer ──▶ r0 in `sent`: a ghost that may come at any time
 *     r1 clears r0 in the queue
 *     write r1 ── accepted ───▶ ghosts come within 60 s of a write that went through: r1 is passed, with an echo
 *                               (perhaps the database applies r0 now, over r1)
 *     60 s later: write r1 ── accepted ──▶ the echo ends
 *
 * The store keeps echoes, so r1 survives a restart, and ghosts as suspects (suspects.ts). At a start each row that the
 * last process may have been writing becomes one (D81). A database that stands still keeps its ghosts until it goes on;
 * therefore their time runs from the first write that went through.
 */
export interface Ghosts {
  /** Ghosts by key: the block they were sent from, and until when they may arrive; Infinity: not known yet. */
  sent: Map<string, { id: number; untilMs: number }>
  /** When an echo is due, by its id. */
  dueMs: Map<number, number>
  /** Keys forgotten because there were too many: their corrections are not written twice. */
  forgotten: number
}

/** Four full batches. If more rows are without an answer, an old revision may win until its next correction. */
const MAX_SENT = 20_000

export function createGhosts(): Ghosts {
  return { sent: new Map(), dueMs: new Map(), forgotten: 0 }
}

/** How long until the next echo is due; Infinity: there is none. */
export function msToEcho({ dueMs }: Ghosts, nowMs: number): number {
  return Math.max(0, Math.min(...dueMs.values()) - nowMs)
}

/** Notes rows that went out and had no answer. */
export function noteGhosts(ghosts: Ghosts, rows: readonly LineRow[]): void {
  const { sent } = ghosts
  for (const row of rows) {
    const key = keyOf(row)
    const older = sent.get(key)
    sent.delete(key)
    sent.set(key, { id: older === undefined ? row.id : Math.min(older.id, row.id), untilMs: Infinity })
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

/** Of rows just accepted, those that must be written once more: an older form of them is still on its way. */
export function rowsToEcho({ sent }: Ghosts, rows: readonly LineRow[]): LineRow[] {
  if (sent.size === 0) return []
  return rows.filter((row) => {
    const ghost = sent.get(keyOf(row))
    return ghost !== undefined && ghost.id !== row.id
  })
}

/** A row's identity: its line up to the fields, and its time at the end. */
function keyOf(row: LineRow): string {
  const text = Buffer.from(linesIn([row]).utf8).toString()
  return `${text.slice(0, text.search(/(?<!\\) /))} ${text.slice(text.lastIndexOf(' '))}`
}
