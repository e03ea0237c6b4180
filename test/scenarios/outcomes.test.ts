import { test } from 'vitest'
import { scenario } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, skewS: 60, boundS: 30, windows: [5m] }
points:
  it: { topic: it, unit: W, everyS: 30, max: 200000 }
  solar: { topic: solar, unit: kW, everyS: 30, min: -50, max: 50 }
  fan: { topic: fan, unit: W, everyS: 30, min: 0 }
`

test('the same reading twice is a duplicate, another value at its stamp a conflict: the first stays', () =>
  scenario(
    SITE,
    `
    0:00     it 80000
    0:00:30  it 80000   => outcome accepted
    0:00:30  it 80000   => outcome duplicate
    0:00:30  it 90000   => outcome conflict
    0:01     it 80000
    0:01:30  it 80000   => energy it 0:01 4800000 J r0
    0:00     it 99999   @0:01:31  => outcome conflict
    @0:02               => no energy`,
  ))

test('the broker’s kept copy without a stamp is state, not news', () =>
  scenario(
    SITE,
    `
    retained it 80000  @0:00   => outcome retained
    0:00  it 80000             => outcome accepted`,
  ))

const SEEDED = `
site: { id: dc, timezone: UTC }
core: { boundS: 10, windows: [1h] }
points:
  fac: { topic: fac, unit: W, everyS: 30, retained: seed }
  it: { topic: it, unit: W, everyS: 30, retained: seed }
  t: { topic: t, unit: °C, everyS: 30, retained: seed, max: 60 }
boundaries: { dc: { facility: [fac], it: [it], category: 1 } }
inlets: { r1: { dryBulb: t, class: A1, hall: h, rack: r, moisture: unmeasured } }`

test('a kept copy as a seed: shown at the start, without energy, compliance or alarm, however hot it says it is', () =>
  scenario(
    SEEDED,
    `
    retained it 80000  fac 90000  t 55  @0:00   => climate r1 0:01 55 C unknown worst-unknown
                                                => reading it 0:01 last 80000 count 0
                                                => reading fac 0:01 last 90000 count 0
    retained t 99  @0:00:10                     => no climate r1
    @0:01:40                                    => no energy
                                                => no alarm
    0:02 to 0:05 every 30 s  it 80000  fac 90000  t 22   => energy it 0:03 4800000 J
                                                => energy it 0:04 4800000 J
                                                => climate r1 0:03 22 C recommended
                                                => climate r1 0:04 22 C
                                                => no alarm
    retained t 55  @0:05:10                     => no climate r1`,
  ))

test('a stamp more than skewS ahead is future and does not move the watermark', () =>
  scenario(
    SITE,
    `
    0:00 to 0:02 every 60 s  it 80000   => energy it 0:01
    0:03:00.001  it 1  @0:02            => outcome future
    5:00  it 80000     @0:02            => outcome future
                                        => no energy
    0:03  it 80000     @0:02            => outcome accepted
                                        => no energy          # its stamp counts as its arrival: W is 0:01:30
    0:02:30  it 80000  @0:02:30         => energy it 0:02
    0:03:30  it 80000  @0:03:30         => energy it 0:03`,
  ))

test('in known time a reading is too late if its point has one that is latenessS newer', () =>
  scenario(
    SITE,
    `
    0:00 to 0:20 every 30 s  it 80000
    0:04:59.999  it 80000  @0:20   => outcome too_late
    0:05:00      it 80000  @0:20   => outcome duplicate
    0:05:00.001  it 80000  @0:20   => outcome accepted
    0:05:10      it 80000  @9:00   => outcome accepted   # neither the clock
    9:00         fan 100   @9:00                         # nor another point makes it older
    0:05:11      it 80000  @9:00   => outcome accepted`,
  ))

test('unknown time may be filled for backlogS: between readings more than three periods apart, and before the first', () =>
  scenario(
    SITE.replace('latenessS: 900', 'latenessS: 900, backlogS: 7200'),
    `
    0:30 to 0:31 every 30 s        it 80000
    1:00 to 1:20 every 30 s        it 80000
    0:45           it 80000  @1:20:00  => outcome accepted   # in the gap of 29 minutes
    0:40           it 80000  @1:20:10  => outcome accepted   # which keeps its edges
    0:31           it 80000  @1:20:20  => outcome too_late   # its first edge
    0:30:10        it 80000  @1:20:30  => outcome too_late   # known time before it
    0:20           it 80000  @1:20:40  => outcome accepted   # before the first reading
    1:20:30        it 80000
    1:36           it 80000            => outcome accepted
    0:42           it 80000  @1:36:10  => outcome accepted   # latenessS after the last there are gaps around it still
    0:44:59        it 80000  @1:36:20  => outcome accepted
    2:20           it 80000
    0:19:29        it 80000  @2:20     => outcome too_late   # the close mark is 2:19:30
    0:19:30        it 80000  @2:20     => outcome accepted`,
  ))

test('once a gap is filled and quiet for latenessS what it covers is known', () =>
  scenario(
    SITE,
    `
    0:00 to 0:10 every 30 s   it 80000
    0:40 to 0:41 every 30 s   it 80000
    0:10:30 to 0:20 every 30 s  it 80000  @0:41:10
    0:15:10  it 80000  @0:56:10  => outcome accepted
    0:41:30 to 1:12 every 30 s  it 80000
    0:15:20  it 80000  @1:12     => outcome too_late    # the last one came 0:56:10
    0:30     it 80000  @1:12     => outcome accepted    # still unknown`,
  ))

test('limits of the meter', () =>
  scenario(
    SITE,
    `
    0:00  it -10.1       => outcome negative     # beyond the noise of an idle meter
    0:00  it 200000.1    => outcome out_of_range
    0:00  it 200000      => outcome accepted
    0:00  fan -1         => outcome out_of_range   # below its min, before it is negative
    0:00  fan 0          => outcome accepted
    0:00  solar -50.001  => outcome out_of_range
    0:00  solar -50      => outcome accepted
    0:01  it 1e400       => outcome non_finite
    0:01  it null        => outcome no_value
    0:01  it "n/a"       => outcome bad_payload
    0:01  it 0           => outcome accepted`,
  ))

test('export is taken off', () =>
  scenario(
    SITE,
    `
    0:00 to 0:00:30 every 30 s  solar 10
    0:01 to 0:01:30 every 30 s  solar -10   => energy solar 0:01 300000 J coverage 1.00
    0:02 to 0:02:30 every 30 s  solar -10   => energy solar 0:02 -600000 J coverage 1.00`,
  ))

test('of several faults the first in this order counts: number, range, sign, future, late, double', () =>
  scenario(
    SITE,
    `
    0:00 to 0:20 every 30 s  it 80000
    5:00  it 300000  @0:20   => outcome out_of_range
    5:00  it -11     @0:20   => outcome negative
    0:01  it -11     @0:20   => outcome negative
    0:01  it 80000   @0:20   => outcome too_late
    0:10  it 300000  @0:20   => outcome out_of_range`,
  ))

test('a number that no meter can mean does not reach the sums, whatever the device sends for "no value"', () =>
  scenario(
    `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, latenessS: 900, boundS: 30, windows: [5m] }
points:
  it: { topic: it, unit: W, everyS: 30 }
  mean: { topic: mean, unit: kW, everyS: 60, kind: mean }
  count: { topic: count, unit: kWh, everyS: 60, register: {} }
  air: { topic: air, unit: °C, everyS: 60 }
`,
    `
    0:00  it 3.4028235e38     => outcome out_of_range
    0:00  it 1000000001       => outcome out_of_range   # above 1 GW
    0:00  it 80000            => outcome accepted
    0:01  mean 1e200          => outcome out_of_range
    0:01  count 1e30          => outcome out_of_range
    0:01  air 1.7e308         => outcome out_of_range
    0:01  it 80000            => outcome accepted`,
  ))
