import { setTimeout as sleep } from 'node:timers/promises'
import { addRow, changeSite, foldEntry, openFold, takeSnapshot, TICK, type Fold } from './fold.ts'
import { commandTopic, LISTENING } from '../ingest/command.ts'
import type { Arrival } from '../ingest/arrival.ts'
import type { Pipeline } from './pipeline.ts'
import type { Site } from '../site/site.ts'
import type { Row } from '../rows/rows.ts'
import { isFull, type Commit, type Committed, type JournalPacket, type Store, type StoredRow } from '../store/types.ts'

/**
 * The way of a packet into the daemon: journalled in groups, acknowledged once its group is on stable storage, then
 * folded. What folding gives rides in the next commit, so a crash at any moment leaves nothing half done.
 */
export interface Intake {
  /** Takes a message over; `ack` is called once it is durable. */
  deliver(arrival: Arrival, ack: () => void): void
  /** Adds a row that no packet gave (the daemon's own health). */
  tell(row: Row): void
  pipeline(): Pipeline
  /** Goes on with another site from the next packet on, what stayed being matched by name. */
  reload(site: Site): Promise<void>
  /** Takes no more; resolves when everything that came is durable and folded, and the core is saved. */
  close(): Promise<void>
  /** Rejects when the store fails in a way that only a restart mends. */
  readonly failed: Promise<never>
}

export interface IntakeOptions {
  store: Store
  clock: () => number
  /** Told when the disk is full, and when it takes packets again. */
  onFull(full: boolean): void
  /** Told when a commit begins (its time), and when it is done (how long it took, ms). */
  onCommit(change: { sinceMs: number } | { tookMs: number }): void
  /** Told after each commit that took notices or rows along, with the rows. */
  onOutputs(rows: readonly StoredRow[]): void
}

const GROUP_MS = 5
const GROUP_PACKETS = 500
const SNAPSHOT_MS = 300_000
const SNAPSHOT_PACKETS = 500_000
const FULL_RETRY_MS = 1000

interface Waiting extends JournalPacket {
  ack: (() => void) | undefined
}

interface State {
  readonly options: IntakeOptions
  readonly fold: Fold
  readonly waiting: Waiting[]
  /** Arrival times never fall, over a restart neither. */
  nowMs: number
  open: boolean
  timer: NodeJS.Timeout | undefined
  /** Commits follow each other. */
  turn: Promise<unknown>
  snapshotAtMs: number
}

/** Restores the core from the store's snapshot and journal, and starts taking packets. */
export async function openIntake(site: Site, options: IntakeOptions): Promise<Intake> {
  const fold = await openFold(site, options.store)
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(noteTold)
  const state: State = {
    options,
    fold,
    waiting: [],
    nowMs: fold.pipeline.nowMs,
    open: true,
    timer: undefined,
    turn: Promise.resolve(),
    snapshotAtMs: performance.now() + SNAPSHOT_MS,
  }
  const work = () => {
    clearTimeout(state.timer)
    state.timer = undefined
    inTurn(state, () => commitAll(state)).catch(fail)
  }
  const push = (packet: Waiting) => {
    state.nowMs = Math.max(state.nowMs, packet.nowMs)
    state.waiting.push({ ...packet, nowMs: state.nowMs })
    if (state.waiting.length === GROUP_PACKETS) work()
    else state.timer ??= setTimeout(work, GROUP_MS)
  }
  // What was not heard while nobody listened is no silence
  if (state.nowMs > -Infinity) {
    const topic = commandTopic(site.config.site.id)
    push({ nowMs: options.clock(), topic, payload: Buffer.from(LISTENING), retain: false, ack: undefined })
  }
  // A tick is journalled only when no packet of its second makes it.
  const ticks = setInterval(() => {
    const tickMs = Math.floor(options.clock() / 1000) * 1000
    if (tickMs > state.nowMs) push({ nowMs: tickMs, topic: TICK, payload: NOTHING, retain: false, ack: undefined })
  }, 1000)
  return {
    deliver: (arrival, ack) => {
      if (state.open) push({ ...arrival, nowMs: options.clock(), ack })
    },
    tell: (row) => {
      addRow(fold, row)
      work()
    },
    pipeline: () => fold.pipeline,
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

const NOTHING = new Uint8Array()

function inTurn(state: State, work: () => Promise<void>): Promise<void> {
  const done = state.turn.then(work)
  state.turn = done.catch(noteTold)
  return done
}

/** A failure goes to whoever awaits it; what merely comes after it goes on. */
function noteTold(error: unknown): unknown {
  return error
}

/** Commits what waits, group by group, and what folding gave, until nothing is left. */
async function commitAll(state: State): Promise<void> {
  const { waiting, fold } = state
  while (waiting.length > 0 || fold.outputs.rows.length > 0 || fold.outputs.notices.length > 0) {
    const due = performance.now() >= state.snapshotAtMs || fold.sinceSnapshot >= SNAPSHOT_PACKETS
    await commit(state, waiting.splice(0, GROUP_PACKETS), due)
  }
}

/** One transaction: packets, the results of the folds before, and the core itself when a snapshot is due. */
async function commit(state: State, packets: readonly Waiting[], withSnapshot: boolean): Promise<void> {
  const { fold, options } = state
  const { rows, notices } = fold.outputs
  fold.outputs.rows = []
  fold.outputs.notices = []
  if (withSnapshot) state.snapshotAtMs = performance.now() + SNAPSHOT_MS
  const { firstSeq } = await commitUntilThere(options, {
    packets: packets.map(({ nowMs, topic, payload, retain }) => ({ nowMs, topic, payload, retain })),
    foldedSeq: fold.foldedSeq,
    rows,
    notices,
    ...(withSnapshot ? { snapshot: { seq: fold.foldedSeq, sections: takeSnapshot(fold) } } : {}),
  })
  for (const { ack } of packets) ack?.()
  for (const [n, packet] of packets.entries()) foldEntry(fold, { ...packet, seq: firstSeq + n })
  if (rows.length > 0 || notices.length > 0) options.onOutputs(rows)
}

/** A full disk holds everything where it is: nothing is acknowledged, the broker keeps what comes. */
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

/** The old site's packets are folded first; the whole new core is saved with the change, so no restart mixes the two. */
async function reload(state: State, site: Site): Promise<void> {
  await commitAll(state)
  changeSite(state.fold, site)
  await commit(state, [], true)
}
