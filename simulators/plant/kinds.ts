/**
 * Five kinds of plant, each scaled to its racks. Their sizes are usual ones, not those of a certain site; what a year
 * of each comes to is in the README, beside public figures.
 */
import { AIR_J_PER_KG_K, ratioAtDew } from '../weather/moist.ts'
import { createRandom, seedFor } from '../random.ts'
import type { AirHandling } from './cooling/fans.ts'
import type { HeatRejection } from './cooling/rejection.ts'
import { SERVER_MAKES, type ServerMake } from './it/servers.ts'
import type { CoolingSpec, HallSpec, PlantSpec, PowerSpec, RackSpec } from './spec.ts'

export const KINDS = ['legacy', 'free', 'adiabatic', 'edge', 'liquid'] as const
export type PlantKind = (typeof KINDS)[number]

/** What a plant is scaled to. */
export interface Size {
  readonly halls: readonly { readonly name: string; readonly racks: readonly { name: string; ratedW: number }[] }[]
  readonly pressurePa: number
  readonly seed: number
  /** Set-points of supply air and cold water, moved by so much; absent: 0. */
  readonly setK?: number
}

/** A size of one hall with so many equal racks. */
export function oneHall(racks: number, ratedW: number, pressurePa: number, seed: number): Size {
  const names = Array.from({ length: racks }, (_, at) => ({ name: `r${at + 1}`, ratedW }))
  return { halls: [{ name: 'h1', racks: names }], pressurePa, seed }
}

/** Air per rated watt at the servers' full speed, kg/s. */
const FULL_KG_S_PER_W = 1 / (AIR_J_PER_KG_K * SERVER_MAKES.usual.warmingK)

/** What distinguishes the kinds before their cooling. */
interface Style {
  recirculated: number
  bypassShare: number
  use: number
  /** Rated flow of the hall's fans as a share of the servers' full flow, and their power per flow, W s/kg. */
  flow: number
  fanWPerKgS: number
  makes: readonly ServerMake[]
  setC: number
}

const { usual, early, constant, plated } = SERVER_MAKES
const STYLES: Record<PlantKind, Style> = {
  legacy: {
    recirculated: 0.2,
    bypassShare: 0.3,
    use: 0.35,
    flow: 0.8,
    fanWPerKgS: 800,
    makes: [usual, constant],
    setC: 15,
  },
  free: {
    recirculated: 0.05,
    bypassShare: 0.05,
    use: 0.4,
    flow: 0.85,
    fanWPerKgS: 1200,
    makes: [usual, early],
    setC: 21,
  },
  adiabatic: {
    recirculated: 0.03,
    bypassShare: 0.03,
    use: 0.45,
    flow: 0.95,
    fanWPerKgS: 700,
    makes: [usual, early],
    setC: 20,
  },
  edge: { recirculated: 0.12, bypassShare: 0.15, use: 0.4, flow: 0.75, fanWPerKgS: 600, makes: [usual], setC: 19 },
  liquid: { recirculated: 0.03, bypassShare: 0.05, use: 0.65, flow: 0.35, fanWPerKgS: 700, makes: [plated], setC: 24 },
}

export function plantOf(kind: PlantKind, size: Size): PlantSpec {
  const style = STYLES[kind]
  const ratedW = size.halls.flatMap(({ racks }) => racks).reduce((sum, rack) => sum + rack.ratedW, 0)
  const hallW = ratedW / size.halls.length
  const control: AirHandling['control'] = kind === 'legacy' || kind === 'edge' ? { kind: 'constant' } : FOLLOWING
  const ratedKgS = style.flow * FULL_KG_S_PER_W * hallW
  const setK = size.setK ?? 0
  const air = { setC: style.setC + setK, ratedKgS, ratedW: ratedKgS * style.fanWPerKgS, leastShare: 0.3, control }
  const parts: Parts = { air, ratedW, hallW, pressurePa: size.pressurePa, setK }
  const auxiliary = { powerW: AUXILIARY[kind] * ratedW, indoorShare: 0.4 }
  const halls = size.halls.map((hall) => hallOf(kind, style, hall, size))
  const power = powerOf(kind, ratedW)
  const common = { name: kind, pressurePa: size.pressurePa, halls, power, cooling: coolingOf(kind, parts), auxiliary }
  if (kind !== 'liquid') return common
  const cooler: HeatRejection = { ...HYBRID, fansW: 0.014 * ratedW, approachK: 6, leastC: 20, wetAboveC: 26 }
  return { ...common, liquid: { share: 0.75, ratedW: 0.75 * ratedW, pumpsW: 0.012 * ratedW, supplyC: 32, cooler } }
}

const FOLLOWING = { kind: 'follow', excess: 1.08 } as const
const AUXILIARY: Record<PlantKind, number> = { legacy: 0.04, free: 0.03, adiabatic: 0.034, edge: 0.02, liquid: 0.015 }
const TOWER: HeatRejection = { kind: 'tower', fansW: 0, approachK: 4, leastC: 20, wetAboveC: 99, cycles: 4 }
const HYBRID: HeatRejection = { kind: 'hybrid', fansW: 0, approachK: 8, leastC: 20, wetAboveC: 22, cycles: 3 }

interface Parts {
  air: AirHandling
  ratedW: number
  hallW: number
  pressurePa: number
  setK: number
}

function coolingOf(kind: PlantKind, { air, ratedW, hallW, pressurePa, setK }: Parts): CoolingSpec {
  const ratio = (dewC: number) => ratioAtDew(dewC, pressurePa)
  const cold = (waterC: number) => ({ waterC: waterC + setK, coilRatio: ratio(waterC + setK + 2) })
  switch (kind) {
    case 'legacy': {
      const rejection = { ...TOWER, fansW: 0.025 * ratedW, leastC: 23 }
      const chillers = { chillers: 3, eachW: 0.55 * ratedW, efficiency: 0.46, leastLoad: 0.2 }
      const water = { ...cold(7), pumpsW: 0.12 * ratedW, condenserPumpsW: 0.07 * ratedW }
      return { kind: 'chilled', air, plant: { ...chillers, ...water, rejection } }
    }
    case 'free': {
      const rejection = { ...TOWER, fansW: 0.03 * ratedW, leastC: 18 }
      const chillers = { chillers: 3, eachW: 0.5 * ratedW, efficiency: 0.62, leastLoad: 0.12 }
      const water = { ...cold(13), pumpsW: 0.06 * ratedW, condenserPumpsW: 0.05 * ratedW }
      return {
        kind: 'chilled',
        air,
        plant: { ...chillers, ...water, rejection, economiser: { approachK: 1.5, bandK: 1 } },
      }
    }
    case 'adiabatic': {
      const pads = { saturation: 0.88, frostC: 4, mostRatio: ratio(20), heldKg: 1.4e-4 * hallW, cycles: 4 }
      return { kind: 'outside', air, outside: { pads, exhaustW: 0.25 * air.ratedW, leastShare: 0 } }
    }
    case 'edge': {
      const coils = { evaporatorK: 11, condenserK: 14, coilRatio: ratio(9) }
      const unit = { ratedW: 1.1 * ratedW, efficiency: 0.45, condenserFanW: 0.035 * ratedW, ...coils }
      return { kind: 'expansion', air, unit }
    }
    case 'liquid': {
      const rejection = { ...HYBRID, fansW: 0.008 * ratedW }
      const chillers = { chillers: 2, eachW: 0.3 * ratedW, efficiency: 0.62, leastLoad: 0.12 }
      const water = { ...cold(18), pumpsW: 0.01 * ratedW, condenserPumpsW: 0.008 * ratedW }
      return {
        kind: 'chilled',
        air,
        plant: { ...chillers, ...water, rejection, economiser: { approachK: 1.5, bandK: 1 } },
      }
    }
  }
}

const OLD_UPS = { idle: 0.02, linear: 0.02, square: 0.03 }
const NEW_UPS = { idle: 0.007, linear: 0.012, square: 0.022 }
const CABLES = { idle: 0, linear: 0.004, square: 0.008 }
const DISTRIBUTORS = { idle: 0.006, linear: 0.006, square: 0.012 }

function powerOf(kind: PlantKind, ratedW: number): PowerSpec {
  const isOld = kind === 'legacy'
  const redundancy = isOld ? '2N' : kind === 'edge' || kind === 'liquid' ? 'N' : 'N+1'
  const battery = { batteryJ: 600 * ratedW, chargeW: 0.1 * ratedW, chargeEfficiency: 0.85 }
  return {
    pdu: { ...(kind === 'liquid' ? CABLES : DISTRIBUTORS), ratedW },
    ups: { ...(isOld ? OLD_UPS : NEW_UPS), moduleW: ratedW / (kind === 'edge' ? 1 : 4), redundancy, ...battery },
    transformer: { idle: 0.0014, linear: 0, square: 0.009, ratedW: 2 * ratedW },
    indoorShare: kind === 'adiabatic' ? 0 : 0.6,
    generator: {
      ratedW: 2 * ratedW,
      efficiency: 0.38,
      heaterW: kind === 'edge' ? 0 : 0.003 * ratedW,
      testEveryDays: kind === 'edge' ? 0 : 28,
      testS: 1800,
    },
  }
}

function hallOf(kind: PlantKind, style: Style, hall: Size['halls'][number], { pressurePa, seed }: Size): HallSpec {
  const ratedW = hall.racks.reduce((sum, rack) => sum + rack.ratedW, 0)
  const fullKgS = FULL_KG_S_PER_W * ratedW
  const least = { leastRatio: ratioAtDew(5.5, pressurePa), mostKgS: 4e-9 * ratedW }
  return {
    name: hall.name,
    racks: hall.racks.map((rack): RackSpec => {
      const own = seedFor(seed, `rack ${hall.name} ${rack.name}`)
      const random = createRandom(own)
      return {
        ...rack,
        make: random.chance(0.7) ? (style.makes[0] ?? usual) : random.pick(style.makes),
        recirculated: style.recirculated * (0.5 + random.next()),
        use: style.use * (0.8 + 0.4 * random.next()),
        daily: 0.5 + random.next(),
        seed: own,
      }
    }),
    // Air and fittings together: three minutes at the full flow of supply and servers.
    airKg: 180 * fullKgS * Math.max(1, style.flow),
    slabJPerK: 250 * ratedW,
    slabWPerK: 0.004 * ratedW,
    wallWPerK: 0.0008 * ratedW,
    leakKgS: 0.004 * fullKgS,
    bypassShare: style.bypassShare,
    ...(kind === 'legacy' && { humidifier: least }),
  }
}
