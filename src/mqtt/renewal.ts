import type { Duplex } from 'node:stream'
import type { Config } from '../config/config.ts'
import { fileMark } from '../config/files/secret-file.ts'

/** Between the ends of two connections that are to come back: all at once would be a rush of handshakes. */
const BETWEEN_MS = 20

/** As much of a client as it takes to have it connect anew. */
interface Connected {
  readonly stream: { destroy(): unknown }
}

/**
 * Has a client connect anew once one of its certificate files has changed; says whether it does. The session outlives
 * that, and what was not confirmed is sent again.
 */
export function createClientRenewal(
  { caFile, certFile, keyFile }: NonNullable<Config['mqtt']>,
  client: Connected,
): () => boolean {
  const files = [caFile, certFile, keyFile].filter((file) => file !== undefined)
  let mark = fileMark(files)
  return () => {
    const present = fileMark(files)
    if (present === mark) return false
    mark = present
    client.stream.destroy()
    return true
  }
}

/** Ends connections that were let in by certificates of before, one after the other: their clients come back. */
export function endOneByOne(streams: readonly Duplex[]): true {
  for (const [n, stream] of streams.entries()) setTimeout(() => stream.destroy(), n * BETWEEN_MS).unref()
  return true
}
