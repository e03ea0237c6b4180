/**
 * Units with direct expansion: each cools a hall's air by a compressor whose condenser stands outdoors. Also the trim
 * of plants that mostly cool by outside air.
 */
import type { Flows } from '../flows.ts'
import { AIR_J_PER_KG_K, VAPOUR_J_PER_KG } from '../../weather/moist.ts'
import { cycling, performance } from './refrigeration.ts'

export interface Expansion {
  /** Cooling capacity for a hall, W. */
  readonly ratedW: number
  readonly efficiency: number
  /** The refrigerant is colder than the supply air, and warmer than the outside, by so much at full load, K. */
  readonly evaporatorK: number
  readonly condenserK: number
  readonly condenserFanW: number
  /** Humidity ratio that the coil dries the air to at best; Infinity for a coil that stays dry. */
  readonly coilRatio: number
}

/** Air before and behind a coil. */
export interface CoilAir {
  airKgS: number
  dryC: number
  ratio: number
}

/** The share of the air that touches the coil. */
export const TOUCHED = 0.9

/**
 * Cools `air` in place to `targetC`, as far as the capacity goes, and books it. `health`: the share of the compressors
 * that runs.
 */
export function expand(
  unit: Expansion,
  air: CoilAir,
  { targetC, outsideC, health }: { targetC: number; outsideC: number; health: number },
  flows: Flows,
): void {
  const capacityW = unit.ratedW * health
  if (air.airKgS <= 0 || air.dryC <= targetC || capacityW <= 0) return
  const perK = air.airKgS * AIR_J_PER_KG_K
  const wantedW = perK * (air.dryC - targetC)
  const drying = Math.min(1, wantedW / capacityW)
  const condensed = air.airKgS * TOUCHED * drying * Math.max(0, air.ratio - unit.coilRatio)
  const latentW = condensed * VAPOUR_J_PER_KG
  const sensibleW = Math.min(wantedW, Math.max(0, capacityW - latentW))
  const heatW = sensibleW + latentW
  const load = heatW / capacityW
  air.dryC -= sensibleW / perK
  air.ratio -= condensed / air.airKgS
  const evaporatorC = air.dryC - unit.evaporatorK * load
  const cop = performance(evaporatorC, outsideC + unit.condenserK * load, unit.efficiency * cycling(load))
  flows.compressorsW += heatW / cop
  flows.rejectedW += heatW + heatW / cop
  flows.rejectionW += unit.condenserFanW * load
  flows.condensedKgS += condensed
}
