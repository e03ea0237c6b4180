import { describe, expect, test } from 'vitest'
import * as faults from '../../simulators/faults/faults.ts'
import { createRandom, seedFor } from '../../simulators/random.ts'
import type { Packet } from '../../src/ingest/recording.ts'

// The troubles that simulators, tests and benches plant: what each does, and that a seed is a promise.

const START = Date.UTC(2026, 2, 3, 4)

/** Two meters with a reading every 10 s for ten minutes; 'a' sends an object, 'b' a bare number. */
const QUIET: Packet[] = Array.from({ length: 120 }, (_, i) => {
  const nowMs = START + Math.floor(i / 2) * 10_000
  const payload = i % 2 === 0 ? `{"ts":${nowMs},"value":${1000 + i},"n":3}` : String(2000 + i)
  return { nowMs, topic: i % 2 === 0 ? 'a' : 'b', payload, retain: false }
})
/** What seed 1 gave when this was written. */
const FIRST = [393288144, 3814759087, 3, 'z']
const A = { topics: ['a'] }
const MIDDLE = { fromMs: START + 200_000, toMs: START + 400_000 }

function apply(fault: faults.PlantedFault, packets = QUIET): Packet[] {
  return faults.plant(packets, 7, [fault])
}

function text(packet: Packet | undefined): string {
  return typeof packet?.payload === 'string' ? packet.payload : ''
}

function read(packet: Packet | undefined): { ts: number; value: number } {
  return JSON.parse(text(packet)) as { ts: number; value: number }
}

describe('every fault', () => {
  const all: Record<string, faults.PlantedFault> = {
    disorder: faults.disorder(60_000),
    lateBurst: faults.lateBurst({ ...A, ...MIDDLE }),
    duplicate: faults.duplicate(60_000, { share: 0.5 }),
    conflict: faults.conflict(60_000, { share: 0.5 }),
    gap: faults.gap({ ...A, ...MIDDLE }),
    silence: faults.silence({ ...A, fromMs: MIDDLE.fromMs }),
    skew: faults.skew(-5000, A),
    futureStamps: faults.futureStamps(60_000, 1000, { ...A, share: 0.1 }),
    retainedRepeats: faults.retainedRepeats({ share: 0.1 }),
    badPayloads: faults.badPayloads({ share: 0.1 }),
    strayTopics: faults.strayTopics({ share: 0.1 }),
    stuck: faults.stuck({ ...A, ...MIDDLE }),
    unitSlip: faults.unitSlip({ ...A, ...MIDDLE }),
    reversed: faults.reversed(A),
    spike: faults.spike(10, { ...A, share: 0.1 }),
    jitter: faults.jitter(1, 3, { ...A, share: 0.1 }),
    restart: faults.restart(0, { ...A, ...MIDDLE }),
  }

  test.each(Object.entries(all))(
    '%s keeps the order of arrival, changes something, and leaves its input alone',
    (_, fault) => {
      const before = structuredClone(QUIET)
      const after = apply(fault)
      expect(QUIET).toEqual(before)
      expect(after).not.toEqual(before)
      expect(after.every((packet, i) => i === 0 || packet.nowMs >= (after[i - 1]?.nowMs ?? Infinity))).toBe(true)
      expect(apply(fault)).toEqual(after)
    },
  )

  test('one more at the end leaves what the earlier ones planted', () => {
    const chain = [all['disorder'], all['duplicate']].filter((fault) => fault !== undefined)
    const dropAll = faults.gap({ fromMs: START + 1e9 })
    expect(faults.plant(QUIET, 7, [...chain, dropAll])).toEqual(faults.plant(QUIET, 7, chain))
    expect(faults.plant(QUIET, 8, chain)).not.toEqual(faults.plant(QUIET, 7, chain))
  })
})

describe('what a fault does', () => {
  test('disorder delays each packet by at most the limit, and overtaking happens', () => {
    const after = apply(faults.disorder(60_000, A))
    const delays = after.filter((packet) => packet.topic === 'a').map((packet) => packet.nowMs - read(packet).ts)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeGreaterThan(50_000)
    expect(Math.max(...delays)).toBeLessThanOrEqual(60_000)
    const stamps = after.filter((packet) => packet.topic === 'a').map((packet) => read(packet).ts)
    expect(stamps).not.toEqual([...stamps].sort((a, b) => a - b))
  })

  test('a late burst brings 20 packets at once, in their old order', () => {
    const burst = apply(faults.lateBurst({ ...A, ...MIDDLE })).filter((packet) => {
      return packet.topic === 'a' && packet.nowMs === MIDDLE.toMs
    })
    expect(burst.map((packet) => read(packet).ts)).toEqual(
      Array.from({ length: 21 }, (_, i) => MIDDLE.fromMs + i * 10_000),
    )
  })

  test('duplicates are the same to the byte; conflicts keep the stamp and change the rest', () => {
    const twice = apply(faults.duplicate(0, A))
    expect(twice.length).toBe(180)
    expect(twice.filter((packet) => packet.payload === QUIET[0]?.payload).length).toBe(2)
    const torn = apply(faults.conflict(0, A)).filter((packet) => packet.topic === 'a' && packet.nowMs === START)
    expect(torn.map((packet) => read(packet))).toEqual([
      { ts: START, value: 1000, n: 3 },
      { ts: START, value: 1011, n: 4.03 },
    ])
  })

  test('a gap drops a stretch of one topic, silence all that follows', () => {
    expect(apply(faults.gap({ ...A, ...MIDDLE })).length).toBe(100)
    const left = apply(faults.silence({ ...A, fromMs: MIDDLE.fromMs })).filter((packet) => packet.topic === 'a')
    expect(left.length).toBe(20)
  })

  test.each([
    ['epoch milliseconds', `{"ts":${START}}`, `{"ts":${START - 5000}}`],
    ['epoch seconds', `{"time":${START / 1000}}`, `{"time":${START / 1000 - 5}}`],
    ['ISO 8601', '{"timestamp":"2026-03-03T04:00:00Z"}', '{"timestamp":"2026-03-03T03:59:55.000Z"}'],
    ['no stamp', '17', '17'],
    ['no JSON', 'ERROR', 'ERROR'],
  ])('a slow clock shifts %s', (_, payload, shifted) => {
    const after = apply(faults.skew(-5000), [{ nowMs: START, topic: 'a', payload, retain: false }])
    expect(after[0]?.payload).toBe(shifted)
  })

  test('stamps from the future are ahead by more than the least', () => {
    const ahead = apply(faults.futureStamps(60_000, 1000, A))
      .filter((packet) => packet.topic === 'a')
      .map((packet) => read(packet).ts - packet.nowMs)
    expect(Math.min(...ahead)).toBeGreaterThan(60_000)
    expect(Math.max(...ahead)).toBeLessThanOrEqual(61_000)
  })

  test('a reconnect hands out the last packet of each topic again, marked', () => {
    const after = apply(faults.retainedRepeats({ fromMs: START + 590_000, topics: ['b'] }))
    expect(after.slice(-3).map(({ topic, retain, payload }) => [topic, retain, payload])).toEqual([
      ['b', false, QUIET[119]?.payload],
      ['a', true, QUIET[118]?.payload],
      ['b', true, QUIET[119]?.payload],
    ])
  })

  test('broken payloads replace readings, strays come beside them', () => {
    const broken = apply(faults.badPayloads({ share: 1 }))
    expect(broken.length).toBe(120)
    const kinds = new Set(broken.map((packet) => text(packet).replace(/\d{13}/, 'STAMP')))
    expect([...kinds].sort()).toEqual([...faults.BROKEN].sort())
    expect(apply(faults.strayTopics(A)).filter((packet) => packet.topic === 'a/stray').length).toBe(60)
  })

  test('stuck, slipped and reversed change numbers and leave stamps', () => {
    const middle = (packets: Packet[]) => {
      return packets.filter(
        (packet) => packet.topic === 'a' && packet.nowMs >= MIDDLE.fromMs && packet.nowMs < MIDDLE.toMs,
      )
    }
    const was = middle(QUIET).map((packet) => read(packet))
    const now = (fault: faults.PlantedFault) => middle(apply(fault)).map((packet) => read(packet))
    expect(now(faults.stuck({ ...A, ...MIDDLE })).map(({ ts, value }) => [ts, value])).toEqual(
      was.map(({ ts }) => [ts, 1040]),
    )
    expect(now(faults.unitSlip(A)).map(({ ts, value }) => [ts, value])).toEqual(
      was.map(({ ts, value }) => [ts, value * 1000]),
    )
    expect(now(faults.reversed(A)).map(({ ts, value }) => [ts, value])).toEqual(
      was.map(({ ts, value }) => [ts, -value]),
    )
  })
})

describe('what happens to a running count', () => {
  const from = { ...A, fromMs: MIDDLE.fromMs }
  const counts = (fault: faults.PlantedFault) => {
    return apply(fault)
      .filter((packet) => packet.topic === 'a')
      .map((packet) => read(packet).value)
  }
  const was = counts(faults.gap({ topics: [] })) // 1000, 1002, …

  test('a restart counts on from its opening, and wraps where the old count did', () => {
    expect(counts(faults.restart(500, from)).slice(18, 23)).toEqual([1036, 1038, 500, 502, 504])
    expect(counts(faults.restart(2044, from, 2048)).slice(18, 24)).toEqual([1036, 1038, 2044, 2046, 0, 2])
  })

  test('spikes are single, jitter takes off a few digits and never goes below 0', () => {
    const spiked = counts(faults.spike(10, { ...A, share: 0.1 }))
    const leaps = spiked.filter((count, i) => count === 10 * (was[i] ?? NaN)).length
    expect(leaps).toBeGreaterThan(0)
    expect(spiked.filter((count, i) => count !== was[i]).length).toBe(leaps)
    const jittered = counts(faults.jitter(0.5, 3, A)).map((count, i) => (was[i] ?? NaN) - count)
    expect(new Set(jittered)).toEqual(new Set([0.5, 1, 1.5]))
    expect(counts(faults.jitter(1000, 3, A)).some((count) => count === 0)).toBe(true)
    expect(counts(faults.jitter(1000, 3, A)).some((count) => count < 0)).toBe(false)
  })
})

describe('seeded numbers', () => {
  test('a seed is a promise over years and machines', () => {
    const random = createRandom(1)
    const first = [random.int(0, 4294967295), random.int(0, 4294967295), random.int(1, 6), random.pick(['x', 'y', 'z'])]
    expect(first).toEqual(FIRST)
    expect(seedFor(1, 'main')).not.toBe(seedFor(1, 'it'))
    expect(seedFor(1, 'main')).not.toBe(seedFor(2, 'main'))
  })

  test('even, whole and normal numbers are spread as they should be (100,000 of each)', () => {
    const random = createRandom(2)
    const many = (next: () => number) => Array.from({ length: 100_000 }, next)
    const mean = (list: number[]) => list.reduce((sum, x) => sum + x, 0) / list.length
    const evens = many(() => random.next())
    expect(mean(evens)).toBeCloseTo(0.5, 2)
    expect(evens.every((x) => x >= 0 && x < 1)).toBe(true)
    const dice = many(() => random.int(1, 6))
    for (const face of [1, 2, 3, 4, 5, 6]) {
      expect(dice.filter((x) => x === face).length / 100_000).toBeCloseTo(1 / 6, 2)
    }
    const normals = many(() => random.normal())
    expect(mean(normals)).toBeCloseTo(0, 1)
    expect(mean(normals.map((x) => x * x))).toBeCloseTo(1, 1)
  })

  test('a shuffle keeps the members and finds every order of three about as often', () => {
    const random = createRandom(3)
    const counts = new Map<string, number>()
    for (let i = 0; i < 6000; i += 1) {
      const order = random.shuffle(['p', 'q', 'r']).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    expect(Math.min(...counts.values())).toBeGreaterThan(900)
    expect(() => random.pick([])).toThrow('nothing to pick from')
  })
})
