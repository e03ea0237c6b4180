import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite'
import { MOST_PAGES } from '../checkpoint.ts'
import { StoreFault } from '../fault.ts'
import { setAside, syncPath } from './quarantine.ts'
import { newestSeq } from '../journal/journal.ts'
import { changedCounters, readLedger, type Ledger } from './ledger.ts'
import { SCHEMA } from './schema.ts'
import { defineSeal, sealOf } from './seals.ts'
import type { StoreOptions } from '../types.ts'

/** The open database, with its counters as the last commit left them. */
export interface Database {
  file: string
  db: DatabaseSync
  ledger: Ledger
  /** What a start found changed on the disk and took out: counters, and rows by table and key. */
  damaged: string[]
  /** The statement of this text, prepared once. */
  sql(text: string): StatementSync
  /** The counters as they were when the open transaction began; undefined: none is open. See `inOpenTransaction`. */
  opened: Ledger | undefined
  /** Called after a rollback, to forget what was remembered during the transaction. */
  onRollback: (() => void)[]
}

interface Opened {
  database: Database
  /** Where the damaged database that lay here went. */
  quarantined?: string
}

const APPLICATION = 0x636f6c64 // 'cold'
const BUSY = 5
const LOCKED = 6
export const CORRUPT = 11
const NOT_A_DATABASE = 26
/** Up to this size the whole file is checked at a start: about 0.4 s a GB. */
const CHECKED_BYTES = 1_000_000_000
/** The first schema whose rows lie in frames. */
const FRAMES_FROM = 4
const PAGE_BYTES = 4_096

const SAVE = `
  INSERT INTO ledger (name, number, seal) VALUES (?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET number = excluded.number, seal = excluded.seal`

/**
 * Opens `<path>/coldaisle.db`, makes it if it is not there, brings it to the newest schema. A damaged one is moved
 * aside (at most three times) and a new one begun. With `mustExist` nothing is made or moved. Throws an Error with a
 * sentence when the folder cannot be written, another process holds the database, it belongs to another program or to a
 * newer version.
 */
export function openDatabase({ path, databaseBytes, mustExist = false }: StoreOptions): Opened {
  const file = join(path, 'coldaisle.db')
  if (mustExist && isAbsent(file))
    throw new StoreFault('absent', `there is no store in ${path}: the daemon makes it when it first runs`)
  prepareFolder(path)
  try {
    return { database: openFile(file, databaseBytes) }
  } catch (error) {
    const code = codeOf(error)
    if (code === BUSY) throw new StoreFault('in_use', `${file} is in use by another process`, { cause: error })
    if (code === undefined) throw error
    if (code !== CORRUPT && code !== NOT_A_DATABASE) throw new Error(`${file} cannot be opened`, { cause: error })
    if (mustExist) {
      const advice = 'the daemon sets it aside when it starts'
      throw new StoreFault('damaged', `${file} is damaged: ${advice}`, { cause: error })
    }
    const quarantined = setAside(file, error)
    return { database: openFile(file, databaseBytes), quarantined }
  }
}

/**
 * Runs `work` in one transaction, the counters with it. When it throws, nothing of it stays, in the file or in memory.
 */
export function inTransaction<T>(base: Database, work: () => T): T {
  return inOpenTransaction(base, (before) => {
    const result = work()
    for (const [name, number] of changedCounters(base.ledger, before)) saveCounter(base, name, number)
    base.db.exec('COMMIT')
    base.opened = undefined
    return result
  })
}

export function saveCounter(base: Database, name: string, number: number): void {
  base.sql(SAVE).run(name, number, sealOf(name, number))
}

/**
 * Runs `work` in a transaction that stays open: the next call goes on in it. `work` gets the counters as they were when
 * the transaction began. When it throws, nothing of the whole transaction stays.
 */
export function inOpenTransaction<T>(base: Database, work: (before: Ledger) => T): T {
  const before = base.opened ?? { ...base.ledger }
  if (base.opened === undefined) base.db.exec('BEGIN IMMEDIATE')
  base.opened = before
  try {
    return work(before)
  } catch (error) {
    base.opened = undefined
    Object.assign(base.ledger, before)
    if (base.db.isTransaction) base.db.exec('ROLLBACK')
    for (const forget of base.onRollback) forget()
    throw error
  }
}

/**
 * Copies the database to `file`, a step at a time, so that commits go on between the steps and are in the copy. `goOn`
 * is asked at each step. The file appears whole, under its name, or not at all.
 */
export async function copyDatabase(base: Database, file: string, goOn: () => boolean): Promise<void> {
  const partial = `${file}.partial`
  const forget = (): void => {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${partial}${end}`, { force: true })
  }
  forget()
  try {
    closeSync(openSync(partial, 'wx', 0o600))
    await copyPages(base, partial, goOn)
    syncPath(partial)
    renameSync(partial, file)
    syncPath(dirname(file))
  } catch (error) {
    forget()
    throw new Error(`the database cannot be copied to ${file}`, { cause: error })
  }
}

/** A first step that meets a write ends the copy at once, so it begins anew. */
async function copyPages({ db }: Database, file: string, goOn: () => boolean): Promise<void> {
  const progress = (): void => {
    if (!goOn()) throw new Error('the store is closing')
  }
  for (;;) {
    try {
      await backup(db, file, { rate: 256, progress })
      return
    } catch (error) {
      const code = codeOf(error)
      if (code !== BUSY && code !== LOCKED) throw error
      progress()
      await sleep(1)
    }
  }
}

/** SQLite's primary result code of an error, if it has one. */
export function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined
}

/** Throws as SQLite does for a malformed file, for damage that SQLite itself does not see. */
function assertSound(sound: boolean, what: string): void {
  if (!sound) throw Object.assign(new Error(`the database is damaged: ${what}`), { errcode: CORRUPT })
}

/** Whether nothing lies there; of a folder that may not be read, `prepareFolder` tells. */
function isAbsent(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOTDIR'
  }
}

function prepareFolder(folder: string): void {
  try {
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (made !== undefined) syncPath(dirname(made))
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Error(`the store's folder ${folder} cannot be made or written`, { cause: error })
  }
}

function openFile(file: string, databaseBytes: number | undefined): Database {
  const fresh = !existsSync(file)
  if (fresh) {
    closeSync(openSync(file, 'wx', 0o600)) // SQLite would let others read it
    syncPath(dirname(file))
  }
  let db: DatabaseSync | undefined
  try {
    accessSync(file, constants.R_OK | constants.W_OK)
    db = new DatabaseSync(file, { timeout: 1_000, defensive: true })
    // Before anything is read: then SQLite keeps the log's index in memory and refuses a second process at once
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    checkOwner(db, file)
    setUp(db, databaseBytes)
    defineSeal(db)
    if (statSync(file).size <= CHECKED_BYTES) checkPages(db)
    upgrade(db)
    return createDatabase(file, db)
  } catch (error) {
    db?.close()
    if (codeOf(error) !== undefined || !(error instanceof Error) || !('code' in error)) throw error
    throw new Error(`${file} cannot be opened for writing`, { cause: error })
  }
}

/** Whether all pages hang together. What an older release wrote has large indexes, and these are not gone through. */
function checkPages(db: DatabaseSync): void {
  const pragma = numberOf(db, 'user_version') < FRAMES_FROM ? 'quick_check' : 'integrity_check'
  const found = db.prepare(`PRAGMA ${pragma}(1)`).get()?.[pragma]
  assertSound(found === 'ok', String(found))
}

function setUp(db: DatabaseSync, databaseBytes: number | undefined): void {
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${MOST_PAGES};
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -32768;
    PRAGMA temp_store = MEMORY;
    BEGIN EXCLUSIVE;
    COMMIT`)
  const mode = db.prepare('PRAGMA journal_mode').get()?.['journal_mode']
  if (mode !== 'wal') throw new Error('the store needs a disk on which SQLite can keep a write-ahead log')
  if (databaseBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.floor(databaseBytes / PAGE_BYTES)}`)
}

function checkOwner(db: DatabaseSync, file: string): void {
  const owner = numberOf(db, 'application_id')
  const empty = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0
  if (owner !== APPLICATION && !empty) throw new Error(`${file} is the database of another program`)
  const version = numberOf(db, 'user_version')
  if (version > SCHEMA.length) {
    throw new Error(`${file} was written by a newer version (schema ${version}, this one knows ${SCHEMA.length})`)
  }
}

/**
 * Brings the database from its schema to the newest, in one transaction. Steps only add, so no copy is made before:
 * what an older release wrote stays as it is until it is brought over.
 */
export function upgrade(db: DatabaseSync, steps: readonly string[] = SCHEMA): void {
  const version = numberOf(db, 'user_version')
  if (version === steps.length) return
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const step of steps.slice(version)) db.exec(step)
    db.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${steps.length}; COMMIT`)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function createDatabase(file: string, db: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>()
  const { ledger, damaged, isFatal } = readLedger(db.prepare('SELECT * FROM ledger').iterate())
  assertSound(!isFatal, `counters have changed: ${damaged.join(', ')}`)
  const base: Database = {
    file,
    db,
    ledger,
    damaged,
    sql(text) {
      const known = statements.get(text) ?? db.prepare(text)
      statements.set(text, known)
      return known
    },
    opened: undefined,
    onRollback: [],
  }
  // SQLite's log keeps whole commits; a mixture of old and new pages would show here first
  const newest = newestSeq(base)
  const { lastSeq, raisedSeq } = base.ledger
  assertSound(
    newest === undefined || newest === lastSeq || raisedSeq === lastSeq,
    `the journal ends at ${newest}, not at ${lastSeq}`,
  )
  return base
}

function numberOf(db: DatabaseSync, pragma: 'application_id' | 'user_version'): number {
  const value = db.prepare(`PRAGMA ${pragma}`).get()?.[pragma]
  return typeof value === 'number' ? value : Number.NaN
}
