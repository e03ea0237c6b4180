/**
 * Who carries the site: the utility, the batteries until the generator runs, the generator.
 *
 *     utility ──┐                    ┌── mechanical load (stands still on battery)
 *     generator ┴── transformer ─────┼── auxiliaries
 *                                    └── UPS ── distribution ── racks
 *                                         └── battery
 *
 * Sources: ISO 8528-5 (a set takes its load within 15 s, here with the next step); diesel sets give 35..42 % of the
 * fuel's energy at 50..100 % load.
 */
import type { Flows } from '../flows.ts'
import type { PlantHealth, PowerSpec } from '../spec.ts'
import { lossW, upsLossW } from './losses.ts'

export interface SupplyState {
  /** In the batteries, J. */
  batteryJ: number
  /** Seconds for which the generator has been asked to run. */
  generatorS: number
}

/** Loads of one step, in W: racks, what their distribution loses, cooling with all that belongs to it, the rest. */
interface Loads {
  itW: number
  mechanicalW: number
  auxiliaryW: number
  modules: number
  test: 'none' | 'generator'
}

const START_S = 60

/** Whether the mechanical load stands still: no utility, and the generator does not run yet. */
export function isBlackout(state: SupplyState, health: PlantHealth): boolean {
  return health.utility < 1 && (state.generatorS < START_S || health.generator < 1)
}

/** Books the supply of a step. With empty batteries and no source the racks must be off already (`loads.itW` of 0). */
export function supply(spec: PowerSpec, state: SupplyState, loads: Loads, health: PlantHealth, flows: Flows): void {
  const { ups, pdu, generator } = spec
  const dtS = flows.dtS
  const onUtility = health.utility >= 1
  const wanted = !onUtility || loads.test === 'generator'
  const isRunning = wanted && health.generator >= 1 && (loads.test === 'generator' || state.generatorS >= START_S)
  flows.itW = loads.itW
  flows.pduW = lossW(pdu, pdu.ratedW, loads.itW)
  const outW = loads.itW + flows.pduW
  flows.upsW = upsLossW(ups, loads.modules, outW)
  flows.auxiliaryW = loads.auxiliaryW
  flows.heaterW = isRunning ? 0 : generator.heaterW
  if (!onUtility && !isRunning) {
    // On battery: the mechanical load stands still already, auxiliaries and heaters go dark.
    flows.auxiliaryW = 0
    flows.heaterW = 0
    flows.dischargeW = outW + flows.upsW
    flows.chargeW = 0
    flows.chargeLossW = 0
    flows.transformerW = 0
    flows.utilityW = 0
    flows.generatorW = 0
    flows.fuelW = 0
    return
  }
  const roomJ = ups.batteryJ - state.batteryJ
  const intoW = Math.min(ups.chargeW, roomJ / (dtS * ups.chargeEfficiency))
  flows.dischargeW = 0
  flows.chargeW = intoW * ups.chargeEfficiency
  flows.chargeLossW = intoW - flows.chargeW
  const belowW = outW + flows.upsW + intoW + loads.mechanicalW + flows.auxiliaryW + flows.heaterW
  flows.transformerW = lossW(spec.transformer, spec.transformer.ratedW, belowW)
  const siteW = belowW + flows.transformerW
  flows.utilityW = isRunning ? 0 : siteW
  flows.generatorW = isRunning ? siteW : 0
  flows.fuelW = flows.generatorW / generator.efficiency
}

/** What the supply is after the step. */
export function advanceSupply(state: SupplyState, health: PlantHealth, flows: Flows): void {
  state.batteryJ += (flows.chargeW - flows.dischargeW) * flows.dtS
  state.generatorS = health.utility < 1 ? state.generatorS + flows.dtS : 0
}
