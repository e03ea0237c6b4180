/** Why numbers changed after they had settled: a row for each series, window and day, at the end that changed most. */
import { test } from 'vitest'
import { restartedScenario, scenario } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, windows: [1h] }
points:
  main: { topic: main, unit: W, everyS: 60, role: facility }
  it: { topic: it, unit: W, everyS: 60, role: it }
  count: { topic: count, unit: kWh, register: {}, everyS: 60 }
  t: { topic: t, unit: °C, everyS: 60 }
boundaries:
  dc: { facility: [main], it: [it] }
inlets:
  in: { dryBulb: t, moisture: unmeasured, hall: h }
`

// A window of an hour has a PUE from half an hour of known time on: those that end from 1:31 to 2:29 had none. Of the
// hour up to 1:30, 31 minutes were known, none of them out; by then 29 of 60 are at 40 °C.
test('a backlog: the PUE that there was none of, the energies, the time out of the envelope', () =>
  restartedScenario(
    SITE,
    `
    0:00 to 1:00 every 60 s  main 150000  it 100000  t 24
    1:01 to 1:59 every 60 s  main 150000
    2:00 to 6:00 every 60 s  main 150000  it 100000  t 24   => so far
    1:01 to 1:29 every 60 s  it 100000  t 40  @6:00:10
    1:30 to 1:59 every 60 s  it 100000  t 24  @6:00:20      => no restatement energy it interval
    @6:05  => restatement energy it interval 1:01 unknown new 6000000 count 60 why backlog
           => restatement pue dc 1h 1:31 unknown new 1.500 count 59 why backlog
           => restatement compliance_site dc 1h 1:30 old 0.00 new 48.33 count 88 why backlog
           => restatement compliance_inlet in 1h 1:30 old 0.00 new 48.33 count 17 why backlog`,
  ))

// What is up to an hour old is corrected at once, the rest once it is quiet: each has its row
test('a register that bridges a gap', () =>
  scenario(
    SITE,
    `
    0:00 to 4:00 every 60 s  main 150000
    4:01  main 150000  count 1000
    4:02  main 150000  count 1001
    4:03 to 4:59 every 60 s  main 150000
    5:00 to 6:00 every 60 s  main 150000   => so far
    6:02  main 150000  count 1121          => no restatement energy count interval
    6:03 to 6:08 every 60 s  main 150000
    @6:09  => restatement energy count interval 5:01 unknown new 3600000 count 30 why register
           => restatement energy count interval 4:03 unknown new 3600000 count 58 why register`,
  ))

test('what is corrected before it has settled is told by its revision alone', () =>
  scenario(
    SITE,
    `
    0:00 to 0:30 every 60 s  main 150000  it 100000
    0:27:30  it 130000  @0:30:10
    @0:33    => no restatement energy it interval
             => no restatement pue dc 1h`,
  ))
