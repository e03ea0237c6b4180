import { expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import type { Row } from '../../src/rows/rows.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { OWN_TOPIC, ownPayload } from '../../src/ingest/own-entry.ts'
import { createStage, scenario, siteOf, tell, type Stage } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, boundS: 30, idleS: 90, windows: [5m] }
points:
  main: { topic: main, unit: W, everyS: 30, role: facility }
  it: { topic: it, unit: W, everyS: 30, role: it }
boundaries:
  dc: { facility: [main], it: [it] }
`

test('once nothing has been heard for idleS, the clock closes', () =>
  scenario(
    SITE,
    `
    0:00 to 0:05 every 30 s  main 120000  it 80000   => so far
    @0:06:30   => no energy
    @0:06:31   => energy it 0:05 4800000 J coverage 1.00 r0 provisional   # more than 90 s after 0:05
               => energy it 0:06 nothing coverage 0.00 r0 provisional
               => pue 5m 0:05 1.500 coverage 1.00
               => pue 5m 0:06 1.500 coverage 0.80
    @0:07:30   => energy it 0:07 nothing coverage 0.00 r0 provisional`,
  ))

test('a site that was never heard closes nothing', () =>
  scenario(
    SITE,
    `
    @0:00
    @0:20                                       => no energy
    0:00 to 0:01:30 every 30 s  it 80000  @0:20 => energy it 0:01 4800000 J r0`,
  ))

test('the backlog after an outage is in time and restates what the clock has closed', () =>
  scenario(
    SITE,
    `
    0:00 to 0:05 every 30 s  main 120000  it 80000
    @1:00                                                        => so far
    0:05:30 to 0:08 every 30 s  main 120000  it 80000  @1:00:10  => outcome ${'accepted '.repeat(12).trim()}
                                                                 => no energy
    @1:01                                                        => energy it 1:00 nothing coverage 0.00 r0 provisional
                                                                 => energy it 0:06 4800000 J coverage 1.00 r1 restated
                                                                 => energy it 0:07 4800000 J coverage 1.00 r1 restated
                                                                 => energy it 0:08 4800000 J coverage 1.00 r1 restated
                                                                 => energy it 0:30 nothing coverage 0.00 r0 settled`,
  ))

test('after hours of silence every interval is told once, then it is live again', () => {
  const stage = createStage(siteOf(SITE))
  const say = (fromMin: number, toMin: number) => {
    for (let ms = fromMin * 60_000; ms <= toMin * 60_000; ms += 30_000) {
      tell(stage, 'main', '120000', stage.baseMs + ms, stage.baseMs + ms)
      tell(stage, 'it', '80000', stage.baseMs + ms, stage.baseMs + ms)
    }
  }
  say(0, 5)
  say(9 * 60, 9 * 60 + 5)
  const told = stage.rows.filter(({ tags, fields }) => tags['point'] === 'it' && fields['state'] === 'provisional')
  expect(told.map(({ timeMs }) => (timeMs - stage.baseMs) / 60_000)).toEqual(
    Array.from({ length: 9 * 60 + 4 }, (_, n) => n + 1),
  )
  expect(told.filter(({ fields }) => fields['revision'] !== 0)).toEqual([])
  const known = told
    .filter(({ fields }) => fields['coverage'] === 1)
    .map(({ timeMs }) => (timeMs - stage.baseMs) / 60_000)
  expect(known).toEqual([1, 2, 3, 4, 5, 541, 542, 543, 544])
})

test('a bound of fifteen hours: the end of a recording closes what it holds all the same', () =>
  scenario(
    SITE.replace('boundS: 30', 'boundS: 54000'),
    `
    0:00 to 0:02 every 30 s  main 120000  it 80000
    end   => energy it 0:01 4800000 J r0 provisional
          => energy it 0:02 4800000 J r0 provisional
          => energy it 0:03 nothing coverage 0.00 r0 provisional
          => energy it 0:01 4800000 J r0 settled
          => energy it 0:02 4800000 J r0 settled
          => energy it 0:03 nothing coverage 0.00 r0 settled`,
  ))

const MIXED = `
site: { id: dc, timezone: Europe/Paris, corrosion: low }
core: { intervalS: 60, latenessS: 7200, boundS: 65, windows: [5m, 1h, 24h, day] }
points:
  main: { topic: main, unit: kW, everyS: 60, role: facility }
  it: { topic: it, unit: kWh, register: {}, everyS: 60, maxKw: 500, role: it }
  t: { topic: t, unit: °C, everyS: 60 }
  rh: { topic: rh, unit: '%', everyS: 60 }
boundaries:
  dc: { facility: [main], it: [it] }
inlets:
  r1: { dryBulb: t, humidity: rh, class: A2, hall: h1 }
`

/** What the meters and sensors of the mixed site say at a minute; the load and the air move. */
function wordsAt(minute: number): [point: string, text: string][] {
  const day = Math.sin(minute / 40)
  return [
    ['main', (150 + 20 * day + (minute % 7)).toFixed(2)],
    ['it', (1000 + 2 * minute).toFixed(2)],
    ['t', (24 + 6 * day).toFixed(1)],
    ['rh', (45 - 10 * day).toFixed(1)],
  ]
}

/** The last row of every key, without its revision and state; alarms and the live value depend on arrival and are left out. */
function lastRows({ rows }: Stage): Map<string, Omit<Row, 'fields'> & { fields: Record<string, unknown> }> {
  const last = new Map<string, Omit<Row, 'fields'> & { fields: Record<string, unknown> }>()
  for (const row of rows) {
    if (row.measurement === 'alarm' || row.tags['window'] === 'live') continue
    if (row.measurement === 'restatement' || row.measurement === 'skew') continue // they say that numbers came late
    const { revision: _, ...all } = row.fields
    const fields = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')) // a text that ended
    delete fields['state']
    last.set([row.measurement, ...Object.values(row.tags), row.timeMs].join(' '), { ...row, fields })
  }
  return last
}

/** Plays six hours; `heard` gives when a minute's words of a point arrive, NaN for in time. */
function sixHours(heard: (minute: number, point: string) => number): Stage {
  const stage = createStage(siteOf(MIXED))
  const packets: { atMs: number; nowMs: number; point: string; text: string }[] = []
  for (let minute = 0; minute <= 360; minute++) {
    for (const [point, text] of wordsAt(minute)) {
      const late = heard(minute, point)
      const atMs = stage.baseMs + minute * 60_000
      packets.push({ atMs, nowMs: Number.isNaN(late) ? atMs : stage.baseMs + late * 60_000, point, text })
    }
  }
  packets.sort((a, b) => a.nowMs - b.nowMs)
  for (const { atMs, nowMs, point, text } of packets) tell(stage, point, text, atMs, nowMs)
  finish(stage.pipeline.core)
  return stage
}

const inOrder = sixHours(() => NaN)

test('the run in order knows everything it should', () => {
  expect(inOrder.pipeline.counts[0]).toBe(361 * 4)
  expect(lastRows(inOrder).size).toBeGreaterThan(4000)
})

test('an hour that a gateway held back, within the lateness, leaves no trace', () => {
  const late = sixHours((minute, point) => (point !== 'main' && minute > 120 && minute <= 180 ? 180.5 : NaN))
  expect(late.pipeline.counts[0]).toBe(361 * 4)
  expect(lastRows(late)).toEqual(lastRows(inOrder))
})

test('three hours of the whole site in one second, after an outage, leave no trace', () => {
  const late = sixHours((minute) => (minute > 120 && minute <= 300 ? 300.5 : NaN))
  expect(late.pipeline.counts[0]).toBe(361 * 4)
  expect(lastRows(late)).toEqual(lastRows(inOrder))
})

test('three hours of the whole site in one second, sensor by sensor, leave no trace', () => {
  const order = ['it', 't', 'main', 'rh']
  const late = sixHours((minute, point) =>
    minute > 180 && minute <= 299 ? 300 + (order.indexOf(point) + 1) / 300 : NaN,
  )
  expect(late.pipeline.counts[0]).toBe(361 * 4)
  expect(lastRows(late)).toEqual(lastRows(inOrder))
})

test.each([
  ['ahead by an hour', -3_600_000, 'ahead'],
  ['behind by ten minutes', 600_000, 'behind'],
])('what a clock %s has stamped at arrival is flagged, what its devices stamp is not', (_, byMs, side) => {
  const stage = createStage(siteOf(SITE.replace('topic: it,', 'topic: it, timeAt: none,')))
  const { pipeline, baseMs, rows } = stage
  for (let s = 0; s <= 600; s += 30) {
    const nowMs = baseMs + s * 1000
    accept(pipeline, { nowMs, topic: 'main', payload: `{"ts":${nowMs},"value":120000}`, retain: false })
    accept(pipeline, { nowMs, topic: 'it', payload: '80000', retain: false })
  }
  const step = ownPayload({ step: { fromMs: 0, toMs: byMs, lastedMs: 61_000 } })
  accept(pipeline, { nowMs: baseMs + 605_000 + byMs, topic: OWN_TOPIC, payload: step, retain: false })
  const flagged = rows.filter(({ measurement }) => measurement === 'quality')
  expect(flagged.map(({ tags, fields }) => [tags['source'], fields])).toEqual([
    [
      'it',
      {
        flags: 'clock',
        message:
          'it sends no stamps: its readings from 2026-03-02T00:09:04Z to 2026-03-02T00:10:05Z were stamped at arrival ' +
          `by a clock that was ${Math.abs(byMs) / 1000} s ${side}`,
      },
    ],
  ])
})

test.each([
  ['an hour', 3_600_000],
  ['three days', 3 * 86_400_000],
])('a recording ends soundly though its clock was %s ahead, stamped readings so, and was set back', (_, aheadMs) => {
  const stage = createStage(siteOf(SITE.replace('topic: it,', 'topic: it, timeAt: none,')))
  const { pipeline, baseMs, rows } = stage
  const step = (nowMs: number, fromMs: number, toMs: number) => {
    accept(pipeline, { nowMs, topic: OWN_TOPIC, payload: ownPayload({ step: { fromMs, toMs } }), retain: false })
  }
  const say = (fromS: number, toS: number, byMs: number) => {
    for (let s = fromS; s <= toS; s += 30) {
      accept(pipeline, { nowMs: baseMs + s * 1000 + byMs, topic: 'it', payload: '80000', retain: false })
    }
  }
  say(0, 300, 0)
  step(baseMs + 305_000 + aheadMs, 0, aheadMs)
  say(330, 600, aheadMs)
  step(baseMs + 605_000, aheadMs, 0)
  say(630, 900, 0)
  finish(pipeline.core)
  const known = rows.filter(({ measurement, fields }) => measurement === 'energy' && fields['coverage'] === 1)
  const times = new Set(known.map(({ timeMs }) => (timeMs - baseMs) / 60_000))
  // From minute 5 to 10 it was silent for its own minutes: that is bridged
  const minutes = [...Array.from({ length: 15 }, (__, n) => n + 1), ...[7, 8, 9, 10].map((it) => it + aheadMs / 60_000)]
  expect([...times].sort((a, b) => a - b)).toEqual(minutes)
})
