import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { recompute } from './recompute.ts'
import { differenceText } from './recompute-report.ts'
import { createSite } from './site.ts'
import { openStore } from './store/store.ts'
import type { Store } from './store/types.ts'

export interface RecomputeArguments {
  /** Epoch ms. */
  from: number
  to?: number
  dryRun?: boolean
}

/** The store cannot be had: there is none, or a daemon holds it. */
export class StoreTaken extends Error {}

/**
 * `coldaisle recompute`: opens the store of a stopped daemon, recomputes, prints the difference. Throws `StoreTaken` with a
 * sentence when the store cannot be had, any other Error when it fails on the way; then nothing is changed.
 */
export async function runRecompute(config: Config, { from, to, dryRun = false }: RecomputeArguments): Promise<void> {
  await using store = await openFree(config)
  let shownMs = -Infinity
  const difference = await recompute(createSite(config), store, {
    fromMs: from,
    toMs: to ?? Infinity,
    dryRun,
    onProgress(what, share) {
      if (!process.stderr.isTTY || performance.now() - shownMs < 200) return
      shownMs = performance.now()
      process.stderr.write(`\r\u001b[K${what} ${Math.floor(share * 100)} %`)
    },
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  process.stdout.write(differenceText(difference, dryRun))
}

async function openFree(config: Config): Promise<Store> {
  if (!existsSync(join(config.store.path, 'coldaisle.db'))) {
    throw new StoreTaken(`there is no store in ${config.store.path}`)
  }
  try {
    return await openStore({ ...config.store, outbox: config.influx !== undefined })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const hint = reason.includes('in use') ? '; stop the daemon first: the broker keeps what comes meanwhile' : ''
    throw new StoreTaken(`${reason}${hint}`, { cause: error })
  }
}
