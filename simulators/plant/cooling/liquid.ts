/**
 * A liquid loop to the racks: distribution units (CDU) pump warm water, a dry cooler outdoors cools it, wetted in the
 * heat. Sources: ASHRAE TC 9.9, water-cooled servers (2011/2021): class W32 is a supply of at most 32 °C. Cold plates
 * carry 60..85 % of a server's heat; CDU pumps take 1..2 % of it.
 */
import type { Flows } from '../flows.ts'
import type { PlantHealth, Outside } from '../spec.ts'
import { bookTower, latentShare } from '../water/tower.ts'
import { rejectionFans, sinkC, type HeatRejection } from './rejection.ts'

export interface LiquidLoop {
  /** Share of the servers' heat that goes to the water. */
  readonly share: number
  readonly ratedW: number
  readonly pumpsW: number
  /** Water to the racks that the controls hold, °C: 32 for W32. */
  readonly supplyC: number
  readonly cooler: HeatRejection
}

export interface LiquidState {
  /** Water to the racks, °C. */
  supplyC: number
}

/** Takes `heatW` away from the racks and books it. */
export function coolByLiquid(
  loop: LiquidLoop,
  state: LiquidState,
  heatW: number,
  around: { outside: Outside; health: PlantHealth },
  flows: Flows,
): void {
  const { outside, health } = around
  const flow = Math.max(0.5, Math.min(1, heatW / loop.ratedW))
  const pumpsW = loop.pumpsW * flow ** 3 * health.pumps
  const load = (heatW + pumpsW) / loop.ratedW
  state.supplyC = Math.max(loop.supplyC, sinkC(loop.cooler, outside) + loop.cooler.approachK * load)
  flows.pumpsW += pumpsW
  flows.rejectedW += heatW + pumpsW
  if (health.pumps > 0) flows.rejectionW += rejectionFans(loop.cooler, outside, load, state.supplyC)
  bookTower(loop.cooler, heatW + pumpsW, { latent: latentShare(loop.cooler, outside), health }, flows)
}
