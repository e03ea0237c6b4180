/**
 * Appends argv[5] packets to the journal in groups of argv[4]: through the store of the tree argv[2] in the folder
 * argv[3], or (`bare`) by node:sqlite alone, one BLOB a group, with the same pragmas. CPU time of all threads.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type * as StoreModule from '../../../src/store/store.ts'
import { load, tell } from './site.ts'
import { NO_ROWS } from '../../rows/new-rows.ts'

const [root = '', folder = '', size = '500', count = '100000'] = process.argv.slice(2)
const [group, packets] = [Number(size), Number(count)]
const commit = root === 'bare' ? openBare() : await openJournal()
for (let n = 0; n < 20; n++) await commit(n * group) // compiled, and the file is there
const cpu = process.cpuUsage()
const beganMs = performance.now()
const groups = Math.ceil(packets / group)
for (let n = 0; n < groups; n++) await commit((n + 20) * group)
const { user, system } = process.cpuUsage(cpu)
const tookMs = performance.now() - beganMs
tell({ cpuUs: (user + system) / (groups * group), perS: (groups * group * 1000) / tookMs })

async function openJournal(): Promise<(from: number) => Promise<void>> {
  const { openStore } = await load<typeof StoreModule>(root, 'store/store.ts')
  const store = await openStore({ path: folder, journalDays: 7, journalBytes: 1e12, rowReceivers: [] })
  return async (from) => {
    const packets = Array.from({ length: group }, (_, n) => packetOf(from + n))
    await store.commit({ packets, foldedSeq: 0, rows: NO_ROWS, notices: [] })
  }
}

function openBare(): (from: number) => Promise<void> {
  mkdirSync(folder, { recursive: true })
  const db = new DatabaseSync(join(folder, 'bare.db'))
  db.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA cache_size = -32768;
    CREATE TABLE journal (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  `)
  const insert = db.prepare('INSERT INTO journal VALUES (?, ?)')
  // A promise like the store's, which does all of its work at once
  return (from) => {
    const bytes = Buffer.concat(
      Array.from({ length: group }, (_, n) => {
        const { topic, payload } = packetOf(from + n)
        return Buffer.concat([Buffer.from(topic), payload])
      }),
    )
    db.exec('BEGIN IMMEDIATE')
    insert.run(from, bytes)
    db.exec('COMMIT')
    return Promise.resolve()
  }
}

function packetOf(n: number): { nowMs: number; topic: string; payload: Uint8Array; retain: boolean } {
  const nowMs = 1_772_445_600_000 + n
  return { nowMs, topic: `bench/m/${n % 2000}`, payload: Buffer.from(`{"ts":${nowMs},"kw":123.45}`), retain: false }
}
