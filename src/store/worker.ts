/** The thread that owns the database. SQLite waits for the disk, and nobody else should. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { answerTo, closeBase, openBase, type Base } from './base.ts'
import { codeOf, CORRUPT } from './database/database.ts'
import { StoreFault, type StoreFaultCode } from './fault.ts'
import { buffersOf } from './journal/group.ts'
import { depthOf } from './database/ledger.ts'
import type { Answers, Failure, Kind, Request, Reply } from './requests.ts'

const FULL = 13

/** How long a request waits for a step of the backup at most. */
const MOST_STEP_MS = 20

/** What lives between two requests: the database, and the turn of the last request that waits for a backup's step. */
const thread: { base: Base | undefined; turn: Promise<void> | undefined } = { base: undefined, turn: undefined }

parentPort?.on('message', take)

/**
 * Answers requests in their order. While a backup is under way each waits for one step of it. A step needs the database
 * free, and this thread's loop: commits one behind the other would keep it waiting for ever.
 */
function take(request: Request): void {
  if (thread.turn === undefined && thread.base?.copying === undefined) return void reply(request)
  const turn = (thread.turn ?? Promise.resolve()).then(async () => {
    const step = thread.base?.copying?.step.promise
    if (step !== undefined) await Promise.race([step, sleep(MOST_STEP_MS)])
    void reply(request)
    if (thread.turn === turn) thread.turn = undefined
  })
  thread.turn = turn
}

async function reply(request: Request): Promise<void> {
  const { id, kind } = request
  try {
    const answer = await answerOf(request)
    const buffers = buffersIn(kind, answer)
    send({ id, kind: 'done', answer, depth: depthOf(baseOf(thread).ledger) }, buffers)
  } catch (error) {
    send({ id, kind: 'failed', failure: failureOf(kind, error) })
  }
  if (kind === 'close') parentPort?.close()
  else thread.base?.checkpointer.answered()
}

/** What is moved to the main thread instead of being copied. */
function buffersIn(kind: Kind, answer: Answers[Kind]): ArrayBuffer[] {
  if (kind === 'journal') return buffersOf((answer as Answers['journal']).groups)
  if (kind !== 'takeBlocks') return []
  return (answer as Answers['takeBlocks']).map(({ block }) => block.buffer as ArrayBuffer)
}

async function answerOf(request: Request): Promise<Answers[Kind]> {
  if (request.kind === 'open') {
    const { base, start } = openBase(request.body)
    thread.base = base
    return start
  }
  if (request.kind === 'close') {
    await closeBase(baseOf(thread))
    return null
  }
  return answerTo(baseOf(thread), request)
}

function baseOf({ base }: typeof thread): Base {
  if (base === undefined) throw new Error('the store is not open')
  return base
}

function send(answer: Reply, buffers: ArrayBuffer[] = []): void {
  parentPort?.postMessage(answer, buffers)
}

/** SQLite's words alone say little; its errors get a sentence, the others have one. */
function failureOf(kind: Kind, error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  const code = codeOf(error)
  return {
    code: error instanceof StoreFault ? error.code : faultCodeOf(code),
    message: code === undefined ? message : `the database did not take the ${kind}: ${message}`,
    cause: causesOf(error),
  }
}

function faultCodeOf(sqliteCode: number | undefined): StoreFaultCode {
  if (sqliteCode === FULL) return 'full'
  return sqliteCode === CORRUPT ? 'damaged' : 'failed'
}

function causesOf(error: unknown): string {
  const words: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) words.push(at.message)
  return words.slice(1).join(': ')
}
