/**
 * The books of a plant, kept twice. What its components take must be what comes in at the envelope, and what comes in
 * must be what goes out or is held:
 *
 *     utility + fuel + battery = racks + losses + cooling + rest          (electricity, by component)
 *     utility + fuel = heat out by water, refrigerant, air, walls + held  (energy, at the envelope)
 *     make-up = evaporated + bled + drift + steam + held in pads          (water)
 *     vapour in + steam + pads = vapour out + condensed + held in the air (water in the air)
 */
import { AIR_J_PER_KG_K, VAPOUR_J_PER_KG } from '../weather/moist.ts'
import type { Flows } from './flows.ts'
import type { PlantSpec } from './spec.ts'
import type { PlantState } from './state.ts'

/** What a plant holds: energy in J (above 0 °C, batteries included), vapour and liquid water in kg. */
interface Held {
  energyJ: number
  vapourKg: number
  waterKg: number
}

/** What is left over, W or kg/s, beside the sizes to compare it with. */
export interface Residuals {
  electricW: number
  energyW: number
  airKgS: number
  vapourKgS: number
  waterKgS: number
  throughW: number
  throughKgS: number
}

export function heldBy(spec: PlantSpec, state: PlantState): Held {
  const held: Held = { energyJ: state.supply.batteryJ, vapourKg: 0, waterKg: 0 }
  for (const [at, hall] of spec.halls.entries()) {
    const now = state.halls[at]
    if (now === undefined) continue
    held.energyJ += hall.airKg * (AIR_J_PER_KG_K * now.airC + VAPOUR_J_PER_KG * now.ratio) + hall.slabJPerK * now.slabC
    for (const [place, rack] of hall.racks.entries()) {
      held.energyJ += rack.make.heldJPerKW * rack.ratedW * (now.racks[place]?.outC ?? 0)
    }
    held.vapourKg += hall.airKg * now.ratio
    held.waterKg += now.pads.waterKg
  }
  return held
}

/** The residuals of flows (means over their `dtS`) between two states. */
export function residualsOf(flows: Flows, before: Held, after: Held): Residuals {
  const { dtS } = flows
  const takenW =
    flows.itW +
    flows.pduW +
    flows.upsW +
    flows.chargeW +
    flows.chargeLossW +
    flows.transformerW +
    flows.heaterW +
    flows.fansW +
    flows.pumpsW +
    flows.compressorsW +
    flows.rejectionW +
    flows.humidifierW +
    flows.auxiliaryW
  const heldW = (after.energyJ - before.energyJ) / dtS
  const goneW = flows.rejectedW + flows.airOutW + flows.wallsW + flows.besideW
  const vapourHeld = (after.vapourKg - before.vapourKg) / dtS
  const waterHeld = (after.waterKg - before.waterKg) / dtS
  return {
    electricW: flows.utilityW + flows.generatorW + flows.dischargeW - takenW,
    energyW: flows.utilityW + flows.fuelW - goneW - heldW,
    airKgS: flows.intakeKgS - flows.exhaustKgS,
    vapourKgS: flows.padKgS + flows.humidifierKgS - flows.vapourOutKgS - flows.condensedKgS - vapourHeld,
    waterKgS:
      flows.makeupKgS -
      (flows.padKgS + flows.towerKgS + flows.driftKgS + flows.bleedKgS + flows.humidifierKgS) -
      waterHeld,
    throughW: takenW,
    throughKgS: flows.intakeKgS + flows.leakKgS,
  }
}
