import type { WriteAnswer, InfluxDoor } from './influx.ts'
import { createGhosts, noteGhosts, sendableNow, timeGhosts, withoutGhosts } from './ghosts.ts'
import type { Ghosts } from './ghosts.ts'
import { rowFault } from './guard.ts'
import type { OutgoingRow } from './guard.ts'
import type { QueuedRow, QueueEnd, RowOutbox, StoredRow } from '../../store/outbox-type.ts'

/** How the drain stands; reported when it changes, not at each attempt. `afterMs`: how long no row went through. */
export type DrainState =
  { kind: 'lost'; reason: string } | { kind: 'held'; reason: string } | { kind: 'back'; afterMs: number }

interface DrainCounts {
  /** Rows that the database has. */
  accepted: number
  /** Writes (not rows) that have to be made again. */
  kept: number
  /** Rows that no database will take. */
  rejected: number
  /** Rows whose older revision may win, because too many writes had no answer (ghosts.ts). */
  unguarded: number
}

export interface Drain {
  /**
   * Empties the outbox until the signal. Waits for a write on its way, at most for the door's time-out. Rejects if the
   * store does.
   */
  run(signal: AbortSignal): Promise<void>
  /** There are new rows. */
  wake(): void
  readonly counts: Readonly<DrainCounts>
}

interface DrainParts {
  store: RowOutbox
  door: InfluxDoor
  onState: (state: DrainState) => void
  /** In [0, 1), for the jitter. */
  random?: () => number
  /** Monotonic. */
  nowMs?: () => number
  limits?: Partial<DrainLimits>
}

export interface DrainLimits {
  batchRows: number
  /** Shortest and longest pause after a write that was kept or held. */
  pauseMs: readonly [number, number]
  /** Pause after a batch that was not full: rows come in bursts, and a write for each commit would be many. */
  gatherMs: number
  /** How long a write without an answer may still be applied once the database answers again. */
  ghostMs: number
  /** After so long the outbox is looked at without a wake. */
  idleMs: number
}

const LIMITS: DrainLimits = { batchRows: 1_000, pauseMs: [500, 60_000], gatherMs: 100, ghostMs: 60_000, idleMs: 10_000 }

type Trouble = Extract<WriteAnswer, { kind: 'kept' | 'held' }>

interface Draining extends Required<Omit<DrainParts, 'limits'>> {
  limits: DrainLimits
  counts: DrainCounts
  ghosts: Ghosts
  /** Halved when a batch is too large or too slow, then grows back. */
  batchRows: number
  /** The end of the outbox that the next batch is taken from. */
  end: QueueEnd
  isPrepared: boolean
  /** Since the last write that went through. */
  attempts: number
  trouble: { kind: Trouble['kind']; reason: string; sinceMs: number } | undefined
  isWoken: boolean
  ring: (() => void) | undefined
}

/**
 * The loop that empties the outbox of rows. One batch is in flight:
 *
 *     prepare ─▶ take a batch ─▶ write ─┬─ accepted ───────▶ drop its rows; after a full batch go on at once, from the
 *        ▲         ▲     │              │                    other end of the queue, otherwise in 100 ms
 *        │         │     │ none         ├─ split, bisect ──▶ write each half; reject a row that fails alone
 *        │         │     ▼              ├─ kept ───────────▶ pause, longer each time
 *        │      woken, or 10 s          └─ held ───────────▶ pause, then prepare: the database may have been dropped
 *        └───────────────────────────────────────────────────┘
 *
 * While there is a backlog, batches come from the newest end and the oldest in turn. So live rows wait for two batches
 * at most, and the old ones arrive all the same. A write that ends without an answer leaves ghosts (ghosts.ts).
 */
export function createDrain({ limits, ...parts }: DrainParts): Drain {
  const drain: Draining = {
    random: Math.random,
    nowMs: () => performance.now(),
    ...parts,
    limits: { ...LIMITS, ...limits },
    counts: { accepted: 0, kept: 0, rejected: 0, unguarded: 0 },
    ghosts: createGhosts(),
    batchRows: limits?.batchRows ?? LIMITS.batchRows,
    end: 'oldest',
    isPrepared: false,
    attempts: 0,
    trouble: undefined,
    isWoken: false,
    ring: undefined,
  }
  return {
    counts: drain.counts,
    async run(signal) {
      while (!signal.aborted) await step(drain, signal)
    },
    wake() {
      drain.isWoken = true
      drain.ring?.()
    },
  }
}

async function step(drain: Draining, signal: AbortSignal): Promise<void> {
  const { door, limits } = drain
  if (!drain.isPrepared) {
    const answer = await door.prepare()
    if (answer.kind === 'kept') return pause(drain, answer, signal)
    drain.isPrepared = true // if it was held, the write will tell: an account may be allowed to write and no more
  }
  drain.isWoken = false
  const { rows, isFull } = await takeBatch(drain)
  if (rows.length > 0) {
    const trouble = await writePart(drain, rows)
    if (trouble !== undefined) return pause(drain, trouble, signal)
    goWell(drain)
  }
  if (isFull) return
  if (rows.length > 0) await rest(limits.gatherMs, signal)
  else if (!drain.isWoken) await rest(idleMs(drain), signal, drain)
}

/** The next rows to send. Rows that wait for ghosts are passed over. */
async function takeBatch(drain: Draining): Promise<{ rows: QueuedRow[]; isFull: boolean }> {
  const { store, ghosts, end, batchRows } = drain
  const limit = batchRows + ghosts.waiting.size
  const queued = await store.takeRows(limit, end)
  const isFull = queued.length >= limit
  drain.end = isFull && end === 'oldest' ? 'newest' : 'oldest'
  return { rows: sendableNow(ghosts, queued, drain.nowMs()).slice(0, batchRows), isFull }
}

/** Writes rows, in halves if need be, until each is accepted or rejected, or trouble comes that is not theirs. */
async function writePart(drain: Draining, rows: readonly QueuedRow[]): Promise<Trouble | undefined> {
  const sound = await withoutUnsound(drain, rows)
  return sound.length === 0 ? undefined : writeSound(drain, sound)
}

interface SoundRow extends QueuedRow {
  outgoing: OutgoingRow
}

async function withoutUnsound(drain: Draining, rows: readonly QueuedRow[]): Promise<SoundRow[]> {
  const sound: SoundRow[] = []
  const unsound = new Map<string, number[]>()
  for (const { id, row } of rows) {
    const outgoing = outgoingOf(row)
    const fault = outgoing === undefined ? 'tags or fields are no JSON object' : rowFault(outgoing)
    if (outgoing !== undefined && fault === undefined) sound.push({ id, row, outgoing })
    else if (fault !== undefined) unsound.set(fault, [...(unsound.get(fault) ?? []), id])
  }
  for (const [fault, ids] of unsound) await reject(drain, ids, fault)
  return sound
}

async function writeSound(drain: Draining, rows: readonly SoundRow[]): Promise<Trouble | undefined> {
  const { store, door, ghosts, limits, counts } = drain
  const answer = await door.write(rows.map(({ outgoing }) => outgoing))
  switch (answer.kind) {
    case 'accepted': {
      timeGhosts(ghosts, drain.nowMs(), limits.ghostMs)
      const done = withoutGhosts(ghosts, rows)
      await store.dropRows(done.map(({ id }) => id))
      counts.accepted += done.length
      drain.batchRows = Math.min(limits.batchRows, drain.batchRows + Math.ceil(drain.batchRows / 8))
      return undefined
    }
    case 'split':
      drain.batchRows = Math.max(1, Math.floor(rows.length / 2))
      return inHalves(drain, rows, 'too large for the server, alone')
    case 'bisect':
      return inHalves(drain, rows, answer.reason)
    case 'kept': {
      if (!answer.mayArrive) return answer
      noteGhosts(ghosts, rows)
      counts.unguarded = ghosts.forgotten
      drain.batchRows = Math.max(1, Math.floor(drain.batchRows / 2))
      return answer
    }
    case 'held':
      return answer
  }
}

async function inHalves(drain: Draining, rows: readonly SoundRow[], reason: string): Promise<Trouble | undefined> {
  const [first] = rows
  if (first === undefined) return undefined
  if (rows.length === 1) return reject(drain, [first.id], reason)
  const middle = Math.ceil(rows.length / 2)
  return (await writeSound(drain, rows.slice(0, middle))) ?? writeSound(drain, rows.slice(middle))
}

async function reject(drain: Draining, ids: readonly number[], reason: string): Promise<undefined> {
  await drain.store.rejectRows(ids, reason)
  drain.counts.rejected += ids.length
}

function outgoingOf({ measurement, tags, fields, timeMs }: StoredRow): OutgoingRow | undefined {
  const [tagMap, fieldMap] = [mapIn(tags), mapIn(fields)]
  if (tagMap === undefined || fieldMap === undefined) return undefined
  return { measurement, tags: tagMap, fields: fieldMap, timeMs }
}

function mapIn(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(json)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function goWell(drain: Draining): void {
  const { trouble, onState } = drain
  drain.attempts = 0
  drain.trouble = undefined
  if (trouble !== undefined) onState({ kind: 'back', afterMs: drain.nowMs() - trouble.sinceMs })
}

/** Reports trouble that is news, and waits: longer each time, with jitter, and at least as long as the server asked. */
async function pause(drain: Draining, answer: Trouble, signal: AbortSignal): Promise<void> {
  const { trouble, counts, limits, onState, random } = drain
  const { kind, reason } = answer
  counts.kept += 1
  drain.attempts += 1
  drain.trouble = { kind, reason, sinceMs: trouble?.sinceMs ?? drain.nowMs() }
  // A held database may have been dropped: look again whether it is there.
  if (kind === 'held') drain.isPrepared = false
  if (kind === 'held' && (trouble?.kind !== kind || trouble.reason !== reason)) onState({ kind, reason })
  if (kind === 'kept' && trouble?.kind !== kind) onState({ kind: 'lost', reason })
  const [leastMs, mostMs] = limits.pauseMs
  const capMs = Math.min(mostMs, leastMs * 2 ** drain.attempts)
  const askedMs = answer.kind === 'kept' ? (answer.afterMs ?? 0) : 0
  await rest(Math.max(askedMs, leastMs + random() * (capMs - leastMs)), signal)
}

function idleMs({ ghosts, limits, nowMs }: Draining): number {
  const soonestMs = Math.min(...ghosts.waiting.values())
  return Math.max(1, Math.min(limits.idleMs, soonestMs - nowMs()))
}

/** Waits, at most until the signal; with `drain`, until it is woken too. */
async function rest(ms: number, signal: AbortSignal, drain?: Draining): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  const end = (): void => resolve()
  signal.addEventListener('abort', end)
  if (drain !== undefined) drain.ring = end
  await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', end)
  if (drain !== undefined) drain.ring = undefined
}
