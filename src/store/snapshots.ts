import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { sectionFault } from '../core/snapshot/form.ts'
import type { Database } from './database/database.ts'
import { SECTION_BYTES, type Commit, type Section } from './types.ts'

const PUT = `
  INSERT INTO section (name, seq, sha256, bytes) VALUES (?, ?, ?, ?)
  ON CONFLICT (name, seq) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes`
const FINISH = 'INSERT INTO snapshot VALUES (?, ?) ON CONFLICT (seq) DO UPDATE SET digest = excluded.digest'
const SEQS = 'SELECT seq, digest FROM snapshot ORDER BY seq DESC'
/**
 * The sections of a snapshot: the newest of each name up to it. SQLite takes the other columns from the row of the
 * maximum.
 */
const OF_SNAPSHOT = `
  SELECT name, max(seq) AS seq, sha256 FROM section WHERE seq <= ? GROUP BY name HAVING length(bytes) > 0 ORDER BY name`
const BYTES = 'SELECT bytes FROM section WHERE name = ? AND seq = ?'
const NEXT = `
  SELECT name, bytes, max(seq) AS seq FROM section WHERE seq <= ? AND name > ?
  GROUP BY name HAVING length(bytes) > 0 ORDER BY name`
/** Of sections in one answer; older releases wrote thousands of small ones. */
const ANSWER_BYTES = 1_048_576
const FORGET_SNAPSHOTS = 'DELETE FROM snapshot WHERE seq < ?'
const FORGET_SECTIONS = `
  DELETE FROM section
  WHERE seq < (SELECT max(seq) FROM section AS newer WHERE newer.name = section.name AND newer.seq <= ?)`
const OLDEST = 'SELECT min(seq) AS seq FROM snapshot'

/**
 * Writes the sections that changed. A snapshot consists of the newest writing of each section up to it, and the two
 * newest snapshots are kept. So a bad section costs a replay from the older one, not from the journal's beginning. Each
 * section and each snapshot has its SHA-256.
 */
export function putSnapshot(base: Database, { seq, sections, more }: NonNullable<Commit['snapshot']>): void {
  assert(seq <= base.ledger.foldedSeq, `snapshot ${seq} is ahead of what is folded (${base.ledger.foldedSeq})`)
  const [newest] = snapshotSeqs(base)
  assert(newest === undefined || seq > newest || (seq === newest && more !== true), `snapshot ${seq} is not new`)
  for (const { name, bytes } of sections) {
    assert(bytes.length <= SECTION_BYTES, `section ${name} has ${bytes.length} bytes`)
    base.sql(PUT).run(name, seq, sha256(bytes), bytes)
  }
  if (more === true) return
  base.sql(FINISH).run(seq, digestOf(base, seq))
  const previous = snapshotSeqs(base)[1]
  if (previous === undefined) return
  base.sql(FORGET_SNAPSHOTS).run(previous)
  base.sql(FORGET_SECTIONS).run(previous)
}

interface FoundSnapshot {
  /** 0: there is none. */
  seq: number
  bad: { seq: number; reason: string }[]
}

/**
 * Finds the newest snapshot that is whole. Sections of later ones, which are unfinished or bad, are set aside; they
 * replace what was set aside before.
 */
export function findSnapshot(base: Database): FoundSnapshot {
  const bad: FoundSnapshot['bad'] = []
  for (const seq of snapshotSeqs(base)) {
    const reason = faultOf(base, seq)
    if (reason === undefined) {
      dropBehind(base, seq, bad.length > 0)
      return { seq, bad }
    }
    bad.push({ seq, reason })
  }
  dropBehind(base, 0, bad.length > 0)
  return { seq: 0, bad }
}

/** The next sections after `name` in the snapshot at `seq`, some or all; '' gives the first, none is the end. */
export function sectionsAfter(base: Database, seq: number, name: string): Section[] {
  const sections: Section[] = []
  let size = 0
  for (const row of base.sql(NEXT).iterate(seq, name)) {
    const bytes = row['bytes'] as Uint8Array
    sections.push({ name: row['name'] as string, bytes })
    if ((size += bytes.length) >= ANSWER_BYTES) break
  }
  return sections
}

/** A start needs no entry up to this one, whichever of the kept snapshots is good; 0 without a snapshot. */
export function oldestSnapshotSeq(base: Database): number {
  const seq = base.sql(OLDEST).get()?.['seq']
  return typeof seq === 'number' ? seq : 0
}

function snapshotSeqs(base: Database): number[] {
  return base
    .sql(SEQS)
    .all()
    .map((row) => row['seq'] as number)
}

function faultOf(base: Database, seq: number): string | undefined {
  for (const row of base.sql(OF_SNAPSHOT).all(seq)) {
    const bytes = base.sql(BYTES).get(row['name'] as string, row['seq'] as number)?.['bytes'] as Uint8Array
    const name = row['name'] as string
    if (!sha256(bytes).equals(row['sha256'] as Uint8Array)) return `section ${name} does not match its checksum`
    const fault = sectionFault(name, bytes)
    if (fault !== undefined) return fault
  }
  const digest = base.sql('SELECT digest FROM snapshot WHERE seq = ?').get(seq)?.['digest'] as Uint8Array
  return digestOf(base, seq).equals(digest) ? undefined : 'its sections are not those that were written'
}

/** A digest over all names and checksums, so that a missing section changes it. */
function digestOf(base: Database, seq: number): Buffer {
  const hash = createHash('sha256')
  for (const row of base.sql(OF_SNAPSHOT).iterate(seq)) {
    hash.update(`${String(row['name'])}\0`).update(row['sha256'] as Uint8Array)
  }
  return hash.digest()
}

function dropBehind(base: Database, seq: number, keepAside: boolean): void {
  if (keepAside) {
    base.db.exec('DELETE FROM bad_section')
    base.sql('INSERT INTO bad_section SELECT name, seq, sha256, bytes FROM section WHERE seq > ?').run(seq)
  }
  base.sql('DELETE FROM section WHERE seq > ?').run(seq)
  base.sql('DELETE FROM snapshot WHERE seq > ?').run(seq)
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
