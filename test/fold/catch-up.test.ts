/**
 * An intake takes packets while it folds what the journal holds behind the snapshot: in the journal's order, each
 * output once, with bounded memory. What it is told meanwhile is not lost; a stop leaves the rest to the next start.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { hasRoomBehind } from '../../src/fold/catch-up.ts'
import { openIntake, type Intake } from '../../src/fold/intake.ts'
import type { JournalPacket, Store } from '../../src/store/store.ts'
import { differences, foldAnew, readLeft } from '../daemon/crash-rows.ts'
import { NO_ROWS } from '../rows/new-rows.ts'
import { clockAt } from './clock-at.ts'
import { FROM_MS, largeSite, MINUTE_MS, openAt, packetsOf, queuedIn, SMALL } from './slices-day.ts'

const IGNORE = { onFull: () => {}, onCommit: () => {}, onOutputs: () => {} }
const NEAR = 30

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-catch-up-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function journal(folder: string, packets: readonly JournalPacket[]): Promise<void> {
  await using store = await openAt(folder)
  for (let from = 0; from < packets.length; from += 500) {
    await store.commit({ packets: packets.slice(from, from + 500), foldedSeq: 0, rows: NO_ROWS, notices: [] })
  }
}

function openAtEnd(folder: string, store: Store, packets: readonly JournalPacket[]): Promise<Intake> {
  const clock = clockAt(() => packets.at(-1)?.nowMs ?? NaN)
  return openIntake(largeSite(folder), { ...IGNORE, store, clock, sliceUnits: SMALL, nearEntries: NEAR })
}

function deliver(intake: Intake, { topic, payload, retain }: JournalPacket): Promise<void> {
  return new Promise((resolve) => intake.deliver({ topic, payload: Buffer.from(payload), retain }, resolve))
}

/** Delivers packets; gives how far behind the start the intake was at each acknowledgement. */
function deliverAll(intake: Intake, packets: readonly JournalPacket[]): Promise<number[]> {
  return Promise.all(packets.map((packet) => deliver(intake, packet).then(() => intake.behind())))
}

test('what comes is acknowledged at once and folded behind all that was journalled, over stops and starts', async () => {
  await inFolder((folder) =>
    inFolder(async (undisturbed) => {
      const site = largeSite(folder)
      const packets = packetsOf(site, 3)
      let delivered = packets.length - 60
      await journal(folder, packets.slice(0, delivered))
      const starts: number[] = []
      for (let run = 0; run < 3; run++) {
        await using store = await openAt(folder)
        starts.push(store.start().snapshotSeq)
        const intake = await openAtEnd(folder, store, packets)
        const left = await deliverAll(intake, packets.slice(delivered, delivered + 5))
        delivered += 5
        expect(Math.min(...left)).toBeGreaterThan(NEAR)
        while (intake.behind() > (left[0] ?? 0) - 200) await setImmediate()
        await intake.close()
      }
      {
        await using store = await openAt(folder)
        starts.push(store.start().snapshotSeq)
        expect(starts).toEqual([...new Set(starts)].toSorted((a, b) => a - b)) // each went on where another had stopped
        const intake = await openAtEnd(folder, store, packets)
        await Promise.all([deliverAll(intake, packets.slice(delivered)), intake.caughtUp])
        await intake.close()
      }
      const queued = await queuedIn(folder)
      const left = await readLeft(folder, FROM_MS - 20 * MINUTE_MS, FROM_MS + 180 * MINUTE_MS)
      expect(left.journal.filter(({ topic }) => site.routes.has(topic)).length).toBe(packets.length)
      const anew = await foldAnew(site, left.journal)
      expect(anew.rows.size).toBeGreaterThan(3_000)
      expect(differences(left.rows, anew.rows)).toEqual([])
      await journal(undisturbed, left.journal)
      {
        await using store = await openAt(undisturbed)
        const intake = await openAtEnd(undisturbed, store, packets)
        await intake.caughtUp
        await intake.close()
      }
      expect(queued).toEqual(await queuedIn(undisturbed))
    }),
  )
}, 120_000)

test('a row that no packet caused is kept while what was stored before is folded and thrown away', () =>
  inFolder(async (folder) => {
    const packets = packetsOf(largeSite(folder), 4)
    await journal(folder, packets)
    await using store = await openAt(folder)
    await store.commit({ packets: [], foldedSeq: packets.length, rows: NO_ROWS, notices: [] })
    {
      await using again = await reopened(folder, store)
      const intake = await openAtEnd(folder, again, packets)
      intake.emit({ measurement: 'health', tags: { site: 'crash' }, fields: { packets: 1 }, timeMs: FROM_MS })
      expect(intake.behind()).toBeGreaterThan(NEAR)
      await intake.caughtUp
      await intake.close()
      const span = { fromMs: FROM_MS - MINUTE_MS, toMs: FROM_MS + 170 * MINUTE_MS, limit: 1_000 }
      expect((await again.history('health', span)).length).toBe(1)
      expect((await again.history('energy', span)).length).toBe(0)
    }
  }))

async function reopened(folder: string, store: Store): Promise<Store> {
  await store.close()
  return openAt(folder)
}

test('a reload begins when the journal is folded, and is refused when a stop comes first', () =>
  inFolder(async (folder) => {
    const site = largeSite(folder)
    const packets = packetsOf(site, 5)
    await journal(folder, packets)
    {
      await using store = await openAt(folder)
      const intake = await openAtEnd(folder, store, packets)
      const reloading = intake.reload(largeSite(folder))
      const closing = intake.close()
      await expect(reloading).rejects.toThrow('nothing is changed')
      await closing
    }
    await using store = await openAt(folder)
    const intake = await openAtEnd(folder, store, packets)
    expect(intake.behind()).toBeGreaterThan(NEAR)
    await intake.reload(largeSite(folder))
    expect(intake.behind()).toBe(0)
    await intake.close()
  }))

test('at most a million packets come before the journal is folded so far', () => {
  const catchUp = {
    store: { journal: noJournal },
    startSeq: 70,
    nextSeq: 1,
    near: 5,
    later: undefined,
    onEnd: () => {},
  }
  expect(hasRoomBehind({ ...catchUp, toSeq: 1_000_069 }, 50)).toBe(true)
  expect(hasRoomBehind({ ...catchUp, toSeq: 1_000_070 }, 50)).toBe(false)
  expect(hasRoomBehind({ ...catchUp, toSeq: 1_000_070 }, 71)).toBe(true)
})

function noJournal(): never {
  throw new Error('nothing is read here')
}
