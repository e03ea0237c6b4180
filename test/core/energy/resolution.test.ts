/** Registers that count in whole kWh, in tenths, in Wh: what that does to ±, and from when on it is known. */
import { test } from 'vitest'
import { restartedScenario } from '../../scenarios/scenario.ts'

function siteWith(classes = true): string {
  const accuracy = (percent: number) => (classes ? `, accuracyPct: ${percent}` : '')
  return `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, boundS: 30, idleS: 600, windows: [5m] }
points:
  fac: { topic: fac, unit: kWh, everyS: 60, register: {}, maxKw: 2000${accuracy(0.5)} }
  it: { topic: it, unit: kWh, everyS: 60, register: {}, maxKw: 2000${accuracy(1)} }
boundaries: { dc: { facility: [fac], it: [it] } }
`
}

/** One reading of each register a minute, up to 0:07, whose steps are given in kWh. */
function countsOf(fac: readonly number[], it: readonly number[], decimals = 0): string {
  const rows: string[] = []
  let [facKwh, itKwh] = [100, 50]
  for (let minute = 0; minute <= 7; minute++) {
    rows.push(`0:0${minute}  fac ${facKwh.toFixed(decimals)}  it ${itKwh.toFixed(decimals)}`)
    facKwh += fac[minute] ?? NaN
    itKwh += it[minute] ?? NaN
  }
  return `${rows.join('\n')}   => so far`
}

test('a register errs by its resolution at both ends of a window: r / √2 as a bound', () =>
  restartedScenario(
    siteWith(),
    // The window has 24 kWh over 20 kWh; whole kWh, classes 0.5 and 1 %:
    // 2 × √((1/√2/20)² + (1.2/√2/20)² + (1.2 × 0.005)² + (1.2 × 0.01)²) / √3
    `${countsOf([1, 1, 5, 5, 5, 5, 4], [1, 1, 4, 4, 4, 4, 4])}
    0:08  fac 132  it 76   => pue 5m 0:07 of dc 1.2 uncertainty 0.0656 sound`,
  ))

test('a window whose registers are too coarse is suspect: above 10 % by their resolution alone', () =>
  restartedScenario(
    siteWith(),
    // 12 kWh over 10 kWh: 2 × √((1/√2/10)² + (1.2/√2/10)²) / √3 is 10.6 % of 1.2
    `${countsOf([1, 1, 3, 2, 3, 2, 2], [1, 1, 2, 2, 2, 2, 2])}
    0:08  fac 117  it 63   => pue 5m 0:07 of dc 1.2 uncertainty 0.1285 suspect`,
  ))

test('it is suspect also where no class is declared, and then has no ±', () =>
  restartedScenario(
    siteWith(false),
    `${countsOf([1, 1, 3, 2, 3, 2, 2], [1, 1, 2, 2, 2, 2, 2])}
    0:08  fac 117  it 63   => pue 5m 0:07 of dc 1.2 unsure suspect`,
  ))

test('a display of three decimals adds next to nothing', () =>
  restartedScenario(
    siteWith(),
    // 2 × 1.2 × √(0.005² + 0.01²) / √3
    `${countsOf([1, 1, 2.401, 2.399, 2.403, 2.397, 2.4], [1, 1, 2.001, 1.999, 2.003, 1.997, 2], 3)}
    0:08  fac 116.123  it 63.123   => pue 5m 0:07 of dc 1.2 uncertainty 0.01549 sound`,
  ))

// 24 kWh over 20 kWh: ± 0.0656 by whole kWh, as above. Of the 3 min up to 0:03 these are 15 over 12, and 40 % is unknown
const WHOLE = countsOf([5, 5, 5, 5, 4, 5, 5], [4, 4, 4, 4, 4, 4, 4])

test('a digit behind the point shows up to a quarter of an hour later: the rows before are written once more', () =>
  restartedScenario(
    siteWith(),
    // IT counts in tenths: 2 × √((1/√2/20)² + (1.2/√2/200)² + (1.2 × 0.005)² + (1.2 × 0.01)²) / √3
    `${WHOLE.replace('so far', 'pue 5m 0:01 nothing')}
              => pue 5m 0:02 nothing
              => pue 5m 0:03 of dc 1.25 uncertainty 0.1243 r0
              => pue 5m 0:04 of dc 1.25 uncertainty 0.0881 r0
              => pue 5m 0:05 of dc 1.2 uncertainty 0.0656 r0
              => pue 5m 0:06 of dc 1.2 uncertainty 0.0656 r0
    0:08  fac 139  it 82.1   => pue 5m 0:07 of dc 1.2 uncertainty 0.0656 r0
    0:09  fac 144  it 86.1   => pue 5m 0:03 of dc 1.25 uncertainty 0.0911 r1
              => pue 5m 0:04 of dc 1.25 r1
              => pue 5m 0:05 of dc 1.2 uncertainty 0.0439 r1
              => pue 5m 0:06 of dc 1.2 uncertainty 0.0439 r1
              => pue 5m 0:07 of dc 1.2 uncertainty 0.0439 r1
              => pue 5m 0:08 of dc 1.194 r0`,
  ))

test('the same by a reading from before the first one: also where it changes no energy', () =>
  restartedScenario(
    siteWith(),
    // IT: 49.9 kWh at 0:00, heard late. Its tenths are told first, then the energy of the first minute
    `${WHOLE.replace('  it 50', '')}
    0:08  fac 139  it 82         => pue 5m 0:07 of dc 1.2 uncertainty 0.0656 r0
    0:00  it 49.9  @0:08:40
    0:09  fac 144  it 86         => pue 5m 0:04 of dc 1.25 uncertainty 0.0911 r1
              => pue 5m 0:05 of dc 1.1875 r1
              => pue 5m 0:06 of dc 1.2 uncertainty 0.0439 r1
              => pue 5m 0:07 of dc 1.2 uncertainty 0.0439 r1
              => pue 5m 0:01 nothing r1
              => pue 5m 0:02 nothing r1
              => pue 5m 0:03 of dc 1.240 r1
              => pue 5m 0:04 of dc 1.242 r2
              => pue 5m 0:05 of dc 1.194 r2
              => pue 5m 0:08 of dc 1.2 uncertainty 0.0439 r0`,
  ))
