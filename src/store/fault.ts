/**
 * What a caller can do about a fault of the store:
 *
 * - `absent`: no store lies here, and none was to be made.
 * - `in_use`: another process has it open; that one can be asked.
 * - `damaged`: the database is not as SQLite wrote it.
 * - `full`: the disk or the database's size limit is full; the same commit may succeed later.
 * - `failed`: anything else; stop and start again.
 */
export type StoreFaultCode = 'absent' | 'in_use' | 'damaged' | 'full' | 'failed'

/** What a promise of the store rejects with: a sentence for people, a code for the program. */
export class StoreFault extends Error {
  readonly code: StoreFaultCode

  constructor(code: StoreFaultCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Whether a commit was refused for want of space; every other fault of a commit means: stop and start again. */
export function isFull(error: unknown): boolean {
  return error instanceof StoreFault && error.code === 'full'
}
