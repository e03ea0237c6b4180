/** What is told of moist air, against the Handbook's tables as PsychroLib is tested by them, and against slow search. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  densityKgPerM3,
  enthalpyJPerKg,
  ratioOfVapour,
  ratioOfWetBulb,
  wetBulbC,
} from '../../../src/core/air/moist-air.ts'
import { saturationPressurePa, standardPressurePa } from '../../../src/core/air/psychro.ts'
import { toBase, UNITS } from '../../../src/ingest/units.ts'

const oracleFile = new URL('../../../../shared/data/oracles/psychrolib-si.json', import.meta.url)
const absent = existsSync(oracleFile) ? '' : ' (SKIPPED: shared/data/oracles/psychrolib-si.json is absent)'

interface OracleCase {
  fn: string
  args: [number, number, number]
  expected: number
  rel?: number
  abs?: number
}

/** What of ours a function of PsychroLib is compared with. It turns to ice at 0.01 °C in all it computes. */
const ours: Record<string, (a: number, b: number, c: number) => number> = {
  GetTCelsiusFromTKelvin: (k) => toBase(UNITS['K']!, k),
  GetSatVapPres: (tC) => saturationPressurePa(tC, 'ice'),
  GetSatHumRatio: (tC, pa) => ratioOfVapour(saturationPressurePa(tC, 'ice'), pa),
  GetSatAirEnthalpy: (tC, pa) => enthalpyJPerKg(tC, ratioOfVapour(saturationPressurePa(tC, 'ice'), pa)),
  GetDryAirEnthalpy: (tC) => enthalpyJPerKg(tC, 0),
  GetDryAirVolume: (tC, pa) => 1 / densityKgPerM3(tC, 0, pa),
  GetDryAirDensity: (tC, pa) => densityKgPerM3(tC, 0, pa),
  GetMoistAirEnthalpy: enthalpyJPerKg,
  GetMoistAirVolume: (tC, ratio, pa) => (1 + ratio) / densityKgPerM3(tC, ratio, pa),
  GetMoistAirDensity: densityKgPerM3,
  GetStandardAtmPressure: standardPressurePa,
  GetTWetBulbFromRelHum: (tC, rh, pa) => wetBulbC(tC, 100 * rh, pa),
  GetHumRatioFromVapPres: ratioOfVapour,
  GetVapPresFromRelHum: (tC, rh) => rh * saturationPressurePa(tC),
  GetHumRatioFromTWetBulb: ratioOfWetBulb,
}

/** Those that go the other way: our function of the answer must be the question. */
const backwards: Record<string, (answer: number, a: number, b: number) => [ours: number, asked: number]> = {
  GetTDryBulbFromEnthalpyAndHumRatio: (tC, h, ratio) => [enthalpyJPerKg(tC, ratio), h],
  GetHumRatioFromEnthalpyAndTDryBulb: (ratio, h, tC) => [enthalpyJPerKg(tC, ratio), h],
}

/** 9 of the 51 ask for what nothing of ours computes. */
const NOT_OURS: Record<string, string> = {
  GetStandardAtmTemperature: 'no row tells the temperature of the standard atmosphere',
  GetSpecificHumFromHumRatio: 'humidity is told per kilogram of dry air only',
  GetHumRatioFromSpecificHum: 'the same',
  GetTDryBulbFromMoistAirVolumeAndHumRatio: 'its relation is that of the density, which is compared',
}

describe.skipIf(absent !== '')(`the 51 published values${absent}`, () => {
  const { cases } =
    absent === '' ? (JSON.parse(readFileSync(oracleFile, 'utf8')) as { cases: OracleCase[] }) : { cases: [] }

  test.each(cases.filter(({ fn }) => !(fn in NOT_OURS)))(
    '$fn of $args is $expected',
    ({ fn, args, expected, rel, abs }) => {
      const turned = backwards[fn]?.(expected, args[0], args[1])
      const [result, truth] = turned ?? [ours[fn]?.(...args), expected]
      const tolerance = turned === undefined ? (abs ?? (rel ?? 0) * Math.abs(expected)) : 3e-4 * truth
      expect(Math.abs((result ?? NaN) - truth)).toBeLessThanOrEqual(tolerance)
    },
  )

  test('only these are left out', () => {
    expect(cases).toHaveLength(51)
    expect(cases.filter(({ fn }) => fn in NOT_OURS).map(({ fn }) => fn)).toHaveLength(9)
  })
})

describe('the wet bulb', () => {
  test('lies where a slow search finds it, from -55 to 70 °C, from the coast to 4000 m', () => {
    let judged = 0
    for (const pa of [101_325, 61_640]) {
      for (let tC = -55; tC <= 70; tC += 1.7) {
        for (let pct = 0.5; pct <= 100; pct *= 1.2) {
          const found = wetBulbC(tC, pct, pa)
          expect(Math.abs(found - searched(tC, pct, pa)), `${tC} °C, ${pct} %, ${pa} Pa`).toBeLessThan(2e-6)
          judged++
        }
      }
    }
    expect(judged).toBeGreaterThan(4000)
  })

  test('of saturated air is its dry bulb', () => expect(wetBulbC(22, 100, 101_325)).toBe(22))

  // 5/9 (T − 32) of the tables every dresser of air knows: 95 °F and 50 % are 79.1 °F
  test('of 35 °C and 50 % is 26.1 °C', () => expect(wetBulbC(35, 50, 101_325)).toBeCloseTo(26.14, 2))
})

test.each([
  ['no dry bulb', wetBulbC(NaN, 50, 101_325)],
  ['no humidity', wetBulbC(20, NaN, 101_325)],
  ['no water in the air', wetBulbC(20, 0, 101_325)],
  ['more than saturated', wetBulbC(20, 100.1, 101_325)],
  ['no pressure', wetBulbC(20, 50, NaN)],
  ['hotter than 80 °C', wetBulbC(80.1, 5, 101_325)],
  ['colder than -60 °C', wetBulbC(-60.1, 50, 101_325)],
  ['boiling', wetBulbC(70, 100, 20_000)],
  ['enthalpy of nothing', enthalpyJPerKg(NaN, 0.01)],
  ['enthalpy without humidity', enthalpyJPerKg(20, NaN)],
  ['negative humidity', enthalpyJPerKg(20, -0.001)],
  ['density without pressure', densityKgPerM3(20, 0.01, 0)],
  ['density above 200 °C', densityKgPerM3(201, 0.01, 101_325)],
  ['vapour above the pressure', ratioOfVapour(101_326, 101_325)],
  ['a wet bulb off the curve', ratioOfWetBulb(20, -101, 101_325)],
])('%s: NaN', (_why, result) => expect(result).toBeNaN())

/** Bisection of the same equations, over water where they leave a wet bulb of 0 °C or more, else over ice. */
function searched(tC: number, pct: number, pa: number): number {
  const ratio = ratioOfVapour((pct / 100) * saturationPressurePa(tC), pa)
  const frozen = tC < 0 || ratio < ratioOfWetBulb(tC, 0, pa)
  let [low, high] = frozen ? [-99, Math.min(tC, -1e-9)] : [0, tC]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (ratioOfWetBulb(tC, middle, pa) < ratio) low = middle
    else high = middle
  }
  return high
}
