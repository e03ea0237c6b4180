import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { openStore } from '../store/store.ts'
import type { Store } from '../store/types.ts'

/** The store cannot be had: there is none, or a daemon holds it. */
export class StoreTaken extends Error {
  readonly inUse: boolean

  constructor(message: string, inUse: boolean, cause?: unknown) {
    super(message, { cause })
    this.inUse = inUse
  }
}

/** Opens the store of a daemon that does not run; throws `StoreTaken` with a sentence, makes none. */
export async function openFree({ store, influx }: Config): Promise<Store> {
  if (!existsSync(join(store.path, 'coldaisle.db'))) throw new StoreTaken(`there is no store in ${store.path}`, false)
  try {
    return await openStore({ ...store, outbox: influx !== undefined })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StoreTaken(reason, reason.includes('in use'), error)
  }
}
