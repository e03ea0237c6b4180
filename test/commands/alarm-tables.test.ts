/** Tables of alarms for people, and two rule sets on one recording. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { alarmTable, tableOf, transitionTable } from '../../src/commands/alarms/table.ts'
import { packetLine } from '../../src/testing.ts'
import type { HistoryRow } from '../../src/store/types.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'coldaisle-tables-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const START_MS = Date.UTC(2026, 2, 2)

function row(state: string, timeMs: number, fields: HistoryRow['fields'] = {}): HistoryRow {
  const tags = { site: 'dc', alarm: 'inlet_allowable', source: 'r1', severity: 'critical' }
  return { measurement: 'alarm', tags, fields: { state, message: 'too warm', ...fields }, timeMs }
}

test('each line has all columns, with something in each; times are those of the site', () => {
  const rows = [
    row('raised', START_MS, { since_ms: START_MS - 90_000 }),
    row('shelved', START_MS, { who: 'Ann  of\tnights', until: '2026-07-01T00:00:00.000Z' }),
    row('cleared', START_MS, { message: '' }),
  ]
  const lines = alarmTable(rows, 'Europe/Paris').trimEnd().split('\n')
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['state', 'severity', 'alarm', 'source', 'since', 'who', 'until', 'message'],
    ['raised', 'critical', 'inlet_allowable', 'r1', '2026-03-02 00:58:30 UTC+1', '-', '-', 'too warm'],
    'shelved|critical|inlet_allowable|r1|2026-03-02 01:00:00 UTC+1|Ann of nights|2026-07-01 02:00:00 UTC+2|too warm'.split(
      '|',
    ),
    ['cleared, to acknowledge', 'critical', 'inlet_allowable', 'r1', '2026-03-02 01:00:00 UTC+1', '-', '-', '-'],
  ])
  const [head = '', ...others] = lines
  for (const line of others) expect(line.indexOf('inlet_allowable')).toBe(head.indexOf('alarm'))
  expect(transitionTable(rows, 'America/St_Johns').split('\n')[1]).toMatch(
    /^2026-03-01 20:30:00 UTC−3:30 {2}raised {2}/,
  )
  expect(transitionTable([], 'UTC')).toBe('no transition in that time\n')
})

test('on a narrow terminal columns go to lines below, and a message is parted between words', () => {
  const lines = [
    ['state', 'source', 'who', 'until', 'message'],
    ['shelved', 'h1-r07', 'Ann of nights', '2026-07-01 02:00', 'too warm for the third time this week'],
    ['raised', 'h1-r08', '-', '-', 'too warm'],
  ]
  expect(tableOf(lines, 40)).toBe(`\
state    source  who
    until
    message
shelved  h1-r07  Ann of nights
    2026-07-01 02:00
    too warm for the third time this
    week
raised   h1-r08  -
    too warm
`)
  expect(tableOf(lines, 200).split('\n')).toHaveLength(4)
})

function siteFile(name: string, rules: string): string {
  const file = join(root, name)
  writeFileSync(
    file,
    `
site: { id: dc, timezone: Europe/Paris }
points: { '{a,b}': { topic: '{a,b}', unit: °C, everyS: 60, stuckAfterS: 0 } }
inlets: { r1: { dryBulb: a, hall: h1 }, r2: { dryBulb: b, hall: h1 } }
alarms: { rate_of_change: { enabled: false }, inlet_allowable: { enabled: false }, ${rules} }
`,
  )
  return file
}

/** Two days: r1 is at 29 °C for half an hour each noon (UTC), r2 at 29 °C for three minutes of the first evening. */
function recording(): string {
  const file = join(root, 'days.ndjson')
  const lines = Array.from({ length: 2 * 1440 }, (_, minute) => {
    const nowMs = START_MS + minute * 60_000
    const r1 = minute % 1440 >= 720 && minute % 1440 < 750 ? 29 : 24
    const r2 = minute >= 1200 && minute < 1203 ? 29 : 24
    return [
      packetLine({ nowMs, topic: 'a', payload: String(r1), retain: false }),
      packetLine({ nowMs, topic: 'b', payload: String(r2), retain: false }),
    ].join('\n')
  })
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

function backtest(...args: string[]) {
  return spawnSync(process.execPath, [COLDAISLE, 'alarms', 'backtest', ...args], { encoding: 'utf8' })
}

test('backtest --against tells pages, what the other misses, and how much later it pages', { timeout: 120_000 }, () => {
  const quick = siteFile('quick.yaml', 'inlet_recommended: { onDelayS: 60 }')
  const slow = siteFile('slow.yaml', 'inlet_recommended: { onDelayS: 300 }')
  const { status, stdout, stderr } = backtest('--config', quick, '--against', slow, recording())
  expect([status, stdout.trimEnd().split('\n').length]).toEqual([0, 6])
  const lines = stderr.split('\n')
  expect(lines).toContain('pages 3, of which 0 of groups')
  expect(lines).toContain('how often: 1.5 a day')
  expect(lines).toContain('time to page: median 1.0 min, most 1.0 min')
  expect(lines).toContain('by hour of the day: 13 h 2, 21 h 1')
  expect(lines.slice(lines.findIndex((line) => line.startsWith('quick.yaml:')))).toEqual([
    'quick.yaml: pages 3, 1.5 a day; time to page median 1.0 min, most 1.0 min',
    'slow.yaml: pages 2, 1.0 a day; time to page median 5.0 min, most 5.0 min',
    'paged by both: 2; slow.yaml pages later by 4.0 min in the median (4.0 min to 4.0 min)',
    'missed by slow.yaml: 1',
    '       1  inlet_recommended r2',
    'paged by slow.yaml only: 0',
    '',
  ])
})

test('backtest --against says so where both rule sets page at the same times', { timeout: 120_000 }, () => {
  const one = siteFile('one.yaml', 'inlet_recommended: { onDelayS: 60 }')
  const same = siteFile('same.yaml', 'inlet_recommended: { onDelayS: 60, severity: high }')
  const { status, stderr } = backtest('--config', one, '--against', same, recording())
  expect([status, stderr.split('\n')]).toEqual([
    0,
    expect.arrayContaining([
      'paged by both: 3; same.yaml pages at the same times',
      'missed by same.yaml: 0',
      'paged by same.yaml only: 0',
    ]),
  ])
})

test('standard input is read once: --against asks for a file', { timeout: 60_000 }, () => {
  const { status, stderr } = backtest('--config', siteFile('a.yaml', ''), '--against', siteFile('b.yaml', ''), '-')
  expect([status, stderr]).toEqual([2, expect.stringContaining('standard input can be read once only')])
})
