import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACCEPTED, OUTCOMES } from '../../src/core/contract/outcome.ts'
import { decode } from '../../src/ingest/payload.ts'
import { parsePointer } from '../../src/ingest/pointer.ts'
import type { Payload } from '../../src/ingest/root.ts'
import type { Route } from '../../src/ingest/route.ts'
import { plainPoint, routeFor } from './routes.ts'
import { timeMs } from '../../src/ingest/times.ts'
import { seedCount } from '../seeds.ts'

const NOW_MS = Date.UTC(2026, 10, 23, 14, 0, 0)
const OLDEST_MS = Date.UTC(1990, 0, 1)
const SEED = 20261123
const ROUNDS = { seed: SEED, numRuns: seedCount('fuzzed payloads') }

const byName = routeOf([undefined, '', '/value', '/kw', '/a/b', '/__proto__/kw', '/constructor', '/length'])
const byIndex = routeOf(['/0', '/0/kw', '/1/a/b', '/7'])

function routeOf(pointers: (string | undefined)[]): Route {
  return routeFor(
    pointers.map((pointer, point) =>
      plainPoint(point, {
        at: pointer === undefined ? undefined : parsePointer(pointer),
        timeAt: point % 3 === 2 ? ['ts'] : undefined,
        time: { unit: undefined, timezone: point % 2 === 0 ? 'America/Denver' : undefined },
        unit: point % 2 === 0 ? 'kW' : '°F',
      }),
    ),
  )
}

/** Decodes and checks what holds for every payload; returns the calls, one text each. */
function soundCalls(route: Route, payload: Payload, retain: boolean): string[] {
  const calls: string[] = []
  decode(
    route,
    { payload, nowMs: NOW_MS, retain },
    {
      reading(point, tMs, value) {
        const sound = Number.isFinite(value) && !Object.is(value, -0) && Number.isInteger(tMs) && tMs >= OLDEST_MS
        calls.push(`${point} ${tMs} ${value}${sound ? '' : ' UNSOUND'}`)
      },
      refused(point, outcome) {
        const sound = outcome !== ACCEPTED && OUTCOMES[outcome] !== undefined
        calls.push(`${point} ${OUTCOMES[outcome]}${sound ? '' : ' UNSOUND'}`)
      },
    },
  )
  expect(calls.filter((call) => call.endsWith('UNSOUND'))).toEqual([])
  const order = calls.map((call) => Number(call.split(' ')[0]))
  const turns = elements(route, payload)
  expect(order).toEqual(Array.from({ length: turns * route.points.length }, (_, n) => n % route.points.length))
  return calls
}

/** How many readings a payload holds for each point, told the slow way. */
function elements(route: Route, payload: Payload): number {
  if (route === byIndex) return 1
  let root: unknown = payload
  if (typeof payload === 'string' || payload instanceof Uint8Array) {
    if (Buffer.byteLength(payload) > 65_536) return 1
    try {
      const text =
        typeof payload === 'string'
          ? payload
          : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
      root = JSON.parse(text.replace(/^\uFEFF/, ''))
    } catch {
      return 1
    }
  }
  if (!Array.isArray(root) || root.length === 0 || root.length > 1000 || depthOf(root) > 16) return 1
  return root.length
}

function depthOf(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0
  return 1 + Math.max(0, ...Object.values(node).map(depthOf))
}

const messages = [
  '23.4',
  '{"ts":1795435200,"kw":812.5}',
  '{"value":"23.4","time":"2026-11-23T12:00:00+01:00"}',
  '[{"kw":1,"ts":1795435200000},{"kw":2},{"a":{"b":3},"timestamp":"2016-03-13T02:30:00"}]',
  '{"a":{"b":1e3,"c":[1,2,{"d":"é\\"\\\\"}]},"__proto__":{"kw":5}}',
  `${'['.repeat(16)}1${']'.repeat(16)}`,
  `[${Array.from({ length: 1000 }, (_, n) => n).join()}]`,
].map((text) => Buffer.from(text))

const pieces = [
  '',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '-',
  '.',
  'e',
  '0',
  '9'.repeat(400),
  '1e400',
  'null',
  'true',
  'NaN',
]
  .concat([
    'Infinity',
    '"kw":',
    '"ts":',
    '"ts":null,',
    '"__proto__":',
    '"constructor":{},',
    ' ',
    '\n',
    '\0',
    '\uFEFF',
    '[[',
  ])
  .map((text) => Buffer.from(text))
  .concat(Buffer.from([0xff]), Buffer.from([0xc3]), Buffer.from([0xed, 0xa0, 0x80]), Buffer.alloc(65_536, '['))

const edit = fc.record({ at: fc.nat(), cut: fc.nat({ max: 6 }), piece: fc.constantFrom(...pieces) })
const mutated = fc
  .tuple(fc.constantFrom(...messages), fc.array(edit, { minLength: 1, maxLength: 5 }))
  .map(([message, edits]) =>
    edits.reduce((bytes, { at, cut, piece }) => {
      const from = at % (bytes.length + 1)
      return Buffer.concat([bytes.subarray(0, from), piece, bytes.subarray(from + cut)])
    }, message),
  )

/** JSON of the shapes a device sends: known names and real stamps come up often, and anything else too. */
const { device } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(null, true, false, '', '23.4', '0x10', 'NaN', '1e400', 1795435200, '2026-11-23T12:00:00Z', -0),
    fc.string(),
  ),
  record: fc.dictionary(
    fc.oneof(fc.constantFrom('value', 'kw', 'a', 'b', 'ts', 'time', 'timestamp', '__proto__', 'length'), fc.string()),
    tie('device'),
    { maxKeys: 5 },
  ),
  device: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    tie('leaf'),
    tie('record'),
    fc.array(tie('device'), { maxLength: 4 }),
  ),
}))

describe(`payloads, seed ${SEED}`, () => {
  test.each([
    ['any bytes', fc.uint8Array({ maxLength: 200 })],
    ['any text', fc.string({ unit: 'binary', maxLength: 200 })],
    ['a sound message with bytes cut out and put in', mutated],
    ['any JSON', fc.json()],
  ])('%s: exactly one outcome per point and element, and never a throw', (_, payloads: fc.Arbitrary<Payload>) => {
    fc.assert(
      fc.property(payloads, fc.boolean(), (payload, retain) => {
        soundCalls(byName, payload, retain)
        soundCalls(byIndex, payload, retain)
      }),
      ROUNDS,
    )
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('text, bytes and an already parsed value tell the same', () => {
    fc.assert(
      fc.property(device, fc.boolean(), (value, retain) => {
        const text = JSON.stringify(value)
        const told = soundCalls(byName, text, retain)
        expect(soundCalls(byName, Buffer.from(text), retain)).toEqual(told)
        const parsed = JSON.parse(text)
        // A string is always text as it came, never a parsed value.
        const again = typeof parsed === 'string' ? text : parsed
        expect(soundCalls(byName, again, retain)).toEqual(told)
      }),
      ROUNDS,
    )
  })

  test('every number comes through to the last bit', () => {
    const route = routeFor([plainPoint(0)])
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (watts) => {
        const read = `0 ${NOW_MS} ${watts + 0}`
        expect(soundCalls(route, `${watts}`.replace('+', ''), false)).toEqual([read])
        expect(soundCalls(route, `{"value":${watts}}`, false)).toEqual([read])
        expect(soundCalls(route, `{"value":"${watts}"}`, false)).toEqual([read])
      }),
      ROUNDS,
    )
  })
})

describe(`stamps, seed ${SEED}`, () => {
  const rules = [undefined, 'America/Denver', 'Asia/Kolkata'].map((timezone) => ({ unit: undefined, timezone }))
  const stampLike = fc.stringMatching(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{0,12})?)?(Z|[+-]\d\d(:?\d\d?)?)?.?$/)

  test('no text makes them throw, and what they tell is a whole millisecond since 1990', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), stampLike, fc.anything()), fc.constantFrom(...rules), (raw, rule) => {
        const tMs = timeMs(raw, rule)
        expect(Number.isNaN(tMs) || (Number.isInteger(tMs) && tMs >= OLDEST_MS)).toBe(true)
      }),
      ROUNDS,
    )
  })

  const instant = fc.date({
    min: new Date(Date.UTC(1990, 0, 2)),
    max: new Date(Date.UTC(2100, 11, 30)),
    noInvalidDate: true,
  })

  test('every instant of 1990 to 2100 comes back from each way to write it', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offsetMin) => {
        const tMs = date.getTime()
        const local = new Date(tMs + offsetMin * 60_000).toISOString().slice(0, -1)
        const hh = String(Math.floor(Math.abs(offsetMin) / 60)).padStart(2, '0')
        const mm = String(Math.abs(offsetMin) % 60).padStart(2, '0')
        const sign = offsetMin < 0 ? '-' : '+'
        const written = [
          date.toISOString(),
          `${local}${sign}${hh}${mm}`,
          `${local.replace('T', ' ')}999${sign}${hh}:${mm}`,
        ]
        const counted = [
          tMs,
          tMs / 1000,
          tMs * 1000,
          tMs * 1e6,
          `${tMs}`,
          `${tMs}000`,
          (tMs + 0.9) / 1000,
          `${tMs}999000`,
        ]
        for (const raw of [...written, ...counted]) expect(timeMs(raw, rules[0]!)).toBe(tMs)
      }),
      ROUNDS,
    )
  })

  test('a local time is the first instant at which its clocks show it', () => {
    const zones = ['America/Denver', 'Europe/Paris', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Apia']
    const clocks = new Map(
      zones.map((timeZone) => [
        timeZone,
        new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }),
      ]),
    )
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), (date, timezone) => {
        const tMs = Math.floor(date.getTime() / 1000) * 1000
        const shown = clocks.get(timezone)!.format(tMs)
        const read = timeMs(shown, { unit: undefined, timezone })
        expect(clocks.get(timezone)!.format(read)).toBe(shown)
        expect(read).toBeLessThanOrEqual(tMs)
        expect(tMs - read).toBeLessThanOrEqual(3_600_000)
      }),
      ROUNDS,
    )
  })
})
