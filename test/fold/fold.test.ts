/** A site whose snapshot has sections larger than the store takes: they lie there in parts, and come back whole. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { foldEntry, openFold, takeSnapshot } from '../../src/fold/fold.ts'
import { joinSections, splitSections, type Parts } from '../../src/fold/sections.ts'
import { openStore } from '../../src/store/store.ts'
import { SECTION_BYTES, type Section, type Store } from '../../src/store/types.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { NO_ROWS } from '../rows/new-rows.ts'

/** A register may bridge a week: at 10 s an interval it is held in 60,000 of them. */
const SITE = siteOf(`
site: { id: s, timezone: UTC }
core: { intervalS: 10, windows: [5m] }
points:
  main: { topic: main, unit: kW, everyS: 60 }
  it: { topic: it, unit: kWh, register: {}, everyS: 60, maxKw: 1000 }
boundaries:
  s: { facility: [main], it: [it] }
`)
const START_MS = Date.UTC(2026, 2, 2)
const MINUTES = 8 * 1440

async function commitSnapshot(store: Store): Promise<number> {
  const fold = await openFold(SITE, store)
  let seq = fold.foldedSeq
  const packets = []
  for (let n = 0; n <= MINUTES; n++) {
    const tMs = START_MS + n * 60_000
    for (const [topic, value] of [
      ['main', 150],
      ['it', 1000 + (n * 100) / 60],
    ] as const) {
      const payload = Buffer.from(JSON.stringify({ ts: tMs, value }))
      packets.push({ nowMs: tMs, topic, payload, retain: false })
      foldEntry(fold, { seq: ++seq, nowMs: tMs, topic, payload, retain: false })
    }
  }
  const sections = takeSnapshot(fold)
  await store.commit({ packets, foldedSeq: seq, rows: NO_ROWS, notices: [], snapshot: { seq, sections } })
  return Math.max(...sections.map(({ bytes }) => bytes.length))
}

test('a register that bridges a week at 10 s an interval is saved and comes back', async () => {
  const path = mkdtempSync(join(tmpdir(), 'coldaisle-fold-'))
  const options = { path, journalDays: 30, journalBytes: 1e9, rowReceivers: [] }
  try {
    const first = await openStore(options)
    expect(await commitSnapshot(first)).toBeLessThan(SECTION_BYTES)
    await first.close()
    await using second = await openStore(options)
    expect(second.start().badSnapshots).toEqual([])
    const { pipeline } = await openFold(SITE, second)
    const { intervals } = pipeline.core
    const points = intervals.newest.length
    expect(points).toBe(2)
    const energy = intervals.energyMj.filter((mj) => mj !== 0) // 100 kW or 150 kW over 10 s
    expect(energy.length).toBeGreaterThan(60_000)
    expect(new Set(energy.slice(-1000).map((mj) => mj / 1e9))).toEqual(new Set([1]))
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
})

test('a section that has become smaller leaves no part of before behind', async () => {
  const parts: Parts = new Map()
  const large = new Float64Array(300_000).map((_, n) => n)
  const store = new Map<string, Section>()
  const write = (numbers: Float64Array) => {
    for (const section of splitSections(new Map([['a', numbers]]), parts)) store.set(section.name, section)
  }
  const read = async () => {
    const kept = [...store.values()].filter(({ bytes }) => bytes.length > 0)
    return (await joinSections(asyncly(kept))).sections.get('a')
  }
  write(large)
  expect(store.size).toBe(3)
  expect(await read()).toEqual(large)
  write(large.subarray(0, 150_000))
  expect(await read()).toEqual(large.subarray(0, 150_000))
  write(large.subarray(0, 5))
  expect(await read()).toEqual(large.subarray(0, 5))
})

async function* asyncly(sections: readonly Section[]): AsyncGenerator<Section, void, undefined> {
  for (const section of sections) yield await Promise.resolve(section)
}
