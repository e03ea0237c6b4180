/** Air handlers with coils of cold water, one set in each hall. The water's side is chillers.ts. */
import type { Flows } from '../flows.ts'
import { AIR_J_PER_KG_K, VAPOUR_J_PER_KG } from '../../weather/moist.ts'
import { TOUCHED } from './expansion.ts'
import { blow, type AirHandling, type Draw, type SupplyAir } from './fans.ts'

/** Cools a hall's air to the set-point, as far as `limitW` goes; what lies above `coilRatio` condenses. */
export function cooledByWater(
  air: AirHandling,
  draw: Draw,
  { limitW, coilRatio, health }: { limitW: number; coilRatio: number; health: number },
  out: SupplyAir,
  flows: Flows,
): void {
  blow(air, draw.itKgS, health, out, flows)
  const { airKgS, fanW } = out
  const perK = airKgS * AIR_J_PER_KG_K
  const wantedW = Math.max(0, perK * (draw.returnC - air.setC) + fanW)
  const active = limitW > 0 ? Math.min(1, wantedW / limitW) : 0
  const condensed = active > 0 ? Math.min(1, 4 * active) * TOUCHED * airKgS * Math.max(0, draw.ratio - coilRatio) : 0
  const latentW = condensed * VAPOUR_J_PER_KG
  const sensibleW = Math.min(wantedW, Math.max(0, limitW - latentW))
  out.coilW = sensibleW + latentW
  out.dryC = perK > 0 ? draw.returnC + (fanW - sensibleW) / perK : draw.returnC
  out.ratio = airKgS > 0 ? draw.ratio - condensed / airKgS : draw.ratio
  flows.condensedKgS += condensed
}
