import { describe, expect, test } from 'vitest'
import {
  dewPointC,
  humidityRatio,
  rhPct,
  saturationPressurePa,
  soundDewPointC,
  soundRhPct,
  standardPressurePa,
} from '../../../src/core/air/psychro.ts'

describe('published values', () => {
  // ASHRAE Handbook - Fundamentals 2017, ch. 1, table 3 (ice below 0 °C); triple point after IAPWS
  test.each([
    [-60, 'ice', 1.08, 0.005],
    [-20, 'ice', 103.24, 0.05],
    [-5, 'ice', 401.74, 0.1],
    [0.01, 'water', 611.657, 0.001],
    [5, 'water', 872.6, 0.2],
    [25, 'water', 3169.7, 0.5],
    [50, 'water', 12351.3, 3],
    [100, 'water', 101418, 20],
  ])('saturation at %d °C over %s is %d Pa', (tC, phase, pa, tolerance) => {
    expect(Math.abs(saturationPressurePa(tC, phase === 'ice' ? 'ice' : 'water') - pa)).toBeLessThanOrEqual(tolerance)
  })

  // Smithsonian Meteorological Tables, table 94 (Goff-Gratch), supercooled water
  test.each([
    [-10, 286.27],
    [-20, 125.4],
    [-40, 18.91],
  ])('saturation at %d °C over supercooled water is %d Pa within a hundredth', (tC, pa) => {
    expect(Math.abs(saturationPressurePa(tC) / pa - 1)).toBeLessThan(0.01)
  })

  test.each([
    [20, 50, 9.27],
    [25, 50, 13.86],
    [30, 80, 26.17],
    [24, 45, 11.3],
  ])('%d °C and RH %d have their dew point at %d °C', (tC, pct, dewC) => {
    expect(dewPointC(tC, pct)).toBeCloseTo(dewC, 1)
  })

  test.each([
    [0, 101325],
    [500, 95461],
    [1000, 89875],
    [4000, 61640],
  ])('the standard atmosphere at %d m has %d Pa', (altitudeM, pa) => {
    expect(Math.abs(standardPressurePa(altitudeM) - pa)).toBeLessThan(1)
  })

  test.each([
    [5, 100, 0.005425],
    [25, 100, 0.020173],
    [25, 50, 0.00988],
  ])('%d °C and RH %d at sea level hold %d kg/kg', (tC, pct, ratio) => {
    expect(Math.abs(humidityRatio(tC, pct, 101325) / ratio - 1)).toBeLessThan(0.005)
  })
})

describe('dew point and frost point', () => {
  // the same air, named by either phase
  test.each([
    [-9, -10.1],
    [-12, -13.5],
    [-8, -9],
    [-10.7, -12],
  ])('a frost point of %d °C is a dew point of %d °C', (frostC, dewC) => {
    expect(dewPointC(20, rhPct(20, frostC, 'ice'))).toBeCloseTo(dewC, 1)
    expect(dewPointC(20, rhPct(20, dewC), 'ice')).toBeCloseTo(frostC, 1)
  })

  // where a dew point limit meets a humidity limit of the same class
  test.each([
    ['A1 ceiling', 20.6, 80, 17],
    ['A2 ceiling', 24.7, 80, 21],
    ['A3 ceiling', 26.7, 85, 24],
    ['A4 ceiling', 25.8, 90, 24],
    ['recommended, 50 %', 26.2, 50, 15],
    ['recommended, 60 %', 23.2, 60, 15],
    ['recommended, 70 %', 20.7, 70, 15],
    ['floor', 24.4, 8, -12],
  ])('%s: at %d °C, RH %d is a dew point of %d °C', (_limit, tC, pct, dewC) => {
    expect(Math.abs(dewPointC(tC, pct) - dewC)).toBeLessThan(0.1)
  })

  test('over ice the floors of -12 °C and 8 % RH would meet at 22.4 °C', () => {
    expect(Math.abs(dewPointC(22.4, 8, 'ice') + 12)).toBeLessThan(0.1)
  })

  test('above 0.01 °C the phase makes no difference', () => {
    expect(dewPointC(24, 45, 'ice')).toBe(dewPointC(24, 45))
  })

  test('freezing air near saturation over water has its frost point above the dry bulb', () => {
    expect(dewPointC(-10, 95)).toBeLessThan(-10)
    expect(dewPointC(-10, 95, 'ice')).toBeGreaterThan(-10)
  })
})

describe('accuracy', () => {
  test.each(['water', 'ice'] as const)(
    'over %s, every dew point lies within 1e-6 K of the saturation curve',
    (over) => {
      let judged = 0
      for (let tC = -60; tC <= 200; tC += 1.3) {
        for (let pct = 0.02; pct <= 100; pct *= 1.11) {
          const dewC = dewPointC(tC, pct, over)
          if (!(dewC > (over === 'ice' ? -99 : -59))) continue
          const pa = (pct / 100) * saturationPressurePa(tC)
          expect(saturationPressurePa(dewC - 1e-6, over)).toBeLessThanOrEqual(pa)
          expect(saturationPressurePa(dewC + 1e-6, over)).toBeGreaterThanOrEqual(pa)
          judged++
        }
      }
      expect(judged).toBeGreaterThan(10_000)
    },
  )

  test('in the range of a data hall it stays within 0.061 K of Magnus', () => {
    for (let tC = 5; tC <= 45; tC++) {
      for (let pct = 8; pct <= 95; pct++) {
        const gamma = Math.log(pct / 100) + (17.62 * tC) / (243.12 + tC)
        expect(Math.abs(dewPointC(tC, pct) - (243.12 * gamma) / (17.62 - gamma))).toBeLessThan(0.061)
      }
    }
  })

  test('humidity → dew point → humidity comes back', () => {
    for (let tC = -10; tC <= 80; tC += 0.7) {
      for (let pct = 1; pct < 100; pct += 0.9) {
        expect(Math.abs(rhPct(tC, dewPointC(tC, pct)) - pct)).toBeLessThan(1e-5)
      }
    }
  })

  test('results come in whole millionths', () => {
    const dewC = dewPointC(23.456, 43.21)
    expect(dewC).toBe(Number(dewC.toFixed(6)))
    const pct = rhPct(23.456, 10.987)
    expect(pct).toBe(Number(pct.toFixed(6)))
  })

  test.each([22, 0, -1 / 3, 199.99999999])('saturated air at %d °C has the dew point of its dry bulb', (tC) => {
    const dewC = dewPointC(tC, 100)
    expect(dewC).toBeLessThanOrEqual(tC)
    expect(dewC).toBeCloseTo(tC, 6)
    expect(rhPct(tC, dewC)).toBeCloseTo(100, 4)
  })
})

describe('no number where none is true', () => {
  test.each([
    ['no dry bulb', dewPointC(NaN, 50)],
    ['no humidity', dewPointC(20, NaN)],
    ['zero humidity has no dew point', dewPointC(20, 0)],
    ['negative humidity', dewPointC(20, -1)],
    ['humidity above 100 %', dewPointC(20, 100.1)],
    ['dry bulb below -60 °C', dewPointC(-60.1, 50)],
    ['dry bulb above 200 °C', dewPointC(200.1, 50)],
    ['dew point below -60 °C', dewPointC(-40, 1)],
    ['infinite dry bulb', dewPointC(Infinity, 50)],
    ['no dew point', rhPct(20, NaN)],
    ['no dry bulb for the humidity', rhPct(NaN, 10)],
    ['dew point above the dry bulb', rhPct(20, 20.01)],
    ['dew point off the curve', rhPct(20, -60.1)],
    ['frost point off the curve', rhPct(20, -100.1, 'ice')],
    ['no dry bulb for the ratio', humidityRatio(NaN, 50, 101325)],
    ['no pressure', humidityRatio(20, 50, NaN)],
    ['pressure of nothing', humidityRatio(20, 50, 0)],
    ['boiling', humidityRatio(101, 100, 101325)],
    ['humidity above 100 % for the ratio', humidityRatio(20, 101, 101325)],
    ['no altitude', standardPressurePa(NaN)],
    ['altitude above 11 km', standardPressurePa(11_001)],
    ['altitude below -5 km', standardPressurePa(-5_001)],
    ['no temperature', saturationPressurePa(NaN)],
    ['water below -60 °C', saturationPressurePa(-60.1)],
    ['ice below -100 °C', saturationPressurePa(-100.1, 'ice')],
    ['water above 200 °C', saturationPressurePa(200.1)],
  ])('%s: NaN', (_why, result) => {
    expect(result).toBeNaN()
  })
})

describe('what sensors say', () => {
  test.each([
    [NaN, NaN],
    [-1, NaN],
    [0, NaN],
    [0.1, 0.1],
    [55, 55],
    [100, 100],
    [100.1, 100],
    [105, 100],
    [105.1, NaN],
    [Infinity, NaN],
  ])('RH %d counts as %d', (raw, sound) => {
    expect(soundRhPct(raw)).toBe(sound)
  })

  test.each([
    [9.5, 22, 9.5],
    [22, 22, 22],
    [22.1, 22, 22],
    [22.3, 22, 22],
    [25.4, 25.1, 25.1],
    [22.31, 22, NaN],
    [NaN, 22, NaN],
    [9.5, NaN, NaN],
  ])('a dew point of %d °C at %d °C counts as %d', (dewC, dryBulbC, sound) => {
    expect(soundDewPointC(dewC, dryBulbC)).toBe(sound)
  })
})
