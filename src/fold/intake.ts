import { setTimeout as sleep } from 'node:timers/promises'
import {
  addRow,
  changeSite,
  copyFold,
  foldEntry,
  openFold,
  storedSections,
  TICK,
  type Copy,
  type Fold,
} from './fold.ts'
import { commandTopic, LISTEN_COMMAND } from '../ingest/command.ts'
import type { Arrival } from '../ingest/arrival.ts'
import { takeRows } from './outputs.ts'
import type { Pipeline } from './pipeline.ts'
import type { Site } from '../site/site.ts'
import type { SeriesBook } from '../rows/frames/series.ts'
import type { Row } from '../rows/rows.ts'
import { isFull, type Commit, type Committed, type JournalEntry, type Store } from '../store/types.ts'

/**
 * The way of a packet into the daemon. Packets wait for 5 ms, or until they are 500; then a turn works on them:
 *
 *     deliver, tick ─▶ waiting
 *                         │ 5 ms, 500 packets, or `emit`
 *                         ▼
 *     ┌──────▶ group: the first 500 of `waiting`, the outputs of the fold so far
 *     │                   ▼
 *     │        commit: packets n+1 … m, outputs of 1 … n, `foldedSeq` n, a part of a snapshot if one waits
 *     │                   │   disk full: once more each second      any other fault: `failed` rejects
 *     │                   ▼
 *     │        acknowledge n+1 … m: the broker forgets them
 *     │                   ▼
 *     │        fold n+1 … m in memory; their outputs wait for the next commit
 *     │                   ▼
 *     │        `onOutputs` with the rows that this commit held
 *     │                   ▼
 *     └── yes ── packets wait, or outputs do? ── no ──▶ end of the turn
 *
 * A crash before a commit loses nothing: none of its packets was acknowledged, so the broker sends them again. A crash
 * behind it loses only outputs in memory. The store then has packets up to m and `foldedSeq` n, and a start folds
 * n+1 … m once more. So each packet's outputs are stored once. `reload` and `close` are turns too.
 *
 * A snapshot that is due is copied before a commit, in parts between which nothing is folded. It is deflated while
 * turns go on, and each part rides in one of their commits. The last one makes it valid. After a failure: D82.
 */
export interface Intake {
  /** Takes a message over; `ack` is called once the message is on the disk. */
  deliver(arrival: Arrival, ack: () => void): void
  /** Emits a row that no packet caused: the daemon's own health. */
  emit(row: Row): void
  pipeline(): Pipeline
  /** The series of the rows. */
  readonly book: SeriesBook
  /** Rows that the store does not have yet. */
  uncommittedRows(): number
  /** Goes on with another site from the next packet on; points, boundaries and inlets are matched by name. */
  reload(site: Site): Promise<void>
  /** Takes no more packets. Resolves when all that came is on the disk and folded, and the core is saved. */
  close(): Promise<void>
  /** Rejects when the store fails in a way that only a restart mends. */
  readonly failed: Promise<never>
}

interface IntakeOptions {
  store: Store
  clock: () => number
  /** Called when the disk is full, and when it takes packets again. */
  onFull(full: boolean): void
  /** Called when a commit begins (at which time), and when it has ended (after how many ms). */
  onCommit(change: { sinceMs: number } | { tookMs: number }): void
  /** Called after each commit that held rows or notices, with the blocks of rows. */
  onOutputs(blocks: readonly Uint8Array[]): void
}

const GROUP_MS = 5
const GROUP_PACKETS = 500
const SNAPSHOT_MS = 300_000
const SNAPSHOT_PACKETS = 500_000
const FULL_RETRY_MS = 1000

/** A packet on its way in; `seq` is 0 until the journal has given it a number. */
interface Waiting extends JournalEntry {
  ack: (() => void) | undefined
}

interface State {
  readonly options: IntakeOptions
  readonly fold: Fold
  readonly waiting: Waiting[]
  /** Arrival time of the newest packet. It never falls, not even over a restart. */
  nowMs: number
  open: boolean
  timer: NodeJS.Timeout | undefined
  /** Settles when the turn under way has ended; then the next one begins. */
  turn: Promise<unknown>
  snapshotAtMs: number
  /** Rows of the commit under way. */
  committingRows: number
  /** Parts of a snapshot that wait for a commit; settles when the last of them is here. */
  readonly parts: NonNullable<Commit['snapshot']>[]
  saving: Promise<void> | undefined
  /** The entry after which the newest snapshot was taken. */
  savedSeq: number
  failedCommit?: unknown
  /** Has the next turn begin. */
  work(): void
  fail(error: unknown): void
}

/** Restores the core from the store's snapshot and journal, and starts taking packets. */
export async function openIntake(site: Site, options: IntakeOptions): Promise<Intake> {
  const fold = await openFold(site, options.store)
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(keepQueueGoing)
  const state = createState(fold, options, fail)
  const push = (nowMs: number, { topic, payload, retain }: Arrival, ack: Waiting['ack']) => {
    state.nowMs = Math.max(state.nowMs, nowMs)
    state.waiting.push({ seq: 0, nowMs: state.nowMs, topic, payload, retain, ack })
    if (state.waiting.length === GROUP_PACKETS) state.work()
    else state.timer ??= setTimeout(() => state.work(), GROUP_MS)
  }
  // While the daemon was down no sensor was silent: this command takes that time out
  if (state.nowMs > -Infinity) {
    const topic = commandTopic(site.config.site.id)
    push(options.clock(), { topic, payload: Buffer.from(LISTEN_COMMAND), retain: false }, undefined)
  }
  // A second in which a packet came needs no tick: the packet moves the time on
  const ticks = setInterval(() => {
    const tickMs = Math.floor(options.clock() / 1000) * 1000
    if (tickMs > state.nowMs) push(tickMs, SECOND, undefined)
  }, 1000)
  return {
    deliver: (arrival, ack) => {
      if (state.open) push(options.clock(), arrival, ack)
    },
    emit: (row) => {
      addRow(fold, row)
      state.work()
    },
    pipeline: () => fold.pipeline,
    book: fold.book,
    uncommittedRows: () => fold.outputs.frames.rows + state.committingRows,
    reload: (next) => inTurn(state, () => reload(state, next)),
    async close() {
      state.open = false
      clearInterval(ticks)
      clearTimeout(state.timer)
      await inTurn(state, () => commitAll(state))
      await inTurn(state, () => saveAll(state))
    },
    failed,
  }
}

function createState(fold: Fold, options: IntakeOptions, fail: (error: unknown) => void): State {
  const state: State = {
    options,
    fold,
    waiting: [],
    nowMs: fold.pipeline.nowMs,
    open: true,
    timer: undefined,
    turn: Promise.resolve(),
    snapshotAtMs: performance.now() + SNAPSHOT_MS,
    committingRows: 0,
    parts: [],
    saving: undefined,
    savedSeq: fold.foldedSeq,
    fail,
    work() {
      clearTimeout(state.timer)
      state.timer = undefined
      inTurn(state, () => commitAll(state)).catch(fail)
    },
  }
  return state
}

const SECOND: Arrival = { topic: TICK, payload: new Uint8Array(), retain: false }

function inTurn(state: State, work: () => Promise<void>): Promise<void> {
  const done = state.turn.then(work)
  state.turn = done.catch(keepQueueGoing)
  return done
}

/** The caller of a failed turn gets its error; the next turn runs anyway. */
function keepQueueGoing(error: unknown): unknown {
  return error
}

/** Commits waiting packets group by group, what folding them emitted, and parts of a snapshot, until none is left. */
async function commitAll(state: State): Promise<void> {
  const { waiting, fold, parts } = state
  while (waiting.length > 0 || fold.outputs.frames.rows > 0 || fold.outputs.notices.length > 0 || parts.length > 0) {
    const isDue = performance.now() >= state.snapshotAtMs || fold.sinceSnapshot >= SNAPSHOT_PACKETS
    if (isDue && state.saving === undefined) {
      const copy = await copyFold(fold)
      state.saving = prepare(state, copy).finally(() => (state.saving = undefined))
      state.saving.catch((error: unknown) => state.fail(error))
    }
    if (state.failedCommit !== undefined) throw new Error('a commit has failed', { cause: state.failedCommit })
    await commit(state, waiting.splice(0, GROUP_PACKETS))
  }
}

/**
 * Puts the parts of a snapshot before the next commits, each as soon as it is ready. One after the same entry as the
 * newest is of another site; the store takes it in one piece, for it replaces what is valid.
 */
async function prepare(state: State, copy: Copy): Promise<void> {
  const { seq } = copy
  const last = []
  state.snapshotAtMs = performance.now() + SNAPSHOT_MS
  for await (const sections of storedSections(state.fold, copy)) {
    if (seq === state.savedSeq) last.push(...sections)
    else state.parts.push({ seq, sections, more: true })
    state.work()
  }
  state.parts.push({ seq, sections: last })
  state.savedSeq = seq
  state.work()
}

async function finishSaving(state: State): Promise<void> {
  await state.saving
  await commitAll(state)
}

/** Commits what is left of a snapshot under way, then all that changed since. */
async function saveAll(state: State): Promise<void> {
  await finishSaving(state)
  await prepare(state, await copyFold(state.fold))
  await commitAll(state)
}

/** One transaction: packets, the outputs of earlier folds, and a part of a snapshot if one waits. */
async function commit(state: State, packets: readonly Waiting[]): Promise<void> {
  const { fold, options } = state
  const { notices } = fold.outputs
  state.committingRows = fold.outputs.frames.rows
  const rows = takeRows(fold.outputs, fold.book)
  fold.outputs.notices = []
  const snapshot = state.parts.shift()
  const { firstSeq } = await commitUntilThere(options, {
    packets,
    foldedSeq: fold.foldedSeq,
    rows,
    notices,
    ...(snapshot === undefined ? {} : { snapshot }),
  }).catch((error: unknown) => {
    state.failedCommit = error
    throw error
  })
  state.committingRows = 0
  for (const { ack } of packets) ack?.()
  await nextTick() // the PUBACKs leave before the fold, and the broker can go on
  let seq = firstSeq
  for (const packet of packets) {
    packet.seq = seq++
    foldEntry(fold, packet)
  }
  if (rows.blocks.length > 0 || notices.length > 0) options.onOutputs(rows.blocks)
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

/** While the disk is full nothing is acknowledged, so the broker keeps what comes; the commit is tried again. */
async function commitUntilThere(options: IntakeOptions, commit: Commit): Promise<Committed> {
  for (let full = false; ; full = true) {
    const beganMs = performance.now()
    options.onCommit({ sinceMs: options.clock() })
    try {
      const committed = await options.store.commit(commit)
      options.onCommit({ tookMs: performance.now() - beganMs })
      if (full) options.onFull(false)
      return committed
    } catch (error) {
      if (!isFull(error)) throw error
      if (!full) options.onFull(true)
      await sleep(FULL_RETRY_MS)
    }
  }
}

/**
 * Folds the packets that came for the old site, then saves the whole core of the new one before any other packet. So no
 * restart mixes the two sites.
 */
async function reload(state: State, site: Site): Promise<void> {
  await commitAll(state)
  await finishSaving(state)
  changeSite(state.fold, site)
  await saveAll(state)
}
