import { test } from 'vitest'
import { scenario } from '../../scenarios/scenario.ts'

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

test('time that is not known counts too: half a window is within 10 % of the other half', () =>
  scenario(
    siteWith('{ facility: [main], it: [it] }', 'accuracyPct: 1').replace('[5m]', '[10m]'),
    // 2 × 1.2 × √(0.01² + 0.01² + (0.5 × 0.1)²) / √3
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 10m 0:05 of dc 1.2 coverage 0.50 uncertainty 0.0720`,
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

/** Meters of class 0.5 and 1, each behind a transformer of class 1. */
function transformed(boundary: string, batch = ''): string {
  const ct = (accuracyPct: number) => `accuracyPct: ${accuracyPct}, ct: { accuracyPct: 1${batch} }`
  return siteWith(boundary, ct(0.5)).replaceAll('everyS: 60, accuracyPct: 1 }', `everyS: 60, ${ct(1)} }`)
}

test('a transformer errs beside its meter: in series, the root of the sum of squares', () =>
  scenario(
    transformed('{ facility: [main], it: [it] }'),
    // 2 × 1.2 × √(0.005² + 0.01² + 0.01² + 0.01²) / √3
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 5m 0:05 of dc 1.2 uncertainty 0.02498`,
  ))

test('transformers of one batch in both sums err alike, and cancel', () =>
  scenario(
    transformed('{ facility: [main], it: [it] }', ', batch: b'),
    // as without them: 2 × 1.2 × √(0.005² + 0.01²) / √3
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 5m 0:05 of dc 1.2 uncertainty 0.01549`,
  ))

test('transformers of one batch in one sum err alike, and add up', () =>
  scenario(
    transformed('{ facility: [it, rest], it: [main] }', ', batch: b').replace(
      'batch: b } }\n  it:',
      'batch: c } }\n  it:',
    ),
    // PUE 1, main alone in its batch: meters 0.005, 1 / 120, 0.2 / 120; transformers 0.01 and (1 + 0.2) / 120
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 5m 0:05 of dc 1 uncertainty 0.01991`,
  ))

test('what is taken away errs against the rest', () =>
  scenario(
    siteWith('{ facility: [{ sum: [main, { point: rest, factor: -1 }] }], it: [it] }'),
    // PUE 1; 2 × √((120 × 0.005 / 100)² + (20 × 0.01 / 100)² + 0.01²) / √3
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 5m 0:05 of dc 1 uncertainty 0.01366`,
  ))

test('the total of IT and the rest: (PUE − 1) × √((u_rest/E_rest)² + (u_it/E_it)²), by fallbacks too', () =>
  scenario(
    siteWith('{ facility: [{ point: it, fallback: [main] }, rest], it: [it] }'),
    // 2 × 0.2 × √(0.01² + 0.01²) / √3
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 5m 0:05 of dc 1.2 uncertainty 0.003266`,
  ))

test('estimates are within 10 %: a declared load of 20 kW', () =>
  scenario(
    siteWith('{ facility: [it, { constantKw: 20 }], it: [it] }'),
    // 2 × √((0.2 × 0.01)² + (0.2 × 0.1)²) / √3
    `${FIVE_MINUTES}
    0:05:30  main 120  => pue 5m 0:05 of dc 1.2 uncertainty 0.02321`,
  ))

/** Registers of whole kWh that stand still at first, then rise by 1, then by so much each minute. */
function countsOf(facility: readonly number[], it: readonly number[]): string {
  const rows = ['0:00  fac 100 it 50', '0:01  fac 100 it 50', '0:02  fac 101 it 51']
  let [fac, its] = [101, 51]
  for (const [n, step] of facility.entries()) {
    fac += step
    its += it[n] ?? NaN
    rows.push(`0:0${3 + n}  fac ${fac} it ${its}`)
  }
  return `${rows.join('\n')}   => so far`
}

const COUNTED = `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, boundS: 30, idleS: 600, windows: [5m] }
points:
  fac: { topic: fac, unit: kWh, everyS: 60, register: {}, maxKw: 2000, accuracyPct: 0.5 }
  it: { topic: it, unit: kWh, everyS: 60, register: {}, maxKw: 2000, accuracyPct: 1 }
boundaries: { dc: { facility: [fac], it: [it] } }
`

test('a register errs by its resolution at both ends of a window: r / √2 as a bound', () =>
  scenario(
    COUNTED,
    // 24 kWh over 20 kWh, whole kWh, classes 0.5 and 1 %:
    // 2 × √((1/√2/20)² + (1.2/√2/20)² + (1.2 × 0.005)² + (1.2 × 0.01)²) / √3
    `${countsOf([5, 5, 5, 5, 4], [4, 4, 4, 4, 4])}
    0:08  fac 130 it 76   => pue 5m 0:07 of dc 1.2 uncertainty 0.0656 sound`,
  ))

test('a window whose registers are too coarse is suspect: above 10 % by their resolution alone', () =>
  scenario(
    COUNTED,
    // 12 kWh over 10 kWh: 2 × √((1/√2/10)² + (1.2/√2/10)²) / √3 is 10.6 % of 1.2
    `${countsOf([3, 2, 3, 2, 2], [2, 2, 2, 2, 2])}
    0:08  fac 115 it 63   => pue 5m 0:07 of dc 1.2 uncertainty 0.1285 suspect`,
  ))

test('a count that never stood still says nothing of its resolution', () =>
  scenario(
    COUNTED,
    // as two meters of power: 2 × 1.2 × √(0.005² + 0.01²) / √3
    `
    0:00 fac 100 it 50
    0:01 fac 112 it 60
    0:02 fac 124 it 70
    0:03 fac 136 it 80
    0:04 fac 148 it 90
    0:05 fac 160 it 100
    0:06 fac 172 it 110  => so far
    0:07 fac 184 it 120  => pue 5m 0:06 of dc 1.2 uncertainty 0.0155 sound`,
  ))
