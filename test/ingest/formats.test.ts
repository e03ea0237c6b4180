/** Payloads of a declared format: a message in, readings by name out. Arrival is 10:00:00 UTC on 2026-03-02. */
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { recordsOfLineProtocol } from '../../src/ingest/formats/line-protocol.ts'
import { recordsOfPack } from '../../src/ingest/formats/senml.ts'
import { ARRIVAL_MS, told } from './told.ts'

const AT_9 = Date.UTC(2026, 2, 2, 9)

describe('cells', () => {
  const BOTH = "a: { topic: t, unit: W, cells: ',', at: /0 }, b: { topic: t, unit: °C, cells: ',', at: /1 }"
  test.each<[string, string, string, string[]]>([
    ['a line', BOTH, '1,2', ['a 1', 'b 2']],
    ['its line end', BOTH, '1,2\r\n', ['a 1', 'b 2']],
    ['two lines', BOTH, '1,2\n3,4\n', ['a 1', 'b 2', 'a 3', 'b 4']],
    ['too few of them', BOTH, '1', ['a 1', 'b no_value']],
    ['an empty one', BOTH, '1,,3', ['a 1', 'b no_value']],
    ['a text', BOTH, 'rack 7,2', ['a bad_payload', 'b 2']],
    ['a quoted one with the sign in it', BOTH, '"1","2"', ['a 1', 'b 2']],
    ['a quoted text before it', "a: { topic: t, unit: W, cells: ',', at: /1 }", '"hall 1, ""north""",5', ['a 5']],
    ['a line end within quotes', BOTH, '9,"a\n77,88",5', ['a 9', 'b bad_payload']],
    ['text behind a closing quote', BOTH, '"12"34,5', ['a no_value', 'b no_value']],
    ['a quote that never closes', BOTH, '"12,5', ['a no_value', 'b no_value']],
    ['nothing', BOTH, '\r\n', ['a no_value', 'b no_value']],
    ['decimal commas', "a: { topic: t, unit: W, cells: ';', at: /1, decimal: ',' }", '7;1,5', ['a 1.5']],
    ['a time', "a: { topic: t, unit: W, cells: ' ', at: /1, timeAt: /0 }", `${AT_9 / 1000} 5`, ['a 5 @ 09:00:00']],
    [
      'whose line it is',
      "a: { topic: t, unit: W, cells: ';', at: /1, where: { /0: x } }",
      'x;5\ny;6',
      ['a 5', 'a unselected'],
    ],
    ['a list in JSON is one line', BOTH, '[1,2]', ['a 1', 'b 2']],
  ])('%s', (_, points, payload, words) => expect(told(points, payload)).toEqual(words))
})

describe('line protocol', () => {
  const POINT = 'a: { topic: t, format: line-protocol, at: /fields/temp, unit: °C }'
  const OF_TWO = `
    a: { topic: t, format: line-protocol, at: /fields/p, unit: W, where: { /measurement: pdu, /tags/host: a } },
    b: { topic: t, format: line-protocol, at: /fields/p, unit: W, where: { /measurement: pdu, /tags/host: b } }`
  test.each<[string, string, string, string[]]>([
    ['no time', POINT, 'pdu,host=a temp=23.5', ['a 23.5']],
    ['nanoseconds', POINT, `pdu temp=23.5 ${AT_9}000000`, ['a 23.5 @ 09:00:00']],
    ['seconds, as Telegraf can send them', POINT, `pdu temp=23.5 ${AT_9 / 1000}`, ['a 23.5 @ 09:00:00']],
    ['whole numbers', POINT, 'pdu temp=23i,hum=5u', ['a 23']],
    ['a whole number without a sign that has one', POINT, 'pdu temp=-5u\npdu temp=-5i', ['a bad_payload', 'a -5']],
    ['a float with an exponent', POINT, 'pdu temp=2.35e1', ['a 23.5']],
    ['a text', POINT, 'pdu temp="23.5"', ['a 23.5']],
    ['true', POINT, 'pdu temp=true', ['a bad_payload']],
    ['another field', POINT, 'pdu hum=5', ['a no_value']],
    ['two lines and a comment', POINT, '# now\npdu temp=1\r\npdu temp=2\n', ['a 1', 'a 2']],
    ['a broken line beside a sound one', POINT, 'pdu temp=\npdu temp=2', ['a bad_payload', 'a 2']],
    ['no line at all', POINT, '23.5', ['a bad_payload']],
    ['nothing', POINT, ' \n', ['a no_value']],
    ['spaces within quotes', POINT, 'pdu note="a, b = c \\"d\\"",temp=1', ['a 1']],
    ['a line end within quotes', POINT, 'pdu note="a\nb",temp=1', ['a 1']],
    [
      'a quote that does not close',
      POINT,
      'pdu note="a,temp=1\npdu temp=2\npdu temp=3',
      ['a bad_payload', 'a 2', 'a 3'],
    ],
    [
      'one that the quote of a later line seems to close',
      POINT,
      'pdu note="a,temp=1\npdu temp=2\npdu note="b",temp=3',
      ['a bad_payload', 'a 2', 'a 3'],
    ],
    ['quotes in a comment', POINT, '# note a ="b\npdu temp=2', ['a 2']],
    ['an apostrophe of a tag is no quote', POINT, 'pdu,rack=12" temp=1', ['a 1']],
    [
      'escaped names',
      'a: { topic: t, format: line-protocol, at: /fields/air temp, unit: °C, where: { /measurement: "my pdu", /tags/room: "1,2" } }',
      'my\\ pdu,room=1\\,2 air\\ temp=23.5',
      ['a 23.5'],
    ],
    ['`value` without a pointer', 'a: { topic: t, format: line-protocol, unit: W }', 'power value=5', ['a 5']],
    ['two hosts', OF_TWO, 'pdu,host=b p=2\npdu,host=a p=1\npdu,host=c p=3', ['b 2', 'a 1', 'a unselected']],
    ['a name of a prototype', POINT, 'pdu,__proto__=x __proto__=1,temp=2', ['a 2']],
  ])('%s', (_, points, payload, words) => expect(told(points, payload)).toEqual(words))

  test('names of any letters come back from their escapes', () => {
    const name = fc.stringMatching(/^[a-z ,="#é{}$:]{1,12}$/).filter((it) => it.trim() === it && !it.startsWith('#'))
    const escape = (text: string) => text.replaceAll(/[ ,=]/g, '\\$&')
    fc.assert(
      fc.property(name, name, fc.double({ noNaN: true, noDefaultInfinity: true }), (tag, field, number) => {
        const value = number + 0 // a text has no -0
        const text = `m,${escape(tag)}=${escape(field)} ${escape(field)}=${value}`
        expect(recordsOfLineProtocol(text)).toMatchObject([{ tags: { [tag]: field }, fields: { [field]: value } }])
      }),
    )
  })
})

describe('SenML', () => {
  const OF = (name: string, unit = '°C') => `a: { topic: t, format: senml, unit: "${unit}", where: { /n: "${name}" } }`
  const pack = (...records: object[]) => JSON.stringify(records)
  test.each<[string, string, string, string[]]>([
    ['a record', OF('t1'), pack({ n: 't1', u: 'Cel', v: 23.5 }), ['a 23.5']],
    ['a base name', OF('urn:dev:1:t'), pack({ bn: 'urn:dev:1:', n: 't', v: 23.5 }), ['a 23.5']],
    ['a base name alone', OF('urn:dev:1'), pack({ bn: 'urn:dev:1', v: 23.5 }), ['a 23.5']],
    ['a base value', OF('t1'), pack({ bn: '', bv: 20, n: 't1', v: 3.5 }), ['a 23.5']],
    ['a base that goes on', OF('x-t2'), pack({ bn: 'x-', n: 't1', v: 1 }, { n: 't2', v: 2 }), ['a unselected', 'a 2']],
    ['a time', OF('t1'), pack({ bt: AT_9 / 1000, n: 't1', v: 1 }), ['a 1 @ 09:00:00']],
    ['a time beside the base', OF('t1'), pack({ bt: AT_9 / 1000, n: 't1', t: 60, v: 1 }), ['a 1 @ 09:01:00']],
    ['a minute ago', OF('t1'), pack({ n: 't1', t: -60, v: 1 }), ['a 1 @ 09:59:00']],
    ['now', OF('t1'), pack({ n: 't1', t: 0, v: 1 }), ['a 1']],
    ['another unit', OF('t1'), pack({ n: 't1', u: 'K', v: 295 }), ['a bad_payload']],
    ['a base unit that is another', OF('t1'), pack({ bu: 'K', n: 't1', v: 295 }), ['a bad_payload']],
    ['a humidity', OF('h', '%'), pack({ n: 'h', u: '%RH', v: 45 }), ['a 45']],
    ['a text value', OF('t1'), pack({ n: 't1', vs: 'warm' }), ['a no_value']],
    [
      'two values in one record',
      OF('t1'),
      pack({ n: 't1', v: 1, vs: 'x' }, { n: 't1', v: 2 }),
      ['a bad_payload', 'a 2'],
    ],
    ['coulombs, whose sign elsewhere is of degrees', OF('t1'), pack({ n: 't1', u: 'C', v: 20 }), ['a bad_payload']],
    ['farads', OF('t1', '°F'), pack({ bu: 'F', n: 't1', v: 70 }), ['a bad_payload']],
    ['a newer version', OF('t1'), pack({ bver: 11, n: 't1', v: 1 }), ['a bad_payload']],
    ['a field that must be understood', OF('t1'), pack({ n: 't1', v: 1, scale_: 10 }), ['a bad_payload']],
    ['a field that need not be', OF('t1'), pack({ n: 't1', v: 1, scale: 10 }), ['a 1']],
    ['no list', OF('t1'), '{"n":"t1","v":1}', ['a bad_payload']],
    ['an empty pack', OF('t1'), '[]', ['a no_value']],
    [
      'a sum',
      'a: { topic: t, format: senml, unit: J, register: {}, at: /s, where: { /n: e } }',
      pack({ bs: 1000, n: 'e', u: 'J', s: 5 }),
      ['a 1005'],
    ],
  ])('%s', (_, points, payload, words) => expect(told(points, payload)).toEqual(words))

  // Vectors of RFC 8949 (appendix A) for the numbers; a map of n: 't1' and v
  const record = (v: string, more = '') => `a${more === '' ? 2 : 3}0062743102${v}${more}`
  test.each<[what: string, hex: string, words: string[]]>([
    ['a whole number', `81${record('17')}`, ['a 23']],
    ['a negative one', `81${record('3863')}`, ['a -100']],
    ['of 32 bit', `81${record('1a000f4240')}`, ['a 1000000']],
    ['a half float, 1.5', `81${record('f93e00')}`, ['a 1.5']],
    ['the smallest half float', `81${record('f90001')}`, ['a 5.96046447754e-8']],
    ['a single float, 100000', `81${record('fa47c35000')}`, ['a 100000']],
    ['a double, 1.1', `81${record('fb3ff199999999999a')}`, ['a 1.1']],
    ['an open array of open maps', '9fbf006274310217ffff', ['a 23']],
    ['base name and base value by their negative numbers', '81a421617400613124140217', ['a 43']],
    ['a unit that is another', `81${record('17', '01614b')}`, ['a bad_payload']],
    ['labels as texts', '81a2616e627431617617', ['a 23']],
    ['infinite', `81${record('f97c00')}`, ['a non_finite']],
    ['two records', `82${record('17')}${record('1818')}`, ['a 23', 'a 24']],
    ['a tag', `81${record('c11a514b67b0')}`, ['a bad_payload']],
    ['cut in the middle', `81${record('fb3ff199')}`, ['a bad_payload']],
    ['bytes behind it', `81${record('17')}00`, ['a bad_payload']],
    ['an unknown label', '81a200627431186317', ['a no_value']],
    ['a huge length', '9bffffffffffffffff', ['a bad_payload']],
  ])('in CBOR: %s', (_, hex, words) => expect(told(OF('t1'), Buffer.from(hex, 'hex'))).toEqual(words))

  test('base times of RFC 8428, 5.1.2, to the millisecond', () => {
    const payload = pack({ bn: 'urn:dev:ow:10e2073a0108006:', bt: 1.276020076001e9, bu: 'A', n: 'c', t: -5, v: 1.2 })
    expect(recordsOfPack(JSON.parse(payload), ARRIVAL_MS)).toMatchObject([
      { n: 'urn:dev:ow:10e2073a0108006:c', u: 'A', v: 1.2, ts: 1_276_020_071_001 },
    ])
  })

  test('a pack says the same as its resolved form, whatever stands in the base', () => {
    const record = fc.record({
      bn: fc.option(fc.constantFrom('a', 'b:'), { nil: undefined }),
      bt: fc.option(fc.integer({ min: 1e9, max: 2e9 }), { nil: undefined }),
      bv: fc.option(fc.integer({ min: -50, max: 50 }), { nil: undefined }),
      n: fc.constantFrom('x', 'y'),
      t: fc.integer({ min: 0, max: 1000 }),
      v: fc.integer({ min: -100, max: 100 }),
    })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        let [bn, bt, bv] = ['', 1.5e9, 0]
        const resolved = records.map((it) => {
          bn = it.bn ?? bn
          bt = it.bt ?? bt
          bv = it.bv ?? bv
          return { n: bn + it.n, v: bv + it.v, ts: (bt + it.t) * 1000 }
        })
        const sent = records.map((it, index) => (index === 0 ? { ...it, bt: it.bt ?? 1.5e9 } : it))
        expect(recordsOfPack(JSON.parse(JSON.stringify(sent)), ARRIVAL_MS)).toMatchObject(resolved)
      }),
    )
  })
})

test('DSX: a member of another name counts by the same quality', () => {
  const point = 'a: { topic: t, format: dsx, at: /v, unit: kW }'
  expect(told(point, JSON.stringify({ v: 20, quality: 0 }))).toEqual(['a no_value'])
})

describe('DSX', () => {
  const POINT = 'a: { topic: t, format: dsx, unit: kW }'
  const value = (of: object) => JSON.stringify({ value: 12.5, timestamp: AT_9, quality: 1, ...of })
  test.each([
    ['a good value', value({}), ['a 12500 @ 09:00:00']],
    ['null', value({ value: null }), ['a no_value']],
    ['another quality', value({ quality: 0 }), ['a no_value']],
    ['no quality', value({ quality: undefined }), ['a no_value']],
    ['a list, one of another quality', `[${value({})},${value({ quality: 0 })}]`, ['a 12500 @ 09:00:00', 'a no_value']],
    ['a bare number', '12.5', ['a no_value']],
    ['no JSON', 'on', ['a bad_payload']],
  ])('%s', (_, payload, words) => expect(told(POINT, payload)).toEqual(words))
})

test('a unit that a message names itself', () => {
  const point = 'a: { topic: t, at: /v, unitAt: /unit, unit: °C }'
  const says = (unit: unknown) => told(point, JSON.stringify({ v: 23.5, unit }))
  expect(['°C', 'C', ' degC ', undefined, null].flatMap(says)).toEqual(Array(5).fill('a 23.5'))
  expect(['°F', 'K', '', 7].flatMap(says)).toEqual(Array(4).fill('a bad_payload'))
})
