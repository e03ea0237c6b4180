/** What the fold keeps of refused packets: counts of all, some as examples, and never more work than for good ones. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { foldEntry, openFold } from '../../src/fold/fold.ts'
import { takeRows } from '../../src/fold/outputs.ts'
import { accept, createPipeline, outcomeCounts } from '../../src/fold/pipeline.ts'
import { createRefusals, takeRefusals } from '../../src/fold/refusals.ts'
import { createRowSink } from '../../src/rows/rows.ts'
import { openStore } from '../../src/store/store.ts'
import type { JournalPacket, NewRefusals } from '../../src/store/types.ts'
import { costRatios } from '../cost.ts'
import { siteOf } from '../scenarios/scenario.ts'

const START_MS = Date.UTC(2026, 2, 2)
const SITE = siteOf(`
site: { id: s, timezone: UTC }
points:
  t: { topic: air, at: /t, unit: °C, everyS: 30, min: 0, max: 50 }
  rh: { topic: air, at: /rh, unit: '%', everyS: 30 }
  kw: { topic: kw, unit: kW, everyS: 10 }
  ch1: { topic: many, where: { /ch: 1 }, at: /v, unit: kW, everyS: 10 }
  node: { topic: spBv1.0/DC/DDATA/edge/meter, at: /Power, unit: kW, everyS: 10 }
`)

function folding() {
  const refusals = createRefusals()
  const pipeline = createPipeline(
    SITE,
    createRowSink(SITE, () => undefined),
    refusals,
  )
  const say = (atS: number, topic: string, payload: string) =>
    accept(pipeline, { nowMs: START_MS + atS * 1000, topic, payload: Buffer.from(payload), retain: false })
  return { refusals, pipeline, say }
}

const countsOf = (refused: NewRefusals | undefined) =>
  refused?.counts.map(({ outcome, topic, readings }) => `${outcome} ${topic} ${readings}`)
const keptOf = (refused: NewRefusals | undefined) =>
  refused?.packets.map(({ outcome, topic, nowMs, points, payload, bytes }) =>
    [outcome, topic, (nowMs - START_MS) / 1000, points.join('+'), Buffer.from(payload).toString(), bytes].join(' '),
  )

test('a packet is kept with its points, under each reason that it was refused for', () => {
  const { refusals, say } = folding()
  say(0, 'air', '{"t":21,"rh":40}')
  expect(takeRefusals(refusals)).toBeUndefined()
  say(1, 'air', 'off')
  say(2, 'air', '{"t":85,"rh":null}')
  say(3, 'elsewhere', '1')
  const refused = takeRefusals(refusals)
  expect(countsOf(refused)).toEqual([
    'bad_payload air 2',
    'no_value air 1',
    'out_of_range air 1',
    'unknown_topic elsewhere 1',
  ])
  expect(keptOf(refused)).toEqual([
    'bad_payload air 1 t+rh off 3',
    'no_value air 2 rh {"t":85,"rh":null} 18',
    'out_of_range air 2 t {"t":85,"rh":null} 18',
    'unknown_topic elsewhere 3  1 1',
  ])
  expect(takeRefusals(refusals)).toBeUndefined()
})

test('what no point of its topic selects is told, of Sparkplug nodes not', () => {
  const { refusals, say } = folding()
  say(0, 'many', '[{"ch":1,"v":5},{"ch":2,"v":6},{"ch":3,"v":7}]')
  say(1, 'spBv1.0/DC/NDATA/edge', '')
  const refused = takeRefusals(refusals)
  expect(countsOf(refused)).toEqual(['unselected many 2'])
  expect(keptOf(refused)).toEqual(['unselected many 0 ch1 [{"ch":1,"v":5},{"ch":2,"v":6},{"ch":3,"v":7}] 46'])
})

test('what is repeated is counted, and kept once a minute; a long payload is cut', () => {
  const { refusals, say } = folding()
  for (let atS = 0; atS < 150; atS++) say(atS, 'kw', 'x'.repeat(5_000))
  const refused = takeRefusals(refusals)
  expect(countsOf(refused)).toEqual(['bad_payload kw 150'])
  expect(refused?.packets.map(({ nowMs }) => nowMs - START_MS)).toEqual([0, 60_000, 120_000])
  expect(refused?.packets[0]).toMatchObject({ bytes: 5_000, payload: new Uint8Array(1_024).fill(120) })
})

test('of a flood of topics the first thousand have a name, the rest are counted together; all add up', () => {
  const { refusals, pipeline, say } = folding()
  let named = 0
  let all = 0
  let kept = 0
  for (let n = 0; n < 5_000; n++) {
    say(n / 1_000, `${'flood/'.repeat(50)}${n}`.slice(-300), '1')
    say(n / 1_000, `flood/${n}`, '1')
    if (n % 500 < 499) continue
    const refused = takeRefusals(refusals)
    kept = Math.max(kept, refused?.packets.length ?? 0)
    for (const { topic, readings } of refused?.counts ?? []) {
      all += readings
      if (topic !== '') named += readings
    }
  }
  expect(all).toBe(outcomeCounts(pipeline).unknown_topic)
  expect(kept).toBeLessThanOrEqual(100)
  expect(refusals.known).toBeLessThanOrEqual(1_001)
  expect(named).toBeLessThan(all)
  say(4_000, 'flood/new', '1') // all others ended an hour ago
  expect(countsOf(takeRefusals(refusals))).toEqual(['unknown_topic flood/new 1'])
})

const PACKETS = 30_000
const GROUP = 500

/** Journals and folds packets in groups, commits with their refusals included. */
async function foldAll(payloadOf: (n: number) => [topic: string, payload: string]): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'coldaisle-flood-'))
  try {
    await using store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
    const fold = await openFold(SITE, store)
    for (let n = 0; n < PACKETS; n += GROUP) {
      const packets = Array.from({ length: GROUP }, (_, i): JournalPacket => {
        const [topic, payload] = payloadOf(n + i)
        return { nowMs: START_MS + n + i, topic, payload: Buffer.from(payload), retain: false }
      })
      const refused = takeRefusals(fold.outputs.refusals)
      const rows = takeRows(fold.outputs, fold.book)
      const { foldedSeq } = fold
      const { firstSeq } = await store.commit({
        packets,
        foldedSeq,
        rows,
        notices: [],
        ...(refused === undefined ? {} : { refused }),
      })
      packets.forEach((packet, i) => foldEntry(fold, { ...packet, seq: firstSeq + i }))
    }
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

test('a flood of refused packets, on one topic or on ever new ones, costs no more than good ones', async () => {
  const good = (n: number): [string, string] => ['kw', `{"ts":${START_MS + n},"value":${n % 97}}`]
  const bad = (n: number): [string, string] => ['kw', `{"ts":${START_MS + n},"value":-${1 + (n % 97)}}`]
  const strange = (n: number): [string, string] => [`flood/${n}`, `{"ts":${START_MS + n},"value":${n % 97}}`]
  const ratios = await costRatios(
    () => foldAll(good),
    [bad, strange].map((payloadOf) => () => foldAll(payloadOf)),
    1.1,
  )
  for (const ratio of ratios) expect(ratio).toBeLessThan(1.1)
}, 120_000)
