import type { WriteAnswer, InfluxDoor } from './influx.ts'
import { LIMITS, type DrainLimits } from './limits.ts'
import { batchOf, echoesFrom, INFLUX, linesIn, rowPlacesOf, type Batch, type LineRow } from './batch.ts'
import { createGhosts, msToEcho, rowsToEcho, type Ghosts } from './ghosts.ts'
import { endGhosts, suspectRows, takeGhosts } from './suspects.ts'
import type { SeriesBook } from '../../rows/frames/series.ts'
import { createLineWriter, type LineWriter } from '../../rows/line-protocol.ts'
import type { BlockPlace, BlockRowsNamed, QueuePlace, RowQueue } from '../../store/queue-type.ts'

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
   * Sends what waits until the signal. Waits for a write on its way, at most for the door's time-out. Rejects if the
   * store does.
   */
  run(signal: AbortSignal): Promise<void>
  /** There are new rows. */
  wake(): void
  readonly counts: Readonly<DrainCounts>
}

interface DrainParts {
  store: RowQueue
  /** The series of the rows. */
  book: SeriesBook
  door: InfluxDoor
  onState: (state: DrainState) => void
  /** Rows were set aside: the database will never take them. */
  onRejected: (reason: string, rows: number) => void
  /** In [0, 1), for the jitter. */
  random?: () => number
  /** Monotonic. */
  nowMs?: () => number
  limits?: Partial<DrainLimits>
}

type Trouble = Extract<WriteAnswer, { kind: 'kept' | 'held' }>

interface Draining extends Required<Omit<DrainParts, 'limits' | 'book'>> {
  limits: DrainLimits
  lines: LineWriter
  counts: DrainCounts
  ghosts: Ghosts
  /** Halved when a batch is too large or too slow, then grows back. */
  batchRows: number
  /** The place in the queue whose turn it is. */
  turn: QueuePlace
  /** Live rows gather until then. */
  gathersUntilMs: number
  /** Echoes may have been added since the store was last asked for them. */
  hasNewEchoes: boolean
  isPrepared: boolean
  /** Since the last write that went through. */
  attempts: number
  trouble: { kind: Trouble['kind']; reason: string; sinceMs: number } | undefined
  isWoken: boolean
  ring: (() => void) | undefined
}

/**
 * The loop that reads the queue of rows and sends them. One batch is in flight:
 *
 *     prepare ─▶ take a batch ─▶ write ─┬─ accepted ───────▶ pass its rows, go on at the other place of the queue; live
 *        ▲         ▲     │              │                    rows gather for 100 ms behind a batch that was not full
 *        │         │     │ none         ├─ split, bisect ──▶ write each half; reject a row that fails alone
 *        │         │     ▼              ├─ kept ───────────▶ pause, longer each time
 *        │      woken, or 10 s          └─ held ───────────▶ pause, then prepare: the database may have been dropped
 *        └───────────────────────────────────────────────────┘
 *
 * While there is a backlog, batches come from it and from the live place in turn. So live rows wait for two batches at
 * most, and the old ones arrive all the same. A backlog never waits for live rows to gather (D235). A write that ends
 * without an answer leaves ghosts (ghosts.ts).
 */
export function createDrain({ limits, book, ...parts }: DrainParts): Drain {
  const drain: Draining = {
    random: Math.random,
    nowMs: () => performance.now(),
    ...parts,
    limits: { ...LIMITS, ...limits },
    lines: createLineWriter(book),
    counts: { accepted: 0, kept: 0, rejected: 0, unguarded: 0 },
    ghosts: createGhosts(),
    batchRows: limits?.batchRows ?? LIMITS.batchRows,
    turn: 'backlog',
    gathersUntilMs: -Infinity,
    hasNewEchoes: true,
    isPrepared: false,
    attempts: 0,
    trouble: undefined,
    isWoken: false,
    ring: undefined,
  }
  return {
    counts: drain.counts,
    async run(signal) {
      await takeGhosts(drain, limits?.batchRows ?? LIMITS.batchRows)
      while (!signal.aborted) await step(drain, signal)
    },
    wake() {
      drain.isWoken = true
      drain.ring?.()
    },
  }
}

async function step(drain: Draining, signal: AbortSignal): Promise<void> {
  const { door, ghosts, limits } = drain
  if (!drain.isPrepared) {
    const answer = await door.prepare()
    if (answer.kind === 'kept') return pause(drain, answer, signal)
    drain.isPrepared = true // if it was held, the write will tell: an account may be allowed to write and no more
  }
  drain.isWoken = false
  const echoed = await writeEchoes(drain)
  if (echoed !== undefined) return pause(drain, echoed, signal)
  const taken = await takeBatch(drain)
  if (taken !== undefined) {
    const trouble = await writeBatch(drain, taken)
    return trouble === undefined ? undefined : pause(drain, trouble, signal)
  }
  const nowMs = drain.nowMs()
  if (nowMs < drain.gathersUntilMs) await rest(drain.gathersUntilMs - nowMs, signal)
  else if (!drain.isWoken) await rest(Math.min(limits.idleMs, msToEcho(ghosts, nowMs)), signal, drain)
}

interface Taken extends Batch {
  readonly place: QueuePlace
  readonly upTo: BlockPlace
}

/** The next rows to send: from the place whose turn it is, or from the other one where that has none. */
async function takeBatch(drain: Draining): Promise<Taken | undefined> {
  const { store, lines, batchRows, limits, turn } = drain
  const other: QueuePlace = turn === 'live' ? 'backlog' : 'live'
  drain.turn = other
  for (const place of [turn, other] as const) {
    if (place === 'live' && drain.nowMs() < drain.gathersUntilMs) continue
    const batch = batchOf(lines, await store.takeBlocks(INFLUX, place, batchRows), batchRows)
    if (batch.upTo === undefined) continue
    const isFull = batch.rows.length >= batchRows
    if (place === 'live' && !isFull) drain.gathersUntilMs = drain.nowMs() + limits.gatherMs
    return { ...batch, upTo: batch.upTo, place }
  }
  return undefined
}

async function writeBatch(drain: Draining, { place, rows, upTo, faults }: Taken): Promise<Trouble | undefined> {
  const { store, ghosts, counts } = drain
  for (const [fault, places] of faults) await reject(drain, rowPlacesOf(places), fault)
  const sent = await write(drain, rows)
  if ('trouble' in sent) return sent.trouble
  const echoes = rowPlacesOf(rowsToEcho(ghosts, sent.accepted))
  await store.passBlocks(INFLUX, place, upTo, echoes)
  drain.hasNewEchoes ||= echoes.length > 0
  counts.accepted += sent.accepted.length
  if (rows.length > 0) goWell(drain)
  return undefined
}

/** Writes the echoes that are due. */
async function writeEchoes(drain: Draining): Promise<Trouble | undefined> {
  const { store, ghosts, limits, lines } = drain
  const nowMs = drain.nowMs()
  if (!drain.hasNewEchoes && msToEcho(ghosts, nowMs) > 0) return undefined
  const echoes = await store.takeEchoes(INFLUX)
  drain.hasNewEchoes = false
  ghosts.dueMs = new Map(echoes.map(({ id }) => [id, ghosts.dueMs.get(id) ?? nowMs + limits.ghostMs]))
  const due = echoes.filter(({ id }) => (ghosts.dueMs.get(id) ?? 0) <= nowMs)
  for (let next = 0; next < due.length;) {
    const { rows, behind } = echoesFrom(lines, due, next, drain.batchRows)
    const trouble = await writeInParts(drain, rows)
    if (trouble !== undefined) return trouble
    const ids = due.slice(next, behind).map(({ id }) => id)
    await store.dropEchoes(INFLUX, ids)
    for (const id of ids) ghosts.dueMs.delete(id)
    next = behind
  }
  return undefined
}

async function writeInParts(drain: Draining, rows: readonly LineRow[]): Promise<Trouble | undefined> {
  for (let next = 0; next < rows.length;) {
    const part = rows.slice(next, next + drain.batchRows)
    next += part.length // what goes through lets the next part be larger
    const sent = await write(drain, part)
    if ('trouble' in sent) return sent.trouble
  }
  return undefined
}

/** What became of rows: those that the database has, or the trouble that is not theirs. Others were rejected. */
type Sent = { readonly accepted: readonly LineRow[] } | { readonly trouble: Trouble }

/** Writes rows, in halves if need be, until each is accepted or rejected, or trouble comes that is not theirs. */
async function write(drain: Draining, rows: readonly LineRow[]): Promise<Sent> {
  const { door, ghosts, limits, counts } = drain
  if (rows.length === 0) return { accepted: [] }
  const answer = await door.write(linesIn(rows))
  switch (answer.kind) {
    case 'accepted':
      await endGhosts(drain, drain.nowMs(), limits.ghostMs)
      drain.batchRows = Math.min(limits.batchRows, drain.batchRows + Math.ceil(drain.batchRows / 8))
      return { accepted: rows }
    case 'split':
      drain.batchRows = Math.max(1, Math.floor(rows.length / 2))
      return inHalves(drain, rows, 'too large for the server, alone')
    case 'bisect':
      return inHalves(drain, rows, answer.reason)
    case 'kept':
      if (answer.mayArrive) {
        await suspectRows(drain, rows)
        counts.unguarded = ghosts.forgotten
        drain.batchRows = Math.max(1, Math.floor(drain.batchRows / 2))
      }
      return { trouble: answer }
    case 'held':
      return { trouble: answer }
  }
}

async function inHalves(drain: Draining, rows: readonly LineRow[], reason: string): Promise<Sent> {
  if (rows.length === 1) {
    await reject(drain, rowPlacesOf(rows), reason)
    return { accepted: [] }
  }
  const middle = Math.ceil(rows.length / 2)
  const first = await write(drain, rows.slice(0, middle))
  if ('trouble' in first) return first
  const second = await write(drain, rows.slice(middle))
  return 'trouble' in second ? second : { accepted: [...first.accepted, ...second.accepted] }
}

/** Sets rows aside that no database will take. An echo that is refused was taken before: it only ends. */
async function reject(drain: Draining, named: readonly BlockRowsNamed[], reason: string): Promise<void> {
  const ofBlocks = named.filter(({ id }) => id > 0)
  if (ofBlocks.length === 0) return
  await drain.store.rejectRows(INFLUX, ofBlocks, reason)
  const count = ofBlocks.reduce((sum, { rows }) => sum + rows.length, 0)
  drain.counts.rejected += count
  drain.onRejected(reason, count)
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
