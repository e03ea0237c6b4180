/** A snapshot rides in parts with the commits, and what is valid is replaced by a whole one only. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openIntake } from '../../src/fold/intake.ts'
import { openStore } from '../../src/store/store.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { clockAt } from './clock-at.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1883 }
points:
  t: { topic: t, unit: °C, everyS: 60, role: inlet }
  rh: { topic: rh, unit: '%', everyS: 60, role: inlet }
inlets:
  a: { dryBulb: t, humidity: rh, hall: h }
`)

const IGNORE = { onFull: () => {}, onCommit: () => {}, onOutputs: () => {} }

test('reloads with nothing between them, and the stop behind them, leave one good snapshot', async () => {
  const path = mkdtempSync(join(tmpdir(), 'coldaisle-parts-'))
  const options = { path, journalDays: 30, journalBytes: 1e9, rowReceivers: [] }
  try {
    let nowMs = Date.UTC(2026, 2, 2)
    for (let start = 0; start < 2; start++) {
      await using store = await openStore(options)
      const { snapshotSeq, lastSeq, badSnapshots } = store.start()
      expect({ snapshotSeq, badSnapshots }).toEqual({ snapshotSeq: lastSeq, badSnapshots: [] })
      const intake = await openIntake(SITE, { ...IGNORE, store, clock: clockAt(() => nowMs) })
      for (let n = 0; n < 200; n++) {
        nowMs += 30_000
        await new Promise<void>((acknowledged) => {
          intake.deliver({ topic: n % 2 ? 't' : 'rh', payload: Buffer.from('24'), retain: false }, acknowledged)
        })
      }
      await intake.reload(SITE)
      await intake.reload(SITE)
      await intake.close()
      const { core, packets } = intake.pipeline()
      expect({ packets, closed: core.hasClosed }).toEqual({ packets: (start + 1) * 200, closed: true })
    }
    await using store = await openStore(options)
    const { snapshotSeq, lastSeq } = store.start()
    expect(snapshotSeq).toBe(lastSeq)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
})
