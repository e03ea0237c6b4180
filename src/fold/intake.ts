import { addRow, changeSite, copyFold, cutOf, openFold, type Fold } from './fold.ts'
import type { Arrival } from '../ingest/arrival.ts'
import { OWN_TOPIC, ownPayload, type OwnEntry } from '../ingest/own-entry.ts'
import { addEntries, betweenEntries, createFolding, hasRoom, nextBreath, type Folding } from './folding.ts'
import { commitUntilThere, type Committing } from './committing.ts'
import { takeRefusals } from './refusals.ts'
import { takeRows } from './outputs.ts'
import { createSaving, prepareSnapshot, saveIfDue, type Saving } from './saving.ts'
import type { Pipeline } from './pipeline.ts'
import {
  arrivalMs,
  CLOCK_AGREES,
  clockConditions,
  followWallClock,
  startFrom,
  type ClockChange,
} from './steady-clock.ts'
import type { Site } from '../site/site.ts'
import type { SeriesBook } from '../rows/frames/series.ts'
import type { Row } from '../rows/rows.ts'
import type { JournalEntry } from '../store/types.ts'

/**
 * The way of a packet into the daemon. Packets wait for 5 ms, or until they are 500; then a turn works on them:
 *
 *     deliver, tick ─▶ waiting
 *                         │ 5 ms, 500 packets, or `emit`
 *                         ▼
 *     ┌──────▶ group: the first 500 of `waiting`, the outputs of the fold so far
 *     │                   ▼
 *     │        commit: packets k+1 … m, outputs up to slice s of n+1, `foldedSeq` n, a part of a snapshot if one waits
 *     │                   │   disk full: once more each second      any other fault: `failed` rejects
 *     │                   ▼
 *     │        acknowledge k+1 … m: the broker forgets them
 *     │                   ▼
 *     │        give k+1 … m to the fold ─ ─ ─ ─ ─ ─▶ n+1 … k wait there, or are folded slice by slice beside the
 *     │                   ▼                          turns (folding.ts); their outputs wait for the next commit
 *     │        `onOutputs` with the rows that this commit held
 *     │                   ▼
 *     └── yes ── packets wait and the fold has room, or outputs wait that should not? ── no ──▶ end of the turn
 *
 * A crash before a commit loses nothing: none of its packets was acknowledged, so the broker sends them again. A crash
 * behind it loses only outputs in memory. The store then has packets up to m, `foldedSeq` n, and how many slices of
 * n+1 are stored. A start folds n+1 … m once more and discards what those slices emit. So each packet's outputs are
 * stored once. `reload` and `close` are turns too, and begin when all is folded.
 *
 * A snapshot that is due is copied between two entries, in parts between which nothing is folded. It is deflated while
 * turns go on, and each part rides in one of their commits. The last one makes it valid. After a failure: D82.
 */
export interface Intake {
  /** Takes a message over; `ack` is called once the message is on the disk. */
  deliver(arrival: Arrival, ack: () => void): void
  /** Has the daemon say something of itself, in the journal as among packets. */
  record(entry: OwnEntry): void
  /** Emits a row that no packet caused: the daemon's own health. */
  emit(row: Row): void
  /** While an entry is folded in part, its core is not to be read: see `whole`. */
  pipeline(): Pipeline
  /** Resolves when no entry is folded in part; up to the next turn of the event loop the core may be read. */
  whole(): Promise<void>
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

interface IntakeOptions extends Committing {
  /** Called when the host's clock has left arrival time, has come back, or was followed. */
  onClock?(change: ClockChange): void
  /** Called after each commit that held rows or notices, with the blocks of rows. */
  onOutputs(blocks: readonly Uint8Array[]): void
  /** Units of a slice; absent: as everywhere. */
  sliceUnits?: number
}

const GROUP_MS = 5
const GROUP_PACKETS = 500
/** So many rows do not wait for packets to ride with. */
const MANY_ROWS = 5_000

/** A packet on its way in; `seq` is 0 until the journal has given it a number. */
interface Waiting extends JournalEntry {
  ack: (() => void) | undefined
}

interface State extends Saving {
  readonly options: IntakeOptions
  readonly folding: Folding
  readonly waiting: Waiting[]
  /** Arrival time of the newest entry. It falls only by a step. */
  nowMs: number
  open: boolean
  timer: NodeJS.Timeout | undefined
  /** Settles when the turn under way has ended; then the next one begins. */
  turn: Promise<unknown>
  /** Rows of the commit under way. */
  committingRows: number
  /** Whether a turn that commits is to come. */
  isTurnAhead: boolean
  failedCommit?: unknown
}

/** Restores the core from the store's snapshot and journal, and starts taking packets. */
export async function openIntake(site: Site, options: IntakeOptions): Promise<Intake> {
  const fold = await openFold(site, options.store, options.sliceUnits)
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(keepQueueGoing)
  const state = createState(fold, options, fail)
  const { clock } = options
  const push = (nowMs: number, { topic, payload, retain }: Arrival, ack: Waiting['ack']) => {
    state.nowMs = Math.max(state.nowMs, nowMs)
    state.waiting.push({ seq: 0, nowMs: state.nowMs, topic, payload, retain, ack })
    if (state.waiting.length === GROUP_PACKETS) state.work()
    else state.timer ??= setTimeout(() => state.work(), GROUP_MS)
  }
  const record = (entry: OwnEntry) => {
    const nowMs = arrivalMs(clock)
    if ('step' in entry) state.nowMs = nowMs
    push(nowMs, { topic: OWN_TOPIC, payload: ownPayload(entry), retain: false }, undefined)
  }
  const noteClock = (change: ClockChange | undefined) => {
    if (change === undefined) return
    if (change.kind === 'stepped') record({ step: { fromMs: change.fromMs, toMs: change.toMs } })
    for (const entry of clockConditions(change)) record(entry)
    options.onClock?.(change)
  }
  const isClockAlarmed = fold.pipeline.core.alarms.byKind.get('clock')?.has(0) === true
  const behind = startFrom(clock, state.nowMs)
  noteClock(behind)
  record({ start: { offsetMs: clock.offsetMs } })
  if (isClockAlarmed && behind === undefined) record(CLOCK_AGREES)
  // A second in which a packet came needs no tick: the packet moves the time on
  const ticks = setInterval(() => {
    noteClock(followWallClock(clock))
    const tickMs = Math.floor(arrivalMs(clock) / 1000) * 1000
    if (tickMs > state.nowMs) push(tickMs, SECOND, undefined)
  }, 1000)
  return {
    deliver: (arrival, ack) => {
      // MQTT allows no empty topic. It is ours, so nobody else may ever say something under it
      if (state.open && arrival.topic !== OWN_TOPIC) push(arrivalMs(clock), arrival, ack)
    },
    record: (entry) => {
      if (state.open) record(entry)
    },
    emit: (row) => {
      addRow(fold, row)
      state.work()
    },
    pipeline: () => fold.pipeline,
    whole: () => betweenEntries(state.folding),
    book: fold.book,
    uncommittedRows: () => fold.outputs.frames.rows + state.committingRows,
    reload: (next) => inTurn(state, () => reload(state, next)),
    async close() {
      state.open = false
      clearInterval(ticks)
      clearTimeout(state.timer)
      await inTurn(state, () => saveAll(state))
    },
    failed,
  }
}

function createState(fold: Fold, options: IntakeOptions, fail: (error: unknown) => void): State {
  const state: State = {
    ...createSaving(fold),
    options,
    folding: createFolding({
      fold,
      onBreath: () => {
        if (isWorkLeft(state)) state.work()
      },
      saveIfDue: () => saveIfDue(state),
      fail,
    }),
    waiting: [],
    nowMs: fold.pipeline.nowMs,
    open: true,
    timer: undefined,
    turn: Promise.resolve(),
    committingRows: 0,
    isTurnAhead: false,
    fail,
    work() {
      clearTimeout(state.timer)
      state.timer = undefined
      if (state.isTurnAhead) return
      state.isTurnAhead = true
      inTurn(state, () => {
        state.isTurnAhead = false
        return commitAll(state)
      }).catch(fail)
    },
  }
  return state
}

const SECOND: Arrival = { topic: OWN_TOPIC, payload: new Uint8Array(), retain: false }

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
  while (isWorkLeft(state)) {
    if (state.failedCommit !== undefined) throw new Error('a commit has failed', { cause: state.failedCommit })
    await commit(state, hasRoom(state.folding) ? state.waiting.splice(0, GROUP_PACKETS) : [])
  }
}

/** Whether a commit should not wait. While an entry is being folded, a few rows wait for packets or for more rows. */
function isWorkLeft({ waiting, fold, folding, parts }: State): boolean {
  const { frames, notices } = fold.outputs
  if (parts.length > 0 || notices.length > 0 || frames.rows >= MANY_ROWS) return true
  return (waiting.length > 0 && hasRoom(folding)) || (frames.rows > 0 && !folding.isBusy)
}

/** Commits until all that came is folded and stored, and no snapshot is under way. */
async function finishAll(state: State): Promise<void> {
  for (;;) {
    await state.saving
    await commitAll(state)
    if (state.folding.isBusy) await nextBreath(state.folding)
    else if (state.saving === undefined && !isWorkLeft(state)) return
  }
}

/** Folds and stores all that came, then a snapshot of it. */
async function saveAll(state: State): Promise<void> {
  await finishAll(state)
  await prepareSnapshot(state, await copyFold(state.fold))
  await commitAll(state)
}

/** One transaction: packets, the outputs of earlier folds, and a part of a snapshot if one waits. */
async function commit(state: State, packets: readonly Waiting[]): Promise<void> {
  const { fold, options } = state
  const { notices } = fold.outputs
  state.committingRows = fold.outputs.frames.rows
  const rows = takeRows(fold.outputs, fold.book)
  fold.outputs.notices = []
  const refused = takeRefusals(fold.outputs.refusals)
  const snapshot = state.parts.shift()
  const { firstSeq } = await commitUntilThere(options, {
    packets,
    foldedSeq: fold.foldedSeq,
    cut: cutOf(fold),
    rows,
    notices,
    ...(refused === undefined ? {} : { refused }),
    ...(snapshot === undefined ? {} : { snapshot }),
  }).catch((error: unknown) => {
    state.failedCommit = error
    throw error
  })
  state.committingRows = 0
  for (const { ack } of packets) ack?.()
  await nextTick() // the PUBACKs leave before the fold, and the broker can go on
  let seq = firstSeq
  for (const packet of packets) packet.seq = seq++
  addEntries(state.folding, packets)
  if (rows.blocks.length > 0 || notices.length > 0) options.onOutputs(rows.blocks)
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

/**
 * Folds the packets that came for the old site, then saves the whole core of the new one before any other packet. So no
 * restart mixes the two sites.
 */
async function reload(state: State, site: Site): Promise<void> {
  await finishAll(state)
  changeSite(state.fold, site)
  await saveAll(state)
}
