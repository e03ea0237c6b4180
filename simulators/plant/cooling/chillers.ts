/**
 * The side of the water: pumps, an economiser, chillers in stages, and what gives the heat away.
 *
 *     coils ──▶ economiser ──▶ chillers ──▶ coils          the economiser alone, while it can make the water cold
 *                   │              │                       enough; it comes back into use a band below that
 *                   └── tower, dry or hybrid cooler
 *
 * Sources: ASHRAE Handbook - HVAC Systems and Equipment 2020, chapters 40 (towers: 3..5 K to the wet bulb) and 43.
 */
import type { Flows } from '../flows.ts'
import type { PlantHealth, Outside } from '../spec.ts'
import { bookTower, latentShare } from '../water/tower.ts'
import { coldestC, rejectionFans, type HeatRejection } from './rejection.ts'
import { partLoad, performance } from './refrigeration.ts'

export interface ChillerPlant {
  readonly chillers: number
  readonly eachW: number
  readonly efficiency: number
  /** Least part of a chiller's capacity at which it runs without cycling. */
  readonly leastLoad: number
  /** Humidity ratio that the halls' coils dry the air to at best: of the cold water's temperature and 2 K. */
  readonly coilRatio: number
  /** Temperature of the cold water, °C. */
  readonly waterC: number
  readonly pumpsW: number
  readonly condenserPumpsW: number
  readonly rejection: HeatRejection
  /** Exchanger between the two waters: its approach at full load, and the band of the change-over. */
  readonly economiser?: { readonly approachK: number; readonly bandK: number }
}

export interface ChillerState {
  /** Chillers that run. */
  on: number
  /** 1: the economiser alone. */
  free: number
  /** Heat that the plant could take from the coils in the next step, W. */
  limitW: number
  /** Temperature of the water that comes back from the coils. */
  returnC: number
}

const WATER_RANGE_K = 6
const REFRIGERANT_K = 2
const CONDENSER_RANGE_K = 5

export function createChillers({
  chillers,
  eachW,
  waterC,
}: Pick<ChillerPlant, 'chillers' | 'eachW' | 'waterC'>): ChillerState {
  return { on: 1, free: 0, limitW: chillers * eachW, returnC: waterC + WATER_RANGE_K }
}

/** Takes the heat of all coils away and books what that costs. */
export function chill(
  plant: ChillerPlant,
  state: ChillerState,
  coilsW: number,
  around: { outside: Outside; health: PlantHealth },
  flows: Flows,
): void {
  const { outside, health } = around
  const ratedW = plant.chillers * plant.eachW
  const flow = Math.max(0.4, Math.min(1, coilsW / ratedW))
  const pumpsW = plant.pumpsW * flow ** 3 * health.pumps
  const heatW = coilsW + pumpsW
  state.returnC = plant.waterC + (heatW * WATER_RANGE_K) / (ratedW * flow)
  const load = Math.max(0.1, Math.min(1.2, heatW / ratedW))
  const economyW = economise(plant, state, heatW, { outside, load, flows })
  const mechanicalW = heatW - economyW
  stage(plant, state, mechanicalW, health)
  const running = mechanicalW > 0 && state.on > 0
  const share = running ? mechanicalW / (state.on * plant.eachW) : 0
  const waterC = Math.max(plant.rejection.leastC, coldestC(plant.rejection, outside, load))
  const cop = performance(
    plant.waterC - REFRIGERANT_K * share,
    waterC + CONDENSER_RANGE_K * load + REFRIGERANT_K * share,
    plant.efficiency * partLoad(Math.max(plant.leastLoad, Math.min(1, share))),
  )
  const compressorsW = running ? mechanicalW / cop : 0
  const condenserPumpsW = plant.condenserPumpsW * Math.max(0.4, load) ** 3 * health.pumps
  const rejectedW = heatW + compressorsW + condenserPumpsW
  flows.pumpsW += pumpsW + condenserPumpsW
  flows.compressorsW += compressorsW
  flows.rejectedW += rejectedW
  if (health.pumps > 0)
    flows.rejectionW += rejectionFans(plant.rejection, outside, load, state.free === 1 ? plant.waterC : waterC)
  bookTower(plant.rejection, rejectedW, { latent: latentShare(plant.rejection, outside), health }, flows)
  flows.free = state.free
  const chillersW = Math.floor(plant.chillers * health.compressors + 1e-9) * plant.eachW
  state.limitW =
    health.pumps > 0 ? Math.max(0, Math.min(ratedW, chillersW + economyCapacity(state, economyW, ratedW)) - pumpsW) : 0
}

/** Heat that the economiser takes, W; decides whether it works alone. */
function economise(
  plant: ChillerPlant,
  state: ChillerState,
  heatW: number,
  { outside, load, flows }: { outside: Outside; load: number; flows: Flows },
): number {
  flows.free = 0
  if (plant.economiser === undefined) return 0
  const { approachK, bandK } = plant.economiser
  const coldC = coldestC(plant.rejection, outside, load) + approachK * load
  state.free = coldC <= plant.waterC - (state.free === 1 ? 0 : bandK) ? 1 : 0
  if (state.free === 1) return heatW
  const part = (state.returnC - coldC) / (state.returnC - plant.waterC)
  const most = heatW - Math.min(heatW, plant.leastLoad * plant.eachW)
  return Math.min(most, Math.max(0, part) * heatW)
}

function economyCapacity(state: ChillerState, economyW: number, ratedW: number): number {
  return state.free === 1 ? ratedW : economyW
}

/** One chiller more above 90 % of those that run, one less when the others would stay below 75 %. */
function stage(plant: ChillerPlant, state: ChillerState, mechanicalW: number, health: PlantHealth): void {
  const most = Math.floor(plant.chillers * health.compressors + 1e-9)
  if (mechanicalW > 0.9 * state.on * plant.eachW) state.on = Math.ceil(mechanicalW / (0.9 * plant.eachW))
  else if (state.on > 1 && mechanicalW < 0.75 * (state.on - 1) * plant.eachW) state.on--
  state.on = Math.min(most, Math.max(mechanicalW > 0 ? 1 : 0, state.on))
}
