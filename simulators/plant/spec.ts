/**
 * What a plant is made of. Everything is a plain record in base units: W, J, kg/s of dry air, °C, K, Pa, s. Shares are
 * of the rating unless they say otherwise. Names of halls and racks are those of the site.
 */
import type { ServerMake } from './it/servers.ts'
import type { AirHandling } from './cooling/fans.ts'
import type { ChillerPlant } from './cooling/chillers.ts'
import type { Expansion } from './cooling/expansion.ts'
import type { OutsideAir } from './cooling/outside.ts'
import type { IndirectCooler } from './cooling/indirect.ts'
import type { LiquidLoop } from './cooling/liquid.ts'

export interface PlantSpec {
  readonly name: string
  readonly pressurePa: number
  readonly halls: readonly HallSpec[]
  readonly power: PowerSpec
  readonly cooling: CoolingSpec
  /** Heat that servers give to water instead of air; the hall's cooling carries the rest. */
  readonly liquid?: LiquidLoop
  readonly auxiliary: AuxiliarySpec
}

export interface HallSpec {
  readonly name: string
  readonly racks: readonly RackSpec[]
  /** Mass of dry air that holds the heat of air and fittings together, kg. */
  readonly airKg: number
  /** The floor slab and walls: heat capacity J/K, conductance to the hall and to the outside W/K. */
  readonly slabJPerK: number
  readonly slabWPerK: number
  readonly wallWPerK: number
  /** Outside air that leaks in and out, kg/s. */
  readonly leakKgS: number
  /** Share of the supply air that goes past the racks though they ask for it (open tiles, gaps). */
  readonly bypassShare: number
  /** Steam humidifier: keeps this humidity ratio (kg/kg), as far as so much water does. */
  readonly humidifier?: { readonly leastRatio: number; readonly mostKgS: number }
}

export interface RackSpec {
  readonly name: string
  readonly ratedW: number
  readonly make: ServerMake
  /** Share of the inlet's air that has been through racks before, with enough supply: 0.02 contained, 0.2 open. */
  readonly recirculated: number
  /** Mean use of the servers, 0..1, and how much of the day's shape it follows. */
  readonly use: number
  readonly daily: number
  readonly seed: number
}

export interface PowerSpec {
  /** Losses between UPS and rack. */
  readonly pdu: LossCurve & { readonly ratedW: number }
  readonly ups: LossCurve & UpsSpec
  readonly transformer: LossCurve & { readonly ratedW: number }
  /** Losses of UPS rooms that the halls' cooling carries; the rest leaves through the wall. */
  readonly indoorShare: number
  readonly generator: GeneratorSpec
}

/** Loss as shares of the rating: idle + linear × load + square × load². */
export interface LossCurve {
  readonly idle: number
  readonly linear: number
  readonly square: number
}

export interface UpsSpec {
  readonly moduleW: number
  /** Modules that the load needs, and how many there are: N, N+1 or twice N. */
  readonly redundancy: 'N' | 'N+1' | '2N'
  readonly batteryJ: number
  /** Largest power into the batteries, and the share of it that they keep. */
  readonly chargeW: number
  readonly chargeEfficiency: number
}

export interface GeneratorSpec {
  readonly ratedW: number
  /** Electrical energy per energy of the fuel. */
  readonly efficiency: number
  /** Heater of the cooling water while it stands. */
  readonly heaterW: number
  /** It carries the site in a test every so many days, so long. */
  readonly testEveryDays: number
  readonly testS: number
}

interface AuxiliarySpec {
  /** Lights, controls and offices; of them the share within the halls. */
  readonly powerW: number
  readonly indoorShare: number
}

/** How the halls get their air. `air`: fans and set-point, the same in each hall. */
export type CoolingSpec = { readonly air: AirHandling } & (
  | { readonly kind: 'chilled'; readonly plant: ChillerPlant }
  | { readonly kind: 'expansion'; readonly unit: Expansion }
  | { readonly kind: 'outside'; readonly outside: OutsideAir; readonly trim?: Expansion }
  | { readonly kind: 'indirect'; readonly indirect: IndirectCooler; readonly trim?: Expansion }
)

/** The air outside at a moment. */
export interface Outside {
  dryC: number
  wetC: number
  ratio: number
}

/** What is left of each component, 0 (broken) to 1 (whole): faults act here, at a time. */
export interface PlantHealth {
  fans: number
  compressors: number
  pumps: number
  water: number
  utility: number
  generator: number
  humidifier: number
  /** Doors of the halls that are shut; where all stand open, a tenth of the servers' full flow is exchanged. */
  doors: number
}

export const WHOLE: Readonly<PlantHealth> = {
  fans: 1,
  compressors: 1,
  pumps: 1,
  water: 1,
  utility: 1,
  generator: 1,
  humidifier: 1,
  doors: 1,
}
