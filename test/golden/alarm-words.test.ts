/**
 * Every sentence that is said of alarms: each kind, each state that it can have, both languages, as golden text to be
 * read by people: `alarm-words.txt` beside this test. After a change that is meant: `npm test -- test/golden -u`, and
 * read what differs.
 */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  ALARM_KINDS,
  isOfSilence,
  SOURCE_OF,
  type AlarmKind,
  type AlarmRowState,
} from '../../src/core/contract/alarm-kinds.ts'
import type { AlarmRow, GroupRow } from '../../src/core/contract/sink.ts'
import { helpOf } from '../../src/rows/words/advice.ts'
import { alarmMessage, fullText, groupMessage, phrasesOf } from '../../src/rows/words/message.ts'
import { called, TYPESET } from '../../src/rows/words/typography.ts'
import type { Site } from '../../src/site/site.ts'
import { siteOf } from '../scenarios/scenario.ts'

const FILE = join(import.meta.dirname, 'alarm-words.txt')

function siteIn(language: string): Site {
  return siteOf(`
site: { id: dc5, timezone: Europe/Paris, altitudeM: 1200, corrosion: low }
points:
  main: { topic: main, unit: kW, everyS: 10, role: facility, gateway: gw-power }
  ups: { topic: ups, unit: kWh, register: {}, everyS: 60, role: it }
  t{1..8}: { topic: "t{1..8}", unit: °C, everyS: 30, gateway: gw-h1 }
  rh{1..8}: { topic: "rh{1..8}", unit: "%", everyS: 30, gateway: gw-h1 }
  water: { topic: water, unit: m³, register: {}, everyS: 900 }
  heat: { topic: heat, unit: kW, everyS: 60 }
boundaries:
  dc5-total:
    facility: [main]
    it: [ups]
    water: { total: [water] }
    reuse: [heat]
    targetPue: 1.4
    targets: { wue: { window: 30d, max: 0.2 }, erf: { window: 365d, min: 0.1 } }
inlets: { "h1-r0{1..8}": { dryBulb: "t{1..8}", humidity: "rh{1..8}", class: A2, hall: h1, rack: "r0{1..8}" } }
gateways: { gw-h1: { uplink: core-1 }, gw-power: { uplink: core-1 } }
alarms: { inlet_recommended: { high: recommended + 0.5 K } }
notify: { language: ${language} }
`)
}

const RAISED_MS = Date.UTC(2026, 2, 2, 2, 14, 30)
const SINCE_MS = RAISED_MS - 60_000
const CLEARED_MS = RAISED_MS + 25 * 60_000

/** Numbers of a breach, and of its end, by kind; of some kinds there are several. */
type Numbers = Partial<AlarmRow> & { name?: string; over: number }

const EXAMPLES: Readonly<Record<AlarmKind, Numbers[]>> = {
  inlet_recommended: [
    { name: 'too warm, a limit of the site', value: 28.4, limit: 27.5, side: 'above', peak: 29.1, over: 26.2 },
    { name: 'too cold, a limit of ASHRAE', value: 16.9, limit: 18, side: 'below', peak: 16.4, over: 19 },
  ],
  inlet_allowable: [
    { name: 'too warm', value: 36.2, limit: 34, side: 'above', peak: 36.8, over: 31 },
    { name: 'too cold', value: 8.9, limit: 10, side: 'below', peak: 8.4, over: 14 },
  ],
  moisture: [
    { name: 'dew point', value: 21.7, limit: 21, side: 'above', peak: 22, quantity: 'dew_point', over: 20.1 },
    { name: 'humidity', value: 7.4, limit: 8, side: 'below', peak: 7, quantity: 'relative_humidity', over: 11 },
  ],
  rate_of_change: [
    { name: 'warmer', value: 8.13, limit: 5, side: 'above', peak: 8.13, spanMs: 900_000, over: 0.4 },
    { name: 'colder', value: 21, limit: 20, side: 'below', peak: 21.5, spanMs: 3_600_000, over: 9 },
  ],
  stale: [{ value: 300, limit: 240, over: 0 }],
  gateway: [{ value: 1230, limit: 240, over: 0 }],
  pue_target: [{ value: 1.532, limit: 1.4, side: 'above', peak: 1.55, over: 1.38 }],
  coverage: [{ value: 0.4833, limit: 0.5, side: 'below', peak: 0.4, unseen: [0, 1], over: 0.61 }],
  register: [
    { name: 'fell', value: 12, limit: 84_213.5, over: 60 },
    { name: 'rose', value: 99_000, limit: 84_213.5, over: 99_060 },
  ],
  drift: [{ value: 7.2, limit: 5, side: 'above', peak: 8.1, over: 1.2 }],
  unit_slip: [
    { name: 'a thousand times', value: 1001.25, limit: 1, over: 1.02 },
    { name: 'a thousandth, accepted', value: 0.001, limit: 1, over: 0.001 },
  ],
  journal: [{ value: NaN, limit: NaN, over: NaN }],
  outbox: [{ value: NaN, limit: NaN, over: NaN }],
  clock: [
    { name: 'ahead', value: 3600, limit: NaN, over: 0 },
    { name: 'behind', value: -31_536_000, limit: NaN, over: 0 },
  ],
  it_above_facility: [{ value: 121.5, limit: 118.25, over: 100 }],
  refused: [
    { name: 'a clock ahead', value: 3600, limit: 60, quantity: 'future', over: 0 },
    { name: 'too late', value: -10_800, quantity: 'too_late', over: 0 },
    { name: 'one stamp for all', quantity: 'conflict', over: 0 },
    { name: 'negative', quantity: 'negative', over: 0 },
    { name: 'out of range', quantity: 'out_of_range', over: 0 },
    { name: 'no finite numbers', quantity: 'non_finite', over: 0 },
    { name: 'other messages', quantity: 'bad_payload', over: 0 },
    { name: 'no stamps', quantity: 'bad_time', over: 0 },
    { name: 'too large', quantity: 'oversize', over: 0 },
    { name: 'no birth', quantity: 'before_birth', over: 0 },
    { name: 'stuck', value: 21_840, quantity: 'stuck', over: 0 },
  ],
  certificate: [
    { name: 'soon', value: 29, limit: 30, over: 364 },
    { name: 'it has', value: -1, limit: 30, over: 364 },
  ],
  sensor: [
    { name: 'far from its neighbours', value: 29.43, limit: 22.5, side: 'above', quantity: 'neighbours', over: 23.1 },
    { name: 'swapped', value: 34.1, limit: 24.25, side: 'above', quantity: 'swapped', over: 23.1 },
  ],
  target: [
    { name: 'too high', value: 0.3124, limit: 0.2, side: 'above', peak: 0.35, over: 0.19 },
    { name: 'too low', source: 1, value: 0.0812, limit: 0.1, side: 'below', peak: 0.08, over: 0.12 },
  ],
  skew: [{ value: 7_214, limit: 90, over: 0.4 }],
  uplink: [{ value: 1230, limit: 240, over: 0 }],
  messages_lost: [{ value: 1, over: 0 }],
  gateway_messages_lost: [{ value: 3960, over: 0 }],
  gateway_refused: [{ value: 7200, limit: 60, quantity: 'future', over: 0 }],
  stream: [{ over: 0 }],
  uplink_refused: [{ value: 7200, limit: 60, quantity: 'future', over: 0 }],
}

const STATES: readonly AlarmRowState[] = [
  'raised',
  'acked',
  'cleared',
  'latched',
  'normal',
  'shelved',
  'unshelved',
  'suppressed',
  'out_of_service',
  'stale',
  'returned',
  'retired',
  'late',
  'chattering',
  'reclassified',
]

const OF_ITSELF: readonly AlarmKind[] = ['journal', 'outbox', 'clock', 'certificate', 'stream']

/** Whether the machine can bring a kind into a state. */
function canBe(kind: AlarmKind, state: AlarmRowState): boolean {
  const of = SOURCE_OF[kind]
  switch (state) {
    case 'suppressed': // by the gateway of an inlet or point, by the site, or by a silence
      return of === 'inlet' || of === 'point' || of === 'gateway' || of === 'uplink' || kind === 'coverage'
    case 'stale': // the source falls silent while another alarm on it stands
    case 'returned':
      return of === 'inlet'
    case 'late': // found by readings that are older than others
      return !isOfSilence(kind) && !kind.endsWith('messages_lost') && kind !== 'skew' && !OF_ITSELF.includes(kind)
    case 'raised':
    case 'chattering':
    case 'acked':
    case 'cleared':
    case 'latched':
    case 'normal':
    case 'shelved':
    case 'unshelved':
    case 'out_of_service':
    case 'retired':
    case 'reclassified':
      return true
  }
}

function rowOf(site: Site, alarm: AlarmKind, numbers: Numbers, state: AlarmRowState): AlarmRow {
  const isOver = state === 'cleared' || state === 'latched' || state === 'returned'
  const names = {
    inlet: site.inlets,
    point: site.points,
    gateway: site.gateways,
    uplink: site.uplinks,
    boundary: site.boundaries,
    target: site.targets,
    site: [''],
  }
  const source =
    alarm === 'stale' || alarm === 'refused' || alarm === 'messages_lost' || alarm === 'skew'
      ? site.points.indexOf('t7')
      : SOURCE_OF[alarm] === 'inlet'
        ? 6
        : SOURCE_OF[alarm] === 'gateway'
          ? site.gateways.indexOf('gw-h1')
          : 0
  expect(names[SOURCE_OF[alarm]].length).toBeGreaterThan(source)
  const { over, name: _, ...broken } = numbers
  const isDoubted = alarm === 'register' || alarm === 'drift' || alarm === 'unit_slip'
  return {
    timeMs: isOver ? CLEARED_MS : RAISED_MS,
    alarm,
    source: isDoubted ? site.points.indexOf('ups') : source,
    state,
    severity: site.rules.kind(alarm).severity,
    severities: [],
    becomes: state === 'reclassified' ? 'critical' : undefined,
    escalated: 0,
    limit: NaN,
    quantity: 'only',
    side: 'none',
    peak: NaN,
    spanMs: NaN,
    unseen: [],
    cycles: state === 'chattering' ? 4 : 0,
    instead:
      alarm === 'coverage'
        ? 'stale'
        : SOURCE_OF[alarm] === 'gateway' || SOURCE_OF[alarm] === 'uplink'
          ? 'uplink'
          : 'gateway',
    raisedMs: RAISED_MS,
    ...broken,
    value: isOver ? over : (numbers.value ?? NaN),
    verdict: isOver ? 'inside' : 'breached',
    newestMs: isOver ? CLEARED_MS : RAISED_MS,
    sinceMs:
      alarm === 'stale' || alarm === 'gateway' || alarm === 'uplink'
        ? RAISED_MS - (numbers.value ?? 0) * 1000
        : SINCE_MS,
    ...byOf(state),
  }
}

function byOf(state: AlarmRowState): Pick<AlarmRow, 'by'> {
  if (state === 'acked' || state === 'unshelved') return { by: { who: 'Anna', why: '', untilMs: NaN } }
  if (state === 'shelved') return { by: { who: 'Bob', why: 'new fans', untilMs: CLEARED_MS } }
  return state === 'out_of_service' ? { by: { who: 'Bob', why: 'row being built', untilMs: NaN } } : {}
}

/** Cases beside the table: the words of the verdict, and rows without a person. */
function specialRows(site: Site): [name: string, row: AlarmRow][] {
  const [warm] = EXAMPLES.inlet_recommended
  const row = (state: AlarmRowState, more: Partial<AlarmRow>) => ({
    ...rowOf(site, 'inlet_recommended', warm ?? { over: NaN }, state),
    ...more,
  })
  const [hot] = EXAMPLES.inlet_allowable
  return [
    ['returned within the deadband', row('returned', { verdict: 'near', value: 27.2 })],
    ['stale after a reading inside', row('stale', { verdict: 'inside', value: 24 })],
    ['stale, acknowledged', row('stale', { by: { who: 'Anna', why: 'fan ordered', untilMs: NaN } })],
    ['off the shelf, its time over', byNobody(row('unshelved', {}))],
    ['out of service by the configuration', byNobody(row('out_of_service', {}))],
    ['raised again while it chatters', row('raised', { cycles: 7 })],
    ['quiet after it chattered', row('normal', { cycles: 9 })],
    ['suppressed by a greater one', row('suppressed', { instead: 'inlet_allowable' })],
    [
      'shelved for planned work',
      row('shelved', { by: { who: 'Bob', why: 'new fans', untilMs: CLEARED_MS, work: 'fans' } }),
    ],
    [
      'a node that said that it is gone',
      { ...rowOf(site, 'gateway', EXAMPLES.gateway[0] ?? { over: NaN }, 'raised'), limit: NaN },
    ],
    ['a device that said so', { ...rowOf(site, 'stale', EXAMPLES.stale[0] ?? { over: NaN }, 'raised'), limit: NaN }],
    ['normal by a person', row('normal', { by: { who: 'Anna', why: 'checked', untilMs: NaN } })],
    ['off the shelf, never raised', row('normal', { verdict: 'inside', value: 24, sinceMs: NaN })],
    ['off the shelf, about to be raised', row('normal', { verdict: 'breached', sinceMs: NaN })],
    ['far beyond', { ...rowOf(site, 'inlet_allowable', hot ?? { over: NaN }, 'raised'), severity: 'critical' }],
    ['of a low severity', row('raised', { severity: 'low' })],
    [
      'barely beyond',
      { ...rowOf(site, 'inlet_allowable', hot ?? { over: NaN }, 'raised'), value: 34.004, peak: 34.004 },
    ],
  ]
}

function byNobody({ by: _, ...row }: AlarmRow): AlarmRow {
  return row
}

function groupRow(site: Site, alarm: AlarmKind, numbers: Numbers, count: number): GroupRow {
  return {
    timeMs: count > 0 ? RAISED_MS + 60_000 : CLEARED_MS,
    alarm,
    severity: site.rules.kind(alarm).severity,
    severities: [],
    hall: -1,
    count,
    worst: count > 0 ? 6 : -1,
    value: count > 0 ? (numbers.value ?? NaN) : NaN,
    limit: numbers.limit ?? NaN,
    verdict: count > 0 ? 'breached' : 'inside',
    quantity: numbers.quantity ?? 'only',
    side: numbers.side ?? 'none',
    spanMs: numbers.spanMs ?? NaN,
    peak: numbers.peak ?? NaN,
    sinceMs: SINCE_MS,
    most: 23,
    sources: count > 0 ? [6, 1, 0, 3, 4] : [],
    raisedMs: RAISED_MS,
  }
}

function linesIn(language: string): string[] {
  const site = siteIn(language)
  const hall = site.plan.scopes.findIndex(({ scope }) => scope === 'hall')
  const lines = [`# ${language}`]
  for (const kind of ALARM_KINDS) {
    const examples = EXAMPLES[kind]
    for (const numbers of examples) {
      lines.push('', `## ${kind}${numbers.name === undefined ? '' : `: ${numbers.name}`}`)
      for (const state of STATES.filter((it) => canBe(kind, it))) {
        lines.push(`${state}: ${alarmMessage(site, rowOf(site, kind, numbers, state))}`)
      }
    }
    const [numbers] = examples
    if (numbers !== undefined && (SOURCE_OF[kind] === 'inlet' || kind === 'stale')) {
      for (const count of [23, 0]) {
        const row = { ...groupRow(site, kind, numbers, count), hall }
        lines.push(`flood, ${count > 0 ? 'stands' : 'over'}: ${groupMessage(site, row, 'h1')}`)
      }
    }
    const advice = examples.map(({ side = 'none' }) => {
      const help = helpOf(site.rules.kind(kind), site.config.notify.language, { alarm: kind, side })
      return fullText(phrasesOf(site.config), '', help, {}).trim()
    })
    for (const text of new Set(advice)) lines.push(...text.split('\n'))
  }
  lines.push('', '## besides', ...specialRows(site).map(([name, row]) => `${name}: ${alarmMessage(site, row)}`))
  lines.push('', '## states', ...STATES.map((state) => `${state}: ${phrasesOf(site.config).stateName[state]}`))
  const links = { page: 'https://pue.example/#alarms', dashboard: 'https://grafana.example/d/coldaisle-alarms' }
  lines.push('', '## the whole text of a notice')
  lines.push(
    fullText(
      phrasesOf(site.config),
      '…',
      helpOf(site.rules.kind('gateway'), site.config.notify.language, { alarm: 'gateway', side: 'none' }),
      links,
    ),
  )
  return [...lines, '']
}

test('every kind, every state, both languages', async () => {
  const text = ['en', 'fr'].flatMap(linesIn).join('\n')
  expect(text).not.toMatch(/NaN|undefined|\bnull\b|Infinity| {2}|\.\.(?!\.)| \.|: :/)
  await expect(text).toMatchFileSnapshot(FILE)
})

test.each([
  ['hall', 'h1', 'hall h1'],
  ['hall', 'hall', 'hall'],
  ['hall', 'hall-2', 'hall-2'],
  ['Site', 'site 7', 'site 7'],
  ['rack', 'racks', 'rack racks'],
  ['salle', 'Salle A', 'Salle A'],
])('a %s called %s is named once', (word, name, told) => {
  expect(called(word, name)).toBe(told)
})

test('French blanks that end no line: names and links stay as they are', () => {
  const set = TYPESET.fr('Baie : « a:b » à 8 % ; 3 salles, 12 min ! Voir https://x.example/?a=1 : 5 machines, 30 °C')
  expect(set.replaceAll('\u00a0', '~').replaceAll('\u202f', '_')).toBe(
    'Baie~: «~a:b~» à 8~%_; 3 salles, 12~min_! Voir https://x.example/?a=1~: 5 machines, 30~°C',
  )
})

test.each([
  [
    'en',
    '',
    /ask for none, so start the node again, or set sparkplug.primaryHost and permit us to publish to spBv1\.0\/DC\/NCMD\/edge; none/,
  ],
  [
    'en',
    'sparkplug: { primaryHost: dc }',
    /we ask for it, which takes permission to publish to spBv1\.0\/DC\/NCMD\/edge; none/,
  ],
  [
    'fr',
    '',
    /redémarrer le nœud, ou définir sparkplug.primaryHost et nous permettre de publier sur spBv1\.0\/DC\/NCMD\/edge\s; aucune/,
  ],
  ['fr', 'sparkplug: { primaryHost: dc }', /ce qui exige le droit de publier sur spBv1\.0\/DC\/NCMD\/edge\s; aucune/],
])('a node that waits for its birth to be asked for, %s, %s: what it takes', (language, host, words) => {
  const site = siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: "mqtt://127.0.0.1" }
${host}
points: { p: { topic: spBv1.0/DC/DDATA/edge/m, at: /P, unit: kW } }
notify: { language: ${language} }
`)
  const row = { ...rowOf(siteIn(language), 'refused', { quantity: 'before_birth', over: 0 }, 'raised'), source: 0 }
  expect(alarmMessage(site, row)).toMatch(words)
  expect(alarmMessage(site, { ...row, alarm: 'gateway_refused' })).toMatch(words)
})
