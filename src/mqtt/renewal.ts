import type { Duplex } from 'node:stream'
import type { Config } from '../config/config.ts'
import { createClientTls } from '../config/files/client-tls.ts'
import { readAccount, type Secrets } from './options.ts'

/** Between the ends of two connections that are to come back: all at once would be a rush of handshakes. */
const BETWEEN_MS = 20

/** Who we are to a broker, and by whom we know it. */
export interface ClientFiles {
  /**
   * What to connect with: the account as its file says now, certificates as long as they can be used together. Throws
   * an Error that names the key, the path and the cause.
   */
  secrets(): Secrets
  /** Whether certificates are others than we connected with. Throws an Error, once, where they cannot be used. */
  isRenewed(): boolean
}

/** Follows the files that a configuration names. Throws as `secrets` does. */
export function createClientFiles(config: NonNullable<Config['mqtt']>): ClientFiles {
  let fault: string | undefined
  const tls = createClientTls('mqtt', config, (why) => (fault = why))
  let used = tls()
  return {
    secrets() {
      used = tls()
      return { ...readAccount(config), ...used }
    },
    isRenewed() {
      const before = used
      used = tls()
      const why = fault
      fault = undefined
      if (why !== undefined) throw new Error(why)
      return used !== before
    },
  }
}

/** Has the next connection made with the secrets of now. Says why not: those of before stay, and may still be right. */
export function takeSecrets(files: ClientFiles, options: object): string | undefined {
  try {
    Object.assign(options, files.secrets())
    return undefined
  } catch (error) {
    if (error instanceof Error) return error.message
    throw error
  }
}

/** Ends connections that were let in by certificates of before, one after the other: their clients come back. */
export function endOneByOne(streams: readonly Duplex[]): true {
  for (const [n, stream] of streams.entries()) setTimeout(() => stream.destroy(), n * BETWEEN_MS).unref()
  return true
}
