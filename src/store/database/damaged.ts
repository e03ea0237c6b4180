import { inTransaction, saveCounter, type Database } from './database.ts'
import { COUNTED_AGAIN, type Ledger } from './ledger.ts'
import { SEALED, type Sealed } from './seals.ts'
import { keepBadBlock } from '../rows/base.ts'

/** What packs of the history there are can be told from the packs themselves. */
const FROM_CHUNKS = [
  `INSERT OR IGNORE INTO chunked_hour (place, hour, window, upto_id)
    SELECT DISTINCT place, hour, window, 0 FROM chunk`,
  `INSERT OR IGNORE INTO chunked_series (series, window, first_hour, last_hour)
    SELECT series, window, min(hour), max(hour) FROM chunk GROUP BY series, window`,
]

/** Takes rows that have changed on the disk out of their tables, keeps them beside, and notes them in `damaged`. */
export function takeDamagedRows(base: Database): void {
  inTransaction(base, () => {
    for (const name of base.damaged) saveCounter(base, name, base.ledger[name as keyof Ledger])
    for (const sealed of SEALED) base.damaged.push(...takeFrom(base, sealed))
    if (base.damaged.length === 0) return
    for (const sql of FROM_CHUNKS) base.db.exec(sql)
    for (const [name, sql] of Object.entries(COUNTED_AGAIN)) {
      base.ledger[name as keyof Ledger] = base.db.prepare(sql).get()?.['n'] as number
    }
  })
}

function takeFrom(base: Database, { table, key, columns }: Sealed): string[] {
  const bad = base.db.prepare(`SELECT * FROM ${table} WHERE seal <> seal(${columns.join(', ')})`).all()
  for (const row of bad) {
    const place = key.map((name) => row[name] as string | number)
    base.db.prepare(`DELETE FROM ${table} WHERE ${key.map((name) => `${name} = ?`).join(' AND ')}`).run(...place)
    keepBadBlock(base, `${table} ${place.join(' ')}`, Buffer.from(JSON.stringify(row)), CHANGED)
  }
  return bad.map((row) => [table, ...key.map((name) => String(row[name]))].join(' '))
}

const CHANGED = 'the row has changed on the disk'

/** Whether a row of the table was taken out. */
export function isDamaged({ damaged }: Database, table: string): boolean {
  return damaged.some((name) => name.startsWith(`${table} `))
}
