/**
 * A store that is killed while it brings over what an older release left and packs hours, between any two steps and at
 * any moment: its history is that of a store that nobody killed, and a receiver gets every row, no old form behind a new
 * one, and none twice but what it had written and not yet passed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { openSeriesBook } from '../../src/store/series-book.ts'
import type { Store } from '../../src/store/store.ts'
import { seedsOf } from '../seeds.ts'
import { oldTables, oldWaiting, writeOldStore } from './old-store.ts'
import {
  OLD,
  openPacked,
  packSteps,
  QUEUED,
  readOn,
  rowsOf,
  STEPS,
  wantedHistory,
  wordsOf,
  type Heard,
} from './packing.ts'
import { rowsIn } from './rows.ts'

const PACKER = fileURLToPath(new URL('packer.ts', import.meta.url))
/** No part of STEPS, so as many seeds as there are steps take each step once. */
const STRIDE = 36

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'coldaisle-kills-'))
  writeOldStore(join(root, 'old'), OLD, QUEUED)
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Lets the packer work until it ends itself at a moment, or is killed so many ms after it has opened the store. */
async function packUntilKilled(path: string, end: { step: number } | { afterMs: number }): Promise<Heard[]> {
  const heardFile = `${path}.heard`
  writeFileSync(heardFile, '')
  const endAt = 'step' in end ? String(end.step) : ''
  const child = spawn(process.execPath, [PACKER, path, heardFile, endAt], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  if ('afterMs' in end) {
    await once(child.stdout, 'data')
    await sleep(end.afterMs)
    child.kill('SIGKILL')
  }
  child.stdout.resume()
  expect((await ended)[1]).toBe('SIGKILL')
  const text = readFileSync(heardFile, 'utf8')
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Heard)
}

async function heldIn(store: Store): Promise<Map<string, string>> {
  const query = { fromMs: 0, toMs: 1e15, limit: 20_000 }
  const rows = [...(await store.history('energy', query)), ...(await store.history('pue', query))]
  const held = new Map(rows.map(wordsOf))
  expect(rows.length, 'no row is there twice').toBe(held.size)
  return held
}

async function countWaiting(store: Store): Promise<number> {
  let waiting = 0
  for (const place of ['live', 'backlog'] as const) {
    waiting += rowsIn(openSeriesBook(store.start()), await store.takeBlocks('influx', place, 50_000)).length
  }
  return waiting
}

/** Faults in what a receiver wrote, life by life. */
function faultsOf(lives: readonly (readonly Heard[])[], wanted: ReadonlyMap<string, string>): string[] {
  const forms = new Map<string, { form: string; isPassed: boolean }[]>()
  for (const life of lives) {
    for (const [n, heard] of life.entries()) {
      if (heard.kind === 'passed') continue
      const isPassed = life[n + 1]?.kind === 'passed'
      for (const [key, form] of heard.rows) forms.set(key, [...(forms.get(key) ?? []), { form, isPassed }])
    }
  }
  const faults: string[] = []
  for (const [key, written] of forms) {
    const words = `${key}: ${written.map(({ form, isPassed }) => `${form}${isPassed ? '' : '?'}`).join(' ')}`
    const places = written.map(({ form }) => rankOf(form))
    if (places.some((rank, n) => rank < (places[n - 1] ?? 0))) faults.push(`an old form behind a new one of ${words}`)
    if (written.some(({ form, isPassed }, n) => isPassed && form === written[n + 1]?.form))
      faults.push(`twice ${words}`)
    if (written.at(-1)?.form !== wanted.get(key)) faults.push(`${wanted.get(key)} is not the last of ${words}`)
  }
  return faults.slice(0, 5)
}

/** Watts of new rows say from which commit they are. */
function rankOf(form: string): number {
  const watts = (JSON.parse(form) as { mean_w?: number }).mean_w ?? 0
  return watts > 1_000_000 ? watts : 0
}

test.each(seedsOf('kills of the store'))(
  'killed between two steps, and at some moment: seed %i',
  { timeout: 120_000 },
  async (seed) => {
    const random = createRandom(seed)
    const path = join(root, String(seed))
    cpSync(join(root, 'old'), path, { recursive: true })
    const step = ((seed * STRIDE) % STEPS) + 1
    const ends = [{ step: seed % 2 === 0 ? step : step - 0.5 }, { afterMs: random.int(0, 150) }]
    const lives: Heard[][] = []
    for (const end of ends) {
      lives.push(await packUntilKilled(path, end))
      const store = await openPacked(path)
      const { lastSeq, foldedSeq, quarantined, lostSeq } = store.start()
      expect({ quarantined, lostSeq }).toEqual({})
      expect(lastSeq - foldedSeq).toBe(lastSeq === 0 ? 0 : 1)
      expect(await heldIn(store), `killed at ${JSON.stringify(end)}`).toEqual(wantedHistory(lastSeq))
      const taken = await countWaiting(store)
      const { rows } = store.depth()
      await store.close()
      expect(taken + oldWaiting(path), 'what waits is what is counted').toBe(rows)
    }
    const last: Heard[] = []
    lives.push(last)
    await using store = await openPacked(path)
    await packSteps(store, STEPS, { onStep: () => undefined, onHeard: (heard) => last.push(heard) })
    while (await readOn(store, 1_000, (heard) => last.push(heard)));
    await store.compact(0)
    const wanted = wantedHistory(store.start().lastSeq + STEPS)
    expect(await heldIn(store)).toEqual(wanted)
    expect(faultsOf(lives, wanted)).toEqual([])
    const written = new Set(
      lives.flat().flatMap((heard) => (heard.kind === 'wrote' ? heard.rows.map(([key]) => key) : [])),
    )
    const commits = Array.from({ length: store.start().lastSeq + STEPS }, (_, n) => rowsOf(n + 1)).flat()
    const due = [...QUEUED.map((place) => OLD[place]!), ...commits].map((row) => wordsOf(row)[0])
    expect(written).toEqual(new Set(due))
    expect(store.depth()).toMatchObject({ rows: 0, dropped: 0, badBlocks: 0, rejected: 1 })
    await store.close()
    expect(oldTables(path)).toEqual([])
  },
)
