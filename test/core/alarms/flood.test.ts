/** Alarm floods through the whole pipeline: every transition is a row, and few are told. */
import { expect, test } from 'vitest'
import { restoreCore, saveCore } from '../../../src/core/snapshot/snapshot.ts'
import { advance } from '../../../src/core/core.ts'
import { accept, createPipeline, type Pipeline } from '../../../src/fold/pipeline.ts'
import { createSite, type Site } from '../../../src/site/site.ts'
import type { NoticeBody } from '../../../src/rows/alarm-rows.ts'
import { createRowSink, type Row } from '../../../src/rows/rows.ts'
import { configOf } from '../site-text.ts'

const START_MS = Date.UTC(2026, 2, 2)

function siteOf(sensors: number, halls: number, offDelayS = 5): Site {
  const each = Array.from({ length: sensors }, (_, n) => n)
  return createSite(
    configOf(`
site: { id: dc, timezone: UTC }
points:
${each.map((n) => `  t${n}: { topic: t/${n}, unit: °C, everyS: 10 }`).join('\n')}
inlets:
${each.map((n) => `  r${n}: { dryBulb: t${n}, hall: h${n % halls} }`).join('\n')}
alarms: { inlet_recommended: { onDelayS: 5, offDelayS: ${offDelayS} }, inlet_allowable: { enabled: false } }
`),
  )
}

interface Told {
  rows: Row[]
  notices: NoticeBody[]
}

function open(site: Site, told: Told): Pipeline {
  return createPipeline(
    site,
    createRowSink(
      site,
      (row) => void (row.measurement === 'alarm' && told.rows.push(row)),
      ({ payload }) => told.notices.push(JSON.parse(payload) as NoticeBody),
    ),
  )
}

function read(pipeline: Pipeline, sensor: number, atS: number, tempC: number): void {
  const nowMs = START_MS + Math.round(atS * 1000)
  accept(pipeline, { nowMs, topic: `t/${sensor}`, payload: `{"ts":${nowMs},"value":${tempC}}`, retain: false })
}

/** All sensors, one after the other within `overS` seconds from `fromS` on, warmer the higher their number. */
function sweep(pipeline: Pipeline, sensors: number, fromS: number, overS: number, tempC: number): void {
  for (let n = 0; n < sensors; n++) read(pipeline, n, fromS + (overS * n) / sensors, tempC + n / 1000)
}

test('500 sensors that breach within 10 s: 500 transitions, at most 20 notices', () => {
  const told: Told = { rows: [], notices: [] }
  const pipeline = open(siteOf(500, 4), told)
  sweep(pipeline, 500, 0, 10, 22)
  for (let atS = 10; atS <= 120; atS += 10) sweep(pipeline, 500, atS, 10, 29)
  expect(told.rows.filter(({ fields }) => fields['state'] === 'raised')).toHaveLength(500)
  expect(told.rows).toHaveLength(500)
  expect(told.notices.length).toBeLessThanOrEqual(20)
  expect(told.notices.filter(({ count }) => count === undefined)).toHaveLength(10) // before it was a flood
  // What stands is told in full: ten by themselves, all others by their halls
  const groups = new Map(told.notices.filter((it) => it.count !== undefined).map((it) => [it.hall, it]))
  expect([...groups.keys()].sort()).toEqual(['h0', 'h1', 'h2', 'h3'])
  expect([...groups.values()].reduce((sum, { count = 0 }) => sum + count, 0)).toBe(490)
  expect(groups.get('h3')?.source).toBe('r499') // the worst of its hall
  expect(groups.get('h3')).toMatchObject({ names: ['r499', 'r495', 'r491', 'r487', 'r483'], unit: '°C', side: 'above' })
  expect(groups.get('h3')?.message).toMatch(
    /^Warning: Hall h3 \(dc\): Temperature outside the recommended range, \d+ at once: r499, .* and \d+ more\. Worst, r499: 29\.5 °C, 2\.5 K above the recommended upper limit of 27 °C /,
  )
  expect(pipeline.core.alarms.counts.floods).toBe(1)

  const before = told.notices.length
  for (let atS = 130; atS <= 260; atS += 10) sweep(pipeline, 500, atS, 10, 22)
  expect(told.rows.filter(({ fields }) => fields['state'] === 'cleared')).toHaveLength(500)
  const after = told.notices.slice(before)
  expect(after.length).toBeLessThanOrEqual(20)
  expect(after.filter(({ count }) => count === 0).map(({ hall }) => hall)).toHaveLength(4)
  expect(after.find(({ hall, count }) => hall === 'h3' && count === 0)?.message).toMatch(
    /^Hall h3 \(dc\): the alarm for the recommended temperature is over; at most 12\d stood at once\. It lasted .*; highest 29\.5 °C\. Limit concerned: the recommended upper limit of 27 °C \(ASHRAE 2021r, class A1\)\.$/,
  )
  expect(after.filter(({ count, state }) => count === undefined && state === 'cleared')).toHaveLength(10)
})

test('a group is told once a minute at most, and goes on over a restart', () => {
  const site = siteOf(40, 1)
  const told: Told = { rows: [], notices: [] }
  let pipeline = open(site, told)
  for (let atS = 0; atS < 600; atS++) {
    // Another sensor breaches every ten seconds, and stays so
    for (let n = 0; n < 40; n++) if (atS % 10 === n % 10) read(pipeline, n, atS, n <= atS / 10 ? 29 : 22)
    if (atS !== 333) continue
    const { sections } = saveCore(pipeline.core, site, undefined)
    const { nowMs } = pipeline
    pipeline = open(site, told)
    pipeline.nowMs = nowMs
    expect(restoreCore(pipeline.core, site, sections)).toBe(true)
  }
  advance(pipeline.core, START_MS + 700_000)
  const groups = told.notices.filter(({ count }) => count !== undefined)
  for (const [n, { timeMs }] of groups.slice(1).entries()) {
    expect(timeMs - (groups[n]?.timeMs ?? 0)).toBeGreaterThanOrEqual(60_000)
  }
  expect(groups.at(-1)?.count).toBe(30)
  expect(new Set(groups.map(({ id }) => id)).size).toBe(1)
})

test('the worst of a flood is the one farthest beyond its limit, none that is well inside and waits to be cleared', () => {
  const told: Told = { rows: [], notices: [] }
  const pipeline = open(siteOf(14, 1, 600), told)
  for (let atS = 0; atS <= 20; atS += 10) sweep(pipeline, 13, atS, 1, 29)
  for (let atS = 30; atS <= 150; atS += 10) {
    for (let n = 0; n < 14; n++) read(pipeline, n, atS, n === 12 ? 19 : 28 + n / 100)
  }
  const groups = told.notices.filter(({ count }) => count !== undefined)
  expect(groups.map(({ count, source }) => [count, source])).toEqual([
    [3, 'r12'],
    [4, 'r13'],
  ])
})

test('the flood ends when ten minutes have fewer than five: then each is told by itself again', () => {
  const told: Told = { rows: [], notices: [] }
  const pipeline = open(siteOf(13, 1), told)
  for (let atS = 0; atS <= 20; atS += 10) sweep(pipeline, 12, atS, 1, 29)
  expect(pipeline.core.alarms.flood.on).toBe(true)
  for (let atS = 30; atS < 700; atS += 10) sweep(pipeline, 13, atS, 1, 22)
  const before = told.notices.length
  for (let atS = 700; atS < 720; atS += 10) read(pipeline, 12, atS, 29)
  const raised = told.notices.slice(before).filter(({ source }) => source === 'r12')
  expect(raised.map(({ state, count }) => [state, count])).toEqual([['raised', undefined]])
})
