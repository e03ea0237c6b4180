import { RecordingFault } from '../ingest/recording.ts'

/** Exit codes of `coldaisle`: 0 done, 1 failed while running, 2 bad configuration or arguments, 70 internal error. */
export const FAILED = 1
export const BAD_INPUT = 2
export const INTERNAL = 70

/** Thrown by a command that ends with an exit code of its own; `message` is what is left to say, or empty. */
export class CommandFailed extends Error {
  readonly code: number

  constructor(code: number, message = '', cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Throws what reading recordings has thrown: a file that cannot be read ends the command without a stack. */
export function failReading(error: unknown): never {
  throw error instanceof RecordingFault ? new CommandFailed(FAILED, error.message, error) : error
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error'
}
