/**
 * Messages that are meant to harm, or that broken devices send: texts that are hardly JSON or not at all, too deep, too
 * wide, too long, and sound messages with their parts exchanged. Each ends in named outcomes, nothing is thrown past the
 * door, and the work that a message makes is bounded by its size. `SEEDS=full` plays 100,000 and prints the longest pause.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACCEPTED, OUTCOMES } from '../../src/core/contract/outcome.ts'
import { NOWHERE } from '../../src/core/contract/sink.ts'
import { accept, createPipeline, outcomeCounts } from '../../src/fold/pipeline.ts'
import { decode } from '../../src/ingest/payload.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { seedCount } from '../seeds.ts'

const NOW_MS = Date.UTC(2026, 10, 23, 14, 0, 0)

/** One point, at `/v`, of a site with these limits. */
function outcomesOf(payload: string | Uint8Array, limits = '{}'): string[] {
  const site = siteOf(`
site: { id: dc, timezone: UTC }
limits: ${limits}
points: { a: { topic: a, at: /v, unit: °C } }
`)
  const told: string[] = []
  const take = {
    reading: (_: number, __: number, value: number) => void told.push(`${value}`),
    refused: (_: number, outcome: number) => void told.push(OUTCOMES[outcome] ?? ''),
  }
  const route = site.routes.get('a')
  if (route === undefined) throw new Error('no route')
  decode(
    route,
    { payload: typeof payload === 'string' ? Buffer.from(payload) : payload, nowMs: NOW_MS, retain: false },
    take,
  )
  return told
}

const deep = (levels: number) => `${'{"x":'.repeat(levels - 1)}{"v":1}${'}'.repeat(levels - 1)}`
const wide = (members: number) => `{"v":1${Array.from({ length: members - 1 }, (_, n) => `,"m${n}":${n}`).join('')}}`

const TEXTS: [text: string, outcome: string][] = [
  // sound
  ['{"v":1}', '1'],
  [' \t\r\n{ "v" : 1 } \r\n', '1'],
  ['{"v":-0}', '0'],
  ['{"v":1.5E+2}', '150'],
  ['{"v":1e-2}', '0.01'],
  ['{"v":123456789012345678901234567890}', '1.2345678901234568e+29'],
  ['{"\\u0076":1}', '1'],
  ['{"v":1,"v":2}', '2'],
  ['{"v":1,"x":"\\ud800"}', '1'],
  ['{"v":1,"x":"\\u0000"}', '1'],
  ['{"v":1,"":0}', '1'],
  ['{"v":1,"__proto__":{"v":2}}', '1'],
  ['{"__proto__":{"v":2}}', 'no_value'],
  ['{"constructor":{"v":2},"v":1}', '1'],
  ['{"v":1,"toJSON":1,"then":1,"hasOwnProperty":1}', '1'],
  [`{"v":1,"x":"${'é'.repeat(2000)}"}`, '1'],
  [deep(16), 'no_value'],
  [wide(256), '1'],
  // none, or of no use
  ['', 'no_value'],
  ['{', 'bad_payload'],
  ['}', 'bad_payload'],
  ['{"v"}', 'bad_payload'],
  ['{"v":}', 'bad_payload'],
  ['{"v":1', 'bad_payload'],
  ['{"v":1}}', 'bad_payload'],
  ['{"v":1}{"v":2}', 'bad_payload'],
  ['{"v":1}#', 'bad_payload'],
  ['{v:1}', 'bad_payload'],
  ["{'v':1}", 'bad_payload'],
  ['{"v":01}', 'bad_payload'],
  ['{"v":+1}', 'bad_payload'],
  ['{"v":.5}', 'bad_payload'],
  ['{"v":1.}', 'bad_payload'],
  ['{"v":1e}', 'bad_payload'],
  ['{"v":0x10}', 'bad_payload'],
  ['{"v":1_000}', 'bad_payload'],
  ['{"v":1,,"x":2}', 'bad_payload'],
  ['{,"v":1}', 'bad_payload'],
  ['{"v":1/**/}', 'bad_payload'],
  ['{"v":1,"x":"\u0001"}', 'bad_payload'],
  ['{"v":1,"x":"\\x"}', 'bad_payload'],
  ['{"v":1,"x":"\\u12"}', 'bad_payload'],
  ['{"v":tru}', 'bad_payload'],
  ['{"v":undefined}', 'bad_payload'],
  ['\u00a0{"v":1}', 'bad_payload'],
  ['{"v":true}', 'bad_payload'],
  ['{"v":{}}', 'bad_payload'],
  ['{"v":[1]}', 'bad_payload'],
  ['{"v":"1x"}', 'bad_payload'],
  ['{"v":""}', 'no_value'],
  ['{"v":null}', 'no_value'],
  ['{}', 'no_value'],
  ['[]', 'no_value'],
  ['{"v":1e400}', 'non_finite'],
  ['{"v":NaN}', 'non_finite'],
  ['{"v":-Infinity}', 'non_finite'],
  [deep(17), 'bad_payload'],
  ['['.repeat(20_000), 'bad_payload'],
  ['{"v":'.repeat(10_000), 'bad_payload'],
  [wide(257), 'oversize'],
  [`{"x":[${wide(300)}],"v":1}`, 'oversize'],
  [`{"v":1,"x":"${'x'.repeat(65_536)}"}`, 'oversize'],
  // what printf and careless code make, and is meant
  ['{"v":1,}', '1'],
  ['{"v":1,"x":nan}', '1'],
  ['{"v":1}\u0000\u0000', '1'],
  ['\uFEFF{"v":1}', '1'],
  // wide, but no object: commas in texts and lists do not count
  [`{"v":1,"x":[${'0,'.repeat(900)}0]}`, '1'],
  [`{"v":1,"x":"${','.repeat(3000)}"}`, '1'],
]

describe('what is JSON is read, what is none is refused', () => {
  test.each(TEXTS.map(([text, outcome]) => [text.slice(0, 40), outcome, text] as const))('%s: %s', (_, outcome, text) =>
    expect(outcomesOf(text)).toEqual([outcome]),
  )

  test.each<[what: string, bytes: number[]]>([
    ['a byte that begins nothing', [0x7b, 0x22, 0x76, 0x22, 0x3a, 0x31, 0xff, 0x7d]],
    ['half a character', [0x7b, 0x22, 0x76, 0xc3, 0x22, 0x3a, 0x31, 0x7d]],
    ['a surrogate as bytes', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a slash in two bytes', [0x22, 0xc0, 0xaf, 0x22]],
    ['gzip', [0x1f, 0x8b, 0x08, 0x00, 0x00]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00]],
  ])('bytes that are no text: %s', (_, bytes) => expect(outcomesOf(new Uint8Array(bytes))).toEqual(['bad_payload']))

  test('limits are those of the configuration', () => {
    expect(outcomesOf(wide(257), '{ members: 300 }')).toEqual(['1'])
    expect(outcomesOf(wide(33), '{ members: 32 }')).toEqual(['oversize'])
    expect(outcomesOf(deep(5), '{ depth: 4 }')).toEqual(['bad_payload'])
    expect(outcomesOf('[{"v":1},{"v":2},{"v":3}]', '{ records: 2 }')).toEqual(['oversize'])
  })
})

/** Every way that points read messages has its topic, its sound message, and a place in the fuzz. */
const SITE = siteOf(`
site: { id: dc, timezone: Europe/Paris }
points:
  bare: { topic: bare, unit: °C }
  named: { topic: named, at: /kw, timeAt: /ts, unit: kW, seq: /n }
  text: { topic: text, at: /d/v, timeAt: /d/ts, unit: kW }
  rec-{1..20}: { topic: records, records: /r, at: /v, timeAt: /t/at, where: { /t/n: "{1..20}" }, unit: kW }
  index: { topic: index, at: /0/kw, unit: kW }
  cell: { topic: cells, cells: ";", at: /1, decimal: ",", unit: °C }
  line: { topic: line, format: line-protocol, at: /fields/kw, unit: kW }
  pack: { topic: pack, format: senml, where: { /n: urn/t }, at: /v, unit: °C }
  dsx: { topic: dsx, format: dsx, unit: kW }
  local: { topic: local, at: /kw, timeAt: [/date, /time], timeForm: "DD.MM.YYYY HH:mm:ss", timezone: Europe/Paris, unit: kW }
  metric: { topic: spBv1.0/g/DDATA/n/d, at: /P, unit: kW }
ignore: [{ topic: named, where: { /kind: note } }, { topic: bare, text: [online] }]
`)
const inside = JSON.stringify({ v: 3, ts: 1_795_435_200, n: 7, at: 1_795_435_200_000 })
const SOUND: [topic: string, message: string][] = [
  ['bare', '23.4'],
  ['named', '{"kw":812.5,"ts":1795435200,"n":17}'],
  ['named', '[{"kw":1,"ts":1795435200,"n":1},{"kw":2,"ts":1795435260,"n":2}]'],
  ['text', JSON.stringify({ d: inside })],
  ['records', JSON.stringify({ r: Array.from({ length: 20 }, (_, n) => ({ v: n })), t: inside })],
  ['index', '[{"kw":5},{"kw":6}]'],
  ['cells', '2026-11-23;21,5;x'],
  ['line', 'power,host=a kw=5.2,x="y" 1795435200000000000'],
  ['pack', '[{"bn":"urn/","n":"t","v":21.5,"bt":1795435200,"u":"Cel"}]'],
  ['dsx', '{"value":5,"timestamp":"2026-11-23T12:00:00Z"}'],
  ['local', '{"kw":1,"date":"25.10.2026","time":"02:30:00"}'],
  ['coldaisle/dc/command', '{"command":"ack","alarm":"stale","source":"bare","who":"anna"}'],
  ['spBv1.0/g/DDATA/n/d', '\u0008\u0001'],
  ['nobody/reads/this', '{"kw":1}'],
]

const odd = fc.oneof(
  fc.constantFrom(null, true, '', 'NaN', '-', 1e308, -0, 2 ** 53, '1795435200', '25.10.2026', '\u0000'),
  fc.constantFrom<unknown>({}, [], [[]], { __proto__: null }, inside, `[${'['.repeat(40)}`, 'x'.repeat(5000)),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.json({ maxDepth: 4 }),
)

/** A sound message whose JSON has some parts exchanged, doubled, taken out or put in other parts; or its text cut. */
const exchanged = fc.record({ edits: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 5 }), odd), { maxLength: 4 }) })
const cut = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 9 }), fc.string({ unit: 'binary', maxLength: 6 })), {
  maxLength: 4,
})

function mutated(message: string, edits: readonly [number, number, unknown][]): string {
  let root: unknown
  try {
    root = JSON.parse(message)
  } catch {
    return message
  }
  for (const [at, how, piece] of edits) root = changed(root, at, how, piece)
  return JSON.stringify(root) ?? 'null'
}

function changed(node: unknown, at: number, how: number, piece: unknown): unknown {
  if (typeof node !== 'object' || node === null || Object.keys(node).length === 0) return piece
  const keys = Object.keys(node)
  const key = keys[at % keys.length] ?? ''
  const held = (node as Record<string, unknown>)[key]
  if (how === 0) return { ...node, [key]: piece }
  if (how === 1) return { ...node, [key]: changed(held, Math.floor(at / keys.length), at % 6, piece) }
  if (how === 2) return Object.fromEntries(Object.entries(node).filter(([name]) => name !== key))
  if (how === 3) return { ...node, [key]: node }
  if (how === 4) return Array.from({ length: (at % 40) + 1 }, () => node)
  return { ...node, [key]: JSON.stringify(node) }
}

describe('a hundred thousand messages', () => {
  const collect = (): void => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    gc()
  }

  test(
    'sound ones with parts exchanged or bytes cut: each counted, nothing thrown, memory flat',
    { timeout: 300_000 },
    () => {
      const pipeline = createPipeline(SITE, NOWHERE)
      const numRuns = seedCount('hostile messages')
      let [nowMs, played, worstMs, worst, halfBytes] = [NOW_MS, 0, 0, '', NaN]
      const message = fc.tuple(fc.constantFrom(...SOUND), exchanged, cut, fc.boolean())
      fc.assert(
        fc.property(message, ([[topic, sound], { edits }, cuts, retain]) => {
          const whole = Buffer.from(mutated(sound, edits), topic.startsWith('spBv') ? 'latin1' : 'utf8')
          const payload = cuts.reduce((bytes, [at, length, piece]) => {
            const from = at % (bytes.length + 1)
            return Buffer.concat([bytes.subarray(0, from), Buffer.from(piece, 'latin1'), bytes.subarray(from + length)])
          }, whole)
          const before = pipeline.counts.reduce((sum, count) => sum + count, 0)
          nowMs += 10
          const cpu = process.threadCpuUsage()
          accept(pipeline, { nowMs, topic, payload, retain })
          const { user, system } = process.threadCpuUsage(cpu)
          const tookMs = (user + system) / 1000
          if (tookMs > worstMs) [worstMs, worst] = [tookMs, `${topic}, ${payload.length} bytes`]
          expect(pipeline.counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(before)
          if (++played === Math.floor(numRuns / 2)) {
            collect()
            halfBytes = process.memoryUsage().heapUsed
          }
        }),
        { seed: 20_261_123, numRuns },
      )
      collect()
      const grown = process.memoryUsage().heapUsed - halfBytes
      console.log(
        `${played} messages, longest ${worstMs.toFixed(1)} ms (${worst}), heap ${(grown / 1e6).toFixed(1)} MB more`,
      )
      const { accepted, bad_payload, no_value, unknown_topic } = outcomeCounts(pipeline)
      for (const count of [accepted, bad_payload, no_value, unknown_topic]) expect(count).toBeGreaterThan(numRuns / 100)
      expect(grown).toBeLessThan(8e6)
      expect(Object.keys(Object.prototype)).toEqual([])
      expect(ACCEPTED).toBe(0)
    },
  )
})

describe('work is bounded by the size of a message', () => {
  /** How often JSON is parsed while a message is read. */
  function parsesOf(payload: string): number {
    const { parse } = JSON
    let count = 0
    JSON.parse = ((text: string) => {
      count += 1
      return parse(text) as unknown
    }) as typeof JSON.parse
    try {
      const route = SITE.routes.get('records')
      const take = { reading() {}, refused() {} }
      if (route !== undefined) decode(route, { payload: Buffer.from(payload), nowMs: NOW_MS, retain: false }, take)
    } finally {
      JSON.parse = parse
    }
    return count
  }

  test('a text within a message is parsed once, however many records and points look into it', () => {
    const message = (records: number) =>
      JSON.stringify({ r: Array.from({ length: records }, () => ({ v: 1 })), t: inside })
    expect([1, 100, 1000].map((records) => parsesOf(message(records)))).toEqual([2, 2, 2])
  })
})
