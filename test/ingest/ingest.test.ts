import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as outcomes from '../../src/core/contract/outcome.ts'
import { decode } from '../../src/ingest/payload.ts'
import { parsePointer } from '../../src/ingest/pointer.ts'
import type { Payload } from '../../src/ingest/root.ts'
import type { Route, RoutePoint } from '../../src/ingest/route.ts'
import { timeMs } from '../../src/ingest/times.ts'
import { toBase, UNITS } from '../../src/ingest/units.ts'
import { zonedToUtcMs } from '../../src/ingest/time-zones.ts'
import { plainPoint, routeFor } from './routes.ts'

const NOW_MS = Date.UTC(2026, 10, 23, 14, 0, 0)

interface PointSpec {
  at?: string
  timeAt?: string
  unit?: string
  factor?: number
  retained?: 'refuse' | 'accept' | 'seed'
  timezone?: string
  timeUnit?: 's' | 'ms' | 'us' | 'ns'
}

function routeOf(...specs: PointSpec[]): Route {
  return routeFor(specs.map(pointOf))
}

function pointOf({ at, timeAt, timeUnit, timezone, ...keys }: PointSpec, point: number): RoutePoint {
  return plainPoint(point, {
    at: at === undefined ? undefined : parsePointer(at),
    timeAt: timeAt === undefined ? undefined : parsePointer(timeAt),
    time: { unit: timeUnit, timezone },
    ...keys,
  })
}

/** What came of a payload, one word per call: `0 12.5` at arrival time, `0 12.5 @ 2026-…Z` stamped, `0 no_value` refused. */
function told(route: Route, payload: Payload, retain = false): string[] {
  const words: string[] = []
  decode(
    route,
    { payload, nowMs: NOW_MS, retain },
    {
      reading(point, tMs, value) {
        words.push(
          `${point} ${Object.is(value, -0) ? '-0' : value}${tMs === NOW_MS ? '' : ` @ ${new Date(tMs).toISOString()}`}`,
        )
      },
      refused(point, outcome) {
        words.push(`${point} ${outcomes.OUTCOMES[outcome]}`)
      },
    },
  )
  return words
}

test('every outcome has its number, in the order of the words', () => {
  const numbered = Object.entries(outcomes).flatMap(([name, n]) =>
    typeof n === 'number' ? [[n, name.toLowerCase()]] : [],
  )
  expect(Object.fromEntries(numbered)).toEqual(Object.fromEntries(outcomes.OUTCOMES.entries()))
  expect([...outcomes.createCounts()]).toEqual(outcomes.OUTCOMES.map(() => 0))
})

describe('units', () => {
  test.each([
    ['W', 12.5, 12.5],
    ['kW', 812.5, 812500],
    ['MW', 1.25, 1250000],
    ['J', 7, 7],
    ['Wh', 1, 3600],
    ['kWh', 1, 3600000],
    ['MWh', 1, 3600000000],
    ['°C', 21.5, 21.5],
    ['°F', 32, 0],
    ['°F', 212, 100],
    ['°F', -40, -40],
    ['°F', 80.6, 27],
    ['°F', 64.4, 18],
    ['°F', 41.9, 5.5],
    ['°F', 89.6, 32],
    ['°F', 95, 35],
    ['°F', 113, 45],
    ['K', 273.15, 0],
    ['K', 373.15, 100],
    ['%', 50, 50],
    ['Pa', 101325, 101325],
  ])('%s: %d is %d', (unit, raw, base) => expect(toBase(UNITS[unit]!, raw)).toBe(base))

  test.each(['kw', 'C', 'Kw', 'BTU', '', 'constructor', '__proto__', 'toString'])('%j is no unit', (unit) => {
    expect(UNITS[unit]).toBeUndefined()
  })
})

describe('times', () => {
  const plain = { unit: undefined, timezone: undefined }
  const noon = Date.UTC(2026, 10, 23, 12, 0, 0)

  test.each<[string, unknown, number]>([
    ['epoch s', noon / 1000, noon],
    ['epoch s with a fraction', 1479988800.25, Date.UTC(2016, 10, 24, 12, 0, 0, 250)],
    ['a fraction that doubles cannot hold', 1479988800.123, Date.UTC(2016, 10, 24, 12, 0, 0, 123)],
    ['epoch ms', noon + 7, noon + 7],
    ['epoch ms with a fraction: rounded down', noon + 7.9, noon + 7],
    ['epoch µs', noon * 1000 + 7999, noon + 7],
    ['epoch ns', (noon + 7) * 1e6, noon + 7],
    ['epoch ns as text', `${noon}123456`, noon],
    ['epoch s as text', `${noon / 1000}`, noon],
    ['exponent, as printf writes it', '1.795435200e+09', noon],
    ['1990 in s', Date.UTC(1990, 0, 1) / 1000, Date.UTC(1990, 0, 1)],
    ['1990 in ms', Date.UTC(1990, 0, 1), Date.UTC(1990, 0, 1)],
    ['2100 in s', Date.UTC(2100, 11, 31) / 1000, Date.UTC(2100, 11, 31)],
    ['2100 in ms', Date.UTC(2100, 11, 31), Date.UTC(2100, 11, 31)],
    ['1990 in ns', Date.UTC(1990, 0, 1) * 1e6, Date.UTC(1990, 0, 1)],
    ['2100 in µs', Date.UTC(2100, 11, 31) * 1e3, Date.UTC(2100, 11, 31)],
    ['all nines in s: the core calls it future', 9999999999, Date.UTC(2286, 10, 20, 17, 46, 39)],
    ['Z', '2026-11-23T12:00:00Z', noon],
    ['small letters', '2026-11-23t12:00:00z', noon],
    ['without seconds', '2026-11-23T12:00Z', noon],
    ['space for T', '2026-11-23 12:00:00Z', noon],
    ['+hh', '2026-11-23T13:00:00+01', noon],
    ['+hhmm', '2026-11-23T17:30:00+0530', noon],
    ['-hh:mm', '2026-11-23T08:30:00-03:30', noon],
    ['-00:00', '2026-11-23T12:00:00-00:00', noon],
    ['six digits of a second', '2026-11-23T12:00:00.681999Z', noon + 681],
    ['nine digits', '2026-11-23T12:00:00.999999999Z', noon + 999],
    ['one digit, comma', '2026-11-23T12:00:00,5+00:00', noon + 500],
    ['leap day', '2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
  ])('%s', (_, raw, tMs) => expect(timeMs(raw, plain)).toBe(tMs))

  test.each<[string, unknown]>([
    ['a local time', '2026-11-23T12:00:00'],
    ['a date', '2026-11-23'],
    ['a year', '2026'],
    ['an American date', '11/23/2026 12:00'],
    ['29 February of a common year', '2026-02-29T12:00:00Z'],
    ['29 February 2100', '2100-02-29T12:00:00Z'],
    ['31 April', '2026-04-31T12:00:00Z'],
    ['month 13', '2026-13-01T12:00:00Z'],
    ['month 0', '2026-00-01T12:00:00Z'],
    ['24:00', '2026-11-23T24:00:00Z'],
    ['minute 60', '2026-11-23T12:60:00Z'],
    ['second 60', '2016-12-31T23:59:60Z'],
    ['a dot and no digits', '2026-11-23T12:00:00.Z'],
    ['half an offset', '2026-11-23T12:00:00+05:3'],
    ['an offset cut off', '2026-11-23T12:00:00+05:'],
    ['an offset of 24 h', '2026-11-23T12:00:00+24:00'],
    ['two offsets', '2026-11-23T12:00:00Z+0000'],
    ['something behind', '2026-11-23T12:00:00Z '],
    ['something before', ' 2026-11-23T12:00:00Z'],
    ['a named zone', '2026-11-23T12:00:00[Europe/Paris]'],
    ['a five-digit year', '12026-11-23T12:00:00Z'],
    ['a clock never set, ISO', '1970-01-01T00:00:07Z'],
    ['a clock never set, s', 7],
    ['zero', 0],
    ['1989 in s', 631151999],
    ['negative', -1795435200],
    ['beyond ns', 1e21],
    ['infinite', Infinity],
    ['NaN', NaN],
    ['empty', ''],
    ['blank', ' '],
    ['hexadecimal', '0x6b0424c0'],
    ['null', null],
    ['a boolean', true],
    ['an object', { s: 1795435200 }],
    ['a list', [1795435200]],
  ])('%s is refused', (_, raw) => expect(timeMs(raw, plain)).toBeNaN())

  test.each<[string, unknown, 's' | 'ms' | 'us' | 'ns', number]>([
    ['s', noon / 1000, 's', noon],
    ['ms', noon, 'ms', noon],
    ['µs', noon * 1e3, 'us', noon],
    ['ns, text', `${noon}000000`, 'ns', noon],
    ['ISO beside a declared unit', '2026-11-23T12:00:00Z', 'ns', noon],
    ['ms declared as s is far in the future', noon, 's', NaN],
    ['s declared as ms lies before 1990', noon / 1000, 'ms', NaN],
  ])('declared unit: %s', (_, raw, unit, tMs) => expect(timeMs(raw, { unit, timezone: undefined })).toBe(tMs))

  test.each([
    ['winter in Paris', '2026-11-23T13:00:00', 'Europe/Paris', '2026-11-23T12:00:00.000Z'],
    ['summer in Paris', '2026-07-01 13:00:00.25', 'Europe/Paris', '2026-07-01T11:00:00.250Z'],
    ['a written offset wins', '2026-07-01T13:00:00Z', 'Europe/Paris', '2026-07-01T13:00:00.000Z'],
    ['doubled hour: the first', '2016-11-06T01:30:00', 'America/Denver', '2016-11-06T07:30:00.000Z'],
    ['last second before the change', '2016-11-06T00:59:59', 'America/Denver', '2016-11-06T06:59:59.000Z'],
    ['first second after it', '2016-11-06T02:00:00', 'America/Denver', '2016-11-06T09:00:00.000Z'],
    ['half-hour zone', '2026-11-23T17:30:00', 'Asia/Kolkata', '2026-11-23T12:00:00.000Z'],
    ['half-hour change', '2026-04-05T01:45:00', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z'],
    ['first second of a year far east', '2026-01-01T00:00:00', 'Pacific/Kiritimati', '2025-12-31T10:00:00.000Z'],
    ['UTC', '2026-11-23T12:00:00', 'UTC', '2026-11-23T12:00:00.000Z'],
  ])('local time: %s', (_, raw, timezone, iso) => {
    expect(new Date(timeMs(raw, { unit: undefined, timezone })).toISOString()).toBe(iso)
  })

  test.each([
    ['the skipped hour', '2016-03-13T02:30:00', 'America/Denver'],
    ['the day Samoa left out', '2011-12-30T12:00:00', 'Pacific/Apia'],
    ['a date that does not exist', '2026-02-30T12:00:00', 'Europe/Paris'],
  ])('local time: %s is refused', (_, raw, timezone) => expect(timeMs(raw, { unit: undefined, timezone })).toBeNaN())

  test.each<[string, number[], string, string[]]>([
    ['once', [2016, 11, 6, 0, 30], 'America/Denver', ['2016-11-06T06:30:00.000Z']],
    ['twice', [2016, 11, 6, 1, 30], 'America/Denver', ['2016-11-06T07:30:00.000Z', '2016-11-06T08:30:00.000Z']],
    [
      'twice, half an hour apart',
      [2026, 4, 5, 1, 45],
      'Australia/Lord_Howe',
      ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z'],
    ],
    ['never', [2016, 3, 13, 2, 30], 'America/Denver', []],
    ['at a change that comes at one past midnight', [2011, 3, 13, 0, 30], 'America/St_Johns', []],
    ['far from the change found just before', [2016, 7, 6, 1, 30], 'America/Denver', ['2016-07-06T07:30:00.000Z']],
  ])('a local time comes %s', (_, [year = NaN, month = NaN, day, hour, minute], timezone, instants) => {
    const found = zonedToUtcMs(Date.UTC(year, month - 1, day, hour, minute), timezone)
    expect(found.map((tMs) => new Date(tMs).toISOString())).toEqual(instants)
  })

  test('the 23 and 25 hours of the days of change, minute by minute', () => {
    const minutes = (month: number, day: number) =>
      Array.from({ length: 1440 }, (_, n) => zonedToUtcMs(Date.UTC(2026, month - 1, day, 0, n), 'Europe/Paris')).flat()
    const spring = minutes(3, 29)
    const autumn = minutes(10, 25)
    expect(new Set(spring)).toHaveLength(23 * 60)
    expect(new Set(autumn)).toHaveLength(25 * 60)
    expect(Math.max(...spring) - Math.min(...spring)).toBe((23 * 60 - 1) * 60_000)
    expect(Math.max(...autumn) - Math.min(...autumn)).toBe((25 * 60 - 1) * 60_000)
  })
})

describe('pointers', () => {
  // RFC 6901, section 5
  test.each([
    ['', []],
    ['/foo', ['foo']],
    ['/foo/0', ['foo', '0']],
    ['/', ['']],
    ['/a~1b', ['a/b']],
    ['/c%d', ['c%d']],
    ['/k"l', ['k"l']],
    ['/ ', [' ']],
    ['/m~0n', ['m~n']],
    ['/~01', ['~1']],
    ['/a//b', ['a', '', 'b']],
  ])('%j', (pointer, tokens) => expect(parsePointer(pointer)).toEqual(tokens))

  test.each(['kw', '#/kw', '/a~', '/a~2', '~0', '$.kw'])('%j is no pointer', (pointer) => {
    expect(() => parsePointer(pointer)).toThrow(/JSON Pointer/)
  })
})

describe('values', () => {
  const bare = routeOf({})
  const kw = routeOf({ at: '/kw', unit: 'kW' })

  test.each<[string, Route, Payload, string]>([
    ['a bare number', bare, '23.4', '0 23.4'],
    ['a bare number with a line end', bare, '23.4\n', '0 23.4'],
    ['padded by printf', bare, '   23.40', '0 23.4'],
    ['leading zeros', bare, '0023.4', '0 23.4'],
    ['an exponent', bare, '-2.5e3', '0 -2500'],
    ['minus zero is zero', bare, '-0.0', '0 0'],
    ['a negative too small for its ratio is zero too', routeOf({ factor: 0.1 }), '-5e-324', '0 0'],
    ['bytes', bare, Buffer.from('23.4'), '0 23.4'],
    ['a byte order mark', bare, '\uFEFF23.4', '0 23.4'],
    ['a byte order mark, bytes', bare, Buffer.from('\uFEFF{"value":23.4}'), '0 23.4'],
    ['two of them', bare, '\uFEFF\uFEFF{"value":23.4}', '0 bad_payload'],
    ['a number parsed by a recording', bare, 23.4, '0 23.4'],
    ['the member `value`', bare, '{"value":23.4}', '0 23.4'],
    ['the member `value`, parsed', bare, { value: 23.4 }, '0 23.4'],
    ['the member `value` as text', bare, '{"value":"23.4"}', '0 23.4'],
    ['a JSON text', bare, '"23.4"', '0 23.4'],
    ['an object without `value`', bare, '{"kw":23.4}', '0 no_value'],
    ['a pointer', kw, '{"kw":23.4}', '0 23400'],
    ['blanks in front of the brace', kw, ' \n{"kw":23.4}', '0 23400'],
    ['a deep pointer', routeOf({ at: '/a/0/b~1c' }), '{"a":[{"b/c":1}]}', '0 1'],
    ['an empty member name', routeOf({ at: '/' }), '{"":1}', '0 1'],
    ['the whole document', routeOf({ at: '' }), '23.4', '0 23.4'],
    ['the whole document, an object', routeOf({ at: '' }), '{"value":23.4}', '0 bad_payload'],
    ['a CT ratio', routeOf({ at: '/kw', unit: 'kW', factor: 40 }), '{"kw":2.5}', '0 100000'],
    ['the last of a doubled member', kw, '{"kw":1,"kw":2}', '0 2000'],
    ['absent', kw, '{"kva":23.4}', '0 no_value'],
    ['null', kw, '{"kw":null}', '0 no_value'],
    ['null above it', routeOf({ at: '/a/b' }), '{"a":null}', '0 no_value'],
    ['a number above it', routeOf({ at: '/a/b' }), '{"a":5}', '0 no_value'],
    ['an empty payload', bare, '', '0 no_value'],
    ['an empty payload, bytes', kw, Buffer.alloc(0), '0 no_value'],
    ['blanks', bare, ' \n', '0 no_value'],
    ['a JSON null', bare, 'null', '0 no_value'],
    ['an empty text', kw, '{"kw":""}', '0 no_value'],
    ['a blank text', kw, '{"kw":" "}', '0 no_value'],
    ['a pointer into a bare number', kw, '23.4', '0 bad_payload'],
    ['a pointer into a text', kw, '"23.4"', '0 bad_payload'],
    ['a boolean', kw, '{"kw":true}', '0 bad_payload'],
    ['a bare boolean', bare, 'false', '0 bad_payload'],
    ['a bare boolean, parsed', bare, false, '0 bad_payload'],
    ['an object', kw, '{"kw":{"value":1}}', '0 bad_payload'],
    ['a list', kw, '{"kw":[1]}', '0 bad_payload'],
    ['a word', kw, '{"kw":"unavailable"}', '0 bad_payload'],
    ['a bare word', bare, 'offline', '0 bad_payload'],
    ['hexadecimal', kw, '{"kw":"0x10"}', '0 bad_payload'],
    ['hexadecimal, bare', bare, '0x10', '0 bad_payload'],
    ['a unit behind it', bare, '23.4 kW', '0 bad_payload'],
    ['a decimal comma', bare, '23,4', '0 bad_payload'],
    ['thousands', kw, '{"kw":"1,234.5"}', '0 bad_payload'],
    ['a plus sign', kw, '{"kw":"+5"}', '0 5000'],
    ['broken JSON', kw, '{"kw":23.4', '0 bad_payload'],
    ['two documents', kw, '{"kw":1}{"kw":2}', '0 bad_payload'],
    ['NaN inside JSON', kw, '{"kw":NaN}', '0 non_finite'],
    ['bytes that are not UTF-8', kw, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), '0 bad_payload'],
    ['a broken byte in another member', kw, Buffer.from('{"n":"\xe9","kw":1}', 'latin1'), '0 bad_payload'],
    ['too big for a double', kw, '{"kw":1e400}', '0 non_finite'],
    ['too big for a double, bare', bare, '-1e400', '0 non_finite'],
    ['too big for a double, text', kw, '{"kw":"1e400"}', '0 non_finite'],
    ['too big in base units', kw, '{"kw":1e306}', '0 non_finite'],
    ['the text NaN', kw, '{"kw":"NaN"}', '0 non_finite'],
    ['the bare text -Infinity', bare, '-Infinity', '0 non_finite'],
    ['inf, as C prints it', bare, 'inf', '0 non_finite'],
    ['an inherited member', routeOf({ at: '/constructor' }), '{}', '0 no_value'],
    ['an inherited chain', routeOf({ at: '/__proto__/value' }), '{}', '0 no_value'],
    ['an own member of that name', routeOf({ at: '/__proto__/value' }), '{"__proto__":{"value":5}}', '0 5'],
    ["a list's length", routeOf({ at: '/a/length' }), '{"a":[1,2]}', '0 no_value'],
    ['an index with a leading zero', routeOf({ at: '/a/01' }), '{"a":[1,2]}', '0 no_value'],
    ['an index past the end', routeOf({ at: '/a/2' }), '{"a":[1,2]}', '0 no_value'],
    ['the RFC 6901 place past the end', routeOf({ at: '/a/-' }), '{"a":[1,2]}', '0 no_value'],
  ])('%s', (_, route, payload, word) => expect(told(route, payload)).toEqual([word]))

  test('points on one topic are judged each by itself', () => {
    const route = routeOf({ at: '/t', unit: '°F' }, { at: '/rh', unit: '%' }, { at: '/dp' }, {})
    expect(told(route, '{"t":212,"rh":"bad","ts":"2026-11-23T13:59:00Z"}')).toEqual([
      '0 100 @ 2026-11-23T13:59:00.000Z',
      '1 bad_payload',
      '2 no_value',
      '3 no_value',
    ])
    expect(told(route, '{')).toEqual(['0 bad_payload', '1 bad_payload', '2 bad_payload', '3 bad_payload'])
  })
})

describe('stamps', () => {
  const free = routeOf({ at: '/v' })
  const fixed = routeOf({ at: '/v', timeAt: '/m/when' })

  test.each<[string, Route, string, string]>([
    ['ts', free, '{"v":1,"ts":1795435200}', '0 1 @ 2026-11-23T12:00:00.000Z'],
    ['time', free, '{"v":1,"time":"2026-11-23T12:00:00Z"}', '0 1 @ 2026-11-23T12:00:00.000Z'],
    ['timestamp', free, '{"v":1,"timestamp":1795435200000}', '0 1 @ 2026-11-23T12:00:00.000Z'],
    ['ts before time', free, '{"v":1,"time":0,"ts":1795435200}', '0 1 @ 2026-11-23T12:00:00.000Z'],
    ['beside `value`', routeOf({}), '{"value":1,"ts":1795435200}', '0 1 @ 2026-11-23T12:00:00.000Z'],
    ['above a deep value', routeOf({ at: '/a/b' }), '{"a":{"b":1},"ts":1795435200}', '0 1 @ 2026-11-23T12:00:00.000Z'],
    ['none: arrival time', free, '{"v":1}', '0 1'],
    ['null is there, and unusable', free, '{"v":1,"ts":null,"time":1795435200}', '0 bad_time'],
    ['a local time', free, '{"v":1,"ts":"2026-11-23T12:00:00"}', '0 bad_time'],
    [
      'a local time with a zone',
      routeOf({ at: '/v', timezone: 'Europe/Paris' }),
      '{"v":1,"ts":"2026-11-23T13:00:00"}',
      '0 1 @ 2026-11-23T12:00:00.000Z',
    ],
    ['a declared unit', routeOf({ at: '/v', timeUnit: 'ms' }), '{"v":1,"ts":1795435200}', '0 bad_time'],
    ['a clock never set', free, '{"v":1,"ts":12}', '0 bad_time'],
    ['at its pointer', fixed, '{"v":1,"m":{"when":1795435200}}', '0 1 @ 2026-11-23T12:00:00.000Z'],
    ['absent at its pointer', fixed, '{"v":1,"ts":1795435200}', '0 bad_time'],
    ['null at its pointer', fixed, '{"v":1,"m":{"when":null}}', '0 bad_time'],
    ['a stamp demanded of a bare number', routeOf({ timeAt: '/ts' }), '23.4', '0 bad_time'],
    ["the value's fault is named first", free, '{"v":null,"ts":"noon"}', '0 no_value'],
  ])('%s', (_, route, payload, word) => expect(told(route, payload)).toEqual([word]))

  test.each<[string, Route, string, string]>([
    ['without a stamp', free, '{"v":1}', '0 retained'],
    ['a bare number', routeOf({}), '23.4', '0 retained'],
    ['with a stamp: an ordinary reading', free, '{"v":1,"ts":1795435200}', '0 1 @ 2026-11-23T12:00:00.000Z'],
    ['with an unusable stamp', free, '{"v":1,"ts":"noon"}', '0 bad_time'],
    ['where the point takes them', routeOf({ at: '/v', retained: 'accept' }), '{"v":1}', '0 1'],
    ['without the stamp that the point demands', fixed, '{"v":1}', '0 retained'],
    ['cleared', free, '', '0 no_value'],
  ])('retained, %s', (_, route, payload, word) => expect(told(route, payload, true)).toEqual([word]))
})

describe('lists', () => {
  test('every element is a reading with its own stamp', () => {
    const payload = '[{"v":1,"ts":1795435200},{"v":2,"ts":1795435260},{"ts":1795435320},{"v":4},5,null]'
    expect(told(routeOf({ at: '/v' }), payload)).toEqual([
      '0 1 @ 2026-11-23T12:00:00.000Z',
      '0 2 @ 2026-11-23T12:01:00.000Z',
      '0 no_value',
      '0 4',
      '0 bad_payload',
      '0 no_value',
    ])
  })
  test('elements times points', () => {
    expect(told(routeOf({ at: '/a' }, { at: '/b' }), '[{"a":1,"b":2},{"a":3}]')).toEqual([
      '0 1',
      '1 2',
      '0 3',
      '1 no_value',
    ])
  })
  test('bare numbers and `value`', () =>
    expect(told(routeOf({}), '[1,{"value":2},[3],"4"]')).toEqual(['0 1', '0 2', '0 bad_payload', '0 4']))
  test('the stamp at its pointer may lie in the element or beside the index', () => {
    expect(told(routeOf({ at: '/v', timeAt: '/ts' }), '[{"v":1,"ts":1795435200},{"v":2}]')).toEqual([
      '0 1 @ 2026-11-23T12:00:00.000Z',
      '0 bad_time',
    ])
    expect(told(routeOf({ at: '/v', timeAt: '/0/ts' }), '[{"v":1,"ts":1795435200},{"v":2}]')).toEqual([
      '0 1 @ 2026-11-23T12:00:00.000Z',
      '0 2 @ 2026-11-23T12:00:00.000Z',
    ])
  })
  test('one document if every point reads by index', () => {
    expect(told(routeOf({ at: '/0/v' }, { at: '/2/v' }), '[{"v":1},{"v":2},{"v":3}]')).toEqual(['0 1', '1 3'])
    expect(told(routeOf({ at: '/0' }, { at: '/v' }), '[{"v":1},[2]]')).toEqual([
      '0 no_value',
      '1 1',
      '0 2',
      '1 no_value',
    ])
  })
  test('an empty list still counts', () => expect(told(routeOf({}, {}), '[]')).toEqual(['0 no_value', '1 no_value']))
  test('1,000 elements pass, 1,001 are one refusal', () => {
    expect(told(routeOf({}), JSON.stringify(Array.from({ length: 1000 }, () => 1)))).toHaveLength(1000)
    expect(told(routeOf({}), JSON.stringify(Array.from({ length: 1001 }, () => 1)))).toEqual(['0 oversize'])
    expect(
      told(
        routeOf({}),
        Array.from({ length: 1001 }, () => 1),
      ),
    ).toEqual(['0 oversize'])
  })
})

describe('limits', () => {
  const sized = (bytes: number, filler = 'x') =>
    `{"value":1,"pad":"${filler.repeat((bytes - 20) / Buffer.byteLength(filler))}"}`
  const nested = (levels: number) => `${'['.repeat(levels - 1)}{"v":1}${']'.repeat(levels - 1)}`

  test.each<[string, Payload, string]>([
    ['64 KiB', sized(65536), '0 1'],
    ['64 KiB, bytes', Buffer.from(sized(65536)), '0 1'],
    ['one byte more', sized(65537), '0 oversize'],
    ['one byte more, bytes', Buffer.from(sized(65537)), '0 oversize'],
    ['counted in bytes, not in letters', sized(65538, 'é'), '0 oversize'],
    ['letters of two bytes that fit', sized(65536, 'é'), '0 1'],
    ['16 levels', `{"value":1,"deep":${nested(15)}}`, '0 1'],
    ['17 levels', `{"value":1,"deep":${nested(16)}}`, '0 bad_payload'],
    ['16 levels, parsed', JSON.parse(`{"value":1,"deep":${nested(15)}}`), '0 1'],
    ['17 levels, parsed', JSON.parse(`{"value":1,"deep":${nested(16)}}`), '0 bad_payload'],
    ['20,000 levels', nested(20000), '0 bad_payload'],
    ['20,000 levels never closed', '['.repeat(20000), '0 bad_payload'],
    ['brackets inside a text', `{"note":"\\"${'{['.repeat(40)}","value":1}`, '0 1'],
    ['a text that ends in a backslash', '{"a":{"note":"\\\\"},"value":1}', '0 1'],
    ['many brackets side by side', `{"value":1,"a":[${Array.from({ length: 99 }, () => '[]').join()}]}`, '0 1'],
  ])('%s', (_, payload, word) => expect(told(routeOf({}), payload)).toEqual([word]))
})

describe('messages of real devices', () => {
  const file = new URL('../../../shared/data/payloads/payloads.jsonl', import.meta.url)
  const present = existsSync(file)
  const lines = present ? readFileSync(file, 'utf8').trim().split('\n') : []
  const messages = new Map(lines.map((line) => [JSON.parse(line).id, JSON.parse(line)]))

  // Pointers as a site would declare them; numbers and times from each message's `expect`.
  test.skipIf(!present).each<[string, Route, (expected: Record<string, number>) => string[]]>([
    [
      'ttn-v3-lobaro-th',
      routeOf(
        { at: '/uplink_message/decoded_payload/airtemperature', timeAt: '/uplink_message/settings/time', unit: '°C' },
        { at: '/uplink_message/decoded_payload/airhumidity', timeAt: '/uplink_message/settings/time', unit: '%' },
        { at: '/uplink_message/decoded_payload/relais3', timeAt: '/uplink_message/settings/time' },
      ),
      (e) => [
        `0 ${e.temperature_c} @ 2024-01-22T07:06:25.013Z`,
        `1 ${e.humidity_pct} @ 2024-01-22T07:06:25.013Z`,
        '2 no_value',
      ],
    ],
    [
      'chirpstack-v4-dragino-lt22222',
      routeOf({ at: '/object/ACI1_mA' }, { at: '/object/AVI2_V', timeAt: '/time' }, { at: '/object/Work_mode' }),
      () => ['0 0 @ 2024-01-24T16:47:01.573Z', '1 0 @ 2024-01-24T16:47:01.573Z', '2 bad_payload'],
    ],
    ['shelly-pro3em-em0', routeOf({ at: '/total_act_power' }), (e) => [`0 ${e.power_w}`]],
    ['shelly-pro3em-emdata0', routeOf({ at: '/total_act', unit: 'Wh' }), (e) => [`0 ${e.energy_wh! * 3600}`]],
    [
      'redfish-pdu-metrics',
      routeOf(
        { at: '/PowerWatts/Reading' },
        { at: '/EnergykWh/Reading', unit: 'kWh' },
        { at: '/TemperatureCelsius/Reading', unit: '°C' },
        { at: '/HumidityPercent/Reading', unit: '%' },
      ),
      (e) => [`0 ${e.power_w}`, `1 ${e.energy_kwh! * 3_600_000}`, `2 ${e.temperature_c}`, `3 ${e.humidity_pct}`],
    ],
    // SenML's base time is not read yet: by index its first record is an ordinary reading, stamped by `bt`.
    ['senml-rfc8428-5.1.2', routeOf({ at: '/0/v', timeAt: '/0/bt' }), () => ['0 120.1 @ 2010-06-08T18:01:16.001Z']],
    ['emoncms-scalar', routeOf({}), (e) => [`0 ${e.power_w}`]],
    ['emoncms-emonth', routeOf({ unit: '°C' }), (e) => [`0 ${e.temperature_c}`]],
  ])(`%s${present ? '' : ' (skipped: ../shared/data/payloads is absent)'}`, (id, route, words) => {
    const { payload, expect: expected } = messages.get(id)
    expect(told(route, payload)).toEqual(words(expected))
    expect(told(route, Buffer.from(payload))).toEqual(words(expected))
    expect(told(route, JSON.parse(payload))).toEqual(words(expected))
  })
})
