import { closeSync, existsSync, fdatasyncSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { syncPath } from './quarantine.ts'

/**
 * The last acknowledged journal number, in a file of its own beside the database. A flipped bit in SQLite's log ends
 * the log there without a word, and only a number kept elsewhere shows what is missing.
 */
export interface HighWater extends Disposable {
  /** The number that the file held when it was opened; undefined: none, or none that can be read. */
  readonly found: number | undefined
  /** Writes the number and waits for the disk, if it is new. Throws as the disk does. */
  write(seq: number): void
}

const BYTES = 64

/** Opens `file`, or makes it. 64 bytes of text: a name, the number, the CRC-32 of both. */
export function openHighWater(file: string): HighWater {
  const fresh = !existsSync(file)
  const fd = openMark(file, fresh)
  const found = fresh ? undefined : read(fd)
  let written = found
  if (fresh) syncPath(dirname(file))
  return {
    found,
    write(seq) {
      if (seq === written) return
      writeSync(fd, recordOf(seq), 0, BYTES, 0)
      if (written === undefined)
        fsyncSync(fd) // the file's length is new
      else fdatasyncSync(fd)
      written = seq
    },
    [Symbol.dispose]: () => closeSync(fd),
  }
}

function openMark(file: string, fresh: boolean): number {
  try {
    return openSync(file, fresh ? 'wx+' : 'r+', 0o600)
  } catch (error) {
    throw new Error(`${file} cannot be opened for writing`, { cause: error })
  }
}

function read(fd: number): number | undefined {
  const bytes = Buffer.alloc(BYTES)
  const length = readSync(fd, bytes, 0, BYTES, 0)
  const seq = Number(bytes.toString('latin1').split(' ')[1])
  if (length !== BYTES || !Number.isSafeInteger(seq)) return undefined
  return recordOf(seq).equals(bytes) ? seq : undefined
}

function recordOf(seq: number): Buffer {
  const text = `high-water ${String(seq).padStart(16, '0')}`
  return Buffer.from(`${text} ${crc32(text).toString(16).padStart(8, '0')}`.padEnd(BYTES - 1) + '\n', 'latin1')
}
