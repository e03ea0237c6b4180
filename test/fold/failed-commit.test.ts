/** A commit that the store refuses for good: what it held is not passed over by a later one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
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
  main: { topic: main, unit: kW, everyS: 60 }
  it: { topic: it, unit: kW, everyS: 60 }
boundaries:
  dc: { facility: [main], it: [it] }
`)
const START_MS = Date.UTC(2026, 2, 2)
/** The first commit that has rows, and with them new series, is refused; those behind it are not. */
const REFUSAL = `
  CREATE TRIGGER refusal BEFORE INSERT ON frame WHEN NEW.time_ms = ${START_MS + 60_000}
  BEGIN SELECT RAISE(ABORT, 'refused'); END`

test('rows of a commit that failed are folded again by the next start, and nothing is committed over them', async () => {
  const path = mkdtempSync(join(tmpdir(), 'coldaisle-failed-'))
  const options = { path, journalDays: 365_000, journalBytes: 1e9, rowReceivers: [] }
  let nowMs = START_MS
  const deliver = async (minutes: number): Promise<unknown> => {
    await using store = await openStore(options)
    const intake = await openIntake(SITE, {
      store,
      clock: clockAt(() => nowMs),
      onFull() {},
      onCommit() {},
      onOutputs() {},
    })
    intake.failed.catch(() => null) // told by what the store holds
    for (let n = 0; n < minutes; n++) {
      for (const topic of ['main', 'it']) intake.deliver({ topic, payload: Buffer.from('150'), retain: false }, () => n)
      await new Promise((resolve) => setTimeout(resolve, 20))
      nowMs += 60_000
    }
    return await intake.close().catch((error: unknown) => error)
  }
  const alter = (sql: string): void => {
    const database = new DatabaseSync(join(path, 'coldaisle.db'))
    database.exec(sql)
    database.close()
  }
  try {
    await (await openStore(options)).close()
    alter(REFUSAL)
    expect(await deliver(10)).toBeInstanceOf(Error)
    alter('DROP TRIGGER refusal')
    expect(await deliver(10)).toBeUndefined()
    await using store = await openStore(options)
    const rows = await store.history('energy', { fromMs: START_MS, toMs: nowMs, limit: 1_000 })
    const first = rows.filter(({ timeMs }) => timeMs === START_MS + 60_000)
    expect(new Set(first.map(({ tags }) => tags['point']))).toEqual(new Set(['it', 'main']))
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
})
