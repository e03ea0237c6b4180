import assert from 'node:assert/strict'
import { getCompileCacheDir } from 'node:module'
import { dirname, extname } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { buffersOf, entriesOf, groupsOf } from './journal/group.ts'
import type { Answers, Failure, Kind, PurgeStage, Reply, Requests } from './requests.ts'
import { packRows } from './pack-rows.ts'
import {
  SECTION_BYTES,
  StoreFault,
  type Commit,
  type Depth,
  type LostGroup,
  type Purged,
  type Section,
  type Store,
  type StoreOptions,
} from './types.ts'

/** The thread starts without the process' own flags, but for those that profile it with the rest. */
const PROFILED = process.execArgv.filter((flag) => flag.startsWith('--cpu-prof'))
export type { Notice } from '../rows/notice.ts'

/**
 * Node takes the types off a thread's files by WebAssembly. V8 makes calls of it faster when there were a thousand, and
 * one thread may then free a call while another compiles. The process dies («Check failed: jit_page.has_value()»,
 * nodejs/node 64500), here in 1 of 600 threads. So calls stay as they begin.
 */
const CALLS_STAY = '--wasm-wrapper-tiering-budget=2147483647'

/** More unanswered requests than this are refused: whoever asks waits for the answer. */
const WAITING = 256

/**
 * Opens the store in `options.path`: journal, snapshots, queues and local history in one database file, in a thread of
 * its own. Rejects with a StoreFault when the folder cannot be written, the database is in use, another program's or a
 * newer version's.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const line = openLine()
  try {
    const found = await line.ask('open', options)
    return storeOf(line, found)
  } catch (error) {
    await line.end()
    throw error
  }
}

function storeOf(line: Line, found: Answers['open']): Store {
  const lastSeq = { newest: found.lastSeq }
  const lost: LostGroup[] = []
  let closed: Promise<void> | undefined
  async function close(): Promise<void> {
    try {
      await line.ask('close', null)
    } finally {
      await line.end()
    }
  }
  const store: Store = {
    async commit({ packets, ...rest }) {
      checkCommit({ packets, ...rest })
      const [groups, rows] = [groupsOf(packets), packRows(rest.rows)]
      const buffers = [...buffersOf(groups), rows.bytes.buffer]
      const committed = await line.ask('commit', { ...rest, groups, rows }, buffers)
      lastSeq.newest = committed.lastSeq
      return committed
    },
    async stage(newRows) {
      const rows = packRows(newRows)
      await line.ask('stage', { rows }, [rows.bytes.buffer])
    },
    start: () => ({ ...found, sections: sectionsOf(line, found.snapshotSeq) }),
    journal: (fromSeq) => batchesOf(line, fromSeq, lastSeq.newest, lost),
    groups: (fromSeq) => groupsFrom(line, fromSeq, lastSeq.newest, lost),
    noteForwarded: async (seq) => void (await line.ask('noteForwarded', { seq })),
    lostGroups: () => lost,
    takeBlocks: (receiver, place, rows) => line.ask('takeBlocks', { receiver, place, rows }),
    takeSuspects: (receiver, rows) => line.ask('takeSuspects', { receiver, rows }),
    noteSuspects: async (receiver, rows) => void (await line.ask('noteSuspects', { receiver, rows })),
    dropSuspects: async (receiver) => void (await line.ask('dropSuspects', { receiver })),
    passBlocks: async (receiver, place, upTo, echoes = []) =>
      void (await line.ask('passBlocks', { receiver, place, upTo, echoes })),
    rejectRows: async (receiver, rows, reason) => void (await line.ask('rejectRows', { receiver, rows, reason })),
    takeEchoes: (receiver) => line.ask('takeEchoes', { receiver }),
    dropEchoes: async (receiver, ids) => void (await line.ask('dropEchoes', { receiver, ids })),
    setReceivers: (names) => line.ask('setReceivers', { names }),
    takeNotices: (receiver, limit) => line.ask('takeNotices', { receiver, limit }),
    passNotices: async (receiver, uptoId, held) => void (await line.ask('passNotices', { receiver, uptoId, held })),
    heldNotices: (receiver) => line.ask('heldNotices', { receiver }),
    standing: () => line.ask('standing', null),
    remind: (nowMs, afterMs) => line.ask('remind', { nowMs, afterMs }),
    endStanding: async (topics, nowMs, message) => void (await line.ask('endStanding', { topics, nowMs, message })),
    history: (measurement, query) => line.ask('history', { measurement, query }),
    refused: (query) => line.ask('refused', query),
    deadLetters: (limit) => line.ask('deadLetters', { limit }),
    dropDeadLetters: async (ids) => void (await line.ask('dropDeadLetters', { ids })),
    depth: () => line.depth(),
    purge: (nowMs) => purge(line, nowMs),
    compact: (nowMs, signal) => compact(line, nowMs, signal),
    backup: async (file) => void (await line.ask('backup', { file })),
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => store.close(),
  }
  return store
}

/** Our faults, told before anything crosses the threads. */
function checkCommit({ packets, snapshot }: Commit): void {
  for (const { nowMs } of packets) if (!Number.isSafeInteger(nowMs)) assert.fail(`an arrival time of ${nowMs} ms`)
  for (const { name, bytes } of snapshot?.sections ?? []) {
    assert(name !== '' && bytes.length <= SECTION_BYTES, `section '${name}' of ${bytes.length} bytes`)
  }
}

async function* sectionsOf(line: Line, snapshotSeq: number): AsyncGenerator<Section, void, undefined> {
  for (let after = ''; snapshotSeq > 0;) {
    const sections = await line.ask('sections', { snapshotSeq, after })
    yield* sections
    const last = sections.at(-1)
    if (last === undefined) return
    after = last.name
  }
}

async function* batchesOf(line: Line, fromSeq: number, toSeq: number, lost: LostGroup[]): ReturnType<Store['journal']> {
  for await (const groups of groupsFrom(line, fromSeq, toSeq, lost)) {
    const entries = groups.flatMap(entriesOf).filter(({ seq }) => seq >= fromSeq && seq <= toSeq)
    if (entries.length > 0) yield entries
  }
}

async function* groupsFrom(line: Line, fromSeq: number, toSeq: number, lost: LostGroup[]): ReturnType<Store['groups']> {
  for (let next = fromSeq; next <= toSeq;) {
    const { groups, bad } = await line.ask('journal', { fromSeq: next, toSeq })
    const last = groups.at(-1)
    next = bad?.lastSeq ?? (last === undefined ? toSeq : last.firstSeq + last.count - 1)
    next += 1
    if (bad !== undefined) lost.push(bad)
    if (groups.length > 0) yield groups
  }
}

async function purge(line: Line, nowMs: number): Promise<Purged> {
  const sum: Purged = { journal: 0, history: 0 }
  for (let stage: PurgeStage | undefined = { of: 'journal' }; stage !== undefined;) {
    const { purged, next }: Answers['purge'] = await line.ask('purge', { nowMs, stage })
    sum.journal += purged.journal
    sum.history += purged.history
    stage = next
  }
  return sum
}

async function compact(line: Line, nowMs: number, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true && (await line.ask('compact', { nowMs })).more);
}

/** The line to the thread. */
interface Line {
  ask<K extends Kind>(kind: K, body: Requests[K], buffers?: ArrayBuffer[]): Promise<Answers[K]>
  depth(): Depth
  end(): Promise<void>
}

interface Asker {
  resolve: (answer: Answers[Kind]) => void
  reject: (error: Error) => void
}

/** Tells a thread where compiled files lie; by itself it asks only the environment. */
function compiledAsHere(): { NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}

function openLine(): Line {
  setFlagsFromString(CALLS_STAY)
  const worker = new Worker(new URL(`./worker${extname(import.meta.filename)}`, import.meta.url), {
    name: 'store',
    execArgv: PROFILED,
    env: { ...process.env, ...compiledAsHere() },
  })
  const waiting = new Map<number, Asker>()
  let lastId = 0
  let depth: Depth | undefined
  let ended: StoreFault | undefined

  worker.on('message', (reply: Reply) => {
    const asker = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.kind === 'failed') return asker?.reject(faultOf(reply.failure))
    depth = reply.depth
    return asker?.resolve(reply.answer)
  })
  worker.on('error', (error) =>
    rejectAll(new StoreFault('failed', 'the thread of the store has failed', { cause: error })),
  )
  worker.on('exit', () => rejectAll(new StoreFault('failed', 'the store is closed')))

  function rejectAll(error: StoreFault): void {
    ended ??= error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }

  async function ask<K extends Kind>(kind: K, body: Requests[K], buffers: ArrayBuffer[] = []): Promise<Answers[K]> {
    if (ended !== undefined) throw ended
    if (waiting.size >= WAITING) throw new StoreFault('failed', `the store has ${WAITING} requests to answer`)
    const { promise, resolve, reject } = Promise.withResolvers<Answers[Kind]>()
    lastId += 1
    waiting.set(lastId, { resolve, reject })
    worker.postMessage({ id: lastId, kind, body }, buffers)
    return (await promise) as Answers[K]
  }

  return {
    ask,
    depth() {
      if (depth === undefined) throw new Error('the store is not open')
      return depth
    },
    async end() {
      rejectAll(new StoreFault('failed', 'the store is closed'))
      await worker.terminate()
    },
  }
}

function faultOf({ code, message, cause }: Failure): StoreFault {
  return new StoreFault(code, message, cause === '' ? {} : { cause: new Error(cause) })
}

export {
  isFull,
  HISTORY_ROWS,
  SECTION_BYTES,
  StoreFault,
  type Commit,
  type Committed,
  type Cut,
  type Depth,
  type HistoryQuery,
  type HistoryRow,
  type JournalEntry,
  type JournalPacket,
  type NewRows,
  type Purged,
  type QueuedNotice,
  type RowQueue,
  type SavedSeries,
  type Section,
  type Start,
  type Store,
  type StoreOptions,
} from './types.ts'
