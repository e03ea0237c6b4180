/**
 * Water that heat rejection takes: evaporated, carried off as drift, bled off.
 * Sources: ASHRAE Handbook - HVAC Systems and Equipment 2020, chapter 40. Of the heat 60 % (cold air) to 90 % (warm
 * air) leaves as vapour. Drift is 0.002 % of the circulated water; bleed = evaporated / (cycles - 1) - drift.
 */
import { AIR_J_PER_KG_K, VAPOUR_J_PER_KG, WATER_J_PER_KG_K } from '../../weather/moist.ts'
import { PRECOOLED, type HeatRejection } from '../cooling/rejection.ts'
import type { Flows } from '../flows.ts'
import type { PlantHealth, Outside } from '../spec.ts'

const DRIFT = 2e-5
const CIRCULATED_RANGE_K = 5
/** Air through a hybrid cooler warms by so much. */
const HYBRID_AIR_K = 10

/** The part of the heat that leaves as vapour, by the wet bulb. */
export function latentShare({ kind, wetAboveC }: HeatRejection, { dryC, wetC }: Outside): number {
  if (kind === 'tower') return Math.max(0.55, Math.min(0.95, 0.6 + 0.012 * wetC))
  // The intake's air is cooled by evaporation, and carries the heat away with a range of its own.
  return kind === 'hybrid' && dryC > wetAboveC ? (PRECOOLED * (dryC - wetC)) / HYBRID_AIR_K : 0
}

/** Books the water of a cooler that gives away `rejectedW`. Without make-up water nothing evaporates. */
export function bookTower(
  rejection: HeatRejection,
  rejectedW: number,
  { latent, health }: { latent: number; health: PlantHealth },
  flows: Flows,
): void {
  if (latent <= 0 || health.water <= 0) return
  const evaporated = (latent * rejectedW) / VAPOUR_J_PER_KG
  const drift = rejection.kind === 'tower' ? (DRIFT * rejectedW) / (WATER_J_PER_KG_K * CIRCULATED_RANGE_K) : 0
  flows.towerKgS += evaporated
  flows.driftKgS += drift
  const bleed = bleedOf(evaporated, drift, rejection.cycles)
  flows.bleedKgS += bleed
  flows.makeupKgS += evaporated + drift + bleed
}

/** Water bled off so that salts thicken no more than `cycles` times. */
export function bleedOf(evaporated: number, drift: number, cycles: number): number {
  return Math.max(0, evaporated / (cycles - 1) - drift)
}

/** Vapour that air takes when evaporation cools it by `coolingK`, kg per kg of dry air, at constant enthalpy. */
export function vapourFor(coolingK: number): number {
  return (AIR_J_PER_KG_K * coolingK) / VAPOUR_J_PER_KG
}
