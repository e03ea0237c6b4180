import { crc32 } from 'node:zlib'
import type { Database } from './database.ts'

/**
 * A seal is the checksum of a row's columns, in a column of its own. SQLite checks no page: a bit that turns on the
 * disk would change an alarm's text, a series' name or a place in the queue without a word. Journal groups, blocks of
 * rows and sections of snapshots have checksums of their own.
 */
type Value = string | number | Uint8Array | null

/** The checksum of a row: of its columns in the order of the table. */
export function sealOf(...values: readonly Value[]): number {
  return crc32(values.map(textOf).join('\0'))
}

function textOf(value: Value): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
}

/** Makes `seal(…)` known to SQL: the triggers of sealed tables use it. */
export function defineSeal(db: Database['db']): void {
  db.function('seal', { varargs: true, deterministic: true }, (...values) => sealOf(...(values as Value[])))
}

/** A sealed table: which columns name a row, and all its columns. */
export interface Sealed {
  readonly table: string
  readonly key: readonly string[]
  readonly columns: readonly string[]
}

/** All tables that step 6 of the schema seals; a table that comes later is sealed by a step of its own. */
export const FIRST_SEALED: readonly Sealed[] = [
  sealed('notice', 'id', 'name topic payload at_ms'),
  sealed('receiver', 'name', 'passed_id'),
  sealed('standing', 'topic', 'id alarm source state since_ms told_ms repeats payload'),
  sealed('rejected', 'id', 'measurement tags fields time_ms reason'),
  sealed('row_series', 'number', 'measurement tags idle'),
  sealed('row_receiver', 'name', 'live_id live_row live_rows back_id back_row back_rows back_end'),
  sealed('cleared', 'receiver frame', 'bits'),
  sealed('echo', 'frame receiver', 'bits'),
  sealed('suspect', 'frame receiver', 'bits'),
  sealed('chunked_hour', 'place hour window', 'upto_id'),
  sealed('chunked_series', 'series window', 'first_hour last_hour'),
  sealed('refusal', 'outcome topic', 'readings first_ms last_ms'),
  sealed('refused_packet', 'id', 'outcome topic now_ms points payload bytes'),
]

/** Sealed by step 7. */
export const HELD_NOTICE = sealed('held_notice', 'receiver name', 'topic payload at_ms told')

export const SEALED: readonly Sealed[] = [...FIRST_SEALED, HELD_NOTICE]

function sealed(table: string, key: string, rest: string): Sealed {
  return { table, key: key.split(' '), columns: `${key} ${rest}`.split(' ') }
}

/** What seals a table from here on, and the rows that it has. */
export function sealTable({ table, key, columns }: Sealed): string {
  const seal = `seal(${columns.map((name) => `NEW.${name}`).join(', ')})`
  const found = key.map((name) => `${name} = NEW.${name}`).join(' AND ')
  return `
    ALTER TABLE ${table} ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
    UPDATE ${table} SET seal = seal(${columns.join(', ')});
    CREATE TRIGGER ${table}_put AFTER INSERT ON ${table} BEGIN UPDATE ${table} SET seal = ${seal} WHERE ${found}; END;
    CREATE TRIGGER ${table}_changed AFTER UPDATE OF ${columns.join(', ')} ON ${table}
      BEGIN UPDATE ${table} SET seal = ${seal} WHERE ${found}; END;
  `
}
