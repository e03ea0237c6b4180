/** What a plant remembers from step to step: plain records, so that a copy is a check point. */
import { ratioAtDew } from '../weather/moist.ts'
import { createChillers, type ChillerState } from './cooling/chillers.ts'
import type { LiquidState } from './cooling/liquid.ts'
import type { PadState } from './cooling/outside.ts'
import { upsModules } from './power/losses.ts'
import type { SupplyState } from './power/supply.ts'
import type { HallSpec, PlantSpec } from './spec.ts'

export interface PlantState {
  readonly halls: HallState[]
  readonly supply: SupplyState
  readonly chillers: ChillerState
  readonly liquid: LiquidState
  /** UPS modules that stand there. */
  readonly modules: number
}

export interface HallState {
  readonly racks: RackState[]
  readonly pads: PadState
  /** Air that leaves the hall, °C and kg/kg. */
  airC: number
  ratio: number
  slabC: number
  /** Supply air of the last step, °C and kg/kg, and its flow. */
  supplyC: number
  supplyRatio: number
  supplyKgS: number
  /** Share of what the racks ask for that they got as supply air. */
  served: number
}

export interface RackState {
  /** Air behind the servers and before them, °C. */
  outC: number
  inC: number
  /** Fan speed, flow (kg/s) and power (W) of the last step. */
  speed: number
  airKgS: number
  powerW: number
  use: number
  /** Heat of the feed's breaker: at 1 it trips; `off` is 1 from then on. */
  heat: number
  off: number
}

/** A plant at rest in a mild climate. After two days of steps nothing of this can be told any more but the slab. */
export function createState(spec: PlantSpec, outsideC: number): PlantState {
  const { air } = spec.cooling
  const designW = spec.halls.flatMap(({ racks }) => racks).reduce((sum, { ratedW }) => sum + ratedW, 0)
  const chillers = spec.cooling.kind === 'chilled' ? spec.cooling.plant : NO_CHILLERS
  return {
    halls: spec.halls.map((hall) => hallAtRest(hall, { spec, setC: air.setC, outsideC })),
    supply: { batteryJ: spec.power.ups.batteryJ, generatorS: 0 },
    chillers: createChillers(chillers),
    liquid: { supplyC: spec.liquid?.supplyC ?? 0 },
    modules: upsModules(spec.power.ups, designW),
  }
}

const NO_CHILLERS = { chillers: 0, eachW: 0, waterC: 0 }

function hallAtRest(
  hall: HallSpec,
  { spec, setC, outsideC }: { spec: PlantSpec; setC: number; outsideC: number },
): HallState {
  const airC = setC + 11
  const ratio = ratioAtDew(8, spec.pressurePa)
  return {
    racks: hall.racks.map(({ make, use }) => ({
      outC: setC + 12,
      inC: setC + 1,
      speed: make.baseSpeed + make.useSpeed * use,
      airKgS: 0,
      powerW: 0,
      use,
      heat: 0,
      off: 0,
    })),
    pads: { waterKg: 0 },
    airC,
    ratio,
    slabC: (hall.slabWPerK * airC + hall.wallWPerK * outsideC) / (hall.slabWPerK + hall.wallWPerK),
    supplyC: setC,
    supplyRatio: ratio,
    supplyKgS: 0,
    served: 1,
  }
}
