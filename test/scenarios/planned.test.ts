/**
 * Planned work: when it begins and ends, what it sets aside, what compliance says of it. A site of two halls is told
 * 23 °C each minute, 36 °C where a table says so.
 */
import { expect, test } from 'vitest'
import { restoreCore, saveCore } from '../../src/core/snapshot/snapshot.ts'
import { plannedList, type PlannedEntry } from '../../src/fold/planned/list.ts'
import { accept, createPipeline, type Pipeline } from '../../src/fold/pipeline.ts'
import type { CommandAnswer } from '../../src/ingest/command.ts'
import { zonedToUtcMs, zoneOffsetMs } from '../../src/ingest/time-zones.ts'
import { localMs } from '../../src/config/duties/local-time.ts'
import type { NoticeBody } from '../../src/rows/alarm-rows.ts'
import { createRowSink, type Row } from '../../src/rows/rows.ts'
import { siteOf } from './scenario.ts'

const ZONE = 'Europe/Paris'
const MINUTE_MS = 60_000

const text = (planned: string, more = '') => `
site: { id: dc, timezone: ${ZONE} }
core: { windows: [1h, 24h] }
points:
  "a{1,2}": { topic: "a{1,2}", at: /t, unit: °C, everyS: 60 }
  b1: { topic: b1, at: /t, unit: °C, everyS: 60 }
inlets:
  "a{1,2}": { dryBulb: "a{1,2}", class: A2, hall: north, rack: "r{1,2}", moisture: unmeasured }
  b1: { dryBulb: b1, class: A2, hall: south, rack: r3, moisture: unmeasured }
alarms:
  rate_of_change: { enabled: false }
  inlet_recommended: { enabled: false }
${planned === '' ? '' : `planned:\n  - { ${planned} }\n`}${more}`

function utc(local: string): number {
  return zonedToUtcMs(localMs(local.replace(' ', 'T')), ZONE)[0] ?? NaN
}

function localFull(tMs: number): string {
  return new Date(tMs + zoneOffsetMs(tMs, ZONE)).toISOString().slice(0, 16).replace('T', ' ')
}

function localText(tMs: number): string {
  return localFull(tMs).slice(5)
}

interface Told {
  rows: Row[]
  notices: NoticeBody[]
  answers: CommandAnswer[]
  /** What the audit says of each order. */
  audit: string[]
  /** Planned work as it stands at the end. */
  list: PlannedEntry[]
}

interface Story {
  config: string
  from: string
  to: string
  /** Inlets that are too warm, between two local times. */
  warm?: readonly (readonly [inlet: string, from: string, to: string])[]
  /** Commands at local times. */
  commands?: readonly (readonly [at: string, command: object])[]
  /** Local times at which the core is thrown away and restored from what it had saved. */
  kills?: readonly string[]
}

function play({ config, from, to, warm = [], commands = [], kills = [] }: Story): Told {
  const site = siteOf(config)
  const told: Told = { rows: [], notices: [], answers: [], audit: [], list: [] }
  const open = (): Pipeline =>
    createPipeline(
      site,
      createRowSink(
        site,
        (row) => told.rows.push(row),
        ({ payload }) => told.notices.push(JSON.parse(payload) as NoticeBody),
      ),
      undefined,
      (answer, { who, what, outcome, reason }) => {
        told.answers.push(answer)
        told.audit.push([who, what, outcome, reason].join(' | '))
      },
    )
  let pipeline = open()
  for (let nowMs = utc(from); nowMs <= utc(to); nowMs += MINUTE_MS) {
    if (kills.some((at) => utc(at) === nowMs)) {
      const { sections } = saveCore(pipeline.core, site, undefined)
      pipeline = open()
      pipeline.nowMs = nowMs - MINUTE_MS
      restoreCore(pipeline.core, site, sections)
    }
    for (const [at, command] of commands) {
      if (utc(at) !== nowMs) continue
      accept(pipeline, { nowMs, topic: 'coldaisle/dc/command', payload: JSON.stringify(command), retain: false })
    }
    for (const inlet of site.inlets) {
      const isWarm = warm.some(([it, begin, end]) => it === inlet && nowMs >= utc(begin) && nowMs < utc(end))
      const payload = `{"ts":${nowMs},"t":${isWarm ? 36 : 23}}`
      accept(pipeline, { nowMs, topic: inlet, payload, retain: false })
    }
  }
  told.list = plannedList(site, pipeline.core.planned, pipeline.nowMs)
  return told
}

/** Transitions of one kind, as `03-03 08:00 shelved a1`. */
function transitions({ rows }: Told, alarm = 'inlet_allowable'): string[] {
  return rows
    .filter(({ measurement, tags }) => measurement === 'alarm' && tags['alarm'] === alarm)
    .map(({ timeMs, tags, fields }) => `${localText(timeMs)} ${String(fields['state'])} ${tags['source']}`)
}

function pages({ notices }: Told): string[] {
  return notices.map(({ timeMs, state, source }) => `${localText(timeMs)} ${state} ${source}`)
}

function plannedPct({ rows }: Told, name: string, window: string, local: string): unknown {
  return rows.findLast(
    ({ measurement, tags, timeMs }) =>
      measurement === 'compliance' && tags['name'] === name && tags['window'] === window && timeMs === utc(local),
  )?.fields['planned_pct']
}

const FILTERS = 'name: filters, hall: north, from: 2026-03-03T08:00, hours: 2, who: Anna, why: filter change'

test('a breach during planned work pages nobody; one that outlasts it pages at its end', () => {
  const told = play({
    config: text(FILTERS),
    from: '2026-03-03 07:00',
    to: '2026-03-03 10:30',
    warm: [
      ['a1', '2026-03-03 08:10', '2026-03-03 08:40'],
      ['a2', '2026-03-03 09:30', '2026-03-03 10:20'],
      ['b1', '2026-03-03 08:10', '2026-03-03 08:40'],
    ],
  })
  expect(transitions(told)).toEqual([
    '03-03 08:00 shelved a1',
    '03-03 08:00 shelved a2',
    '03-03 08:11 raised b1',
    '03-03 08:41 cleared b1',
    '03-03 10:00 unshelved a1',
    '03-03 10:00 normal a1',
    '03-03 10:00 unshelved a2',
    '03-03 10:00 raised a2',
    '03-03 10:21 cleared a2',
  ])
  expect(pages(told)).toEqual([
    '03-03 08:11 raised b1',
    '03-03 08:41 cleared b1',
    '03-03 10:00 raised a2',
    '03-03 10:21 cleared a2',
  ])
})

test('an alarm that stands when the work begins is told to be shelved, by whom and for what', () => {
  const story = {
    from: '2026-03-03 07:00',
    to: '2026-03-03 08:30',
    warm: [['a1', '2026-03-03 07:30', '2026-03-03 08:30']] as const,
  }
  const told = play({ ...story, config: text(FILTERS) })
  expect(pages(told)).toEqual(['03-03 07:31 raised a1', '03-03 08:00 shelved a1'])
  expect(told.notices.at(-1)?.message).toContain(
    'is shelved until 2026-03-03 10:00:00 UTC+1 by Anna for the planned work "filters" (filter change).',
  )
  const french = play({ ...story, config: text(FILTERS, 'notify: { language: fr }\n') })
  expect(french.notices.at(-1)?.message).toContain(
    'par Anna pour les travaux prévus «\u00a0filters\u00a0» (filter change).',
  )
})

test('compliance tells the share of inlet-time that was planned, and nothing where there was none', () => {
  const told = play({ config: text(FILTERS), from: '2026-03-03 07:00', to: '2026-03-03 11:10' })
  const at = (name: string, local: string) => plannedPct(told, name, '1h', local)
  expect(at('a1', '2026-03-03 08:30')).toBe(50)
  expect(at('north', '2026-03-03 09:00')).toBe(100)
  // Two inlets of three for half an hour
  expect(at('dc', '2026-03-03 10:30')).toBeCloseTo(100 / 3, 9)
  expect(at('south', '2026-03-03 09:00')).toBeUndefined()
  expect(at('a1', '2026-03-03 08:00')).toBeUndefined()
  expect(at('a1', '2026-03-03 11:00')).toBeUndefined()
})

test('overlapping works count once, and one that only shelves does not count', () => {
  const two = text(`${FILTERS} }
  - { name: rack, rack: r1, from: 2026-03-03T09:30, hours: 1, who: Ben, why: cabling }
  - { name: quiet, hall: south, from: 2026-03-03T08:00, hours: 2, compliance: false, who: Ben, why: tests`)
  const told = play({ config: two, from: '2026-03-03 07:00', to: '2026-03-03 10:40' })
  expect(plannedPct(told, 'a1', '1h', '2026-03-03 10:30')).toBe(100)
  expect(plannedPct(told, 'north', '1h', '2026-03-03 10:30')).toBe(75)
  expect(plannedPct(told, 'b1', '1h', '2026-03-03 09:00')).toBeUndefined()
  expect(transitions(told).filter((it) => it.endsWith('b1'))).toContain('03-03 08:00 shelved b1')
})

test.each([
  ['every Sunday at 01:30, when clocks go forward', 'FREQ=WEEKLY', '2026-03-22T01:30', '03-29 01:30', '03-29 04:30'],
  ['every Sunday at 01:30, when clocks go back', 'FREQ=WEEKLY', '2026-10-18T01:30', '10-25 01:30', '10-25 02:30'],
  ['at 02:30 of a night that skips it', 'FREQ=DAILY', '2026-03-28T02:30', '03-29 03:30', '03-29 05:30'],
  ['the first Tuesday of a month', 'FREQ=MONTHLY;BYDAY=1TU', '2026-03-03T08:00', '04-07 08:00', '04-07 10:00'],
  [
    'the last Friday, every other month',
    'FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR',
    '2026-03-27T22:00',
    '05-29 22:00',
    '05-30 00:00',
  ],
  ['that ends with a time', 'FREQ=DAILY;UNTIL=20260304T090000', '2026-03-03T08:00', '03-04 08:00', '03-04 10:00'],
  ['that ends with a day, which counts', 'FREQ=DAILY;UNTIL=20260304', '2026-03-03T08:00', '03-04 08:00', '03-04 10:00'],
])('a rule: %s', (_, rrule, first, begin, end) => {
  const planned = `name: w, rack: r1, from: ${first}, hours: 2, rrule: ${rrule}, alarms: [inlet_allowable], who: A, why: w`
  const from = `2026-${begin.slice(0, 5)} 00:00`
  const told = play({ config: text(planned), from, to: localFull(utc(from) + 24.5 * 60 * MINUTE_MS) })
  expect(transitions(told).slice(0, 2)).toEqual([`${begin} shelved a1`, `${end} unshelved a1`])
})

test('a rule that has ended begins nothing', () => {
  const ended = text(`${FILTERS}, rrule: "FREQ=DAILY;COUNT=2"`)
  expect(transitions(play({ config: ended, from: '2026-03-05 07:00', to: '2026-03-05 09:00' }))).toEqual([])
})

const PLAN = { command: 'plan', name: 'fans', rack: 'r1', from: '2026-03-03T08:00', hours: 2, who: 'Ben', why: 'fans' }

test('by command: planned, answered, begun; called off it ends at once', () => {
  const told = play({
    config: text(''),
    from: '2026-03-03 07:00',
    to: '2026-03-03 10:10',
    commands: [
      ['2026-03-03 07:10', { ...PLAN, id: '1' }],
      ['2026-03-03 07:11', { ...PLAN, id: '2' }],
      ['2026-03-03 09:00', { command: 'unplan', name: 'fans', who: 'Ben', id: '3' }],
    ],
  })
  expect(told.answers).toEqual([
    { id: '1', command: 'plan', done: true, changed: 0 },
    { id: '2', command: 'plan', done: false, changed: 0, reason: '"fans" is planned already: unplan it first' },
    { id: '3', command: 'unplan', done: true, changed: 6 },
  ])
  expect(told.audit).toEqual([
    'Ben | plan fans in rack r1, from 2026-03-03T08:00 for 2 h: fans | done | no alarm changed',
    'Ben | plan fans in rack r1, from 2026-03-03T08:00 for 2 h: fans | refused | "fans" is planned already: unplan it first',
    'Ben | unplan fans | done | 6 alarms changed',
  ])
  expect(transitions(told)).toEqual(['03-03 08:00 shelved a1', '03-03 09:00 unshelved a1', '03-03 09:00 normal a1'])
  expect(plannedPct(told, 'a1', '1h', '2026-03-03 09:30')).toBe(50)
  expect(plannedPct(told, 'a1', '1h', '2026-03-03 10:00')).toBeUndefined()
})

test('the list says what goes on, what comes, from whom; what is over last', () => {
  const { list } = play({
    config: `${text(FILTERS)}  - { name: old, from: 2026-03-01T08:00, hours: 2, who: Anna, why: tests, alarms: none }\n`,
    from: '2026-03-03 07:00',
    to: '2026-03-03 08:30',
    commands: [
      ['2026-03-03 07:10', { ...PLAN, from: '2026-03-04T08:00', rrule: 'FREQ=DAILY' }],
      ['2026-03-03 07:11', { ...PLAN, name: 'called off' }],
      ['2026-03-03 07:12', { command: 'unplan', name: 'called off', who: 'Ben' }],
    ],
  })
  const lines = list.map(({ name, by, fromMs, untilMs, nextMs, alarms, inlets }) =>
    [name, by, ...[fromMs, untilMs, nextMs].map((tMs) => (tMs === undefined ? '-' : localText(tMs)))].concat(
      `${alarms.length} kinds, ${inlets} inlets`,
    ),
  )
  expect(lines).toEqual([
    ['filters', 'configuration', '03-03 08:00', '03-03 10:00', '-', '6 kinds, 2 inlets'],
    ['fans', 'command', '-', '-', '03-04 08:00', '6 kinds, 1 inlets'],
    ['old', 'configuration', '-', '-', '-', '0 kinds, 3 inlets'],
  ])
})

test('what is called off leaves on the shelf what other work has there', () => {
  const told = play({
    config: text(FILTERS),
    from: '2026-03-03 07:00',
    to: '2026-03-03 10:10',
    warm: [['a1', '2026-03-03 08:30', '2026-03-03 09:30']],
    commands: [
      ['2026-03-03 07:10', { ...PLAN, hours: 3 }],
      ['2026-03-03 09:00', { command: 'unplan', name: 'fans', who: 'Ben' }],
    ],
  })
  expect(transitions(told).filter((it) => it.endsWith('a1'))).toEqual([
    '03-03 08:00 shelved a1',
    '03-03 08:00 shelved a1',
    '03-03 09:00 shelved a1',
    '03-03 10:00 unshelved a1',
    '03-03 10:00 normal a1',
  ])
  expect(pages(told)).toEqual([])
})

const SHELVE = { command: 'shelve', alarm: 'inlet_allowable', source: 'a1', who: 'Ben', why: 'fans' }

test.each([
  ['a shorter shelf cuts none of it', '08:30', 0, ['unshelved 10:00', 'raised 10:00']],
  ['a longer one outlasts it', '09:30', 1, ['shelved 08:10', 'unshelved 10:30', 'raised 10:30']],
])('of planned work that goes on until 10:00, %s', (_, untilUtc, changed, expected) => {
  const told = play({
    config: text(FILTERS),
    from: '2026-03-03 07:00',
    to: '2026-03-03 10:40',
    warm: [['a1', '2026-03-03 08:05', '2026-03-03 11:00']],
    commands: [['2026-03-03 08:10', { ...SHELVE, until: `2026-03-03T${untilUtc}:00Z` }]],
  })
  expect(told.answers).toEqual([{ command: 'shelve', done: true, changed }])
  const later = transitions(told)
    .filter((it) => it.endsWith('a1'))
    .slice(1)
  expect(later).toEqual(expected.map((it) => it.replace(/(\S+) (\S+)/, '03-03 $2 $1 a1')))
})

test('a shorter shelf of the same person replaces a longer one', () => {
  const told = play({
    config: text(''),
    from: '2026-03-03 07:00',
    to: '2026-03-03 09:00',
    commands: [
      ['2026-03-03 07:10', { ...SHELVE, until: '2026-03-03T09:00:00Z' }],
      ['2026-03-03 07:20', { ...SHELVE, until: '2026-03-03T07:00:00Z' }],
    ],
  })
  expect(transitions(told)).toEqual([
    '03-03 07:10 shelved a1',
    '03-03 07:20 shelved a1',
    '03-03 08:00 unshelved a1',
    '03-03 08:00 normal a1',
  ])
})

test.each([
  ['what is over', { ...PLAN, from: '2026-03-02T08:00' }, 'it would be over already'],
  ['an unknown place', { ...PLAN, rack: 'r9' }, 'no alarm has a source in rack r9'],
  [
    'a member that is none',
    { ...PLAN, racks: 'r1' },
    'name from hours rrule hall rack gateway class alarms compliance who why',
  ],
  ['a rule that is none', { ...PLAN, rrule: 'FREQ=HOURLY' }, 'rrule: FREQ cannot be "HOURLY" here'],
  ['nobody', { ...PLAN, who: '' }, 'who: '],
  ['blanks in place of a name', { ...PLAN, who: ' \u00a0' }, 'who: it is blank'],
  ['what nobody has planned', { command: 'unplan', name: 'fans', who: 'Ben' }, 'no work "fans" is planned'],
  ['what stands in the file', { ...PLAN, name: 'filters' }, '"filters" stands in the configuration'],
])('a command is refused for %s', (_, command, reason) => {
  const { answers } = play({
    config: text(FILTERS),
    from: '2026-03-03 07:00',
    to: '2026-03-03 07:01',
    commands: [['2026-03-03 07:00', command]],
  })
  expect(answers).toEqual([expect.objectContaining({ done: false, reason: expect.stringContaining(reason) as string })])
})

test('kills before, during and behind it change no row and no notice, though somebody took an alarm off the shelf', () => {
  const story = {
    config: text(FILTERS),
    from: '2026-03-03 07:00',
    to: '2026-03-03 10:30',
    warm: [['a2', '2026-03-03 08:20', '2026-03-03 09:20']] as const,
    commands: [
      ['2026-03-03 07:10', PLAN],
      ['2026-03-03 08:30', { command: 'unshelve', alarm: 'inlet_allowable', source: 'a2', who: 'Ben' }],
    ] as const,
  }
  const whole = play(story)
  expect(transitions(whole)).toContain('03-03 08:30 raised a2')
  const kills = ['2026-03-03 07:30', '2026-03-03 08:00', '2026-03-03 08:01', '2026-03-03 08:45', '2026-03-03 10:05']
  expect(play({ ...story, kills })).toEqual(whole)
})
