import { BadInput } from '../config/bad-input.ts'
import type { Config } from '../config/config.ts'
import { INFLUX } from '../send/influx/batch.ts'
import { openStore } from '../store/store.ts'
import { StoreFault, type Store } from '../store/types.ts'

/**
 * Opens the store of a daemon that does not run; undefined: another process, the daemon as a rule, has it open. Makes
 * no store: throws `BadInput` with a sentence where there is none or where it cannot be opened.
 */
export async function openFree(config: Config): Promise<Store | undefined> {
  const opened = await openOrFault(config)
  if (!(opened instanceof StoreFault)) return opened
  if (opened.code === 'in_use') return undefined
  throw new BadInput(opened.message, { cause: opened })
}

/** As `openFree`, for what only the store of a stopped daemon can give: another process's hold on it is a fault too. */
export async function openStopped(config: Config): Promise<Store> {
  const opened = await openOrFault(config)
  if (!(opened instanceof StoreFault)) return opened
  const hint = opened.code === 'in_use' ? '; stop the daemon first: the broker keeps what comes meanwhile' : ''
  throw new BadInput(opened.message + hint, { cause: opened })
}

async function openOrFault({ store, influx }: Config): Promise<Store | StoreFault> {
  try {
    const opened = await openStore({ ...store, rowReceivers: influx === undefined ? [] : [INFLUX], mustExist: true })
    for (const name of opened.start().damaged)
      process.stderr.write(`${name} of the store had changed on the disk: it was taken out and is kept beside\n`)
    return opened
  } catch (error) {
    if (error instanceof StoreFault) return error
    throw error
  }
}

/** Says on standard error which packets a read of the journal has left out. */
export function tellLost(store: Pick<Store, 'lostGroups'>): void {
  for (const { firstSeq, lastSeq, reason } of store.lostGroups()) {
    const why = reason === 'changed' ? 'their bytes have changed on the disk' : 'they are missing from the journal'
    process.stderr.write(`packets ${firstSeq} to ${lastSeq} are left out: ${why}\n`)
  }
}
