/** Seeded nights in which much comes hours too late, in any order: recomputed, they are the nights in which all was in time. */
import { expect, test, vi } from 'vitest'
import { createRandom, type Random } from '../../simulators/random.ts'
import { differences } from '../daemon/crash-rows.ts'
import { createPlace, DAY_MS, numbersOf, type Packet } from './stage.ts'
import { seedsOf } from '../seeds.ts'

vi.setConfig({ testTimeout: 240_000 })

const SITE = `
site: { id: s, timezone: Europe/Paris }
core: { latenessS: 600, backlogS: 0, windows: [5m, 1h, 24h, 7d, day, month, year] }
points:
  main: { topic: s/main, unit: kW, everyS: 20, accuracyPct: 0.5 }
  ups:  { topic: s/ups, unit: kWh, register: { rolloverAt: 1000 }, everyS: 60, maxKw: 500, accuracyPct: 1 }
  pdu:  { topic: s/pdu, unit: kWh, register: {}, everyS: 120, accuracyPct: 1 }
  fan:  { topic: s/fan, unit: kW, kind: mean, everyS: 300, accuracyPct: 2 }
  lamp: { topic: s/lamp, unit: kW, hold: true, everyS: 60, maxGapS: 2400, accuracyPct: 2 }
  tick: { topic: s/tick, unit: Wh, kind: energy, everyS: 60 }
boundaries:
  s:    { facility: [main, fan, lamp], it: [ups] }
  it:   { facility: [ups], it: [{ point: pdu, fallback: [{ point: fan, factor: 20 }] }], part: true }
  tick: { facility: [main, tick], it: [pdu], losses: { cooling: [fan] } }
`
const HOURS = 9
/** From here on all is in time, so that what has been closed in the end does not hang on what came late. */
const CALM_S = 7 * 3600

/** A night's packets, stamped and heard at once; then heard with delays. */
function nightOf(random: Random): { inTime: Packet[]; late: Packet[] } {
  const inTime: Packet[] = []
  const zeroS = 15_000 + 120 * random.int(0, 90) // for 50 minutes the counter shows 0
  const send = (point: string, s: number, reading: number) => {
    if (s < CALM_S && random.next() < 0.03) return
    const tMs = DAY_MS + s * 1000 + (s < CALM_S ? random.int(0, 9_000) : 0)
    const payload = Buffer.from(JSON.stringify({ ts: tMs, value: reading }))
    inTime.push({ nowMs: tMs, topic: `s/${point}`, payload, retain: false })
  }
  for (let s = 0; s < HOURS * 3600; s += 20) {
    send('main', s, 150 + 50 * random.next())
    if (s % 60 === 0) send('ups', s, (930 + s / 36 + (random.next() < 0.01 ? 30 : 0)) % 1000)
    if (s % 120 === 0) send('pdu', s, s >= zeroS && s < zeroS + 3000 ? 0 : s < 12_000 ? 7000 + s / 40 : s / 40)
    if (s % 300 === 0) send('fan', s, 5 + random.next())
    if (random.next() < 0.02) send('lamp', s, random.int(0, 30))
    if (s % 60 === 0) send('tick', s, random.int(0, 50))
  }
  inTime.sort((a, b) => a.nowMs - b.nowMs)
  const outages = ['ups', 'pdu', 'fan', 'lamp', 'tick', 'main'].map((point) => {
    const fromMs = DAY_MS + random.int(0, 4 * 3600) * 1000
    return {
      topic: `s/${point}`,
      fromMs,
      toMs: fromMs + random.int(600, 5400) * 1000,
      byMs: random.int(0, 7200) * 1000,
    }
  })
  const late = inTime.map((packet) => {
    const heardMs = outages
      .filter(({ topic, fromMs, toMs }) => topic === packet.topic && packet.nowMs >= fromMs && packet.nowMs < toMs)
      .map(({ toMs, byMs }) => toMs + byMs)
    const delayMs = packet.nowMs < DAY_MS + CALM_S * 1000 && random.next() < 0.01 ? random.int(0, 5000) * 1000 : 0
    return { ...packet, nowMs: Math.max(packet.nowMs + delayMs, ...heardMs) }
  })
  return { inTime, late: late.sort((a, b) => a.nowMs - b.nowMs) }
}

test.for(seedsOf('recomputed nights'))('seed %i', async (seed) => {
  const random = createRandom(seed)
  const { inTime, late } = nightOf(random)
  await using smooth = createPlace()
  await smooth.take(SITE, inTime)
  const wanted = numbersOf(await smooth.rows(HOURS + 1))
  await using place = createPlace()
  const cut = random.int(late.length >> 2, late.length >> 1)
  await place.take(SITE, late.slice(0, cut))
  await place.recompute(SITE, '0:00')
  await place.take(SITE, late.slice(cut))
  expect(differences(numbersOf(await place.rows(HOURS + 1)), wanted)).not.toEqual([])
  const { tooLate } = await place.recompute(SITE, '0:00')
  expect(tooLate).toBeGreaterThan(30)
  expect(differences(numbersOf(await place.rows(HOURS + 1)), wanted)).toEqual([])
  const inPieces = { limits: { cells: 400, readings: 20_000 } } // cut within stretches that are not known
  expect(await place.recompute(SITE, '0:00', '', inPieces)).toMatchObject({ rows: 0 })
})
