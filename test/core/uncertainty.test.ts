import { test } from 'vitest'
import { scenario } from '../scenario.ts'

/** 120 kW over 100 kW with meters of class 0.5 and 1, or the total built of IT (class 1) and 20 kW overhead (class 1). */
function siteWith(boundary: string, main = 'accuracyPct: 0.5'): string {
  return `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, boundS: 30, idleS: 600, windows: [5m] }
points:
  main: { topic: main, unit: kW, everyS: 60, ${main} }
  it: { topic: it, unit: kW, everyS: 60, accuracyPct: 1 }
  rest: { topic: rest, unit: kW, everyS: 60, accuracyPct: 1 }
boundaries: { dc: ${boundary} }
`
}

const FIVE_MINUTES = `
  0:00  main 120
  0:00  it 100
  0:00  rest 20
  0:01  main 120
  0:01  it 100
  0:01  rest 20
  0:02  main 120
  0:02  it 100
  0:02  rest 20
  0:03  main 120
  0:03  it 100
  0:03  rest 20
  0:04  main 120
  0:04  it 100
  0:04  rest 20
  0:05  main 120
  0:05  it 100
  0:05  rest 20   => so far`

test('two meters of their own: the root of the sum of squares of their classes, k = 2', () =>
  scenario(
    siteWith('{ facility: [main], it: [it] }'),
    // 2 × 1.2 × √(0.005² + 0.01²) / √3
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 5m 0:05 of dc 1.2 uncertainty 0.0155`,
  ))

test('a total built as IT and the rest: the IT meter errs in both sums, so little is left of it', () =>
  scenario(
    siteWith('{ facility: [it, rest], it: [it] }'),
    // (PUE − 1) × 2 × √(0.01² + 0.01²) / √3; as two meters of their own it would be 0.0196
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 5m 0:05 of dc 1.2 uncertainty 0.0033`,
  ))

test('a meter of no declared class leaves the value without an uncertainty, not with none', () =>
  scenario(
    siteWith('{ facility: [main], it: [it] }', ''),
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 5m 0:05 of dc 1.2 unsure`,
  ))

test('less of the surer sum is estimated: the larger share stays, the uncertainty does not, so the row is revised', () =>
  scenario(
    siteWith('{ facility: [main], it: [it] }'),
    `
    0:00  main 120
    0:00  it 100
    0:01  it 100
    0:05  main 120   # bridges 5 min: estimated
    0:05  it 100     # bridges 4 min: estimated
    0:05:31  main 120
    @0:06         => so far
    0:03  it 100  @0:06:10   # halves the bridge: no longer estimated
    @0:07         => pue 5m 0:03 of dc 1.2 estimated 1.00 r2
                  => pue 5m 0:04 of dc 1.2 estimated 1.00 r2
                  => pue 5m 0:05 of dc 1.2 estimated 1.00 uncertainty 0.139 r2`,
  ))
