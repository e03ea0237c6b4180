import { isatty } from 'node:tty'

/**
 * What ends a command that runs on, and what does not:
 *
 *     SIGTERM, SIGINT ────────────────────────────────────────▶ ordered stop, exit code 0
 *     SIGHUP ───────────┬─ the terminal is gone ──────────────▶ ordered stop, exit code 0
 *                       └─ it is open, or there never was one ▶ `run` reads its configuration again
 *     a write to standard output or error finds no reader (EIO, EPIPE)
 *                       ┬─ the terminal is gone ──────────────▶ ordered stop, exit code 0
 *                       └─ whoever read a pipe has ended ─────▶ ordered stop; of `run` exit code 1
 *
 * SIGHUP alone says nothing: a terminal sends it as it closes, an operator or a service manager to have the
 * configuration read again. So the streams that were terminals at the start are asked once more. The kernel takes the
 * terminal away before it sends the signal, and from then on none of them is one.
 */
export function watchTerminal(): () => boolean {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  return () => terminals.length > 0 && !terminals.some((fd) => isatty(fd))
}

/** Tells when a write to standard output or error finds no reader; any other fault of theirs stays a fault. */
export function onReaderGone(tell: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EIO' && error.code !== 'EPIPE') throw error
      tell()
    })
  }
}
