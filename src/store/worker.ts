/** The thread that owns the database. SQLite waits for the disk, and nobody else should. */
import { parentPort } from 'node:worker_threads'
import { answerTo, closeBase, openBase, type Base } from './base.ts'
import { codeOf, CORRUPT } from './database/database.ts'
import { StoreFault, type StoreFaultCode } from './fault.ts'
import { buffersOf } from './journal/group.ts'
import { depthOf } from './database/ledger.ts'
import type { Answers, Failure, Kind, Request, Reply } from './requests.ts'

const FULL = 13

/** The one thing that lives between two requests. */
const thread: { base: Base | undefined } = { base: undefined }

parentPort?.on('message', (request: Request) => void reply(request))

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
