/** A configuration that changes while readings are held: what was added by the old rule is taken out by it. */
import { describe, expect, test } from 'vitest'
import { advance, finish } from '../../../src/core/core.ts'
import { restoreCore, saveCore } from '../../../src/core/snapshot/snapshot.ts'
import { createPipeline } from '../../../src/fold/pipeline.ts'
import { createRowSink } from '../../../src/rows/rows.ts'
import { createStage, siteOf, tell, type Stage } from '../../scenarios/scenario.ts'

function siteWith(it: string): string {
  return `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, idleS: 600, windows: [5m] }
points:
  main: { topic: main, unit: W, everyS: 30, role: facility }
  it: { topic: it, ${it}, role: it }
boundaries:
  dc: { facility: [main], it: [it] }
`
}

/** Reads `it` (`-`: nothing) and the main meter once a minute from minute `from` on. */
function play(stage: Stage, from: number, readings: string): void {
  for (const [n, count] of readings.split(' ').entries()) {
    const tMs = stage.baseMs + (from + n) * 60_000
    tell(stage, 'main', '120000', tMs, tMs)
    if (count !== '-') tell(stage, 'it', count, tMs, tMs)
  }
}

/** The stage goes on with another configuration, as a daemon does on SIGHUP. */
function reload(stage: Stage, yaml: string): Stage {
  const site = siteOf(yaml)
  const { sections } = saveCore(stage.pipeline.core, stage.site, undefined)
  const pipeline = createPipeline(
    site,
    createRowSink(site, (row) => stage.rows.push(row)),
  )
  pipeline.nowMs = stage.pipeline.nowMs
  if (!restoreCore(pipeline.core, site, sections)) throw new Error('the snapshot was not taken')
  return { ...stage, site, pipeline }
}

/** The last energy of each minute of `it`, in Wh (`-`: nothing known), and the minute's last state. */
function energiesOf({ rows, baseMs }: Stage): string {
  const last = new Map<number, string>()
  for (const { measurement, tags, fields, timeMs } of rows) {
    if (measurement !== 'energy' || tags['point'] !== 'it') continue
    last.set(
      (timeMs - baseMs) / 60_000,
      fields['energy_j'] === undefined ? '-' : String(Number(fields['energy_j']) / 3600),
    )
  }
  return [...last]
    .sort(([a], [b]) => a - b)
    .map(([minute, wh]) => `${minute}:${wh}`)
    .join(' ')
}

const SWAP = 'swaps: [{ at: "2026-03-02T00:02:30Z", closing: 502, opening: 10 }]'

describe('a swap that is declared after it happened, by reload', () => {
  const before = siteWith('unit: kWh, everyS: 60, maxKw: 100, register: {}')
  const after = siteWith(`unit: kWh, everyS: 60, maxKw: 100, register: { ${SWAP} }`)

  test('restates the steps whose readings are still held', () => {
    const stage = createStage(siteOf(before))
    play(stage, 0, '500.5 501 501.5 10.5 11 11.5 12')
    expect(energiesOf(stage)).toBe('1:500 2:500 3:- 4:- 5:-')
    const next = reload(stage, after)
    advance(next.pipeline.core, stage.baseMs + 7 * 60_000)
    expect(energiesOf(next)).toBe('1:500 2:500 3:1000 4:500 5:500')
    play(next, 7, '12.5 13')
    finish(next.pipeline.core)
    expect(energiesOf(next)).toBe('1:500 2:500 3:1000 4:500 5:500 6:500 7:500 8:500 9:-')
  })

  test('a late reading afterwards takes out just what is there', () => {
    const stage = createStage(siteOf(before))
    play(stage, 0, '500.5 501 501.5 - 11 11.5 12')
    const next = reload(stage, after)
    const tMs = stage.baseMs + 3 * 60_000
    tell(next, 'it', '10.5', tMs, stage.baseMs + 6 * 60_000 + 5000)
    play(next, 7, '12.5')
    finish(next.pipeline.core)
    expect(energiesOf(next)).toBe('1:500 2:500 3:1000 4:500 5:500 6:500 7:500 8:-')
  })

  test('what happened longer ago than readings are held stays as it was told', () => {
    const stage = createStage(siteOf(before))
    play(stage, 0, '500.5 501 501.5 10.5 11 11.5')
    play(stage, 6, Array.from({ length: 120 }, (_, n) => String(12 + n / 2)).join(' '))
    const told = energiesOf(stage)
    const next = reload(stage, after)
    advance(next.pipeline.core, stage.baseMs + 126 * 60_000)
    expect(energiesOf(next)).toBe(told)
    expect(told).toContain(' 3:- ')
  })
})

test('a declared swap that is withdrawn leaves the gap again', () => {
  const stage = createStage(siteOf(siteWith(`unit: kWh, everyS: 60, maxKw: 100, register: { ${SWAP} }`)))
  play(stage, 0, '500.5 501 501.5 10.5 11 11.5 12')
  const next = reload(stage, siteWith('unit: kWh, everyS: 60, maxKw: 100, register: {}'))
  advance(next.pipeline.core, stage.baseMs + 7 * 60_000)
  expect(energiesOf(next)).toBe('1:500 2:500 3:- 4:- 5:-')
})

/** Counts of a meter at 30 kW that begins anew at 0:00 UTC, from five minutes before to `until` minutes behind. */
const dayCounter = (until: number) =>
  Array.from({ length: 5 + until + 1 }, (_, n) => String(n < 5 ? 500 + n / 2 : (n - 5) / 2)).join(' ')

describe('a day counter, by reload ten minutes after midnight', () => {
  const counter = siteWith('unit: kWh, everyS: 60, maxKw: 100, register: {}')
  const daily = counter.replace('register: {}', 'register: { resets: daily }')
  const inParis = daily.replace('timezone: UTC', 'timezone: Europe/Paris')
  const inLondon = daily.replace('timezone: UTC', 'timezone: Europe/London')
  const each = (from: number, to: number, told: string) =>
    Array.from({ length: to - from + 1 }, (_, n) => `${from + n}:${told}`).join(' ')
  const [fallen, midnight] = [`0:- ${each(1, 9, '-')}`, `0:- ${each(1, 9, '500')}`]

  test.each([
    ['is no day counter: the fall is judged anew', daily, counter, fallen],
    ['is one after all: the fall was midnight', counter, daily, midnight],
    ['has another midnight: the fall is none', daily, inParis, fallen],
    ['had the wrong midnight: the fall was one', inParis, daily, midnight],
    ['has the midnight of another zone: nothing changes', daily, inLondon, midnight],
  ])('%s', (_, before, after, then) => {
    const stage = createStage(siteOf(before))
    const counts = dayCounter(90).split(' ')
    play(stage, -5, counts.slice(0, 5 + 11).join(' '))
    const next = reload(stage, after)
    advance(next.pipeline.core, stage.baseMs + 11 * 60_000)
    expect(energiesOf(next)).toBe(`${each(-4, -1, '500')} ${then}`)
    play(next, 11, counts.slice(5 + 11).join(' '))
    finish(next.pipeline.core)
    expect(energiesOf(next)).toBe(`${each(-4, -1, '500')} 0:- ${each(1, 90, '500')} 91:-`)
  })
})

test('what is doubted of a meter goes on by its name', () => {
  const site = siteWith('unit: kW, everyS: 60')
  const stage = createStage(siteOf(site))
  play(stage, 0, '80 80 80 80000 80000 80000 80000')
  const next = reload(stage, site.replace('points:', 'points:\n  fan: { topic: fan, unit: kW }'))
  next.rows.length = 0
  play(next, 7, '80000 80 80 80 80')
  const told = next.rows.flatMap(({ measurement, tags, fields }) =>
    measurement === 'alarm' ? [`${tags['alarm']} ${tags['source']} ${String(fields['state'])}`] : [],
  )
  expect(told).toEqual(['unit_slip it cleared'])
})

describe('a value that holds', () => {
  const held = siteWith('unit: W, everyS: 3600, hold: true, maxGapS: 7200')

  test('goes on after a restart where it was', () => {
    const whole = createStage(siteOf(held))
    play(whole, 0, '60000 - - - - - - - - - 30000 - -')
    const first = createStage(siteOf(held))
    play(first, 0, '60000 - - - - -')
    const second = reload(first, held)
    play(second, 6, '- - - - 30000 - -')
    finish(whole.pipeline.core)
    finish(second.pipeline.core)
    expect(energiesOf(second)).toBe(energiesOf(whole))
    expect(energiesOf(second)).toBe('1:1000 2:1000 3:1000 4:1000 5:1000 6:1000 7:1000 8:1000 9:1000 10:1000 11:500 12:500 13:500') // prettier-ignore
  })

  test('a shorter maxGapS takes back what was held beyond it', () => {
    const stage = createStage(siteOf(held))
    play(stage, 0, '60000 - - - - -')
    const next = reload(stage, held.replace('maxGapS: 7200', 'maxGapS: 120'))
    advance(next.pipeline.core, stage.baseMs + 6 * 60_000)
    expect(energiesOf(next)).toBe('1:1000 2:1000 3:- 4:-')
  })

  test('`hold` taken away: power is known between two readings only', () => {
    const stage = createStage(siteOf(held))
    play(stage, 0, '60000 - 60000 - -')
    const next = reload(stage, siteWith('unit: W, everyS: 3600, maxGapS: 7200'))
    advance(next.pipeline.core, stage.baseMs + 5 * 60_000)
    expect(energiesOf(next)).toBe('1:1000 2:1000 3:-')
  })

  test('readings of a kind that the point no longer has are let go', () => {
    const stage = createStage(siteOf(held))
    play(stage, 0, '60000 - 60000 -')
    const next = reload(stage, siteWith('unit: kWh, everyS: 60, register: {}'))
    play(next, 4, '7 8 9')
    finish(next.pipeline.core)
    expect(energiesOf(next)).toBe('1:1000 2:1000 3:- 4:- 5:1000 6:1000 7:-')
  })
})
