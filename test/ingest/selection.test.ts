/** Numbers in their unit, records of lists, whose messages count, and what is ignored. */
import { expect, test } from 'vitest'
import type { Payload } from '../../src/ingest/root.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { told } from './told.ts'

test.each<[string, string, Payload, string[]]>([
  ['tenths of °F', 'a: { topic: t, unit: °F, factor: 0.1 }', '725', ['a 22.5']],
  ['tenths of K', 'a: { topic: t, unit: K, factor: 0.1 }', '2956', ['a 22.45']],
  ['4 to 20 mA as -20 to 80 °C', 'a: { topic: t, unit: °C, factor: 6.25, offset: -45 }', '12', ['a 30']],
  ['an idle feed', 'a: { topic: t, unit: W }', '-9.9', ['a 0']],
  ['half a percent of the rating', 'a: { topic: t, unit: kW, maxKw: 200 }', '-1', ['a 0']],
  ['more than that', 'a: { topic: t, unit: kW, maxKw: 200 }', '-1.01', ['a -1010']],
  ['the class of a coarse meter', 'a: { topic: t, unit: kW, maxKw: 200, accuracyPct: 2 }', '-4', ['a 0']],
  ['a meter that exports', 'a: { topic: t, unit: W, min: -1000 }', '-5', ['a -5']],
  ['a least value that is declared', 'a: { topic: t, unit: W, min: 0 }', '-5', ['a -5']],
  ['energy of 15 min', 'a: { topic: t, unit: Wh, kind: energy, everyS: 900 }', '-2.5', ['a 0']],
  ['a word for nothing', 'a: { topic: t, unit: W, invalid: [65535] }', '65535', ['a no_value']],
  ['of the value', 'a: { topic: t, unit: W, factor: 0.1, invalid: [6553.5] }', '65535', ['a no_value']],
  [
    'whole and decimals',
    'a: { topic: t, at: /k, plus: [{ at: /m, factor: 0.001 }], unit: W }',
    '{"k":12,"m":"5"}',
    ['a 12.005'],
  ],
  [
    'three phases, one missing',
    'a: { topic: t, at: /0, plus: [{ at: /1 }, { at: /2 }], unit: W }',
    '[1,2]',
    ['a no_value'],
  ],
  ['a decimal comma', "a: { topic: t, unit: W, decimal: ',' }", '{"value":"1,5"}', ['a 1.5']],
  ['a unit in the text', 'a: { topic: t, unit: kW }', '{"value":"1.5 kW"}', ['a 1500']],
  ['another unit', 'a: { topic: t, unit: kW }', '{"value":"1.5 W"}', ['a bad_payload']],
  ['cells', "a: { topic: t, unit: W, cells: ';', at: /1 }", '1;2;3\r\n', ['a 2']],
  ['zero bytes', 'a: { topic: t, unit: W }', Buffer.from('5\0\0'), ['a 5']],
  ['zero bytes alone', 'a: { topic: t, unit: W }', Buffer.from('\0'), ['a no_value']],
  ['a zero byte within', 'a: { topic: t, unit: W }', Buffer.from('5\x006'), ['a bad_payload']],
  [
    'nan',
    'a: { topic: t, at: /a, unit: W }, b: { topic: t, at: /b, unit: W }',
    '{"a":nan,"b":1}',
    ['a non_finite', 'b 1'],
  ],
  ['of all kinds', 'a: { topic: t, at: /4, unit: W }', '[-nan, +Inf,-Infinity,-nan(ind),7,]', ['a 7']],
  ['in a text it is text', 'a: { topic: t, at: /a, unit: W }', '{"n":"a, nan","a":1}', ['a 1']],
  ['another word is no number', 'a: { topic: t, at: /a, unit: W }', '{"b":null,"a":1,"c":nano}', ['a bad_payload']],
  ['no stamp wanted', 'a: { topic: t, at: /a, timeAt: none, unit: W }', '{"a":1,"ts":3}', ['a 1']],
  [
    'date and time',
    'a: { topic: t, at: /a, timeAt: [/d, /h], timezone: UTC, unit: W }',
    '{"a":1,"d":"2026-03-02","h":"09:00"}',
    ['a 1 @ 09:00:00'],
  ],
  [
    'the start of an hour',
    'a: { topic: t, kind: mean, everyS: 3600, stamp: start, unit: W }',
    '{"value":1,"ts":"2026-03-02T08:00:00Z"}',
    ['a 1 @ 09:00:00'],
  ],
  ['arrival has no start', 'a: { topic: t, kind: mean, everyS: 3600, stamp: start, unit: W }', '5', ['a 5']],
])('%s', (_, points, payload, words) => expect(told(points, payload)).toEqual(words))

const SHARED =
  'a: { topic: t, at: /v, unit: W, where: { /ch: 1 } }, b: { topic: t, at: /v, unit: W, where: { /ch: 2 } }'
const LISTS = 'a: { topic: t, at: /v, unit: W, records: /x }, b: { topic: t, at: /v, unit: W, records: /y }'

test.each<[string, string, unknown, string[]]>([
  ['its own messages', SHARED, { ch: 2, v: 5 }, ['b 5']],
  ['as text', SHARED, { ch: '1', v: 5 }, ['a 5']],
  ['nobody’s message', SHARED, { ch: 3, v: 5 }, ['a unselected']],
  ['a list of all', SHARED, [{ ch: 2, v: 5 }, { ch: 1, v: 6 }, { ch: 9 }], ['b 5', 'a 6', 'a unselected']],
  ['two lists', LISTS, { x: [{ v: 1 }, { v: 2 }], y: [{ v: 3 }] }, ['a 1', 'a 2', 'b 3']],
  ['one of them', LISTS, { y: [{ v: 3 }, {}] }, ['b 3', 'b no_value']],
  ['neither', LISTS, { z: 1 }, ['a unselected']],
  ['a single record', LISTS, { x: { v: 1 } }, ['a 1']],
  ['an empty list', LISTS, { x: [] }, ['a no_value']],
  ['too long a list', LISTS, { x: Array.from({ length: 1001 }, () => ({ v: 1 })) }, ['a oversize']],
  ['the stamp of the message', LISTS, { ts: Date.UTC(2026, 2, 2, 9), x: [{ v: 1 }] }, ['a 1 @ 09:00:00']],
  ['JSON in JSON', 'a: { topic: t, at: /body/v, unit: W }', { body: '{"v":5}' }, ['a 5']],
])('selection: %s', (_, points, message, words) => {
  expect(told(points, JSON.stringify(message))).toEqual(words)
  expect(told(points, message as object)).toEqual(words)
})

test.each<[string, string, string[]]>([
  ['{ topic: t, where: { /method: NotifyEvent } }', '{"method":"NotifyEvent"}', ['a ignored']],
  ['{ topic: t, where: { /method: NotifyEvent } }', '{"method":"NotifyStatus","v":1}', ['a 1']],
  ['{ topic: "+", without: /v }', '{"w":1}', ['a ignored']],
  ['{ topic: t, text: [online, offline] }', 'offline\0', ['a ignored']],
  ['{ topic: t, text: online }', 'gone', ['a bad_payload']],
])('ignore %s: %s', (rule, payload, words) => {
  expect(told('a: { topic: t, at: /v, unit: W }', payload, `[${rule}]`)).toEqual(words)
})

test('a topic that nobody reads and that is to be ignored is known', () => {
  const site = siteOf(
    'site: { id: dc, timezone: UTC }\npoints: { a: { topic: t, unit: W } }\nignore: [bridge/state, "x/+/rpc", "y/#"]',
  )
  expect(['bridge/state', 'x/1/rpc', 'y/1/2', 'y', 'x/1/2/rpc', 'z'].map((topic) => site.isIgnored(topic))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ])
})
