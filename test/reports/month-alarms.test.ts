/** The alarms of a month as a table, over transitions that a person can count. */
import { expect, test } from 'vitest'
import { endedPeriods } from '../../src/reports/day.ts'
import { monthlyAlarms } from '../../src/reports/month-alarms.ts'

const site = (timezone: string) => ({ config: { site: { id: 'dc', timezone }, core: { intervalS: 60 } } })
const UTC = site('UTC')
const FEBRUARY = { startMs: Date.UTC(2026, 1, 1), endMs: Date.UTC(2026, 2, 1) }

/** `2026-02-03T10:00 raised stale r1 warning`. */
function row(line: string) {
  const [time = '', state = '', alarm = '', source = '', severity = 'warning'] = line.split(' ')
  return { timeMs: Date.parse(`${time}Z`), tags: { alarm, source, severity }, fields: { state } }
}

const linesOf = (before: readonly string[], during: readonly string[], plannedPct = NaN): string[] =>
  monthlyAlarms(before.map(row), during.map(row), UTC, FEBRUARY, plannedPct).trim().split('\r\n')

test('a quiet month: all targets are met, and what there was none of has no number', () => {
  const lines = linesOf([], [])
  expect(lines[0]).toBe('site,month,section,name,value,unit,target,met')
  expect(lines).toContain('dc,2026-02,month,raised_a_day,0,,<= 150,yes')
  expect(lines).toContain('dc,2026-02,month,standing,0,"over 24 h, at most on a day",< 5,yes')
  expect(lines).toContain('dc,2026-02,month,top_pct,,%,< 5,')
  expect(lines).toContain('dc,2026-02,month,ack_p50_s,,s,,')
  expect(lines.filter((line) => line.includes(',day,'))).toHaveLength(28)
  expect(lines.filter((line) => line.includes(',no'))).toEqual([])
})

test('a day of 160 among quiet ones, an alarm that stood from before, one that was acknowledged', () => {
  // Every 9 min from midnight on: 160 by 23:51
  const busy = Array.from({ length: 160 }, (_, n) => {
    const time = new Date(Date.UTC(2026, 1, 10) + n * 9 * 60_000).toISOString().slice(0, 16)
    return [`${time} raised stale s${n % 16} low`, `${time} cleared stale s${n % 16} low`]
  }).flat()
  const lines = linesOf(
    ['2026-01-20T00:00 raised gateway gw critical'],
    [
      '2026-02-03T10:00 raised inlet_allowable r1 critical',
      '2026-02-03T10:04 acked inlet_allowable r1 critical',
      '2026-02-03T10:30 cleared inlet_allowable r1 critical',
      '2026-02-05T10:00 cleared gateway gw critical',
      ...busy,
      '2026-02-20T10:00 raised inlet_allowable r1 high',
      '2026-02-20T10:10 cleared inlet_allowable r1 high',
    ],
  )
  for (const line of [
    'month,raised,162,,,',
    'month,raised_a_day,5.79,,<= 150,yes', // 162 / 28
    'month,days_above,1,days,,',
    'month,critical,0.62,%,about 5,', // 1 of 162
    'month,high,0.62,%,"about 15, with warning",',
    'month,low,98.77,%,about 80,', // 160 of 162
    'month,top_pct,61.73,%,< 5,no', // ten sources of ten each, of 162
    'month,standing,1,"over 24 h, at most on a day",< 5,yes',
    'month,acked,1,,,',
    'month,ack_p50_s,240,s,,',
    'month,cleared,163,,,',
    'day,2026-02-09,0,,<= 150,yes',
    'day,2026-02-10,160,,<= 150,no',
    'top,stale s0,10,,,',
  ]) {
    expect(lines).toContain(`dc,2026-02,${line}`)
  }
  expect(lines.filter((line) => line.includes(',top,'))).toHaveLength(10)
})

test('the share of planned work stands beside them, and is left out where it is not known', () => {
  expect(linesOf([], [], 1.25)).toContain('dc,2026-02,month,planned_pct,1.25,% of the time of inlets,,')
  expect(linesOf([], [], 0)).toContain('dc,2026-02,month,planned_pct,0,% of the time of inlets,,')
  expect(linesOf([], [])).toContain('dc,2026-02,month,planned_pct,,% of the time of inlets,,')
})

test('months are those of the site, and end once', () => {
  const paris = site('Europe/Paris')
  const at = Date.parse('2026-11-03T00:00Z')
  expect(endedPeriods(paris, 'month', Date.parse('2026-10-31T22:59Z'), at)).toEqual([
    { startMs: Date.parse('2026-09-30T22:00Z'), endMs: Date.parse('2026-10-31T23:00Z') },
  ])
  expect(endedPeriods(paris, 'month', Date.parse('2026-10-31T23:00Z'), at)).toEqual([])
  expect(endedPeriods(paris, 'month', Date.parse('2026-07-15T00:00Z'), at)).toHaveLength(4)
})
