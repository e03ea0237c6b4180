/** Which packets one commit holds: each commit costs the same, however few they are. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openIntake } from '../../src/fold/intake.ts'
import { openStore } from '../../src/store/store.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { clockAt } from './clock-at.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1883 }
points:
  hall: { topic: hall, unit: kW }
`)
const NOW_MS = Date.UTC(2026, 2, 2)
const ROW = { measurement: 'health', tags: { site: 'dc' }, fields: { outbox_rows: 0 }, timeMs: NOW_MS } as const

test('a packet that comes during a commit waits for the next one as others do: they ride in one commit', async () => {
  const path = mkdtempSync(join(tmpdir(), 'coldaisle-groups-'))
  let commits = 0
  try {
    await using store = await openStore({ path, journalDays: 365_000, journalBytes: 1e9, rowReceivers: [] })
    const intake = await openIntake(SITE, {
      store,
      clock: clockAt(() => NOW_MS),
      onFull() {},
      onCommit: () => void commits++,
      onOutputs() {},
    })
    const sent = () =>
      new Promise<number>((resolve) =>
        intake.deliver({ topic: 'hall', payload: Buffer.from('7'), retain: false }, () => resolve(commits)),
      )
    let together = 0
    for (let round = 0; round < 50; round++) {
      const first = sent()
      intake.emit(ROW) // rows that no packet caused do not wait, and take the packet with them
      await nextTurn()
      const during = sent()
      await first
      await nextTurn()
      const behind = sent()
      if ((await during) === (await behind)) together++
    }
    await intake.close()
    // A commit that takes longer than the 5 ms lets none wait: so not in each round, on a slow disk.
    expect(together).toBeGreaterThan(0)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
})
