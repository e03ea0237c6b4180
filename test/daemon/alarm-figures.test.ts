/** Figures of alarms from a store with two days of transitions, at a site whose days are not those of UTC; then told. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { figureRows } from '../../src/daemon/alarm-figures.ts'
import { openIntake, type Intake } from '../../src/fold/intake.ts'
import type { Row } from '../../src/rows/rows.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { clockAt } from '../fold/clock-at.ts'
import { siteOf } from '../servers/daemon.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const HOUR_MS = 3_600_000
const MIDNIGHT_MS = Date.parse('2026-03-02T00:00:00+01:00')
const NEXT_MS = MIDNIGHT_MS + 24 * HOUR_MS

/** Hours after midnight at the site. */
function transition(hours: number, state: string, source: string): Row {
  const tags = { site: 'dc', alarm: 'stale', source, severity: 'warning' }
  return { measurement: 'alarm', tags, fields: { state, message: 'm', id: 'i' }, timeMs: MIDNIGHT_MS + hours * HOUR_MS }
}

const TRANSITIONS = [
  transition(-5, 'raised', 'old'),
  transition(-4, 'late', 'old'),
  transition(0, 'raised', 'first'), // at midnight: the new day's
  transition(1.5, 'acked', 'first'),
  transition(2, 'cleared', 'first'),
  transition(23.999, 'raised', 'last'),
  transition(24, 'raised', 'morrow'),
]

/** Opens the store and its intake an hour after the second midnight. */
async function inIntake(
  text: string,
  folder: string,
  work: (intake: Intake, store: Store) => Promise<void> | void,
): Promise<void> {
  const path = join(folder, 'data')
  await using store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
  const ignore = { onFull: () => {}, onCommit: () => {}, onOutputs: () => {} }
  const intake = await openIntake(siteOf(text), { ...ignore, store, clock: clockAt(() => NEXT_MS + HOUR_MS) })
  await work(intake, store)
  await intake.close()
}

test('of hours and days that have ended, with what stood before; the command tells them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-figures-'))
  try {
    const file = join(folder, 'site.yaml')
    const text = `
site: { id: dc, timezone: Europe/Paris }
store: { path: "${folder}/data" }
mqtt: { url: "mqtt://127.0.0.1:1" }
http: { listen: "127.0.0.1:1" }
points: { t: { topic: dc/t, unit: °C, everyS: 60 } }
`
    writeFileSync(file, text)
    await inIntake(text, folder, (intake) => TRANSITIONS.forEach((row) => intake.emit(row)))
    await inIntake(text, folder, async (intake, store) => {
      const rows = await figureRows(siteOf(text), store, NEXT_MS - 90 * 60_000, NEXT_MS + 30 * 60_000)
      const hoursOf = ({ timeMs }: Row) => (timeMs - MIDNIGHT_MS) / HOUR_MS
      expect(rows.map((row) => [row.tags['window'], hoursOf(row), row.fields['raised']])).toEqual([
        ['hour', 23, 0],
        ['hour', 24, 1],
        ['day', 24, 2],
      ])
      const day = { acked: 1, ack_p50_s: 5400, cleared: 1, clear_p50_s: 7200, standing: 1 }
      expect(rows.at(-1)?.fields).toMatchObject(day)
      for (const row of rows) intake.emit(row)
    })
    const span = ['--from', '2026-03-01T00:00:00Z', '--to', '2026-03-04T00:00:00Z']
    const command = [COLDAISLE, 'alarms', 'figures', '--config', file, ...span]
    const { stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^2026-03-02 +2 +0 +0 +2 +0 +1 +0 +0 +100 +0 +1 +0 +90 min +120 min$/m)
    expect(stdout).toMatch(/^target +<= 150 /m)
    const hours = spawnSync(process.execPath, [...command, '--hours', '--json'], { encoding: 'utf8' }).stdout
    expect((JSON.parse(hours) as Row[]).map(({ fields }) => fields['raised'])).toEqual([0, 1])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
