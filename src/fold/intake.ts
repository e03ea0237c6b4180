import { setTimeout as sleep } from 'node:timers/promises'
import { addRow, changeSite, foldEntry, openFold, takeSnapshot, TICK, type Fold } from './fold.ts'
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
 *     │        commit: packets n+1 … m, outputs of 1 … n, `foldedSeq` n, the core after n if a snapshot is due
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
}

/** Restores the core from the store's snapshot and journal, and starts taking packets. */
export async function openIntake(site: Site, options: IntakeOptions): Promise<Intake> {
  const fold = await openFold(site, options.store)
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(keepQueueGoing)
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
  }
  const work = () => {
    clearTimeout(state.timer)
    state.timer = undefined
    inTurn(state, () => commitAll(state)).catch(fail)
  }
  const push = (nowMs: number, { topic, payload, retain }: Arrival, ack: Waiting['ack']) => {
    state.nowMs = Math.max(state.nowMs, nowMs)
    state.waiting.push({ seq: 0, nowMs: state.nowMs, topic, payload, retain, ack })
    if (state.waiting.length === GROUP_PACKETS) work()
    else state.timer ??= setTimeout(work, GROUP_MS)
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
      work()
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
      await inTurn(state, () => commit(state, [], true))
    },
    failed,
  }
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

/** Commits waiting packets group by group, and what folding them emitted, until neither is left. */
async function commitAll(state: State): Promise<void> {
  const { waiting, fold } = state
  while (waiting.length > 0 || fold.outputs.frames.rows > 0 || fold.outputs.notices.length > 0) {
    const due = performance.now() >= state.snapshotAtMs || fold.sinceSnapshot >= SNAPSHOT_PACKETS
    await commit(state, waiting.splice(0, GROUP_PACKETS), due)
  }
}

/** One transaction: packets, the outputs of earlier folds, and the core itself when a snapshot is due. */
async function commit(state: State, packets: readonly Waiting[], withSnapshot: boolean): Promise<void> {
  const { fold, options } = state
  const { notices } = fold.outputs
  state.committingRows = fold.outputs.frames.rows
  const rows = takeRows(fold.outputs, fold.book)
  fold.outputs.notices = []
  if (withSnapshot) state.snapshotAtMs = performance.now() + SNAPSHOT_MS
  const { firstSeq } = await commitUntilThere(options, {
    packets,
    foldedSeq: fold.foldedSeq,
    rows,
    notices,
    ...(withSnapshot ? { snapshot: { seq: fold.foldedSeq, sections: takeSnapshot(fold) } } : {}),
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
 * Folds the packets that came for the old site, then saves the whole core of the new one at once, so that no restart
 * mixes the two sites.
 */
async function reload(state: State, site: Site): Promise<void> {
  await commitAll(state)
  changeSite(state.fold, site)
  await commit(state, [], true)
}
