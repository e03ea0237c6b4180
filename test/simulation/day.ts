/** A small site of every kind of point, and three minutes of its readings. */
import type { Random } from '../../simulators/random.ts'
import { siteFromText } from '../../src/testing.ts'
import type { Message } from './broker.ts'
import { EPOCH_MS } from './world.ts'

export const SITE = siteFromText(`
site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1883 }
core: { intervalS: 10, latenessS: 60, windows: [1m, 5m] }
points:
  main: { topic: main, at: /v, timeAt: /t, unit: kW, everyS: 10, maxKw: 400, role: facility }
  it: { topic: it, at: /v, timeAt: /t, unit: kWh, register: {}, everyS: 10, maxKw: 400, role: it }
  crac: { topic: crac, at: /v, timeAt: /t, unit: kW, kind: mean, everyS: 10, role: cooling }
  t1: { topic: t1, at: /v, timeAt: /t, unit: '°C', everyS: 10, role: inlet }
  t2: { topic: t2, at: /v, timeAt: /t, unit: '°C', everyS: 10, role: inlet }
boundaries:
  dc: { facility: [main], it: [it] }
inlets:
  r1: { dryBulb: t1, class: A2, hall: h }
  r2: { dryBulb: t2, class: A2, hall: h }
alarms:
  inlet_allowable: { onDelayS: 0, offDelayS: 0 }
  stale: { afterS: 40, onDelayS: 0 }
`)

const MINUTES = 3
const EVERY_MS = 10_000

/** Readings with the world's time at which they reach the broker: one in ten up to 50 s late, one topic silent once. */
export function readingsOf(random: Random): { atMs: number; message: Message }[] {
  const readings: { atMs: number; message: Message }[] = []
  const [hotFrom, silentFrom] = [random.int(20_000, 110_000), random.int(20_000, 110_000)]
  let countKwh = 1_000
  for (let ms = 0; ms < MINUTES * 60_000; ms += EVERY_MS) {
    countKwh += 0.2 + random.next() * 0.1
    const values: Record<string, number> = {
      main: 120 + Math.round(random.next() * 40),
      it: Number(countKwh.toFixed(3)),
      crac: 20 + random.int(0, 5),
      t1: ms >= hotFrom && ms < hotFrom + 90_000 ? 38 + random.next() : 22 + random.next(),
      t2: 23 + random.next(),
    }
    for (const [topic, v] of Object.entries(values)) {
      if (topic === 't2' && ms >= silentFrom && ms < silentFrom + 70_000) continue
      const lateMs = random.next() < 0.1 ? random.int(1_000, 50_000) : random.int(0, 300)
      readings.push({ atMs: ms + lateMs, message: { topic, payload: JSON.stringify({ t: EPOCH_MS + ms, v }) } })
    }
  }
  return readings.toSorted((a, b) => a.atMs - b.atMs)
}
