/** Commands to the alarms: what each is about, whose it is, and what is answered. */
import { expect, test } from 'vitest'
import { accept, createPipeline } from '../../src/fold/pipeline.ts'
import type { CommandAnswer } from '../../src/ingest/command.ts'
import { createRowSink, type Row } from '../../src/rows/rows.ts'
import { siteOf } from '../scenarios/scenario.ts'

const START_MS = Date.UTC(2026, 2, 2)
const UNTIL = '2026-03-02T04:00:00Z'

/** Two inlets in the north hall, too warm, and one in the south; all behind one gateway. */
function played(): { say: (topic: string, order: object | string, retain?: boolean) => CommandAnswer[]; rows: Row[] } {
  const rows: Row[] = []
  const answers: CommandAnswer[] = []
  const site = siteOf(`
site: { id: dc, timezone: UTC }
points: { "t{1..3}": { topic: "t{1..3}", unit: °C, everyS: 30, gateway: gw } }
inlets:
  in{1,2}: { dryBulb: "t{1,2}", hall: north, rack: "r{1,2}" }
  in3: { dryBulb: t3, hall: south, rack: r3 }
alarms: { inlet_allowable: { enabled: false } }
`)
  const sink = createRowSink(site, (row) => rows.push(row))
  const pipeline = createPipeline(site, sink, undefined, (answer) => answers.push(answer))
  for (const atS of [0, 30, 60]) {
    for (const [topic, value] of [
      ['t1', 29],
      ['t2', 29],
      ['t3', 22],
    ] as const) {
      const nowMs = START_MS + atS * 1000
      accept(pipeline, { nowMs, topic, payload: `{"ts":${nowMs},"value":${value}}`, retain: false })
    }
  }
  return {
    rows,
    say(topic, order, retain = false) {
      const payload = typeof order === 'string' ? order : JSON.stringify(order)
      accept(pipeline, { nowMs: START_MS + 70_000, topic, payload, retain })
      return answers
    },
  }
}

const shelve = { command: 'shelve', who: 'ann', why: 'new filters', until: UNTIL }

test.each<[what: string, order: object | string, answer: CommandAnswer]>([
  [
    'one alarm',
    { command: 'ack', alarm: 'inlet_recommended', source: 'in1', who: 'ann', id: 'a1' },
    { id: 'a1', command: 'ack', done: true, changed: 1 },
  ],
  [
    'all of a kind',
    { command: 'ack', alarm: 'inlet_recommended', source: '*', who: 'ann' },
    { command: 'ack', done: true, changed: 2 },
  ],
  [
    'nothing to change',
    { command: 'ack', alarm: 'stale', source: 't1', who: 'ann' },
    { command: 'ack', done: true, changed: 0 },
  ],
  [
    'a kind in a hall',
    { ...shelve, alarm: 'inlet_recommended', hall: 'north' },
    { command: 'shelve', done: true, changed: 2 },
  ],
  [
    'a kind in a rack',
    { ...shelve, alarm: 'inlet_recommended', rack: 'r3' },
    { command: 'shelve', done: true, changed: 1 },
  ],
  // Five kinds of its inlet, and two of its point; the clock is that of its gateway's first
  ['all of a rack', { ...shelve, alarm: '*', rack: 'r3' }, { command: 'shelve', done: true, changed: 7 }],
  [
    'a kind behind a gateway',
    { ...shelve, alarm: 'stale', gateway: 'gw' },
    { command: 'shelve', done: true, changed: 3 },
  ],
  [
    'a hall that is not there',
    { ...shelve, alarm: '*', hall: 'west', id: 'x' },
    { id: 'x', command: 'shelve', done: false, changed: 0, reason: 'no alarm has a source in hall west' },
  ],
  [
    'a source of another hall',
    { ...shelve, alarm: 'moisture', source: 'in3', hall: 'north' },
    { command: 'shelve', done: false, changed: 0, reason: 'alarm moisture has no source "in3" in hall north' },
  ],
  [
    'no reason',
    { ...shelve, why: '', alarm: '*', hall: 'north' },
    { command: 'shelve', done: false, changed: 0, reason: 'shelve asks for why' },
  ],
  [
    'blanks in place of a reason',
    { ...shelve, why: ' \u00a0', alarm: '*', hall: 'north' },
    { command: 'shelve', done: false, changed: 0, reason: 'shelve asks for why' },
  ],
  [
    'blanks in place of a name',
    { ...shelve, who: '  ', alarm: '*', hall: 'north' },
    { command: 'shelve', done: false, changed: 0, reason: 'who is a name of at most 64 characters' },
  ],
  [
    'no source, and no place either',
    { ...shelve, alarm: 'stale' },
    {
      command: 'shelve',
      done: false,
      changed: 0,
      reason: 'source is a name; * is all of them, and of a place it may be left out',
    },
  ],
  ['no command', 'shelve it!', { done: false, changed: 0, reason: 'a command is a JSON object' }],
])('%s: %j', (_, order, answer) => {
  expect(played().say('coldaisle/dc/command', order)).toEqual([answer])
})

test('what the broker had kept is neither done nor answered', () => {
  const { say, rows } = played()
  expect(say('coldaisle/dc/command', { ...shelve, alarm: 'inlet_recommended', source: '*' }, true)).toEqual([])
  expect(rows.filter(({ fields }) => fields['state'] === 'shelved')).toEqual([])
})

test('an order to all of a place writes no row of an alarm that nothing there can raise', () => {
  const { say, rows } = played()
  say('coldaisle/dc/command', { ...shelve, alarm: '*', rack: 'r3' })
  const shelved = rows.flatMap(({ tags, fields }) => (fields['state'] === 'shelved' ? [tags['alarm']] : []))
  // A temperature is no counter, has no second meter beside it, and no numbered messages
  expect(shelved).toEqual([
    'inlet_allowable',
    'inlet_recommended',
    'moisture',
    'rate_of_change',
    'stale',
    'refused',
    'sensor',
  ])
})
