/** A reading that leaps and leaps back, as one in another unit does, is not known: it breaks nothing. */
import { test } from 'vitest'
import { scenario } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC, corrosion: low }
core: { intervalS: 60, latenessS: 900, boundS: 30, windows: [5m] }
points:
  t: { topic: t, unit: °C, everyS: 30 }
  rh: { topic: rh, unit: '%', everyS: 30 }
inlets:
  in: { dryBulb: t, humidity: rh, class: A1, hall: h1 }
alarms: { rate_of_change: { enabled: false } }
`

test('75.2 °F among degrees Celsius: its half minute is unknown, and nothing was out', () =>
  scenario(
    SITE,
    `
    0:00 to 0:02 every 30 s  t 24 rh 45
    0:02:30  t 75.2 rh 45
    0:03 to 0:05:30 every 30 s  t 24 rh 45
      => climate in 0:01 24 C recommended good
      => climate in 0:02 24 C recommended good
      => climate in 0:03 no-t unknown worst-recommended flags spike
      => climate in 0:04 24 C recommended good
      => climate in 0:05 24 C recommended good
      => compliance hall h1 5m 0:01
      => compliance hall h1 5m 0:02
      => compliance hall h1 5m 0:03 recommended 100 out 0
      => compliance hall h1 5m 0:04 recommended 100 out 0
      => compliance hall h1 5m 0:05 recommended 100 out 0 coverage 0.9 nobody no-allowable_dry_bulb_max rci_hi 100
      => no alarm`,
  ))

test('a humidity as a fraction, once: the moisture is unknown while it would hold', () =>
  scenario(
    SITE,
    `
    0:00 to 0:02 every 30 s  t 24 rh 45
    0:02:30  t 24 rh 0.45
    0:03 to 0:05:30 every 30 s  t 24 rh 45
      => compliance hall h1 5m 0:01
      => compliance hall h1 5m 0:02
      => compliance hall h1 5m 0:03 out 0
      => compliance hall h1 5m 0:04 out 0
      => compliance hall h1 5m 0:05 recommended 90 moisture_unknown 10 out 0 coverage 1
      => no alarm`,
  ))

test('a leap that stays is no glitch: it is out from its first reading on', () =>
  scenario(
    SITE,
    `
    0:00 to 0:02 every 30 s  t 24 rh 20
    0:02:30 to 0:05:30 every 30 s  t 36 rh 20
      => climate in 0:01 24 C recommended
      => climate in 0:02 24 C recommended
      => climate in 0:03 36 C out good
      => climate in 0:04 36 C out
      => climate in 0:05 36 C out`,
  ))

test('a late reading tells that a leap was a glitch, and another that one was none', () =>
  scenario(
    SITE,
    `
    0:00 to 0:02 every 30 s  t 24 rh 20
    0:02:30  t 36 rh 20
    0:03:30  t 36 rh 20
    0:04     t 36 rh 20
    0:04:30  t 36 rh 20     => so far
    0:03     t 24 rh 20  @0:04:40
    @0:05    => climate in 0:03 no-t unknown worst-recommended flags spike`,
  ))
