/** A site, its readings with a silence between them, and its store: what is folded in slices by tests. */
import { join } from 'node:path'
import { packetsOfRun } from '../../simulators/run.ts'
import type { Site } from '../../src/site/site.ts'
import { openStore, type JournalPacket, type Store } from '../../src/store/store.ts'
import { siteOf, writeLargeSite } from '../daemon/crash-site.ts'

export const FROM_MS = Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000 + 10 * 3_600_000
export const MINUTE_MS = 60_000
export const SMALL = 400

export function largeSite(folder: string) {
  return siteOf(writeLargeSite({ folder, brokerUrl: 'mqtt://127.0.0.1:1883' }, 60))
}

/** Readings with some disorder, two hours without any, and readings again. */
export function packetsOf(site: Site, seed: number): JournalPacket[] {
  const topics = ['crash/rack/3', 'crash/utility/a', 'crash/inlet/1', 'crash/ups/2']
  const late = { what: 'fault', fault: 'disorder', topics, share: 0.2, byS: 240, fromS: 0, toS: 20_000 } as const
  const hot = { what: 'inlet', name: 'inlet-2', toC: 37, fromS: 300, toS: 1_500 } as const
  const between = (fromMin: number, toMin: number) => [
    ...packetsOfRun({
      site,
      seed,
      fromMs: FROM_MS + fromMin * MINUTE_MS,
      toMs: FROM_MS + toMin * MINUTE_MS,
      scenario: { name: 'slices', events: [late, hot] },
    }),
  ]
  return [...between(0, 25), ...between(145, 160)].map(({ nowMs, topic, payload, retain }) => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return { nowMs, topic, payload: new TextEncoder().encode(text), retain }
  })
}

export function openAt(folder: string): Promise<Store> {
  const path = join(folder, 'data')
  return openStore({ path, journalDays: 30, journalBytes: 1e9, rowReceivers: ['receiver'] })
}

/** Rows and notices that ever were queued, those that newer ones replaced included. */
export async function queuedIn(folder: string) {
  await using store = await openAt(folder)
  const { rows, superseded, lastNotice } = store.depth()
  return { rows: rows + superseded, lastNotice }
}
