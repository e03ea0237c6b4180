/** Local times without offset on the night when clocks go back: which of its two passes a stamp means. */
import { expect, test } from 'vitest'
import { chooseInstant } from '../../src/ingest/doubled-hour.ts'
import { packetLine, replayLines, rowsOf, siteFromText, type Packet, type Replayed } from '../../src/testing.ts'
import { openFold, takeSnapshot } from '../../src/fold/fold.ts'
import { openStore } from '../../src/store/store.ts'
import { commitSnapshot, foldAll, inFolder } from '../core/snapshot/stored.ts'

const FIRST = Date.UTC(2026, 9, 25, 0, 30) // 02:30 in Paris, for the first time
const SECOND = FIRST + 3_600_000
const MINUTE = 60_000

test.each<[string, { newest: number; now: number }, 'first' | 'second', boolean]>([
  ['now is the first pass', { newest: FIRST - MINUTE, now: FIRST }, 'first', true],
  ['the first reading, in the first pass', { newest: -Infinity, now: FIRST + 1000 }, 'first', true],
  ['the first reading, in the second pass', { newest: -Infinity, now: SECOND + 1000 }, 'second', true],
  ['the device has gone on since', { newest: FIRST + 20 * MINUTE, now: SECOND + 1000 }, 'second', true],
  ['stored, and in order of the first pass', { newest: FIRST - MINUTE, now: SECOND + 9 * 3_600_000 }, 'first', true],
  ['stored, and in order of the second', { newest: SECOND - MINUTE, now: SECOND + 9 * 3_600_000 }, 'second', true],
  ['silent over the first pass', { newest: FIRST - 50 * MINUTE, now: SECOND + 1000 }, 'second', true],
  ['stored behind a gap: nothing tells', { newest: FIRST - 50 * MINUTE, now: SECOND + 9 * 3_600_000 }, 'first', false],
  ['stored, and delivered just an hour later', { newest: FIRST - MINUTE, now: SECOND + 1000 }, 'first', false],
  ['twice the same message', { newest: FIRST, now: SECOND + 9 * 3_600_000 }, 'first', true],
  ['older than the newest in both', { newest: SECOND + 20 * MINUTE, now: SECOND + 25 * MINUTE }, 'second', false],
])('%s', (_, { newest, now }, pass, isSure) => {
  const doubled = { firstMs: FIRST, secondMs: SECOND, newestMs: newest, nowMs: now, skewMs: MINUTE, everyMs: MINUTE }
  expect(chooseInstant(doubled)).toEqual({ tMs: pass === 'first' ? FIRST : SECOND, isSure })
})

const SITE = siteFromText(`
site: { id: dc, timezone: Europe/Paris }
core: { windows: [1h, day], latenessS: 86400 }
points:
  main: { topic: main, at: /kw, timeAt: /time, timezone: Europe/Paris, unit: kW, everyS: 60 }
  fan: { topic: main, at: /fan, timeAt: /time, timezone: Europe/Paris, unit: kW, everyS: 60 }
  it: { topic: it, at: /kw, timeAt: /ts, unit: kW, everyS: 60 }
boundaries: { dc: { facility: [main], it: [it] } }
`)

const MIDNIGHT = Date.UTC(2026, 9, 24, 22)

/** A day of 25 hours by the minute: 1 kW in its first pass of 02:xx, 3 kW in the second, else 2 kW; IT 1 kW. */
function day(arrivalOf: (tMs: number) => number): (Packet & { payload: string })[] {
  const packets: (Packet & { payload: string })[] = []
  for (let n = 0; n <= 25 * 60; n++) {
    const tMs = MIDNIGHT + n * MINUTE
    const local = new Date(tMs + (n < 180 ? 2 : 1) * 3_600_000).toISOString().slice(0, 19)
    const kw = n >= 120 && n < 180 ? 1 : n >= 180 && n < 240 ? 3 : 2
    const nowMs = arrivalOf(tMs)
    packets.push({ nowMs, topic: 'main', payload: JSON.stringify({ time: local, kw, fan: kw }), retain: false })
    packets.push({ nowMs, topic: 'it', payload: JSON.stringify({ ts: tMs, kw: 1 }), retain: false })
  }
  return packets
}

function replayed(packets: readonly Packet[]): Replayed {
  return replayLines(SITE, packets.map(packetLine))
}

function dayOf(packets: readonly Packet[]) {
  const result = replayed(packets)
  const [row] = rowsOf(result, 'pue', { window: 'day' })
  return { ...row?.fields, doubted: result.summary.doubted, accepted: result.summary.outcomes.accepted }
}

/** Joules of the main meter in all intervals. */
function energyOf(packets: readonly Packet[]): number {
  const rows = rowsOf(replayed(packets), 'energy', { point: 'main' })
  return rows.reduce((sum, { fields }) => sum + (fields.energy_j ?? 0), 0)
}

test('a day of 25 hours has 25 hours, live and from a device that had stored it', () => {
  const packets = 3 * (25 * 60 + 1)
  const live = dayOf(day((tMs) => tMs + 300))
  expect(live).toMatchObject({ coverage: 1, doubted: 0, accepted: packets })
  expect(live.it_j).toBeCloseTo(25 * 3.6e6, -5)
  expect(live.facility_j).toBeCloseTo((23 * 2 + 1 + 3) * 3.6e6, -5)
  const stored = dayOf(day(() => MIDNIGHT + 26 * 3_600_000))
  expect(stored).toMatchObject({ facility_j: live.facility_j, it_j: live.it_j, accepted: packets })
})

test('a list of stored readings is placed like the same in single messages', () => {
  const nowMs = MIDNIGHT + 26 * 3_600_000
  const records = day(() => nowMs)
    .filter(({ topic }) => topic === 'main')
    .map(({ payload }) => JSON.parse(payload) as object)
  const lists = [0, 1, 2].map((n) => ({
    nowMs,
    topic: 'main',
    payload: records.slice(n * 700, (n + 1) * 700),
    retain: false,
  }))
  expect(energyOf(lists)).toBe(energyOf(day(() => nowMs)))
})

test('a device whose order a snapshot holds goes on in its second pass', () =>
  inFolder(async (folder) => {
    const options = { path: folder, journalDays: 30, journalBytes: 1e9, rowReceivers: [] }
    const packets = day(() => MIDNIGHT + 26 * 3_600_000).map((packet) => {
      return { ...packet, payload: Buffer.from(packet.payload) }
    })
    const half = 2 * 200
    {
      await using store = await openStore(options)
      const fold = await openFold(SITE, store)
      foldAll(fold, packets.slice(0, half))
      await commitSnapshot(store, packets.slice(0, half), takeSnapshot(fold))
    }
    await using store = await openStore(options)
    const fold = await openFold(SITE, store)
    foldAll(fold, packets.slice(half, half + 2))
    expect(fold.pipeline.past.newestMs(0)).toBe(MIDNIGHT + 200 * MINUTE)
  }))
