/**
 * Sites whose saving is known: a year of a plant before a measure, and the same months behind it twice, with the
 * measure and without it. The truth is the difference of these two runs, never a formula.
 */
import { createRandom, seedFor, type Random } from '../../simulators/random.ts'
import { KINDS, oneHall, plantOf, type PlantKind } from '../../simulators/plant/kinds.ts'
import type { PlantSpec } from '../../simulators/plant/spec.ts'
import { runPlant } from '../../simulators/plant/year.ts'
import { climateNamed } from '../../simulators/weather/climate.ts'
import { noise } from '../../simulators/weather/noise.ts'
import { createWeather, outsideAt, type Weather } from '../../simulators/weather/weather.ts'
import type { DailyRow } from '../../src/savings/daily.ts'

export interface SavingCase {
  readonly seed: number
  readonly kind: PlantKind
  readonly measure: MeasureName
  /** Baseline and report, the measure in force in the second. */
  readonly rows: readonly DailyRow[]
  readonly baselineDays: number
  readonly trueKwh: number
}

export type MeasureName = 'none' | 'ups' | 'fans' | 'auxiliary' | 'warmer'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const FROM_MS = Date.UTC(2024, 0, 1)
const BASELINE_DAYS = 366
const RACKS = 2
const RACK_W = 8_000

/** What is done at a site, by how much of what it takes is left. */
const MEASURES: Record<Exclude<MeasureName, 'none' | 'warmer'>, (plant: PlantSpec, left: number) => PlantSpec> = {
  ups: (plant, left) => {
    const { ups } = plant.power
    const better = { ...ups, idle: ups.idle * left, linear: ups.linear * left, square: ups.square * left }
    return { ...plant, power: { ...plant.power, ups: better } }
  },
  fans: (plant, left) => {
    const air = { ...plant.cooling.air, ratedW: plant.cooling.air.ratedW * left }
    return { ...plant, cooling: { ...plant.cooling, air } }
  },
  auxiliary: (plant, left) => ({
    ...plant,
    auxiliary: { ...plant.auxiliary, powerW: plant.auxiliary.powerW * left },
  }),
}

/** `measure` absent: a kind of it, or none, by the seed. */
export function savingCase(seed: number, measure?: MeasureName): SavingCase {
  const random = createRandom(seedFor(seed, 'saving'))
  const kind = random.pick(KINDS)
  const climate = climateNamed(random.pick(['paris', 'oslo', 'phoenix', 'singapore'] as const), 0, 50)
  const weather = createWeather(seedFor(seed, 'weather'), { climate })
  const named = measure ?? random.pick(['none', 'ups', 'fans', 'auxiliary'] as const)
  const size = oneHall(RACKS, RACK_W, weather.pressurePa, seed)
  const before = plantOf(kind, size)
  const left = 0.4 + 0.5 * random.next()
  const after =
    named === 'none' ? before : named === 'warmer' ? plantOf(kind, { ...size, setK: 2 }) : MEASURES[named](before, left)
  const reportDays = random.pick([90, 180, 270])
  const site = { weather, load: loadOf(random, seed), offices: officesOf(random, seed) }
  const baseline = daysOf(before, site, 0, BASELINE_DAYS)
  const without = daysOf(before, site, BASELINE_DAYS, reportDays)
  const report = named === 'none' ? without : daysOf(after, site, BASELINE_DAYS, reportDays)
  const total = (rows: readonly DailyRow[]) => rows.reduce((sum, { facilityKwh = 0 }) => sum + facilityKwh, 0)
  return {
    seed,
    kind,
    measure: named,
    rows: [...baseline, ...report],
    baselineDays: BASELINE_DAYS,
    trueKwh: total(without) - total(report),
  }
}

interface Circumstances {
  readonly weather: Weather
  readonly load: (tMs: number) => number
  /** Of what else hangs on the meter, kWh on a day. */
  readonly offices: (day: number) => number
}

/** Tenants move in and out in steps, and the load drifts from month to month. */
function loadOf(random: Random, seed: number): (tMs: number) => number {
  const steps = Array.from({ length: random.int(1, 4) }, () => ({
    atMs: FROM_MS + random.int(0, 2 * 365) * DAY_MS,
    share: 0.16 * (random.next() - 0.5),
  }))
  const own = seedFor(seed, 'load')
  return (tMs) =>
    1 + 0.04 * noise(own, tMs, 40 * DAY_MS) + steps.reduce((sum, { atMs, share }) => sum + (tMs >= atMs ? share : 0), 0)
}

/** What no variable explains and hangs together from day to day: up to 2 % of the site. */
function officesOf(random: Random, seed: number): (day: number) => number {
  const kwh = RACKS * RACK_W * 0.024 * (0.003 + 0.012 * random.next())
  const [slow, fast] = [seedFor(seed, 'slow'), seedFor(seed, 'fast')]
  return (day) => kwh * (noise(slow, day * DAY_MS, 12 * DAY_MS) + 0.5 * noise(fast, day * DAY_MS, DAY_MS))
}

function daysOf(plant: PlantSpec, { weather, load, offices }: Circumstances, first: number, count: number): DailyRow[] {
  const { offsetMs } = weather
  const { hours } = runPlant(plant, {
    fromMs: FROM_MS + first * DAY_MS - offsetMs,
    hours: 24 * count,
    offsetMs,
    outside: (tMs, out) => outsideAt(weather, tMs, out),
    load,
  })
  const air = { dryC: 0, wetC: 0, ratio: 0 }
  return Array.from({ length: count }, (_, n) => {
    const own = hours.slice(24 * n, 24 * n + 24)
    const mean = (of: (hour: (typeof own)[number]) => number) => own.reduce((sum, hour) => sum + of(hour), 0) / 24
    const day = Math.round(FROM_MS / DAY_MS) + first + n
    const toKwh = 24 / HOUR_MS
    return {
      day,
      facilityKwh: mean(({ sums }) => sums.utilityW + sums.generatorW) * toKwh + offices(day),
      itKwh: mean(({ sums }) => sums.itW) * toKwh,
      dryBulbC: mean(({ outsideC }) => outsideC),
      wetBulbC: mean(({ tMs }) => {
        outsideAt(weather, tMs + HOUR_MS / 2, air)
        return air.wetC
      }),
      inletC: mean(({ inletC }) => inletC),
    }
  })
}
