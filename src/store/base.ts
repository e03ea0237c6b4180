import assert from 'node:assert/strict'
import { join } from 'node:path'
import { createCheckpointer, type Checkpointer } from './checkpoint.ts'
import {
  codeOf,
  copyDatabase,
  inOpenTransaction,
  inTransaction,
  openDatabase,
  type Database,
} from './database/database.ts'
import { openHighWater, type HighWater } from './database/high-water.ts'
import {
  append,
  firstSeqOf,
  newestArrivalMs,
  noteLost,
  purgeChunk,
  readBatch,
  setGroupAside,
} from './journal/journal.ts'
import { endAlarms, heldNotices, passNotices, putNotices, remind, setReceivers, takeNotices } from './notices.ts'
import type { Ledger } from './database/ledger.ts'
import { putRefused, readRefused } from './refused.ts'
import type { Answers, Kind, Request, Requests } from './requests.ts'
import { answerReceiver, isOfReceiver } from './rows/answers.ts'
import type { RowBase } from './rows/base.ts'
import { compact } from './rows/compact.ts'
import { dropDeadLetters, readDeadLetters } from './rows/dead-letters.ts'
import { putRows } from './rows/frames.ts'
import { openRows, readKeptRows } from './rows/open.ts'
import { purgeRows } from './rows/purge.ts'
import { savedSeries } from './rows/series.ts'
import { findSnapshot, oldestSnapshotSeq, putSnapshot, sectionsAfter } from './snapshots.ts'
import { readStanding } from './standing.ts'
import type { Cut, StoreOptions } from './types.ts'

/** The open store inside its thread. */
export interface Base extends RowBase {
  options: StoreOptions
  mark: HighWater
  markTimer: NodeJS.Timeout
  checkpointer: Checkpointer
  /** The error of a write after which nobody knows what is on the disk: nothing is confirmed any more. */
  broken: unknown
  closing: boolean
  copying: Copying | undefined
  /** The packing of rows that is under way, between two of its steps. */
  packing: Generator<void, void, void> | undefined
}

const MARK_EVERY_MS = 1_000
const IO_ERROR = 10

/** Opens the folder's database and high-water mark, compares the two, and finds where the fold goes on. */
export function openBase(options: StoreOptions): { base: Base; start: Answers['open'] } {
  const { database, quarantined } = openDatabase(options)
  try {
    const mark = openHighWater(join(options.path, 'high-water'))
    const { lastSeq, foldedSeq } = database.ledger
    const { seq: snapshotSeq, bad } = inTransaction(database, () => {
      raise(database, mark.found, quarantined !== undefined)
      return findSnapshot(database)
    })
    const rowBase = openRows(database, options)
    mark.write(database.ledger.lastSeq)
    const lost = database.ledger.lastSeq - lastSeq
    const newestMs = newestArrivalMs(database)
    const start: Answers['open'] = {
      firstSeq: firstSeqOf(database),
      lastSeq,
      foldedSeq,
      ...(newestMs === undefined ? {} : { newestMs }),
      ...cutIn(database.ledger),
      snapshotSeq,
      highWater: mark.found,
      series: savedSeries(database),
      lastSeries: database.ledger.lastSeries,
      badSnapshots: bad,
      damaged: database.damaged,
      ...(lost > 0 && quarantined === undefined ? { lostSeq: lost } : {}),
      ...(quarantined === undefined ? {} : { quarantined }),
    }
    const markTimer = setInterval(() => writeMark(base), MARK_EVERY_MS)
    const base: Base = Object.assign(rowBase, {
      options,
      mark,
      markTimer,
      checkpointer: createCheckpointer(database),
      broken: undefined,
      closing: false,
      copying: undefined,
      packing: undefined,
    })
    return { base, start }
  } catch (error) {
    database.db.close()
    throw error
  }
}

/**
 * Closes what `openBase` opened: the log goes into the file, the mark stands at the last number. Ends a copy that is
 * under way.
 */
export async function closeBase(base: Base): Promise<void> {
  base.closing = true
  clearInterval(base.markTimer)
  base.checkpointer.stop()
  await base.copying?.done.catch(() => null) // whoever asked for the copy gets the error
  try {
    base.db.close()
    if (base.broken === undefined) base.mark.write(base.ledger.lastSeq)
  } finally {
    base.mark[Symbol.dispose]()
  }
}

type Asked = Exclude<Request, { kind: 'open' | 'close' }>

export function answerTo(base: Base, request: Asked): Answers[Kind] | Promise<Answers[Kind]> {
  if (isOfReceiver(request)) return write(base, () => answerReceiver(base, request))
  switch (request.kind) {
    case 'commit':
      return commit(base, request.body)
    case 'stage':
      stage(base, request.body.rows)
      return null
    case 'sections':
      return sectionsAfter(base, request.body.snapshotSeq, request.body.after)
    case 'journal':
      return readJournal(base, request.body)
    case 'takeNotices':
      return takeNotices(base, request.body.receiver, request.body.limit)
    case 'passNotices':
      write(base, () => passNotices(base, request.body.receiver, request.body.uptoId, request.body.held))
      return null
    case 'heldNotices':
      return heldNotices(base, request.body.receiver)
    case 'setReceivers':
      return write(base, () => setReceivers(base, request.body.names))
    case 'standing':
      return readStanding(base)
    case 'remind':
      return write(base, () => remind(base, request.body.nowMs, request.body.afterMs))
    case 'endStanding':
      write(base, () => endAlarms(base, request.body.topics, request.body.nowMs, request.body.message))
      return null
    case 'history':
      return guarded(base, () => readKeptRows(base, request.body.measurement, request.body.query))
    case 'refused':
      return guarded(base, () => readRefused(base, request.body))
    case 'deadLetters':
      return readDeadLetters(base, request.body.limit)
    case 'dropDeadLetters':
      write(base, () => dropDeadLetters(base, request.body.ids))
      return null
    case 'purge':
      return purge(base, request.body)
    case 'compact':
      return { more: guarded(base, () => packSome(base, request.body.nowMs)) }
    case 'noteForwarded':
      write(base, () => (base.ledger.forwardedSeq = request.body.seq))
      return null
    case 'backup':
      return copy(base, request.body.file)
  }
}

/** A group that does not pass its check is set aside at once, unless rows are staged: that would commit them. */
function readJournal(base: Base, { fromSeq, toSeq }: Requests['journal']): Answers['journal'] {
  const batch = readBatch(base, fromSeq, toSeq)
  const { bad } = batch
  if (bad !== undefined && base.opened === undefined) write(base, () => setGroupAside(base, bad))
  return batch
}

function commit(base: Base, body: Requests['commit']): Answers['commit'] {
  const { groups, foldedSeq, cut, rows, notices, refused, snapshot } = body
  const { ledger } = base
  return write(base, () => {
    const firstSeq = ledger.lastSeq + 1
    append(base, groups)
    assert(foldedSeq >= ledger.foldedSeq && foldedSeq <= ledger.lastSeq, `folded up to ${foldedSeq} cannot be`)
    ledger.foldedSeq = foldedSeq
    noteCut(ledger, cut)
    putRows(base, rows)
    putNotices(base, notices)
    if (refused !== undefined) putRefused(base, refused)
    if (snapshot !== undefined) putSnapshot(base, snapshot)
    return { firstSeq, lastSeq: ledger.lastSeq }
  })
}

/** An entry that is cut stays so until it is folded: its slices only become more. */
function noteCut(ledger: Ledger, cut: Cut | undefined): void {
  const { cutSeq, cutSlices, foldedSeq, lastSeq } = ledger
  if (cut !== undefined) {
    assert(cut.seq > foldedSeq && cut.seq <= lastSeq, `entry ${cut.seq} cannot be cut`)
    assert(cut.seq > cutSeq || cut.slices >= cutSlices, `slice ${cutSlices} of entry ${cutSeq} is stored already`)
  }
  Object.assign(ledger, { cutSeq: cut?.seq ?? 0, cutSlices: cut?.slices ?? 0, cutForm: cut?.form ?? 0 })
}

function cutIn({ cutSeq: seq, cutSlices: slices, cutForm: form }: Ledger): { cut?: Cut } {
  return seq === 0 ? {} : { cut: { seq, slices, form } }
}

function stage(base: Base, rows: Requests['stage']['rows']): void {
  guarded(base, () => {
    inOpenTransaction(base, () => putRows(base, rows))
  })
}

/** One step; returns whether there are more. */
function packSome(base: Base, nowMs: number): boolean {
  assert(base.opened === undefined, 'rows are staged: nothing is packed before they are committed')
  base.packing ??= compact(base, nowMs)
  try {
    if (base.packing.next().done !== true) return true
  } catch (error) {
    base.packing = undefined
    throw error
  }
  base.packing = undefined
  return false
}

function purge(base: Base, { nowMs, stage }: Requests['purge']): Answers['purge'] {
  return write(base, () => {
    if (stage.of === 'journal') {
      const journal = purgeChunk(base, oldestSnapshotSeq(base), nowMs)
      return { purged: { journal, history: 0 }, next: journal > 0 ? stage : { of: 'rows', place: 0 } }
    }
    const { deleted, next } = purgeRows(base, stage, nowMs)
    return { purged: { journal: 0, history: deleted }, next }
  })
}

/** A backup under way. `step` resolves with its next step, also with the last one. */
interface Copying {
  done: Promise<void>
  step: PromiseWithResolvers<void>
}

async function copy(base: Base, file: string): Promise<null> {
  if (base.copying !== undefined) throw new Error('a backup is under way')
  const copying: Copying = { done: Promise.resolve(), step: Promise.withResolvers<void>() }
  base.copying = copying
  copying.done = copyDatabase(base, file, () => {
    copying.step.resolve()
    copying.step = Promise.withResolvers<void>()
    return !base.closing
  })
  try {
    await copying.done
    return null
  } finally {
    base.copying = undefined
    copying.step.resolve()
  }
}

function write<T>(base: Base, work: () => T): T {
  return guarded(base, () => inTransaction(base, work))
}

/**
 * Runs a write, unless an earlier one has failed at the disk. After that a later success proves nothing: only a new
 * start reads what is really there.
 */
function guarded<T>(base: Base, work: () => T): T {
  if (base.broken !== undefined)
    throw new Error('the store takes nothing more after a failed write', { cause: base.broken })
  try {
    return work()
  } catch (error) {
    if (codeOf(error) === IO_ERROR) base.broken = error
    throw error
  }
}

function writeMark(base: Base): void {
  try {
    base.mark.write(base.ledger.lastSeq)
  } catch (error) {
    base.broken = error
  }
}

/** Raises the last number to the mark: a number once acknowledged is not given again, even if its entry is lost. */
function raise(database: Database, highWater: number | undefined, isNew: boolean): void {
  const { ledger } = database
  if (highWater === undefined || highWater <= ledger.lastSeq) return
  if (!isNew) noteLost(database, ledger.lastSeq + 1, highWater)
  ledger.lastSeq = highWater
  ledger.raisedSeq = highWater
}
