/** A year of each kind of plant: plausible against public figures, fast enough, and equal to the way through devices. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { KINDS, oneHall, plantOf, type PlantKind } from '../../../simulators/plant/kinds.ts'
import { runPlant, type PlantRun } from '../../../simulators/plant/year.ts'
import { monthOf } from '../../../simulators/weather/months.ts'
import { climateNamed } from '../../../simulators/weather/climate.ts'
import { readEpw } from '../../../simulators/weather/epw.ts'
import { createWeather, outsideAt, type Weather } from '../../../simulators/weather/weather.ts'

const FROM_MS = Date.UTC(2025, 0, 1)
const EPW = fileURLToPath(
  new URL('../../../../shared/data/weather-epw/tmy_45.000_8.000_2005_2023.epw', import.meta.url),
)

function yearOf(kind: PlantKind, weather: Weather, racks = 24): PlantRun {
  const spec = plantOf(kind, oneHall(racks, 8_000, weather.pressurePa, 7))
  const { offsetMs } = weather
  return runPlant(spec, {
    fromMs: FROM_MS - offsetMs,
    hours: 8_760,
    offsetMs,
    outside: (tMs, out) => outsideAt(weather, tMs, out),
  })
}

function figures({ sums }: PlantRun): { pue: number; wue: number } {
  return { pue: (sums.utilityW + sums.generatorW) / sums.itW, wue: (sums.makeupKgS * 3.6e6) / sums.itW }
}

/** A table by month for the README: `TABLES=1` prints it. */
function printMonths(kind: PlantKind, { hours }: PlantRun): void {
  const lines = Array.from({ length: 12 }, (_, month) => {
    const own = hours.filter((_hour, at) => monthOf(Math.floor(at / 24)) === month)
    const sum = (of: (hour: (typeof own)[number]) => number) => own.reduce((before, hour) => before + of(hour), 0)
    const mwh = (of: (hour: (typeof own)[number]) => number) => (sum(of) / 3.6e9).toFixed(1)
    const mechanical = ({ sums }: (typeof own)[number]) =>
      sums.fansW + sums.pumpsW + sums.compressorsW + sums.rejectionW + sums.humidifierW
    const pue = sum(({ sums }) => sums.utilityW + sums.generatorW) / sum(({ sums }) => sums.itW)
    const cells = [
      month + 1,
      mwh(({ sums }) => sums.itW),
      mwh(mechanical),
      pue.toFixed(3),
      (sum(({ sums }) => sums.makeupKgS) / 1000).toFixed(1),
      (sum(({ sums }) => sums.free) / 3600).toFixed(0),
      Math.max(...own.map(({ hottestC }) => hottestC)).toFixed(1),
    ]
    return `| ${cells.join(' | ')} |`
  })
  process.stdout.write(`${kind}\n${lines.join('\n')}\n`)
}

/**
 * Bounds by kind. Sources: Uptime Institute surveys 2020-2024 (mean PUE 1.55..1.59, older sites 1.6 and more); Climate
 * Neutral Data Centre Pact (1.3 for new sites); Scaleway DC5 (1.15..1.17, WUE below 0.2); liquid halls 1.05..1.15.
 */
const PUBLIC: Record<PlantKind, { pue: [number, number]; wue: [number, number] }> = {
  legacy: { pue: [1.5, 1.7], wue: [1.5, 2.5] },
  free: { pue: [1.15, 1.3], wue: [1, 2] },
  adiabatic: { pue: [1.15, 1.17], wue: [0.05, 0.2] },
  edge: { pue: [1.3, 1.6], wue: [0, 0] },
  liquid: { pue: [1.05, 1.15], wue: [0.02, 0.3] },
}

test.skipIf(!existsSync(EPW)).for(KINDS)('a year at 45° N is that of such a site: %s', (kind) => {
  const weather = createWeather(1, { year: readEpw(readFileSync(EPW, 'utf8')) })
  const run = yearOf(kind, weather)
  const { pue, wue } = figures(run)
  const { pue: pues, wue: wues } = PUBLIC[kind]
  if (process.env['TABLES'] !== undefined) printMonths(kind, run)
  expect(pue).toBeGreaterThan(pues[0])
  expect(pue).toBeLessThan(pues[1])
  expect(wue).toBeGreaterThanOrEqual(wues[0])
  expect(wue).toBeLessThanOrEqual(wues[1])
  expect(Math.abs(run.residuals.energyW)).toBeLessThan(1e-6 * run.residuals.throughW)
  expect(run.state.halls[0]?.racks.some(({ off }) => off === 1)).toBe(false)
})

test('climates matter: heat costs compressors, dry heat water, damp heat the adiabatic plant its limits', () => {
  const inClimate = (name: Parameters<typeof climateNamed>[0], kind: PlantKind) =>
    yearOf(kind, createWeather(2, { climate: climateNamed(name, 0, 20) }), 4)
  const [oslo, singapore] = [inClimate('oslo', 'free'), inClimate('singapore', 'free')]
  expect(figures(singapore).pue).toBeGreaterThan(figures(oslo).pue + 0.05)
  expect(singapore.sums.free).toBe(0)
  expect(oslo.sums.free / 3600).toBeGreaterThan(5_500)
  const [cold, dry, damp] = [
    inClimate('oslo', 'adiabatic'),
    inClimate('phoenix', 'adiabatic'),
    inClimate('singapore', 'adiabatic'),
  ]
  expect(figures(dry).wue).toBeGreaterThan(3 * figures(cold).wue)
  const hoursAbove = ({ hours }: PlantRun, limitC: number) => hours.filter(({ inletC }) => inletC > limitC).length
  expect(hoursAbove(damp, 27)).toBeGreaterThan(2_000)
  expect(hoursAbove(cold, 27)).toBe(0)
})

test('the same plant, weather and stretch give the same hours', () => {
  const weather = () => createWeather(3, { climate: climateNamed('paris', 0, 90) })
  const spec = plantOf('adiabatic', oneHall(6, 8_000, weather().pressurePa, 7))
  const hoursOf = (own: Weather) =>
    runPlant(spec, { fromMs: FROM_MS, hours: 100, offsetMs: 0, outside: (tMs, out) => outsideAt(own, tMs, out) }).hours
  expect(hoursOf(weather())).toEqual(hoursOf(weather()))
})
