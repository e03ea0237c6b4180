import { configurationEntry } from './configurations.ts'
import { restoreFold, type Fold } from './fold.ts'
import { NEAR } from './catch-up.ts'
import type { Arrival } from '../ingest/arrival.ts'
import { orderEntry, type CommandAnswer } from '../ingest/command.ts'
import { OWN_TOPIC, ownPayload, type OwnEntry } from '../ingest/own-entry.ts'
import { beginCatchUp, behindStart, betweenEntries, createFolding, leaveBehind } from './folding.ts'
import type { Committing } from './committing.ts'
import { createSaving, saveIfDue } from './saving.ts'
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
import type { Store } from '../store/types.ts'
import {
  commitAll,
  endWait,
  finishAll,
  TURN_PACKETS,
  inTurn,
  isWorkLeft,
  keepQueueGoing,
  rowsWaiting,
  saveAll,
  type Turns,
  type Waiting,
} from './turns.ts'

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
 *     └── yes ── packets are due and the fold has room, or outputs wait that should not? ── no ──▶ end of the turn
 *
 * A crash before a commit loses nothing: none of its packets was acknowledged, so the broker sends them again. A crash
 * behind it loses only outputs in memory. The store then has packets up to m, `foldedSeq` n, and how many slices of
 * n+1 are stored. A start folds n+1 … m once more and discards what those slices emit. So each packet's outputs are
 * stored once. `reload` and `close` are turns too, and begin when all is folded.
 *
 * A start takes packets as soon as the snapshot is restored. What the journal holds behind it is folded first, beside
 * the turns (catch-up.ts); until then the core is not what the journal says, see `behind`.
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
  /** From now on answers to commands are told there. */
  onAnswer(tell: (answer: CommandAnswer) => void): void
  /** The series of the rows. */
  readonly book: SeriesBook
  /** How many entries are left until the core is where the journal was at the start; 0: it is, or beyond. */
  behind(): number
  /** Resolves when it is; never, if the intake is closed before. */
  readonly caughtUp: Promise<void>
  /** Rows that the store does not have yet. */
  uncommittedRows(): number
  /** Goes on with another site once all that came is folded; points, boundaries and inlets are matched by name. */
  reload(site: Site): Promise<void>
  /**
   * Takes no more packets. Resolves when all that came is on the disk and folded, and the core is saved. Where
   * thousands of entries are still behind the start, they are left to the next one.
   */
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
  /** How few entries are left of a start's catch-up when new ones are kept in memory; absent: `NEAR`. */
  nearEntries?: number
}

const GROUP_MS = 5

/** Restores the core from the store's snapshot, and starts taking packets while the journal behind it is folded. */
export async function openIntake(site: Site, options: IntakeOptions): Promise<Intake> {
  const { clock, store, nearEntries = NEAR } = options
  const fold = await restoreFold(site, store, options.sliceUnits)
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(keepQueueGoing)
  const state = createState(fold, options, fail)
  const { push, record, noteClock } = createEntries(state, options)
  const behind = startFrom(clock, state.nowMs)
  noteClock(behind)
  record({ start: { offsetMs: clock.offsetMs } })
  record(configurationEntry(site.config))
  const caughtUp = new Promise<void>((resolve) => beginCatchUp(state.folding, store, nearEntries, resolve)).then(() => {
    if (behind === undefined && clock.differenceMs === 0 && isClockAlarmed(fold) && state.open) record(CLOCK_AGREES)
  })
  // A second in which a packet came needs no tick: the packet moves the time on
  const ticks = setInterval(() => {
    noteClock(followWallClock(clock))
    const tickMs = Math.floor(arrivalMs(clock) / 1000) * 1000
    if (tickMs > state.nowMs) push(tickMs, SECOND, undefined)
  }, 1000)
  return {
    deliver: (arrival, ack) => {
      // MQTT allows no empty topic. It is ours, so nobody else may ever say something under it
      if (!state.open || arrival.topic === OWN_TOPIC) return
      const by = arrival.topic === fold.pipeline.commands ? arrival.by : undefined
      push(arrivalMs(clock), by === undefined ? arrival : orderArrival(arrival, by), ack)
    },
    record: (entry) => {
      if (state.open) record(entry)
    },
    emit: (row) => {
      state.emitted.push(row)
      state.work()
    },
    pipeline: () => fold.pipeline,
    whole: () => betweenEntries(state.folding),
    onAnswer: (tell) => {
      fold.outputs.answer = tell
    },
    book: fold.book,
    behind: () => behindStart(state.folding),
    caughtUp,
    uncommittedRows: () => rowsWaiting(state) + state.committingRows,
    reload: (next) => inTurn(state, () => reload(state, next, record)),
    async close() {
      state.open = false
      clearInterval(ticks)
      leaveBehind(state.folding)
      await inTurn(state, () => saveAll(state))
    },
    failed,
  }
}

/** How entries come to wait: packets and ticks, what the daemon says of itself, what it says of the host's clock. */
function createEntries(state: Turns, options: IntakeOptions) {
  const { clock } = options
  const push = (nowMs: number, { topic, payload, retain }: Arrival, ack: Waiting['ack']) => {
    state.nowMs = Math.max(state.nowMs, nowMs)
    state.waiting.push({ seq: 0, nowMs: state.nowMs, topic, payload, retain, ack })
    if (state.waiting.length === TURN_PACKETS) state.work()
    else state.timer ??= setTimeout(() => state.work(), GROUP_MS)
  }
  const record = (entry: OwnEntry) => {
    const nowMs = arrivalMs(clock)
    if ('step' in entry) state.nowMs = nowMs
    push(nowMs, { topic: OWN_TOPIC, payload: ownPayload(entry), retain: false }, undefined)
  }
  const noteClock = (change: ClockChange | undefined) => {
    if (change === undefined) return
    if (change.kind === 'stepped')
      record({ step: { fromMs: change.fromMs, toMs: change.toMs, lastedMs: change.lastedMs } })
    for (const entry of clockConditions(change)) record(entry)
    options.onClock?.(change)
  }
  return { push, record, noteClock }
}

function createState(fold: Fold, options: IntakeOptions, fail: (error: unknown) => void): Turns {
  const state: Turns = {
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
    emitted: [],
    nowMs: newestArrivalMs(fold, options.store),
    open: true,
    timer: undefined,
    turn: Promise.resolve(),
    committingRows: 0,
    isTurnAhead: false,
    fail,
    work() {
      endWait(state)
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

/** Arrival time of the newest entry of the journal. It may lie before that of the snapshot: the clock was set back. */
function newestArrivalMs(fold: Fold, store: Store): number {
  const { lastSeq, newestMs } = store.start()
  return lastSeq > fold.foldedSeq ? (newestMs ?? fold.pipeline.nowMs) : fold.pipeline.nowMs
}

function isClockAlarmed({ pipeline }: Fold): boolean {
  return pipeline.core.alarms.byKind.get('clock')?.has(0) === true
}

/** A command from an account is journalled with it, as an entry of the daemon's own, which no packet can forge. */
function orderArrival({ payload }: Arrival, by: NonNullable<Arrival['by']>): Arrival {
  return { topic: OWN_TOPIC, payload: ownPayload(orderEntry(payload, by)), retain: false }
}

const SECOND: Arrival = { topic: OWN_TOPIC, payload: new Uint8Array(), retain: false }

/**
 * Folds the packets that came for the old site, then the entry that brings the new one, and saves its whole core. A
 * start, or a replay, changes the site at the same place.
 */
async function reload(state: Turns, site: Site, record: (entry: OwnEntry) => void): Promise<void> {
  await finishAll(state)
  if (behindStart(state.folding) > 0)
    throw new Error('the daemon stops before its journal is folded: nothing is changed')
  state.fold.present = site.config
  record(configurationEntry(site.config))
  await saveAll(state)
}
