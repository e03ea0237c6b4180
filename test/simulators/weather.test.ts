/** Weather: moist air against published values, files, and made-up years against the years that they are made from. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { climateNamed, climateOfZone } from '../../simulators/weather/climate.ts'
import { readEpw, type WeatherYear } from '../../simulators/weather/epw.ts'
import { anomaliesOf, autocorrelation, climateOf, daysOf } from '../../simulators/weather/estimate.ts'
import {
  dewFrom,
  humidityPct,
  linearEnthalpy,
  pressureAt,
  ratioAtDew,
  ratioFrom,
  waterPaAt,
  wetBulbFrom,
} from '../../simulators/weather/moist.ts'
import { monthMeans } from '../../simulators/weather/months.ts'
import { syntheticYear } from '../../simulators/weather/synthetic.ts'
import { createWeather, outsideAt } from '../../simulators/weather/weather.ts'
import { seedsOf } from '../seeds.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/data/weather-epw/', import.meta.url))
const FILES = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => /\.(epw|zip)$/.test(name)) : []

function textOf(name: string): string {
  if (name.endsWith('.epw')) return readFileSync(`${FOLDER}${name}`, 'utf8')
  return execFileSync('unzip', ['-p', `${FOLDER}${name}`, '*.epw'], { encoding: 'utf8', maxBuffer: 1e8 })
}

test('moist air has the values that the ASHRAE Handbook prints', () => {
  // Fundamentals 2017, chapter 1, table 3 (saturated water), and example 1: 40 °C dry, 20 °C wet at 101.325 kPa.
  expect(waterPaAt(20)).toBeCloseTo(2339.2, 0)
  expect(waterPaAt(40)).toBeCloseTo(7383.5, -1)
  expect(Math.abs(wetBulbFrom(40, 0.0065, 101_325) - 20)).toBeLessThan(0.1)
  expect(dewFrom(0.0065, 101_325)).toBeCloseTo(7.4, 0)
  expect(humidityPct({ dryBulbC: 40, dewPointC: dewFrom(0.0065, 101_325) })).toBeCloseTo(14, 0)
  expect(ratioFrom(0.5 * waterPaAt(25), 101_325)).toBeCloseTo(0.00988, 4)
  expect(pressureAt(1500)).toBeCloseTo(84_556, -1)
  expect(dewFrom(ratioAtDew(-12, 90_000), 90_000)).toBeCloseTo(-12, 3)
  expect(wetBulbFrom(-5, ratioAtDew(-8, 90_000), 90_000)).toBeGreaterThan(-8)
})

test('the linear enthalpy differs from that of the Handbook by less than 3 % between states of a data centre', () => {
  const exact = (dryC: number, ratio: number) => 1000 * (1.006 * dryC + ratio * (2501 + 1.86 * dryC))
  const states = [
    [5, 0.003],
    [20, 0.007],
    [30, 0.012],
    [40, 0.006],
    [45, 0.016],
  ] as const
  for (const [dryC, ratio] of states) {
    const ours = linearEnthalpy(dryC, ratio) - linearEnthalpy(15, 0.006)
    const theirs = exact(dryC, ratio) - exact(15, 0.006)
    expect(Math.abs(ours - theirs) / Math.abs(theirs)).toBeLessThan(0.03)
  }
})

const EPW_HEAD = `LOCATION,Nowhere,-,XXX,made,0,50,8,1,100\n${'x\n'.repeat(7)}`

function epwOf(hours: number, cell: (hour: number) => string): string {
  const rows = Array.from({ length: hours }, (_, hour) => `2001,1,1,${hour + 1},0,?,${cell(hour)},5,50,99000,`)
  return EPW_HEAD + rows.join('\n')
}

test('an EPW is read by its places: hour 1 of the file stands at 1:00, and what is missing stays as it was', () => {
  const year = readEpw(epwOf(8_760, (hour) => (hour === 3 ? '99.9' : String(hour % 24))))
  expect(Array.from(year.dryC.subarray(0, 6))).toEqual([23, 0, 1, 2, 2, 4])
  expect(year.offsetMs).toBe(3_600_000)
  expect(year.pressurePa[7]).toBe(99_000)
  expect(() => readEpw('Date,Temperature\n')).toThrow(/LOCATION/)
  expect(() => readEpw(epwOf(100, () => '5'))).toThrow(/8760 hours, this one 100/)
  expect(() => readEpw(epwOf(8_760, () => '99.9'))).toThrow(/row 1 .* no temperature/)
})

interface Figures {
  dryMeans: number[]
  wetMeans: number[]
  /** 0.4 and 99.6 % of dry bulb, then of wet bulb. */
  extremes: number[]
  persistence: number[]
  correlation: number
  /** Longest stretches above the 95 % value: of hours, and of days' means, in days. */
  hoursAbove: number
  daysAbove: number
}

function figuresOf({ dryC, wetC }: WeatherYear): Figures {
  const [dryDays, wetDays] = [daysOf(dryC), daysOf(wetC)]
  const anomalies = anomaliesOf(dryDays)
  return {
    dryMeans: monthMeans((day) => dryDays[day]!),
    wetMeans: monthMeans((day) => wetDays[day]!),
    extremes: [at(dryC, 0.004), at(dryC, 0.996), at(wetC, 0.004), at(wetC, 0.996)],
    persistence: [1, 3, 7].map((days) => autocorrelation(anomalies, days)),
    correlation: correlationOf(dryC, wetC),
    hoursAbove: longest(dryC, at(dryC, 0.95)) / 24,
    daysAbove: longest(dryDays, at(dryDays, 0.95)),
  }
}

function at(list: Iterable<number>, share: number): number {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted[Math.round(share * (sorted.length - 1))]!
}

function longest(list: Iterable<number>, limit: number): number {
  let [most, now] = [0, 0]
  for (const value of list) most = Math.max(most, (now = value > limit ? now + 1 : 0))
  return most
}

function correlationOf(a: Float64Array, b: Float64Array): number {
  const mean = (list: Float64Array) => list.reduce((sum, one) => sum + one, 0) / list.length
  const [meanA, meanB] = [mean(a), mean(b)]
  const product = (x: Float64Array, y: Float64Array, mx: number, my: number) =>
    x.reduce((sum, one, n) => sum + (one - mx) * (y[n]! - my), 0)
  return product(a, b, meanA, meanB) / Math.sqrt(product(a, a, meanA, meanA) * product(b, b, meanB, meanB))
}

const SEEDS = seedsOf('weather years')

function meanOf(of: (seed: number) => number): number {
  return SEEDS.reduce((sum, seed) => sum + of(seed), 0) / SEEDS.length
}

test.skipIf(FILES.length === 0).for(FILES)(`years made from a weather file have its figures: %s`, (file) => {
  const year = readEpw(textOf(file))
  const real = figuresOf(year)
  const climate = climateOf(year)
  const made = new Map(SEEDS.map((seed) => [seed, figuresOf(syntheticYear(climate, seed, 0))]))
  const of = (seed: number) => made.get(seed)!
  for (let month = 0; month < 12; month++) {
    for (const seed of SEEDS) {
      expect(Math.abs(of(seed).dryMeans[month]! - real.dryMeans[month]!), `month ${month + 1}`).toBeLessThan(1)
    }
    const wetK = meanOf((seed) => of(seed).wetMeans[month]!) - real.wetMeans[month]!
    expect(Math.abs(wetK), `month ${month + 1}`).toBeLessThan(1)
  }
  for (const [n, value] of real.extremes.entries()) {
    expect(Math.abs(meanOf((seed) => of(seed).extremes[n]!) - value), `extreme ${n}`).toBeLessThan(1.5)
  }
  for (const [n, value] of real.persistence.entries()) {
    expect(Math.abs(meanOf((seed) => of(seed).persistence[n]!) - value), `after ${[1, 3, 7][n]} days`).toBeLessThan(0.1)
  }
  expect(Math.abs(meanOf((seed) => of(seed).correlation) - real.correlation)).toBeLessThan(0.05)
  expect(Math.abs(meanOf((seed) => of(seed).hoursAbove) - real.hoursAbove)).toBeLessThan(2)
  // One year's longest warm spell is one draw: it must be no more than 2 days beyond what the seeds draw.
  const spells = SEEDS.map((seed) => of(seed).daysAbove)
  expect(real.daysAbove).toBeGreaterThanOrEqual(Math.min(...spells) - 2)
  expect(real.daysAbove).toBeLessThanOrEqual(Math.max(...spells) + 2)
})

/** Public design values (ASHRAE Handbook - Fundamentals, climatic design information), rounded: dry bulb of 99.6 %, 0.4 %. */
const DESIGN = [
  ['singapore', 23, 33.3, 10],
  ['oslo', -14, 27, 20],
  ['phoenix', 3.7, 43.4, 337],
  ['paris', -4.5, 31, 90],
] as const

test.for(DESIGN)(
  'a climate by its published normals has about its published extremes: %s',
  ([name, cold, hot, altitudeM]) => {
    const years = [1, 2, 3, 4, 5, 6].map((seed) => figuresOf(syntheticYear(climateNamed(name, 0, altitudeM), seed, 0)))
    const mean = (n: number) => years.reduce((sum, { extremes }) => sum + extremes[n]! / years.length, 0)
    expect(Math.abs(mean(0) - cold)).toBeLessThan(2.5)
    expect(Math.abs(mean(1) - hot)).toBeLessThan(2.5)
  },
)

test('a site has the climate of its time zone', () => {
  const zones = ['Asia/Singapore', 'Europe/Oslo', 'America/Phoenix', 'Europe/Paris', 'Pacific/Auckland']
  expect(zones.map(climateOfZone)).toEqual(['singapore', 'oslo', 'phoenix', 'paris', 'paris'])
})

test('years follow each other without a seam, and a seed has one weather', () => {
  const climate = climateNamed('paris', 3_600_000, 90)
  const [weather, again] = [createWeather(5, { climate }), createWeather(5, { climate })]
  const other = createWeather(6, { climate })
  const air = { dryC: 0, wetC: 0, ratio: 0 }
  const dryAt = (which: typeof weather, tMs: number) => {
    outsideAt(which, tMs, air)
    return air.dryC
  }
  for (let year = 2025; year < 2032; year++) {
    const newYearMs = Date.UTC(2025, 0, 1) + (year - 2025) * 365 * 86_400_000 - 3_600_000
    for (let minute = -90; minute < 90; minute++) {
      const tMs = newYearMs + minute * 60_000
      expect(Math.abs(dryAt(weather, tMs + 60_000) - dryAt(weather, tMs))).toBeLessThan(0.25)
    }
  }
  const summerMs = Date.UTC(2027, 6, 1, 12)
  expect(dryAt(again, summerMs)).toBe(dryAt(weather, summerMs))
  expect(dryAt(other, summerMs)).not.toBe(dryAt(weather, summerMs))
})

test('a heat wave is planted on the weather, with the vapour that there was', () => {
  const climate = climateNamed('paris', 0, 90)
  const fromMs = Date.UTC(2026, 6, 10)
  const wave = { fromMs, toMs: fromMs + 5 * 86_400_000, addK: 9 }
  const [calm, hot] = [createWeather(5, { climate }), createWeather(5, { climate }, [wave])]
  const [was, is] = [0, 1].map(() => ({ dryC: 0, wetC: 0, ratio: 0 }))
  const inMs = fromMs + 60 * 3_600_000
  outsideAt(calm, inMs, was!)
  outsideAt(hot, inMs, is!)
  expect(is!.dryC - was!.dryC).toBeCloseTo(9, 6)
  expect(is!.ratio).toBe(was!.ratio)
  expect(is!.wetC - was!.wetC).toBeGreaterThan(1.5)
  expect(is!.wetC - was!.wetC).toBeLessThan(5)
  outsideAt(calm, fromMs - 1, was!)
  outsideAt(hot, fromMs - 1, is!)
  expect(is).toEqual(was)
})
