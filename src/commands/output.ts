import { writeSync } from 'node:fs'
import { CommandFailed } from './ending.ts'

const STDOUT = 1
const SHORTEST_WAIT_MS = 0.2
const LONGEST_WAIT_MS = 20

/** Whoever read our standard output has ended, as `head` does: the command ends without a word. */
export class ReaderGone extends CommandFailed {
  constructor(cause: unknown) {
    super(0, '', cause)
  }
}

/**
 * Writes text, or its UTF-8, to standard output. It returns when all of it is in the hands of the system. So a slow
 * reader slows the command down, and nothing piles up in memory as it does in `process.stdout`. Throws `ReaderGone`
 * without a reader.
 */
export function writeOut(text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const sleeping = new Int32Array(new SharedArrayBuffer(4))
  let waitMs = SHORTEST_WAIT_MS
  for (let at = 0; at < bytes.length;) {
    const written = tryWrite(bytes, at)
    at += written
    // A full pipe that does not block is tried again, at a pace between the reader's and ours.
    if (written === 0) Atomics.wait(sleeping, 0, 0, waitMs)
    waitMs = written === 0 ? Math.min(2 * waitMs, LONGEST_WAIT_MS) : SHORTEST_WAIT_MS
  }
}

function tryWrite(bytes: Uint8Array, at: number): number {
  try {
    return writeSync(STDOUT, bytes, at)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'EAGAIN') return 0
    throw error.code === 'EPIPE' ? new ReaderGone(error) : error
  }
}
