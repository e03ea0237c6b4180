import type { Config } from '../config/config.ts'
import { openStopped } from './free-store.ts'
import { recompute } from '../recompute/recompute.ts'
import { differenceText } from '../recompute/report.ts'
import { createSite } from '../site/site.ts'

export interface RecomputeArguments {
  /** Epoch ms. */
  from: number
  to?: number
  dryRun?: boolean
}

/**
 * `coldaisle recompute`: opens the store of a stopped daemon, recomputes, prints the difference. Throws `BadInput` with
 * a sentence when the store cannot be had, any other Error when it fails on the way; then nothing is changed.
 */
export async function runRecompute(config: Config, { from, to, dryRun = false }: RecomputeArguments): Promise<void> {
  await using store = await openStopped(config)
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
