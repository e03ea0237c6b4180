/** Sums that change: meters that come and go, factors that hold from a date on. Old time keeps its formula. */
import { expect, test } from 'vitest'
import { restartedScenario, scenario, siteOf } from './scenario.ts'

/** A site of meters that are read every half minute, with what is summed. */
function siteWith(points: string, it: string, more = ''): string {
  return `
site: { id: dc, timezone: Europe/Paris }
core: { intervalS: 60, latenessS: 900, boundS: 30, minCoverage: 0.9, windows: [1m, 5m] }
points:
  main: { topic: main, unit: W, everyS: 30 }
${points}
boundaries:
  dc: { facility: [main], it: ${it}${more} }
`
}

const AB = `  a: { topic: a, unit: W, everyS: 30 }
  b: { topic: b, unit: W, everyS: 30 }`

test('a meter counts from its first day on and until its last, and both meters report all the time', () =>
  restartedScenario(
    siteWith(AB, '[{ point: a, until: "2026-03-02T00:02Z" }, { point: b, from: "2026-03-02T00:02Z" }]'),
    `
    0:00 to 0:04:30 every 30 s  main 120000  a 100000  b 60000
                  => pue 1m 0:01 1.2000 facility 7200000 it 6000000
                  => pue 1m 0:02 1.2000 facility 7200000 it 6000000
                  => pue 1m 0:03 2.0000 facility 7200000 it 3600000
                  => pue 1m 0:04 2.0000 facility 7200000 it 3600000
                  => pue 5m 0:01 nothing
                  => pue 5m 0:02 nothing
                  => pue 5m 0:03 1.3846 facility 21600000 it 15600000
                  => pue 5m 0:04 1.5000 facility 28800000 it 19200000`,
  ))

test('a meter that does not report yet leaves no gap before it counts', () =>
  scenario(
    siteWith(`${AB.replace('topic: b,', 'topic: b, from: "2026-03-02T01:02+01:00",')}`, '[{ sum: [a, b] }]'),
    `
    0:00 to 0:01:30 every 30 s  main 120000  a 100000
    0:02 to 0:03:30 every 30 s  main 120000  a 50000  b 50000
                  => pue 1m 0:01 1.2000 it 6000000
                  => pue 1m 0:02 1.3714 it 5250000     # in its last half minute a falls
                  => pue 1m 0:03 1.2000 it 6000000`,
  ))

test('a factor of a term holds from its date on; the interval before has the one before', () =>
  restartedScenario(
    siteWith(
      AB,
      '[{ point: a, factors: [{ from: "2026-03-02T00:01Z", factor: 0.5 }, { from: "2026-03-02T00:03Z", factor: 2 }] }]',
    ),
    `
    0:00 to 0:04:30 every 30 s  main 120000  a 60000
                  => pue 1m 0:01 2.0000 it 3600000
                  => pue 1m 0:02 4.0000 it 1800000
                  => pue 1m 0:03 4.0000 it 1800000
                  => pue 1m 0:04 1.0000 it 7200000`,
  ))

test('a late reading corrects its minute by the formula of that minute', () =>
  restartedScenario(
    siteWith(AB, '[{ point: a, factors: [{ from: "2026-03-02T00:03Z", factor: 2 }] }]'),
    `
    0:00 to 0:01 every 30 s  main 120000  a 60000
    0:01:30 to 0:04 every 30 s  main 120000
    0:04:30                    main 120000  a 60000  => so far
    0:02:30                    a 30000  @0:04:40
    @0:05:00      => pue 1m 0:02 2.4000 it 3000000 r1
                  => pue 1m 0:03 3.4909 it 2062500 r1
                  => pue 1m 0:04 1.3333 it 5400000 r1`,
  ))

test('a virtual point, a constant and a share come and go as other terms do', () =>
  scenario(
    `${siteWith(AB, '[rooms, { constantKw: 30, until: "2026-03-02T00:01Z" }, { share: 0.5, of: b, from: "2026-03-02T00:03Z" }]')}
virtual:
  rooms: { sum: [a, late] }
  late: { point: b, from: "2026-03-02T00:02Z", factors: [{ from: "2026-03-02T00:03Z", factor: 3 }] }
`,
    `
    0:00 to 0:04:30 every 30 s  main 120000  a 60000  b 10000
                  => pue 1m 0:01 1.3333 it 5400000
                  => pue 1m 0:02 2.0000 it 3600000
                  => pue 1m 0:03 1.7143 it 4200000
                  => pue 1m 0:04 1.2632 it 5700000`,
  ))

test("a point's factor is that of its stamp, whenever it arrives; a mean has that of the time before its stamp", () =>
  scenario(
    `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, windows: [1m] }
points:
  a: { topic: a, unit: W, everyS: 30, factors: [{ from: "2026-03-02T00:02Z", factor: 40 }] }
  m: { topic: m, unit: W, kind: mean, everyS: 60, factors: [{ from: "2026-03-02T00:02Z", factor: 40 }] }
  t: { topic: t, unit: °C, everyS: 30, factor: 0.1, factors: [{ from: "2026-03-02T00:02Z", factor: 1 }] }
`,
    `
    0:00 to 0:01 every 30 s  a 100  t 220
    0:01     m 100
    0:02     a 2  t 22  m 100
    0:02:30  a 2  t 22
    0:03     a 2  t 22  m 100
    0:03:30 to 0:04:30 every 30 s  a 2  t 22
                      => energy m 0:01 6000 J
                      => energy m 0:02 6000 J
                      => energy m 0:03 240000 J
                      => energy m 0:04 nothing
                      => reading t 0:01 mean 22.0
                      => reading t 0:02 mean 22.0
                      => reading t 0:03 mean 22.0
                      => reading t 0:04 mean 22.0
    0:01:30  a 100  @0:04:40
    @0:05:10          => energy a 0:02 5700 J r1      # 100 W, and in its last half minute from 100 to 80`,
  ))

test('a count goes on over the date of its factor, each side with its own', () => {
  const site = (more: string) => `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, windows: [1m] }
points:
  c: { topic: c, unit: kWh, everyS: 60, maxKw: 3000, register: {}${more} }
`
  // 0.5 kWh a minute on the display; from 0:02:30 on it is worth 40 times as much
  restartedScenario(
    site(', factors: [{ from: "2026-03-02T00:02:30Z", factor: 40 }]'),
    `
    0:00  c 500
    0:01  c 500.5
    0:02  c 501
    0:03  c 501.5
    0:04  c 502
    0:05  c 502.5   => energy c 0:01 1800000 J
                    => energy c 0:02 1800000 J
                    => energy c 0:03 36900000 J     # half a minute of each
                    => energy c 0:04 72000000 J`,
  )
  // The same over a rollover
  restartedScenario(
    site(', factors: [{ from: "2026-03-02T00:02:30Z", factor: 40 }]').replace(
      'register: {}',
      'register: { rolloverAt: 1000 }',
    ),
    `
    0:00  c 998.5
    0:01  c 999
    0:02  c 999.5
    0:03  c 0
    0:04  c 0.5
    0:05  c 1       => energy c 0:01 1800000 J
                    => energy c 0:02 1800000 J
                    => energy c 0:03 36900000 J
                    => energy c 0:04 72000000 J`,
  )
})

test('nobody waits for a meter before its first day, nor behind its last', () =>
  scenario(
    `
site: { id: dc, timezone: UTC }
points:
  a: { topic: a, unit: W, everyS: 30, until: "2026-03-02T00:10Z" }
  b: { topic: b, unit: W, everyS: 30, from: "2026-03-02T00:20Z" }
  c: { topic: c, unit: W, everyS: 30 }
`,
    `
    0:00 to 0:09:30 every 30 s  a 100  c 100
    0:10 to 0:40 every 30 s  c 100   => alarm stale of b raised 0:25`,
  ))

test('the columns of a sum are those of its meters, however many dates there are', () => {
  const site = siteOf(
    siteWith(
      AB,
      '[{ point: a, factors: [{ from: 2026-01-01, factor: 2 }, { from: 2026-02-01, factor: 3 }] }, { point: b, until: 2026-01-15 }]',
    ),
  )
  const [boundary] = site.plan.boundaries
  // Midnights of Paris: an hour before those of UTC
  expect(boundary?.before.map(({ until }) => new Date(until * 60_000).toISOString().slice(0, 16))).toEqual([
    '2025-12-31T23:00',
    '2026-01-14T23:00',
    '2026-01-31T23:00',
  ])
})
