import { expect, test } from 'vitest'
import { jsonSchema, parseConfig, type Config } from '../../src/config/config.ts'
import { changesForRestart } from '../../src/config/reload.ts'

const SITE: Record<string, object> = {
  site: { id: 'dc', timezone: 'UTC' },
  points: { a: { topic: 'a', unit: 'kW' }, t: { topic: 't', unit: '°C' } },
}

/** The site with other sections in place of its own; JSON is YAML. */
function configOf(sections: Record<string, object>): Config {
  const read = parseConfig(JSON.stringify({ ...SITE, ...sections }))
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.config
}

test.each([
  ['site.id', { site: { id: 'other', timezone: 'UTC' } }],
  ['core.intervalS', { core: { intervalS: 30 } }],
  ['mqtt', { mqtt: { url: 'mqtt://127.0.0.1' } }],
  ['influx', { influx: { url: 'http://127.0.0.1:8086', database: 'd' } }],
  ['store', { store: { path: 'elsewhere' } }],
  ['http', { http: { listen: '127.0.0.1:8081' } }],
  ['log', { log: { level: 'warn' } }],
  ['notify', { notify: { repeatS: 0 } }],
  ['schedule', { schedule: { backup: { keep: 1 } } }],
])('a change of %s takes a restart', (path, sections) => {
  expect(changesForRestart(configOf({}), configOf(sections))).toEqual([path])
})

test.each([
  ['site', { site: { id: 'dc', timezone: 'Europe/Paris', altitudeM: 300, edition: '2015', corrosion: 'low' } }],
  ['core', { core: { latenessS: 60, windows: ['1h'] } }],
  ['points', { points: { b: { topic: 'b', unit: 'kW' } } }],
  ['virtual', { virtual: { v: 'a' } }],
  ['boundaries', { boundaries: { b: { facility: ['a'], it: ['a'] } } }],
  ['inlets', { inlets: { r01: { dryBulb: 't' } } }],
  ['alarms', { alarms: { drift: { enabled: false } } }],
])('a reload applies a change of %s', (_, sections) => {
  expect(changesForRestart(configOf({}), configOf(sections))).toEqual([])
})

test('the schema says it of every section, or of each of its keys', () => {
  type Described = { description?: string; properties?: Record<string, Described> }
  const says = ({ description = '' }: Described) =>
    /a reload \(SIGHUP\) applies a change|takes a restart/.test(description)
  const sections = Object.entries((jsonSchema() as Described).properties ?? {})
  const silent = sections.filter(
    ([, section]) => !says(section) && !Object.values(section.properties ?? {}).every(says),
  )
  expect(silent.map(([name]) => name)).toEqual([])
})
