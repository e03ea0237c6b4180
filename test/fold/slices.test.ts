/**
 * Entries folded in slices give what they give whole, wherever a slice ends, whatever is committed behind it, and
 * wherever the fold dies: nothing is missing and nothing comes twice. Meanwhile packets are acknowledged.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRandom, type Random } from '../../simulators/random.ts'
import { foldInSlices, openFold, progressOf, takeSnapshot, type Fold } from '../../src/fold/fold.ts'
import { openIntake } from '../../src/fold/intake.ts'
import { takeRows } from '../../src/fold/outputs.ts'
import type { JournalPacket, Store } from '../../src/store/store.ts'
import { differences, foldAnew, readLeft } from '../daemon/crash-rows.ts'
import { siteOf, writeLargeSite } from '../daemon/crash-site.ts'
import { seedsOf } from '../seeds.ts'
import { FROM_MS, largeSite, MINUTE_MS, openAt, packetsOf, queuedIn, SMALL } from './slices-day.ts'
import { clockAt } from './clock-at.ts'

const GROUP = 50

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-slices-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function commitOutputs(store: Store, fold: Fold, packets: JournalPacket[] = []): Promise<number> {
  const { notices } = fold.outputs
  fold.outputs.notices = []
  const outputs = { rows: takeRows(fold.outputs, fold.book), notices }
  return (await store.commit({ packets, ...progressOf(fold), ...outputs })).firstSeq
}

interface Seen {
  crashes: number
  /** Of them with an entry cut of which something was stored. */
  cuts: number
}

interface Chances {
  readonly random: Random
  readonly crash: number
  readonly commit: number
}

/** Folds from where the store ends to the last packet, or until it dies; returns whether all is done. */
async function runOnce(folder: string, packets: readonly JournalPacket[], chances: Chances, seen: Seen) {
  const { random } = chances
  await using store = await openAt(folder)
  const fold = await openFold(largeSite(folder), store, { sliceUnits: SMALL })
  for (let next = store.start().lastSeq; next < packets.length; next += GROUP) {
    const group = packets.slice(next, next + GROUP)
    let seq = await commitOutputs(store, fold, group)
    for (const packet of group) {
      for (const work = foldInSlices(fold, { ...packet, seq: seq++ }); work.next().done !== true;) {
        const isStored = random.next() < chances.commit
        if (isStored) await commitOutputs(store, fold)
        if (random.next() >= chances.crash) continue
        seen.crashes++
        if (isStored) seen.cuts++
        return false
      }
    }
    if (random.next() > 0.1) continue
    await commitOutputs(store, fold)
    const { foldedSeq } = fold
    const snapshot = { seq: foldedSeq, sections: takeSnapshot(fold) }
    await store.commit({ packets: [], foldedSeq, rows: takeRows(fold.outputs, fold.book), notices: [], snapshot })
  }
  await commitOutputs(store, fold)
  return true
}

for (const seed of seedsOf('deaths between slices')) {
  test(`seed ${seed}: stored and ended between slices, nothing is missing or twice`, { timeout: 120_000 }, () =>
    inFolder((folder) =>
      inFolder(async (undisturbed) => {
        const site = largeSite(folder)
        largeSite(undisturbed)
        const packets = packetsOf(site, seed)
        const seen: Seen = { crashes: 0, cuts: 0 }
        const random = createRandom(seed)
        await runOnce(undisturbed, packets, { random, crash: 0, commit: 0 }, seen)
        for (let isDone = false; !isDone;) {
          const isOver = seen.crashes >= 12 && seen.cuts > 2
          isDone = await runOnce(folder, packets, { random, crash: isOver ? 0 : 0.03, commit: 0.5 }, seen)
        }
        expect(seen.cuts).toBeGreaterThan(2)
        expect(await queuedIn(folder)).toEqual(await queuedIn(undisturbed))
        const toMs = FROM_MS + 180 * MINUTE_MS
        const left = await readLeft(folder, FROM_MS - 20 * MINUTE_MS, toMs)
        const anew = await foldAnew(site, left.journal)
        expect(anew.rows.size).toBeGreaterThan(3_000)
        expect(differences(left.rows, anew.rows)).toEqual([])
      }),
    ),
  )
}

test('slices of another form are stored once more: a row twice, but none missing', () =>
  inFolder(async (folder) => {
    const site = largeSite(folder)
    const packets = packetsOf(site, 1).slice(0, 1_200)
    {
      await using store = await openAt(folder)
      const fold = await openFold(site, store, { sliceUnits: SMALL })
      let seq = await commitOutputs(store, fold, packets.slice(0, 1_000))
      for (const packet of packets.slice(0, 1_000)) {
        const work = foldInSlices(fold, { ...packet, seq: seq++ })
        for (let slices = 0; work.next().done !== true && slices < 8; slices++);
        if (fold.slices > 0) break
      }
      await commitOutputs(store, fold)
      expect(progressOf(fold).cut).toMatchObject({ slices: fold.slices })
    }
    {
      await using store = await openAt(folder)
      expect(store.start().cut?.slices).toBeGreaterThan(0)
      const fold = await openFold(site, store, { sliceUnits: 2 * SMALL })
      await commitOutputs(store, fold)
    }
    const left = await readLeft(folder, FROM_MS - 20 * MINUTE_MS, FROM_MS + 180 * MINUTE_MS)
    expect(differences(left.rows, (await foldAnew(site, left.journal)).rows)).toEqual([])
  }))

test('while a silence of days is folded, packets are stored and acknowledged', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const site = largeSite(folder)
    await using store = await openAt(folder)
    let nowMs = FROM_MS
    const ignore = { onFull: () => {}, onCommit: () => {}, onOutputs: () => {} }
    const intake = await openIntake(site, { ...ignore, store, clock: clockAt(() => nowMs), sliceUnits: SMALL })
    const deliver = (topic: string) =>
      new Promise<number>((resolve) => {
        const payload = Buffer.from(JSON.stringify({ ts: nowMs, kw: 100 }))
        intake.deliver({ topic, payload, retain: false }, () => resolve(intake.pipeline().packets))
      })
    await deliver('crash/utility/a')
    nowMs += 5 * MINUTE_MS
    await deliver('crash/utility/a')
    nowMs += 2 * 1440 * MINUTE_MS
    await deliver('crash/utility/a')
    let during = 0
    let closedMs: Promise<number> | undefined
    for (;;) {
      nowMs += 1
      const packets = await deliver('crash/utility/b')
      if (packets > 3) break
      during++
      closedMs = intake.whole().then(() => intake.pipeline().core.nextClose * MINUTE_MS)
    }
    expect(during).toBeGreaterThan(10)
    expect(await closedMs).toBeGreaterThan(FROM_MS + 2 * 1440 * MINUTE_MS)
    await intake.close()
    expect(store.start().cut).toBeUndefined()
  }),
)

/** A store that says whether its last commit held an entry folded in part. */
function watched(store: Store): { store: Store; isCut: () => boolean } {
  let isCut = false
  const commit: Store['commit'] = (all) => {
    isCut = all.cut !== undefined
    return store.commit(all)
  }
  return { store: { ...store, commit }, isCut: () => isCut }
}

test(
  'reloads under load, while an entry is folded in part, and starts from what they saved',
  { timeout: 120_000 },
  () =>
    inFolder((folder) =>
      inFolder(async (elsewhere) => {
        const site = largeSite(folder)
        const changed = siteOf(writeLargeSite({ folder: elsewhere, brokerUrl: 'mqtt://127.0.0.1:1883' }, 90))
        const packets = packetsOf(site, 2)
        const acks: number[] = []
        const disks: string[] = []
        let nowMs = packets[0]!.nowMs
        const ignore = { onFull: () => {}, onCommit: () => {}, onOutputs: () => {} }
        const options = { ...ignore, clock: clockAt(() => nowMs), sliceUnits: 20 }
        {
          await using store = await openAt(folder)
          const { store: seen, isCut } = watched(store)
          const intake = await openIntake(site, { ...options, store: seen })
          const reloads: Promise<void>[] = []
          for (const [n, packet] of packets.entries()) {
            nowMs = Math.max(nowMs, packet.nowMs)
            intake.deliver(packet, () => acks.push(n))
            if (n % 20 > 0) continue
            await sleep(5) // a group is committed, and its fold begins
            if (!isCut() || reloads.length === 2) continue
            const disk = join(elsewhere, String(n))
            const keep = () => cpSync(folder, disk, { recursive: true }) // as a kill leaves it
            reloads.push(intake.reload(reloads.length % 2 === 0 ? changed : site).then(keep))
            disks.push(disk)
          }
          await Promise.all(reloads)
          await intake.close()
        }
        expect(acks).toEqual([...packets.keys()])
        expect(disks.length).toBeGreaterThan(1)
        for (const disk of [folder, ...disks]) {
          {
            await using store = await openAt(disk)
            await (await openIntake(site, { ...options, store })).close()
          }
          const left = await readLeft(disk, FROM_MS - 20 * MINUTE_MS, FROM_MS + 180 * MINUTE_MS)
          const anew = await foldAnew(site, left.journal)
          expect(anew.rows.size).toBeGreaterThan(100)
          expect(differences(left.rows, anew.rows)).toEqual([])
        }
      }),
    ),
)

/** Runs the child, to its end or to a death after so many commits and ms; returns whether it came to its end. */
async function runChild(folder: string, seed: number, cuts = Infinity, killMs = 0): Promise<boolean> {
  const file = join(import.meta.dirname, 'slices-child.ts')
  const child = spawn(process.execPath, [file, folder, ...[seed, cuts, killMs].map(String)], { stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code === 0
}

test('killed while entries are folded in slices, nothing is missing or twice', { timeout: 240_000 }, () =>
  inFolder((folder) =>
    inFolder(async (undisturbed) => {
      const site = largeSite(folder)
      largeSite(undisturbed)
      const random = createRandom(1)
      let cuts = 0
      for (let kill = 0; kill < 10 && !(await runChild(folder, 1, random.int(1, 6), random.int(0, 4))); kill++) {
        await using store = await openAt(folder)
        if (store.start().cut !== undefined) cuts++
      }
      expect(await runChild(folder, 1)).toBe(true)
      expect(cuts).toBeGreaterThan(2)
      const queued = await queuedIn(folder) // `readLeft` opens the store without its receiver
      const left = await readLeft(folder, FROM_MS - 20 * MINUTE_MS, FROM_MS + 180 * MINUTE_MS)
      const packets = left.journal.filter(({ topic }) => site.routes.has(topic))
      expect(packets.length).toBe(packetsOf(site, 1).length)
      expect(differences(left.rows, (await foldAnew(site, left.journal)).rows)).toEqual([])
      await runOnce(undisturbed, left.journal, { random, crash: 0, commit: 0 }, { crashes: 0, cuts: 0 })
      expect(queued).toEqual(await queuedIn(undisturbed))
    }),
  ),
)
