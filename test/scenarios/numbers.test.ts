/**
 * Devices that number their messages: what a broker acknowledged and lost is counted and told. Each scenario is played a
 * second time with a core that is saved and restored before every packet.
 */
import { describe, expect, test } from 'vitest'
import { numberingCounts } from '../../src/core/numbering.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createStage, restartedScenario as scenario, restarted, siteOf, type Stage } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, skewS: 60, windows: [1h] }
points:
  a: { topic: a, unit: °C, everyS: 600, seq: /n }
  b: { topic: b, unit: °C, everyS: 30, gateway: gw }
  c: { topic: c, unit: °C, everyS: 30, gateway: gw }
gateways: { gw: { seq: /n, seqModulus: 256 } }
`

describe('a topic', () => {
  test('of which messages are missing: one alarm, over 15 min after the last gap', () =>
    scenario(
      SITE,
      `
      0:00     a 25,"n":7
      0:00:30  a 25,"n":8
      0:01     a 25,"n":12   => alarm messages_lost of a raised 0:01 3 severity warning says Warning: Point a (dc): 3 of its messages were lost on the way, by its own sequence numbers. Since 2026-03-02 00:01:00 UTC.
      0:01:30  a 25,"n":13   => no alarm
      0:02     a 25,"n":15
      0:02:30 to 0:17 every 30 s  b 25,"n":0 c 25,"n":0
      0:17     a 25,"n":16   => no alarm
      0:17:30 to 0:31:30 every 30 s  b 25,"n":0 c 25,"n":0   => no alarm
      0:32     b 25,"n":0    => alarm messages_lost of a cleared 0:32 0 says Point a (dc): its messages arrive without a gap again. It lasted 31 min, from 2026-03-02 00:01:00 UTC.`,
    ))

  test('whose messages are complete, come again, or begin anew raises nothing', () =>
    scenario(
      SITE,
      `
      0:00     a 25,"n":7
      0:00:30  a 25,"n":8
      0:00:30  a 25,"n":8    => outcome duplicate
      0:01     a 25,"n":0
      0:01:30  a 25,"n":1
      0:02     a 25,"n":2    => no alarm`,
    ))
})

describe('a gateway', () => {
  test('numbers all its messages, over the wrap of its count', () =>
    scenario(
      SITE,
      `
      0:00     b 25,"n":253
      0:00     c 25,"n":254
      0:00:30  b 25,"n":255
      0:00:30  c 25,"n":0
      0:01     b 25,"n":1    => no alarm
      0:01     c 25,"n":4    => alarm gateway_messages_lost of gw raised 0:01 2 says Warning: Gateway gw (dc): 2 of its messages were lost on the way, by its own sequence numbers. Since 2026-03-02 00:01:00 UTC.`,
    ))
})

/** What is counted of a stream of numbers on topic `a`; text is a payload of its own. */
const STREAMS: [what: string, numbers: (number | string)[], counted: { lost: number; anew?: number; bad?: number }][] =
  [
    ['one after the other', [1, 2, 3, 4], { lost: 0 }],
    ['gaps, each counted', [1, 3, 4, 9], { lost: 1 + 4 }],
    ['a message that the broker delivers again', [1, 2, 2, 3], { lost: 0 }],
    ['several that it delivers again after a cut', [5, 6, 7, 5, 6, 7, 8], { lost: 0, anew: 1 }],
    ['one late message among others', [5, 6, 8, 7, 9], { lost: 1 }],
    ['a restart of the device', [500, 501, 0, 1, 2], { lost: 0, anew: 1 }],
    ['a restart, and a loss right behind it', [500, 501, 1, 2, 5], { lost: 2, anew: 1 }],
    ['a loss of a whole day', [100, 86_500, 86_501], { lost: 86_399 }],
    ['one wild number', [10, 4_294_967_295, 11, 12], { lost: 0 }],
    ['a loss of a day, and more behind it', [100, 86_500, 86_503], { lost: 86_399 + 2 }],
    ['a number that is text', ['{"value":1,"n":"7"}', '{"value":2,"n":"9"}'], { lost: 1 }],
    ['messages that cannot be read fill the gap', [1, 'nonsense', '{"n":', 4], { lost: 0, bad: 2 }],
    ['… but no larger one', [1, 'nonsense', 5], { lost: 2, bad: 1 }],
    [
      'no number, half a number, one below 0, a list',
      ['{"value":1}', '{"n":1.5}', '{"n":-1}', '{"n":[3]}'],
      { lost: 0, bad: 4 },
    ],
    ['a number beyond all counting', [1, '{"n":9007199254740993}', 2], { lost: 0, bad: 1 }],
    [
      'a list of readings, each with its number',
      ['[{"value":1,"n":1},{"value":2,"n":2}]', '[{"value":3,"n":5}]'],
      { lost: 2 },
    ],
  ]

/** The same where the numbers wrap at 65536. */
const WRAPPING: [what: string, numbers: number[], counted: { lost: number; anew: number }][] = [
  ['over the wrap', [65_534, 65_535, 0, 1], { lost: 0, anew: 0 }],
  ['a loss over the wrap', [65_534, 3, 4], { lost: 4, anew: 0 }],
  ['a loss of more than 1,000 over the wrap', [65_000, 2_000, 2_001], { lost: 2_535, anew: 0 }],
  ['… and more behind it', [65_000, 2_000, 2_004], { lost: 2_535 + 3, anew: 0 }],
  ['a restart far before the wrap', [64_000, 0, 1, 2], { lost: 0, anew: 1 }],
  ['a restart whose first messages are missing', [64_000, 4, 5], { lost: 0, anew: 1 }],
]

describe('counted where numbers wrap:', () => {
  test.each(WRAPPING)('%s', (_what, numbers, counted) => {
    const stage = createStage(siteOf(SITE.replace('seq: /n }', 'seq: /n, seqModulus: 65536 }')))
    for (const [n, number] of numbers.entries()) {
      const payload = `{"value":${20 + n},"n":${number}}`
      accept(restarted(stage), { nowMs: stage.baseMs + n * 1000, topic: 'a', payload, retain: false })
    }
    expect(numberingCounts(stage.pipeline.core)).toEqual({ ...counted, unnumbered: 0 })
  })
})

describe('counted of a topic:', () => {
  for (const [what, numbers, { lost, anew = 0, bad = 0 }] of STREAMS) {
    for (const restarts of [false, true]) {
      test(`${what}${restarts ? ', with restarts between' : ''}`, () => {
        const stage: Stage = { ...createStage(siteOf(SITE)), restarts }
        for (const [n, number] of numbers.entries()) {
          const nowMs = stage.baseMs + n * 1000
          const payload = typeof number === 'string' ? number : `{"value":${20 + n},"n":${number}}`
          accept(restarted(stage), { nowMs, topic: 'a', payload, retain: false })
        }
        expect(numberingCounts(stage.pipeline.core)).toEqual({ lost, anew, unnumbered: bad })
      })
    }
  }

  test('what the broker had kept (retained) is no news: its old number counts for nothing', () => {
    const stage = createStage(siteOf(SITE))
    const packet = (n: number, retain: boolean) => ({
      nowMs: stage.baseMs,
      topic: 'a',
      payload: `{"value":20,"n":${n}}`,
      retain,
    })
    for (const [n, retain] of [
      [7, false],
      [1, true],
      [2, true],
      [8, false],
    ] as const)
      accept(stage.pipeline, packet(n, retain))
    expect(numberingCounts(stage.pipeline.core)).toEqual({ lost: 0, anew: 0, unnumbered: 0 })
  })

  test('numbers that wrap: a loss across the wrap is one, and no new beginning', () => {
    const stage = createStage(siteOf(SITE))
    for (const n of [253, 254, 2, 3, 130, 131]) {
      accept(stage.pipeline, { nowMs: stage.baseMs, topic: 'b', payload: `{"value":20,"n":${n}}`, retain: false })
    }
    expect(numberingCounts(stage.pipeline.core)).toEqual({ lost: 3 + 126, anew: 0, unnumbered: 0 })
  })

  test('devices that share a topic each have a count of their own', () => {
    const stage = createStage(
      siteOf(`
site: { id: dc, timezone: UTC }
points:
  one: { topic: all, at: /v, where: { /id: 1 }, unit: °C, seq: /n }
  two: { topic: all, at: /v, where: { /id: 2 }, unit: °C, seq: /n }
`),
    )
    const counts = [
      [1, 10],
      [2, 900],
      [1, 11],
      [2, 903],
      [1, 12],
    ] as const
    for (const [id, n] of counts) {
      accept(stage.pipeline, {
        nowMs: stage.baseMs,
        topic: 'all',
        payload: `{"id":${id},"v":20,"n":${n}}`,
        retain: false,
      })
    }
    expect([...stage.pipeline.core.numbering.lost]).toEqual([0, 2])
  })
})
