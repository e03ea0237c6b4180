import { describe, expect, test } from 'vitest'
import * as faults from '../../simulators/faults/faults.ts'
import type { Packet } from '../../src/ingest/recording.ts'
import { seedsOf } from '../seeds.ts'
import { createDay } from './days.ts'
import { BAD_LINE, differences, farFromExact, grouped, replayDay, runCommand } from './run.ts'
import type { Fields, Scenario, ScenarioPoint } from './types.ts'
import { oracle, rowKey } from './oracle.ts'

// Promise 2 of the design: the same journal gives the same answer to the last bit, and the order of arrival leaves no
// trace. Each day is made from its seed; the answer is worked out a second time, slowly, from the contracts alone.
// More days: seeds.ts.

const SEEDS = seedsOf('rich days')

describe('the replay gives what the oracle works out', () => {
  for (const seed of SEEDS) {
    const day = createDay(seed)
    test(`${day.title}`, async () => {
      const answer = oracle(day.scenario, day.packets)
      const told = await replayDay(day.scenario, day.packets)
      expect(grouped(differences(answer, told))).toEqual([])
      expect(farFromExact(day.scenario, answer, told)).toEqual([])
      expect(grouped(told.odd)).toEqual([])
    })
  }
})

describe('the order of arrival leaves no trace', () => {
  const seeds = seedsOf('orders of arrival', 1001)
  const orderly = seeds.map((seed) => createDay(seed, { stamped: true, orderly: true, small: true }))

  test.each(orderly)('arrivals shuffled inside the bound, $title', async ({ scenario, packets }) => {
    const shuffled = faults.plant(packets, 1, [faults.disorder(scenario.boundMs - 2000)])
    expect(shuffled.map((packet) => packet.payload)).not.toEqual(packets.map((packet) => packet.payload))
    expect(await traces(scenario, packets, shuffled)).toEqual([])
  })

  test.each(orderly)('every packet 0 to 5 min late, $title', async ({ scenario, packets }) => {
    expect(await traces(scenario, packets, faults.plant(packets, 2, [faults.disorder(300_000)]))).toEqual([])
  })

  test.each(orderly)('one meter five minutes behind and each packet twice, $title', async ({ scenario, packets }) => {
    const late = packets.map((packet) => {
      return packet.topic === scenario.points[0]?.topic ? { ...packet, nowMs: packet.nowMs + 300_000 } : packet
    })
    const inOrder = late.sort((a, b) => a.nowMs - b.nowMs)
    expect(await traces(scenario, packets, faults.plant(inOrder, 3, [faults.duplicate(60_000)]))).toEqual([])
  })

  test('arrival times that fall back: the order of the lines wins', async () => {
    const { scenario, packets } = createDay(1109, { stamped: true, orderly: true, small: true })
    const fallen = packets.map((packet, i) => (i % 10 === 3 ? { ...packet, nowMs: packet.nowMs - 3_600_000 } : packet))
    expect(await traces(scenario, packets, fallen)).toEqual([])
  })
})

/**
 * What is not the same in the last rows of two orders of arrival, `revision` left out. Whether a bridge of a register
 * was a restatement depends on when its reading came, too.
 */
async function traces(scenario: Scenario, one: readonly Packet[], other: readonly Packet[]): Promise<string[]> {
  const [first, second] = [await replayDay(scenario, one), await replayDay(scenario, other)]
  const out: string[] = []
  if (first.outcomes['accepted'] !== second.outcomes['accepted']) out.push('not as many readings were accepted')
  const registers = scenario.points.some(({ kind }) => kind === 'register')
  const text = (fields: Fields | undefined) => {
    const told = JSON.stringify(fields)
    return registers ? told?.replace('"restated"', '"settled"') : told
  }
  for (const [key, { fields }] of first.rows) {
    const [before, after] = [text(fields), text(second.rows.get(key)?.fields)]
    if (before !== after) out.push(`${key}: ${before} became ${after}`)
  }
  for (const key of second.rows.keys()) if (!first.rows.has(key)) out.push(`${key}: a row more`)
  return grouped(out)
}

describe('what a register has counted is what is told of it, to the millijoule', () => {
  const seeds = seedsOf('registers count', 2001)
  const days = seeds.map((seed) => createDay(seed, { stamped: true, orderly: true, small: true }))
  const counting = days.filter(({ scenario }) => scenario.points.some(({ swaps, modulusJ }) => swaps ?? modulusJ))

  test.each(counting)('over rollovers, swaps, losses and late packets, $title', async ({ scenario, clean }) => {
    // The first and the last reading of each meter stay, so that what lies between them is known.
    const inside = { fromMs: (clean[0]?.nowMs ?? 0) + 300_000, toMs: (clean.at(-1)?.nowMs ?? 0) - 600_000 }
    const lossy = [faults.gap({ ...inside, share: 0.1 }), faults.disorder(240_000), faults.duplicate(60_000)]
    const told = await replayDay(scenario, faults.plant(clean, 4, lossy))
    // A day counter's last step before midnight is not known
    const registers = scenario.points.filter(({ kind, dayZone }) => kind === 'register' && dayZone === undefined)
    const toldMj = registers.map(({ name, role = '' }) => {
      const key = rowKey('energy', { site: scenario.site, point: name, role }, 0).replace(/ \S+$/, '')
      const rows = [...told.rows].filter(([name]) => name.startsWith(`${key} `)).map(([, { fields }]) => fields)
      const mj = rows.map(({ mean_w: meanW, coverage }) => {
        return Math.round(Number(meanW ?? 0) * Number(coverage) * scenario.lengthMs)
      })
      return mj.reduce((sum, it) => sum + it, 0)
    })
    expect(toldMj).toEqual(registers.map((point) => countedMj(point, clean)))
  })
})

/** From what the display said over a perfect network: each rise, and each fall as far as the modulus. */
function countedMj({ topic, member = 'value', unit, modulusJ, swaps = [] }: ScenarioPoint, clean: Packet[]): number {
  const perUnit = unit === 'kWh' ? 3.6e9 : 3.6e6
  const modulus = modulusJ === undefined ? 0 : (modulusJ * 1000) / perUnit
  const rise = (from: number, to: number) => (to < from ? to + modulus - from : to - from)
  let before: { nowMs: number; count: number } | undefined
  let counted = 0
  for (const packet of clean) {
    if (packet.topic !== topic) continue
    const { [member]: count = NaN } = JSON.parse(typeof packet.payload === 'string' ? packet.payload : '{}') as Record<
      string,
      number
    >
    const swap = swaps.find(({ atMs }) => before !== undefined && atMs > before.nowMs && atMs < packet.nowMs)
    if (before !== undefined && swap === undefined) counted += rise(before.count, count)
    if (before !== undefined && swap !== undefined) {
      counted += rise(before.count, swap.closing) + rise(swap.opening, count)
    }
    before = { nowMs: packet.nowMs, count }
  }
  return Math.round(counted * perUnit)
}

describe('the command line', () => {
  const days = [2, 5, 17, 44].map((seed) => createDay(seed))

  test.each(days)('tells the same twice, to the byte, and the same as in one go, $title', async (day) => {
    const first = await runCommand(day.scenario, day.packets)
    const second = await runCommand(day.scenario, day.packets)
    expect(first.output === second.output).toBe(true)
    expect(first.output.length).toBeGreaterThan(100_000)
    const inside = await replayDay(day.scenario, day.packets)
    expect({ sha256: inside.sha256, outcomes: inside.outcomes }).toEqual({
      sha256: first.sha256,
      outcomes: first.outcomes,
    })
  })

  test('lines that are no packets are counted and leave the rest alone', async () => {
    const { scenario, packets } = createDay(5)
    const whole = await replayDay(scenario, packets)
    const torn = await replayDay(scenario, packets, [BAD_LINE, 'no JSON at all'])
    expect(torn.outcomes).toEqual({ ...whole.outcomes, bad_line: 2 })
    expect(torn.sha256).toBe(whole.sha256)
  })
})

describe('found by the oracle, in small', () => {
  test.each([10, 16, 20, 45, 300])('after %d min of silence the intervals before it keep their energy', async (gap) => {
    expect(await wrong([...steady(0, 40), ...steady(40 + gap, 60 + gap)])).toEqual([])
  })

  test.each([
    ['rows go back to the oldest reading, though a newer one was heard first', 3],
    ['the same when intervals were closed before the oldest came', 8],
  ])('%s', async (_, laterMinutes) => {
    const packets = [...arriving(steady(5, 9.5), laterMinutes * 60_000), ...steady(10, 40)]
    expect(await wrong(packets.sort((a, b) => a.nowMs - b.nowMs))).toEqual([])
  })

  test.each(['main', 'it'])('a lone older reading of %s opens its row after others were closed', async (meter) => {
    const lone = steady(7.5, 7.5).filter(({ topic }) => topic === `dc/${meter}`)
    const packets = [...arriving(lone, 342_000), ...steady(10, 40)]
    expect(await wrong(packets.sort((a, b) => a.nowMs - b.nowMs))).toEqual([])
  })

  test('a silence closes intervals by the clock, whatever comes after it', async () => {
    const again = [10, 30].flatMap((minutes) => arriving(steady(40, 40), minutes * 60_000))
    expect(await wrong([...steady(0, 40), ...again])).toEqual([])
  })

  test.each(['mean', 'energy'] as const)('rows of a point of kind %s begin with its oldest reading', async (kind) => {
    const unit = kind === 'energy' ? 'Wh' : 'W'
    const points = SITE.points.map((point) => ({ ...point, kind, unit }) as const)
    expect(await wrong(steady(0, 40), { ...SITE, points })).toEqual([])
  })
})

describe('a revision rises by one, and only when a number of its own row changed', () => {
  test('the smaller of two estimated shares falls: the row is the same, and so is its revision', async () => {
    // Main is bridged from 12:12 to 12:17. IT is bridged from 12:14 to 12:17 until its reading of 12:15:30 comes.
    const kept = steady(0, 40).filter(({ nowMs, topic }) => {
      const minute = (nowMs - NOON) / 60_000
      return minute <= (topic === 'dc/main' ? 12 : 14) || minute >= 17
    })
    const late = steady(15.5, 15.5).filter(({ topic }) => topic === 'dc/it')
    const packets = [...kept, ...arriving(late, 186_000)].sort((a, b) => a.nowMs - b.nowMs)
    expect(grouped((await replayDay(SITE, packets)).odd)).toEqual([])
  })

  test('a meter first heard five minutes late begins with revision 0', async () => {
    const packets = steady(0, 40).map((packet) => {
      return packet.topic === 'dc/main' ? { ...packet, nowMs: packet.nowMs + 300_000 } : packet
    })
    const told = await replayDay(
      SITE,
      packets.sort((a, b) => a.nowMs - b.nowMs),
    )
    expect(grouped(told.odd)).toEqual([])
  })
})

const NOON = Date.UTC(2026, 5, 10, 12)
const POWER = { kind: 'power', unit: 'W', everyMs: 30_000, maxGapMs: 900_000, hold: false } as const
const SITE: Scenario = {
  site: 'dc',
  timezone: 'UTC',
  lengthMs: 60_000,
  latenessMs: 600_000,
  skewMs: 60_000,
  boundMs: 35_000,
  minCoverage: 0.9,
  windows: ['5m', 'day'],
  points: [
    { ...POWER, name: 'main', topic: 'dc/main', role: 'facility' },
    { ...POWER, name: 'it', topic: 'dc/it', role: 'it' },
  ],
  boundaries: [
    {
      name: 'dc',
      facility: [{ point: 'main', factor: 1 }],
      it: [{ point: 'it', factor: 1 }],
      category: 1,
      part: false,
    },
  ],
}

/** Both meters every 30 s, from one minute after noon to another: 120 kW and 100 kW. */
function steady(fromMinute: number, toMinute: number): Packet[] {
  const out: Packet[] = []
  for (let nowMs = NOON + fromMinute * 60_000; nowMs <= NOON + toMinute * 60_000; nowMs += 30_000) {
    out.push({ nowMs, topic: 'dc/main', payload: `{"ts":${nowMs},"value":120000}`, retain: false })
    out.push({ nowMs, topic: 'dc/it', payload: `{"ts":${nowMs},"value":100000}`, retain: false })
  }
  return out
}

function arriving(packets: readonly Packet[], laterMs: number): Packet[] {
  return packets.map((packet) => ({ ...packet, nowMs: packet.nowMs + laterMs }))
}

async function wrong(packets: readonly Packet[], scenario = SITE): Promise<string[]> {
  return grouped(differences(oracle(scenario, packets), await replayDay(scenario, packets)))
}
