/** Alarms over a changed configuration: what stayed goes on, what is gone is over. */
import { expect, test } from 'vitest'
import type { Fold } from '../../src/fold/fold.ts'
import { changeSite } from '../../src/fold/loading.ts'
import { commandTopic } from '../../src/ingest/command.ts'
import { createRefusals } from '../../src/fold/refusals.ts'
import { accept, createPipeline } from '../../src/fold/pipeline.ts'
import { createSite, type Site } from '../../src/site/site.ts'
import { createFrameTarget } from '../../src/rows/frames/fill.ts'
import { createFrames } from '../../src/rows/frames/frame.ts'
import { createSeriesBook } from '../../src/rows/frames/series.ts'
import { createSink } from '../../src/rows/sink.ts'
import { configOf } from '../core/site-text.ts'
import { takeOpenRows } from '../rows/new-rows.ts'

const START_MS = Date.UTC(2026, 2, 2)

const ONE_LIMIT = 'inlet_allowable: { enabled: false }'

function siteOf(inlets: string, alarms = ONE_LIMIT) {
  return createSite(
    configOf(`
site: { id: dc, timezone: UTC }
points:
  t: { topic: t, unit: °C, everyS: 30 }
inlets: { ${inlets} }
alarms: { inlet_recommended: { onDelayS: 0 }, ${alarms} }
`),
  )
}

function foldOf(site: Site): Fold {
  const outputs = { frames: createFrames(), notices: [], refusals: createRefusals(), answer: () => {} }
  const book = createSeriesBook()
  const sink = createSink(site, createFrameTarget(outputs.frames, book), () => undefined)
  const pipeline = createPipeline(site, sink)
  return {
    pipeline,
    outputs,
    present: site.config,
    loads: [],
    isLoadsSaved: true,
    book,
    foldedSeq: 0,
    ownFromSeq: 0,
    cutSeq: 0,
    slices: 0,
    sliceUnits: 1e9,
    stored: { seq: 0, cut: undefined },
    sinceSnapshot: 0,
    saved: undefined,
    parts: new Map(),
    obsoleteSections: [],
  }
}

/** What came of it since the last time: `alarm source state`, in order. */
function toldBy(fold: Fold): string[] {
  return takeOpenRows(fold)
    .filter(({ measurement }) => measurement === 'alarm')
    .map(({ tags, fields }) => `${tags['alarm']} ${tags['source']} ${fields['state']}`)
}

test('a source that goes is over, one that stays keeps its shelf, one out of service says so', () => {
  const fold = foldOf(siteOf('a: { dryBulb: t }, b: { dryBulb: t }, c: { dryBulb: t }'))
  const say = (topic: string, atS: number, body: object) => {
    const nowMs = START_MS + atS * 1000
    accept(fold.pipeline, { nowMs, topic, payload: JSON.stringify(body), retain: false })
  }
  const read = (atS: number, value: number) => say('t', atS, { ts: START_MS + atS * 1000, value })
  read(0, 29)
  const until = new Date(START_MS + 600_000).toISOString()
  const shelve = { command: 'shelve', alarm: 'inlet_recommended', source: 'a', who: 'ann', why: 'fans', until }
  say(commandTopic('dc'), 10, shelve)
  expect(toldBy(fold)).toEqual([
    'inlet_recommended a raised',
    'inlet_recommended b raised',
    'inlet_recommended c raised',
    'inlet_recommended a shelved',
  ])
  changeSite(fold, siteOf('c: { dryBulb: t }, a: { dryBulb: t }', `${ONE_LIMIT}, out_of_service: [c]`))
  expect(toldBy(fold)).toEqual(['inlet_recommended b retired'])
  for (let atS = 30; atS < 600; atS += 30) read(atS, 29)
  expect(toldBy(fold).filter((row) => row.startsWith('inlet_recommended'))).toEqual([
    'inlet_recommended c out_of_service',
  ])
  read(600, 29)
  expect(toldBy(fold).filter((row) => row.startsWith('inlet_recommended'))).toEqual([
    'inlet_recommended a unshelved',
    'inlet_recommended a raised',
  ])
})

test('back in service, of two alarms the greater is raised first and stands for the other', () => {
  const site = (out: string) => siteOf('a: { dryBulb: t }', `inlet_allowable: { onDelayS: 0 }, ${out}`)
  const fold = foldOf(site('out_of_service: [a]'))
  const read = (atS: number) => {
    const nowMs = START_MS + atS * 1000
    accept(fold.pipeline, { nowMs, topic: 't', payload: JSON.stringify({ ts: nowMs, value: 36 }), retain: false })
  }
  for (let atS = 0; atS < 300; atS += 30) read(atS)
  changeSite(fold, site(''))
  read(300)
  const pages = fold.outputs.notices.map(({ payload }) => JSON.parse(payload) as { alarm: string; state: string })
  expect(pages.map(({ alarm, state }) => `${alarm} ${state}`)).toEqual(['inlet_allowable raised'])
})

/** Messages of moisture rows since the last time, and the value of each. */
function moistureOf(fold: Fold): string[] {
  return takeOpenRows(fold)
    .filter(({ measurement, tags }) => measurement === 'alarm' && tags['alarm'] === 'moisture')
    .map(({ fields }) => String(fields['message']))
}

test('a humidity alarm stays one of humidity when its class, and so its limit, changes', () => {
  const siteOfClass = (itClass: string) =>
    createSite(
      configOf(`
site: { id: dc, timezone: UTC }
points:
  t: { topic: t, unit: °C, everyS: 30 }
  rh: { topic: rh, unit: "%", everyS: 30 }
inlets: { in: { dryBulb: t, humidity: rh, class: ${itClass} } }
alarms: { moisture: { onDelayS: 0, offDelayS: 0 } }
`),
    )
  const fold = foldOf(siteOfClass('A1'))
  const say = (topic: string, atS: number, body: object) => {
    const nowMs = START_MS + atS * 1000
    accept(fold.pipeline, { nowMs, topic, payload: JSON.stringify(body), retain: false })
  }
  const read = (atS: number, rhPct: number) => {
    say('rh', atS, { ts: START_MS + atS * 1000, value: rhPct })
    say('t', atS, { ts: START_MS + atS * 1000, value: 20 })
  }
  const acknowledge = (atS: number) =>
    say(commandTopic('dc'), atS, { command: 'ack', alarm: 'moisture', source: 'in', who: 'ann' })
  read(0, 82)
  expect(moistureOf(fold)).toEqual([
    'High: Inlet in (dc, hall): relative humidity 82 %, 2 percentage points above the allowable upper limit of 80 % (ASHRAE 2021r, class A1). Since 2026-03-02 00:00:00 UTC.',
  ])
  changeSite(fold, siteOfClass('A3'))
  read(30, 84) // within the deadband below the new limit of 85 %
  acknowledge(40)
  expect(moistureOf(fold)).toEqual([
    'High: Inlet in (dc, hall): relative humidity 84 %, within the allowable upper limit of 85 % (ASHRAE 2021r, class A3), but by less than the deadband of 2 percentage points. Since 2026-03-02 00:00:00 UTC, for 40 s; highest 82 %. Acknowledged by ann.',
  ])
  read(60, 50)
  expect(moistureOf(fold)).toEqual([
    'Inlet in (dc, hall): relative humidity 50 %, within the allowable upper limit of 85 % (ASHRAE 2021r, class A3). It lasted 1 min, from 2026-03-02 00:00:00 UTC; highest 82 %.',
  ])
})
