/** A database of the release before frames, written by hand. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SCHEMA } from '../../src/store/database/schema.ts'
import { energyRow } from './rows.ts'

export interface OldRow {
  measurement: string
  tags: Record<string, string>
  fields: Record<string, number | string | boolean>
  timeMs: number
}

export function oldEnergy(point: string, timeMs: number, watts: number): OldRow {
  return { ...energyRow(point, timeMs, watts), fields: { mean_w: watts, state: 'provisional' } }
}

export function oldPue(window: string, timeMs: number, pue: number): OldRow {
  const tags = { site: 's', boundary: 'b', window, category: '2' }
  return { measurement: 'pue', tags, fields: { pue, name: 'PUE', revision: 1, suspect: pue > 2 }, timeMs }
}

/** Writes the database into the folder `path`; those of the rows whose places are named wait in its outbox. */
export function writeOldStore(path: string, rows: readonly OldRow[], queued: readonly number[]): void {
  mkdirSync(path, { recursive: true })
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  db.exec(`${SCHEMA.slice(0, 2).join(';')}; PRAGMA application_id = ${0x636f6c64}; PRAGMA user_version = 2; BEGIN`)
  const waiting = new Set(queued)
  const ids = new Map<string, number>()
  for (const [place, { measurement, tags, fields, timeMs }] of rows.entries()) {
    const key = `${measurement} ${JSON.stringify(tags)}`
    const id = ids.get(key) ?? ids.size + 1
    if (!ids.has(key)) db.prepare('INSERT INTO series VALUES (?, ?, ?)').run(id, measurement, JSON.stringify(tags))
    ids.set(key, id)
    db.prepare('INSERT INTO history VALUES (?, ?, ?)').run(id, timeMs, JSON.stringify(fields))
    if (waiting.has(place)) db.prepare('INSERT INTO outbox VALUES (?, ?, ?)').run(place + 1, id, timeMs)
  }
  db.exec(
    `INSERT INTO ledger VALUES ('queuedRows', ${queued.length}), ('lastRowId', ${rows.length}), ('rejectedRows', 1)`,
  )
  db.exec(`INSERT INTO rejected VALUES (1, 'energy', '{}', '{}', 0, 'of before'); COMMIT`)
}

/** Which of the tables that only the release before had are still there. */
export function oldTables(path: string): string[] {
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  const names = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1`).all()
  return names.map(({ name }) => String(name)).filter((name) => ['history', 'outbox', 'series'].includes(name))
}

/** How many rows wait in the old outbox; 0 when it is gone. */
export function oldWaiting(path: string): number {
  if (oldTables(path).length === 0) return 0
  using db = new DatabaseSync(join(path, 'coldaisle.db'))
  return Number(db.prepare('SELECT count(*) AS n FROM outbox').get()?.['n'])
}
