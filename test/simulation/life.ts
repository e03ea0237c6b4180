/** A daemon from its start to a crash or a stop: the real intake, fold, drain and store, in the world's time. */
import { createSteadyClock } from '../../src/fold/steady-clock.ts'
import { openIntake, type Intake } from '../../src/fold/intake.ts'
import { INFLUX } from '../../src/send/influx/batch.ts'
import { createDrain } from '../../src/send/influx/drain.ts'
import { openStore, type JournalEntry, type Store } from '../../src/store/store.ts'
import { SITE } from './day.ts'
import type { SimBroker } from './broker.ts'
import type { SimInflux } from './influx.ts'
import { EPOCH_MS, world } from './world.ts'

export const PAGER = 'pager'

export interface Outside {
  broker: SimBroker
  influx: SimInflux
  /** Notices that reached the pager, each as `topic payload`. */
  paged: string[]
  /** The whole journal, also what the store has deleted since. */
  chronicle: Map<number, JournalEntry>
  /** Whether the last commit held an entry that was folded in part. */
  isCut: boolean
}

export interface Life {
  readonly store: Store
  readonly intake: Intake
  /** A stop in order: what came is folded, sent on and saved. */
  stop(): Promise<void>
}

/** Packets are deleted after 5 s, so that a purge has something to do. */
export function openStoreAt(path: string): Promise<Store> {
  return openStore({ path, journalDays: 5 / 86_400, journalBytes: 1e9, rowReceivers: [INFLUX] })
}

/** The store; what it journals is written into the chronicle, too, at once or by the next start. */
async function openWatched(folder: string, around: Outside): Promise<Store> {
  const { chronicle } = around
  const store = await openStoreAt(folder)
  for await (const entries of store.journal(Math.max(store.start().firstSeq, chronicle.size + 1))) {
    for (const entry of entries) chronicle.set(entry.seq, entry)
  }
  return {
    ...store,
    async commit(commit) {
      const committed = await store.commit(commit)
      around.isCut = commit.cut !== undefined
      for (const [n, packet] of commit.packets.entries()) {
        const { nowMs, topic, payload, retain } = packet
        chronicle.set(committed.firstSeq + n, { seq: committed.firstSeq + n, nowMs, topic, payload, retain })
      }
      return committed
    },
  }
}

/** Starts a daemon on what the folder holds. */
export async function begin(folder: string, around: Outside): Promise<Life> {
  const { broker, influx, paged } = around
  const store = await openWatched(folder, around)
  await store.setReceivers([PAGER])
  const now = () => EPOCH_MS + Math.floor(world.nowMs)
  let wake = () => {}
  const intake = await openIntake(SITE, {
    store,
    clock: createSteadyClock({ wallMs: now, monotonicMs: now }),
    onFull() {},
    onCommit() {},
    onOutputs: () => wake(),
    sliceUnits: 4, // the end of an interval takes several slices
    nearEntries: 10,
  })
  intake.failed.catch((error: unknown) => world.faults.push(error))
  const stop = new AbortController()
  const drain = createDrain({
    store,
    book: intake.book,
    door: influx.open(),
    onState() {},
    onRejected: (reason) => world.faults.push(new Error(`rejected: ${reason}`)),
    random: () => 0.5,
    nowMs: () => world.nowMs,
    limits: { pauseMs: [50, 2_000], idleMs: 1_000, batchRows: 40, ghostMs: 20_000 },
  })
  const draining = drain.run(stop.signal)
  const paging = page(store, paged, stop.signal)
  for (const running of [draining, paging]) running.catch((error: unknown) => world.faults.push(error))
  wake = () => drain.wake()
  broker.connect(({ topic, payload }, ack) => {
    intake.deliver({ topic, payload: Buffer.from(payload), retain: false }, ack)
  })
  return {
    store,
    intake,
    async stop() {
      await intake.close()
      stop.abort()
      await Promise.all([draining, paging])
      await store.close()
    },
  }
}

/** Passes each notice on, and only then its place. */
async function page(store: Store, paged: string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const [first] = await store.takeNotices(PAGER, 1)
    if (first === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      continue
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
    paged.push(`${first.notice.topic} ${first.notice.payload}`)
    await store.passNotices(PAGER, first.id)
  }
}
