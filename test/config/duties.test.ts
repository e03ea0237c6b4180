/** Faults of schedules and of planned work, each with its place. */
import { expect, test } from 'vitest'
import { formatFault, parseConfig } from '../../src/config/config.ts'

function faultsOf(text: string): string[] {
  const read = parseConfig(text, { file: 'f' })
  return 'faults' in read ? read.faults.map(formatFault) : []
}

test('reports that are scheduled: each fault with its place', () => {
  const reports = `[
    { every: day, rules: eu-2024, mailBy: office, mailTo: [a@b] },
    { every: month, mailTo: [b@dc5] },
    { every: month },
  ]`
  const known = 'de-enefg-2023, de-enefg-draft-2026, eu-2024-1364, eu-c-2026-3472, fr-2025-1382'
  expect(faultsOf(`site: { id: dc5, timezone: UTC }\npoints: {}\nschedule: { reports: ${reports} }\n`)).toEqual([
    'f:4:14 schedule.reports[0].every: of which boundary it is, is not said\n  hint: add `disclosure: { boundary: NAME }`',
    `f:4:26 schedule.reports[0].rules: expected one of ${known}; found "eu-2024"\n  hint: did you mean \`eu-2024-1364\`?`,
    'f:4:43 schedule.reports[0].mailBy: none of `notify.emails` has the name "office"\n  hint: name one of them',
    'f:5:29 schedule.reports[1].mailTo: no server is named that mails it\n  hint: add `mailBy`, a name of `notify.emails`',
    'f:6:14 schedule.reports[2].every: another report is of the same period and rules\n  hint: keep one of them',
  ])
})

const RECEIVERS = `site: { id: dc5, timezone: Europe/Paris }
points: {}
notify:
  emails:
    - { host: m, from: a@dc5, to: [b@dc5], routes: [cooling], onCall: anna }
    - { host: m, from: a@dc5, to: [c@dc5], routes: [cooling] }
`

test.each([
  ['a sound one', 'cooling: { rota: { from: 2026-03-02, who: [anna] } }', []],
  [
    'a turn in which nobody would be told',
    'cooling: { rota: { from: 2026-03-02, who: [anna, ben] } }',
    [
      'f:8:56 notify.schedules.cooling.rota.who[1]: no receiver of this route has `onCall: ben`: nobody would be told in that turn\n  hint: add the receiver, or take the name out',
    ],
  ],
  [
    'a receiver that would never be told',
    'cooling: { rota: { from: 2026-03-02, who: [ana] } }',
    [
      'f:5:71 notify.emails[0].onCall: no rota of its routes has "anna": it would never be told\n  hint: did you mean `ana`?',
      'f:8:50 notify.schedules.cooling.rota.who[0]: no receiver of this route has `onCall: ana`: nobody would be told in that turn\n  hint: add the receiver, or take the name out',
    ],
  ],
  [
    'a route that nobody asks for, and one for receivers without routes where there are none',
    'cooling: { rota: { from: 2026-03-02, who: [anna] } }, coling: {}, "*": {}',
    [
      'f:8:61 notify.schedules.coling: no receiver asks for the route "coling"\n  hint: did you mean `cooling`?',
      'f:8:73 notify.schedules["*"]: every receiver names its `routes`',
    ],
  ],
  [
    'hours and dates that are none',
    'cooling: { rota: { from: 2026-03-02T08:00Z, who: [anna] }, quiet: [{ hours: 22-07 }, { hours: 07:00-07:00 }] }',
    [
      'f:8:32 notify.schedules.cooling.rota.from: "2026-03-02T08:00Z" is not a local date or time\n  hint: write it in the site\'s time zone and without offset, such as 2026-03-02 or 2026-03-02T08:00',
      'f:8:83 notify.schedules.cooling.quiet[0].hours: "22-07" is not a stretch of a day\n  hint: write two times of day, such as 22:00-07:00; 00:00-24:00 is all day',
      'f:8:101 notify.schedules.cooling.quiet[1].hours: "07:00-07:00" is not a stretch of a day\n  hint: write two times of day, such as 22:00-07:00; 00:00-24:00 is all day',
    ],
  ],
])('schedules: %s', (_, schedules, expected) => {
  expect(faultsOf(`${RECEIVERS}  schedules:\n    { ${schedules} }\n`)).toEqual(expected)
})

const SITE = `site: { id: dc5, timezone: Europe/Paris }
points: { t: { topic: t, unit: °C } }
inlets: { i1: { dryBulb: t, hall: north } }
planned:
`
const WORK = 'from: 2026-03-03T08:00, hours: 2, who: Anna, why: filters'

test.each([
  ['sound ones', [`{ name: a, hall: north, ${WORK} }`, `{ name: b, rrule: "FREQ=MONTHLY;BYDAY=1TU", ${WORK} }`], []],
  [
    'two of one name, and a place that is not there',
    [`{ name: a, ${WORK} }`, `{ name: a, hall: nord, ${WORK} }`],
    [
      'f:6:13 planned[1].name: other planned work has the name "a"',
      'f:6:22 planned[1].hall: there is no hall "nord" here',
    ],
  ],
  ...(
    [
      ['FREQ=HOURLY', 'FREQ cannot be "HOURLY" here'],
      ['FREQ=DAILY;UNTIL=20261231T000000Z', 'UNTIL cannot be "20261231T000000Z" here'],
      ['FREQ=DAILY;UNTIL=20260231', 'UNTIL cannot be "20260231" here'],
      ['FREQ=DAILY;UNTIL=20261305T090000', 'UNTIL cannot be "20261305T090000" here'],
      ['FREQ=DAILY;UNTIL=20260305T240000', 'UNTIL cannot be "20260305T240000" here'],
      ['FREQ=DAILY;DTSTART=20260303', 'a rule has no "DTSTART" here'],
      ['INTERVAL=2', 'a rule needs FREQ'],
      ['FREQ=DAILY;INTERVAL=0', 'INTERVAL cannot be "0" here'],
      ['FREQ=DAILY;FREQ=WEEKLY', 'a rule says each part once'],
      ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'no stretch that the rule names has such a day'],
      ['FREQ=WEEKLY;BYDAY=MO;BYSETPOS=5', 'no stretch that the rule names has such a day'],
      ['FREQ=DAILY;BYSETPOS=2', 'no stretch that the rule names has such a day'],
      ['FREQ=MONTHLY;BYMONTHDAY=31;BYSETPOS=-2', 'no stretch that the rule names has such a day'],
      ['FREQ=WEEKLY;BYDAY=1TU', 'BYDAY counts days (1TU: the first Tuesday) of months and years only'],
    ] as const
  ).map(([rrule, reason]): [string, string[], string[]] => [
    rrule,
    [`{ name: a, ${WORK}, rrule: "${rrule}" }`],
    [
      `f:5:82 planned[0].rrule: ${reason}\n  hint: write a rule such as FREQ=WEEKLY;BYDAY=MO or FREQ=MONTHLY;BYDAY=1TU; UNTIL is local time, without Z`,
    ],
  ]),
])('planned work: %s', (_, works, expected) => {
  expect(faultsOf(`${SITE}${works.map((work) => `  - ${work}\n`).join('')}`)).toEqual(expected)
})
