/** The figures of ISA-18.2 and EEMUA 191 over transitions that a person can count. */
import { expect, test } from 'vitest'
import { alarmFigures, standingsFrom } from '../../src/reports/alarm-figures.ts'
import type { AlarmFigures } from '../../src/rows/tables/alarm-figures.ts'

const DAY = '2026-03-02T'
const at = (time: string) => Date.parse(`${DAY}${time}Z`)
const WHOLE_DAY = { startMs: at('00:00:00'), endMs: at('00:00:00') + 86_400_000 }

/** `10:00:00 raised inlet_recommended r1`, and `critical` behind it. */
function row(line: string, sinceMs?: number) {
  const [time = '', state = '', alarm = '', source = '', severity = 'warning', id] = line.split(' ')
  const fields = {
    state,
    ...(sinceMs === undefined ? {} : { since_ms: sinceMs }),
    ...(id === undefined ? {} : { id }),
  }
  return { timeMs: at(time), tags: { alarm, source, severity }, fields }
}

const figures = (...lines: string[]) =>
  alarmFigures(
    standingsFrom([]),
    lines.map((line) => row(line)),
    WHOLE_DAY,
  )

const burst = (count: number, minute: string) =>
  Array.from({ length: count }, (_, n) => `10:${minute}:${String(n % 60).padStart(2, '0')} raised stale r${n}`)

const CASES: [words: string, lines: string[], expected: Partial<AlarmFigures>][] = [
  [
    'a quiet day',
    [],
    { raised: 0, most_in_hour: 0, flood_pct: 0, busy_pct: 0, top: '', top_pct: NaN, standing: 0, ack_p50_s: NaN },
  ],
  [
    'one alarm, acknowledged after 4 min, over after half an hour',
    [
      '10:00:00 raised inlet_allowable r1 critical',
      '10:04:00 acked inlet_allowable r1',
      '10:30:00 cleared inlet_allowable r1',
    ],
    { raised: 1, critical: 1, warning: 0, acked: 1, ack_p50_s: 240, cleared: 1, clear_p50_s: 1800, top_pct: 100 },
  ],
  [
    'acknowledged twice counts once',
    ['10:00:00 raised stale a', '10:01:00 acked stale a', '10:05:00 acked stale a'],
    { acked: 1, ack_p90_s: 60 },
  ],
  [
    'late, shelved and suppressed ones call nobody',
    ['10:00:00 late stale a', '10:00:00 shelved stale b', '10:00:00 suppressed stale c'],
    { raised: 0 },
  ],
  [
    'told once more as it became critical, and as nobody came, it is one alarm',
    [
      '10:00:00 raised inlet_allowable r1 high id1',
      '10:02:00 reclassified inlet_allowable r1 high id1',
      '10:02:01 raised inlet_allowable r1 critical id1',
      '10:17:00 raised inlet_allowable r1 critical id1',
      '11:00:00 raised stale s1 low id2',
    ],
    { raised: 2, critical: 0, high: 1, warning: 0, low: 1 },
  ],
  ['ten in ten minutes are no flood yet', burst(10, '20'), { raised: 10, flood_pct: 0 }],
  [
    'eleven are: one of the 144 periods of a day',
    burst(11, '20'),
    { flood_pct: 100 / 144, busy_pct: 0, most_in_hour: 11 },
  ],
  ['thirty-one in an hour are too many', burst(31, '20'), { busy_pct: 100 / 24 }],
  [
    'three times within a minute is chattering',
    [
      '10:00:00 raised stale a',
      '10:00:20 cleared stale a',
      '10:00:25 raised stale a',
      '10:00:50 cleared stale a',
      '10:01:00 raised stale a',
    ],
    { chattering: 1, raised: 3 },
  ],
  [
    'three times within two minutes is not',
    ['10:00:00 raised stale a', '10:01:00 raised stale a', '10:02:00 raised stale a'],
    { chattering: 0 },
  ],
  [
    'a sensor that falls silent in a breach',
    ['10:00:00 raised rate_of_change r1', '11:00:00 stale rate_of_change r1'],
    { stale: 1 },
  ],
  [
    'over, then waiting to be reset: the time is that until it was over',
    ['10:00:00 raised moisture r1', '10:10:00 latched moisture r1', '12:00:00 normal moisture r1'],
    { cleared: 1, clear_p50_s: 600 },
  ],
  [
    'the ten most frequent of twelve',
    [
      ...Array.from({ length: 12 }, (_, n) => `10:0${n % 10}:00 raised stale s${String(n).padStart(2, '0')}`),
      '15:00:00 raised stale s11',
    ],
    {
      raised: 13,
      top_pct: (100 * 11) / 13,
      top: 'stale s11 2, stale s00 1, stale s01 1, stale s02 1, stale s03 1, stale s04 1, stale s05 1, stale s06 1, stale s07 1, stale s08 1',
    },
  ],
]

test.each(CASES)('%s', (_words, lines, expected) => {
  expect(figures(...lines)).toMatchObject(expected)
})

test('what stood before the day stands at its end, for more than 24 h; shelved or over it does not', () => {
  const before = [
    '09:00:00 raised stale a',
    '09:00:00 acked stale b',
    '09:00:00 raised stale c',
    '09:00:00 raised stale d',
  ]
  const next = { startMs: WHOLE_DAY.endMs, endMs: WHOLE_DAY.endMs + 86_400_000 }
  const standings = standingsFrom(before.map((line) => row(line, at('08:00:00'))))
  expect(
    alarmFigures(
      standings,
      ['12:00:00 shelved stale c'].map((line) => row(line)),
      WHOLE_DAY,
    ).standing,
  ).toBe(0)
  const cleared = { ...row('12:00:00 cleared stale d'), timeMs: next.startMs + 3_600_000 }
  expect(alarmFigures(standings, [cleared], next)).toMatchObject({ standing: 2, cleared: 1, clear_p50_s: 16 * 3600 })
})
