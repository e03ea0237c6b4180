/** Which rows there are, and how often each comes, over seeded hours of air around a midnight: against the contract. */
import { expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { formatFault, readConfig } from '../../src/config/config.ts'
import { createReplay, endReplay, replayFiles } from '../../src/fold/replay.ts'
import { formatLine, type Packet } from '../../src/ingest/recording.ts'
import type { Row } from '../../src/rows/rows.ts'
import { createSite } from '../../src/site/site.ts'
import { seedsOf } from '../seeds.ts'
import { airRows } from './air-rows.ts'
import { oracle, rowKey } from './oracle.ts'
import { inFolder } from './run.ts'
import type { Scenario, ScenarioInlet, ScenarioPoint } from './types.ts'

const MINUTE_MS = 60_000
const PLACES = [
  ['Europe/Paris', Date.UTC(2026, 2, 28, 23)],
  ['UTC', Date.UTC(2026, 0, 1)],
  ['Asia/Kathmandu', Date.UTC(2026, 5, 30, 18, 15)],
  ['America/Denver', Date.UTC(2026, 10, 1, 6)],
] as const
const WINDOWS = ['1h', '6h', '24h', '7d', '30d', 'day', 'month', 'year']

/** A site of up to seven inlets in racks of one or more, and what its sensors send in time. */
function createHours(seed: number): { scenario: Scenario; packets: Packet[] } {
  const random = createRandom(seed)
  const [timezone, aroundMs] = PLACES[seed % PLACES.length] ?? PLACES[0]
  const lengthMs = random.pick([30, 60, 60, 100, 300, 450, 900]) * 1000
  const gauge = (name: string): ScenarioPoint => {
    return { name, topic: name, kind: 'gauge', unit: '°C', everyMs: MINUTE_MS, maxGapMs: 3 * MINUTE_MS, hold: false }
  }
  const meter = (name: string, role: string): ScenarioPoint => {
    return { ...gauge(name), kind: 'power', unit: 'W', maxGapMs: 15 * MINUTE_MS, role }
  }
  const inlets = Array.from({ length: random.int(1, 7) }, (_, n): ScenarioInlet => {
    const moisture = random.pick([`d${n}`, 'd0', undefined])
    const place = { hall: random.pick(['north', 'south']), rack: random.pick(['r1', 'r2', 'r3']) }
    return { name: `in-${n}`, dryBulb: `t${n}`, ...(moisture === undefined ? {} : { dewPoint: moisture }), ...place }
  })
  const gauges = [...new Set(['outdoor', ...inlets.flatMap(({ dryBulb, dewPoint = dryBulb }) => [dryBulb, dewPoint])])]
  const scenario: Scenario = {
    site: 'dc',
    timezone,
    lengthMs,
    latenessMs: 15 * MINUTE_MS,
    skewMs: MINUTE_MS,
    boundMs: MINUTE_MS,
    minCoverage: 0.9,
    windows: ['15m', ...WINDOWS.filter(() => random.chance(0.7))],
    points: [meter('main', 'facility'), meter('it', 'it'), ...gauges.map(gauge)],
    boundaries: [
      {
        name: 'dc',
        facility: [{ point: 'main', factor: 1 }],
        it: [{ point: 'it', factor: 1 }],
        category: 1,
        part: false,
      },
    ],
    inlets,
    ...(random.chance(0.3) ? { readings: 'all' } : {}),
  }
  const fromMs = aroundMs - random.int(30, 120) * MINUTE_MS + random.int(0, MINUTE_MS)
  const packets: Packet[] = []
  for (const { name, kind } of scenario.points) {
    const isBroken = kind === 'gauge' && random.chance(0.15) // says what means nothing: known by its rows alone
    const startMs = fromMs + (random.chance(0.5) ? 0 : random.int(0, 60 * MINUTE_MS))
    for (let tMs = startMs; tMs < fromMs + 150 * MINUTE_MS; tMs += MINUTE_MS + random.int(-5000, 5000)) {
      if (random.chance(0.05)) continue
      // No leap: the next sample would have to confirm it, and the row would come again.
      const value = kind === 'power' ? 1000 : isBroken ? 85 : 22 + 8 * random.next()
      packets.push({ nowMs: tMs, topic: name, payload: JSON.stringify({ ts: tMs, value }), retain: false })
    }
  }
  return { scenario, packets: packets.sort((a, b) => a.nowMs - b.nowMs) }
}

/** Half of the packets come up to ten minutes late. */
function delayed(packets: readonly Packet[], seed: number): Packet[] {
  const random = createRandom(seed)
  const late = packets.map((packet) => {
    return random.chance(0.5) ? packet : { ...packet, nowMs: packet.nowMs + random.int(0, 10 * MINUTE_MS) }
  })
  return late.sort((a, b) => a.nowMs - b.nowMs)
}

/** Rows by key in the order in which they came, without alarms, doubts and live values. */
async function replayed(scenario: Scenario, packets: readonly Packet[]): Promise<Map<string, Row[]>> {
  const rows = new Map<string, Row[]>()
  const hear = (row: Row) => {
    if (['alarm', 'quality', 'skew'].includes(row.measurement) || row.tags['window'] === 'live') return
    const key = rowKey(row.measurement, row.tags, row.timeMs)
    rows.set(key, [...(rows.get(key) ?? []), row])
  }
  return inFolder(scenario, packets.map(formatLine), async (config, recording) => {
    const read = readConfig(config, {})
    if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
    const replay = createReplay(createSite(read.config), hear)
    await replayFiles(replay, [recording], async () => {})
    endReplay(replay)
    return rows
  })
}

function missingAndSpare(told: ReadonlyMap<string, unknown>, due: ReadonlySet<string>): string[] {
  const missing = [...due].filter((key) => !told.has(key)).map((key) => `${key}: missing`)
  return [...missing, ...[...told.keys()].filter((key) => !due.has(key)).map((key) => `${key}: nobody expects it`)]
}

test.each(seedsOf('rows of air'))('seed %i: every row that is due and no other, in time and late', async (seed) => {
  const { scenario, packets } = createHours(seed)
  const energy = oracle(scenario, packets).rows
  const { keys, again } = airRows(scenario, packets)
  const calm = await replayed(scenario, packets)
  expect(missingAndSpare(calm, new Set([...keys, ...energy.keys()])).slice(0, 5)).toEqual([])
  const states = (key: string) => calm.get(key)?.map(({ fields }) => fields['state'] ?? 'none')
  const due = (key: string) =>
    again.has(key) ? 'provisional,settled' : key.startsWith('compliance ') ? 'provisional' : 'none'
  const odd = [...keys].filter((key) => String(states(key)) !== due(key))
  expect(odd.map((key) => `${key}: ${String(states(key))}`).slice(0, 5)).toEqual([])
  const late = delayed(packets, seed)
  const dueLate = new Set([...airRows(scenario, late).keys, ...oracle(scenario, late).rows.keys()])
  expect(missingAndSpare(await replayed(scenario, late), dueLate).slice(0, 5)).toEqual([])
})
