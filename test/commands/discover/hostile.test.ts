/** Texts of strangers in a configuration: each reads back as it came, and nothing of it moves a terminal. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/config.ts'
import { bareName, nameOfText, quoted } from '../../../src/commands/discover/literal.ts'
import { tableText } from '../../../src/commands/discover/table.ts'
import { counts } from '../../../src/commands/discover/draft.ts'
import { seedCount } from '../../seeds.ts'
import { siteFrom, textOf } from './found.ts'

const PIECES = [
  '{',
  '}',
  '{a,b}',
  '{01..40}',
  '{9..1}',
  '{a,}',
  '${',
  '$${',
  '${HOME}',
  '${HOME:-x}',
  '${{}',
  '$',
  '}}',
  '#',
  ' #',
  ': ',
  '- ',
  '"',
  "'",
  '\\',
  '\\u0041',
  '\n',
  '\r',
  '\t',
  '\0',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\u202e',
  '\u009b2J',
  '\u001b[2J',
  '|',
  '>',
  '&a',
  '*a',
  '!!js',
  '%',
  '@',
  '`',
  '?',
  ',',
  '[',
  ']',
  '~',
  '...',
  '---',
  'null',
  'true',
  '1e5',
  '__proto__',
  'constructor',
  'é',
  '温度',
  '🌡',
  'power',
  'kw',
  'temperature',
  ' ',
]
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3, unit: 'grapheme' })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((it) => it.join('') || 'x')
const level = hostile.map((it) => it.replaceAll(/[/+#]/g, '') || 'x')
const RUNS = { seed: 1, numRuns: seedCount('hostile names') }

function topicIn(text: string): string {
  const read = parseConfig(`site: { id: dc, timezone: UTC }\npoints: {}\nmqtt: { url: "mqtt://h", username: ${text} }`)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.config.mqtt?.username ?? ''
}

test('a quoted text reads back as it was', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(topicIn(quoted(text))).toBe(text)
    }),
    RUNS,
  )
})

test.each(['{a,b}', '${HOME}', '$${HOME}', '$$${a,b}', '{{a,b}}', '${{}', '$', '{'])('%s stands for itself', (text) => {
  expect(topicIn(quoted(text))).toBe(text)
})

test('any text makes a name that a point may have', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const point = `${bareName(nameOfText(text))}: { topic: t, unit: kW }`
      expect(parseConfig(`site: { id: dc, timezone: UTC }\npoints: { ${point} }`)).not.toHaveProperty('faults')
    }),
    RUNS,
  )
})

test('whatever topics and members are called, the configuration passes, and its points read those topics', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(level, hostile, hostile), { minLength: 1, maxLength: 4 }), (names) => {
      const found = siteFrom(
        (n) =>
          names.flatMap(([topic, member, record]) => [
            [`dc/${topic}/meter`, { [`${member} power_kw`]: n + 1.5, ['temperature ' + member]: 20 + n }] as const,
            [
              `list/${topic}`,
              [
                { name: record, v_kw: n },
                { name: `${record}2`, v_kw: n + 1 },
              ],
            ] as const,
          ]),
        { count: 4 },
      )
      const topics = new Set(names.flatMap(([topic]) => [`dc/${topic}/meter`, `list/${topic}`]))
      for (const point of Object.values(found.config.points)) expect(topics).toContain(point.topic)
      expect(Object.keys(found.config.points)).toHaveLength(found.drafts.filter(counts).length)
      expect(textOf(found)).not.toMatch(/[^\P{Cc}\n]/u)
      expect(tableText(found)).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u)
    }),
    RUNS,
  )
}, 120_000)

test('roles, units and names that devices announce are text', () => {
  const evil = '"}\n  evil: { topic: x, unit: kW } # ${HOME} {a,b}'
  const found = siteFrom((n) => [
    [
      'homeassistant/sensor/a/config',
      { stat_t: `t/${evil.replaceAll(/[#+/\n]/g, '')}`, unit_of_meas: 'kW', dev_cla: 'power', dev: { name: evil } },
      'retained',
    ],
    [`t/${evil.replaceAll(/[#+/\n]/g, '')}`, String(n)],
  ])
  expect(Object.keys(found.config.points)).toHaveLength(1)
  expect(found.config.points['evil']).toBeUndefined()
})
