/**
 * Outside air through the hall, with pads that evaporate water into it (direct adiabatic cooling) where there are any.
 *
 *     outside ──▶ pads ──┬──▶ (trim) ──▶ fans ──▶ hall ──┬──▶ outside
 *                        └──◀────── return air ──────────┘      as much as the set-point needs in the cold
 *
 * Sources: ASHRAE Handbook - HVAC Systems and Equipment 2020, chapter 41: rigid pads saturate by 80..95 % at 2 m/s; the
 * exchange falls with flow as of NTU ~ flow^-1/3. Pads dry within 10..20 min. Range: outside -30..45 °C.
 */
import type { Flows } from '../flows.ts'
import type { Outside } from '../spec.ts'
import { AIR_J_PER_KG_K, linearEnthalpy } from '../../weather/moist.ts'
import { bleedOf, vapourFor } from '../water/tower.ts'
import { expand, type CoilAir, type Expansion } from './expansion.ts'
import { blow, type AirHandling, type Draw, type SupplyAir } from './fans.ts'

export interface OutsideAir {
  readonly pads?: Pads
  /** Fans that push the hall's air out, at rated flow. */
  readonly exhaustW: number
  /** Least share of outside air. */
  readonly leastShare: number
}

interface Pads {
  /** Share of the way to the wet bulb at rated flow, 0.8..0.95. */
  readonly saturation: number
  /** No water below this temperature of the outside air: it is drained. */
  readonly frostC: number
  /** Humidity ratio that the supply air may not pass by evaporation: of 15 °C dew point, or of a class's limit. */
  readonly mostRatio: number
  /** Water that wet pads hold, kg. */
  readonly heldKg: number
  readonly cycles: number
}

export interface PadState {
  waterKg: number
}

interface Around {
  outside: Outside
  water: number
  compressors: number
  fans: number
}

/** Supplies a hall with outside and return air and books it. */
export function cooledByOutside(
  { outside: spec, air, trim }: { outside: OutsideAir; air: AirHandling; trim?: Expansion },
  { draw, pads }: { draw: Draw; pads: PadState },
  around: Around,
  out: SupplyAir,
  flows: Flows,
): void {
  const { outside } = around
  blow(air, draw.itKgS, around.fans, out, flows)
  const { airKgS, fanW } = out
  const perK = airKgS * AIR_J_PER_KG_K
  const targetC = air.setC - (perK > 0 ? fanW / perK : 0)
  const fresh: CoilAir = { airKgS, dryC: outside.dryC, ratio: outside.ratio }
  const wetted =
    spec.pads === undefined ? 0 : wet(spec.pads, { pads, targetC, rated: air.ratedKgS }, around, fresh, flows.dtS)
  const share = outsideShare(spec, trim, fresh.dryC, { targetC, returnC: draw.returnC })
  if (spec.pads !== undefined) soak(spec.pads, pads, { evaporated: share * wetted, targetC }, around, flows)
  const mixed: CoilAir = {
    airKgS,
    dryC: share * fresh.dryC + (1 - share) * draw.returnC,
    ratio: share * fresh.ratio + (1 - share) * draw.ratio,
  }
  const beforeW = flows.compressorsW
  if (trim !== undefined) expand(trim, mixed, { targetC, outsideC: outside.dryC, health: around.compressors }, flows)
  out.coilW = 0
  out.dryC = mixed.dryC + (perK > 0 ? fanW / perK : 0)
  out.ratio = mixed.ratio
  const outKgS = share * airKgS
  flows.rejectionW += spec.exhaustW * (outKgS / air.ratedKgS) ** 3
  flows.intakeKgS += outKgS
  flows.exhaustKgS += outKgS
  flows.airOutW += outKgS * (linearEnthalpy(draw.returnC, draw.ratio) - linearEnthalpy(outside.dryC, outside.ratio))
  flows.vapourOutKgS += outKgS * (draw.ratio - outside.ratio)
  if (flows.compressorsW !== beforeW) flows.free = 0
}

/** Cools and moistens the fresh air through the pads; gives the vapour that the whole flow would take, kg/s. */
function wet(
  pads: Pads,
  { pads: state, targetC, rated }: { pads: PadState; targetC: number; rated: number },
  { outside, water }: Around,
  fresh: CoilAir,
  dtS: number,
): number {
  if (outside.dryC < pads.frostC || fresh.airKgS <= 0) return 0
  const isWanted = outside.dryC > targetC
  const wetShare = isWanted && water > 0 ? 1 : state.waterKg / pads.heldKg
  const units = -Math.log(1 - pads.saturation) * (rated / fresh.airKgS) ** (1 / 3)
  const mostK = (1 - Math.exp(-units)) * (outside.dryC - outside.wetC) * wetShare
  const dampK = Math.max(0, pads.mostRatio - outside.ratio) / vapourFor(1)
  const wantedK = isWanted ? outside.dryC - targetC : mostK
  const heldK = isWanted && water > 0 ? Infinity : state.waterKg / (dtS * fresh.airKgS * vapourFor(1))
  const coolingK = Math.max(0, Math.min(mostK, isWanted ? dampK : mostK, wantedK, heldK))
  fresh.dryC -= coolingK
  fresh.ratio += vapourFor(coolingK)
  return fresh.airKgS * vapourFor(coolingK)
}

/** Refills, empties or drains the pads and books the water. */
function soak(
  pads: Pads,
  state: PadState,
  { evaporated, targetC }: { evaporated: number; targetC: number },
  { outside, water }: Around,
  flows: Flows,
): void {
  flows.padKgS += evaporated
  if (outside.dryC < pads.frostC) {
    flows.bleedKgS += state.waterKg / flows.dtS
    state.waterKg = 0
  } else if (outside.dryC > targetC && water > 0) {
    const bleed = bleedOf(evaporated, 0, pads.cycles)
    flows.bleedKgS += bleed
    flows.makeupKgS += evaporated + bleed + (pads.heldKg - state.waterKg) / flows.dtS
    state.waterKg = pads.heldKg
  } else state.waterKg = Math.max(0, state.waterKg - evaporated * flows.dtS)
}

/** How much of the supply is outside air: all, or what mixing to the target needs in the cold. */
function outsideShare(
  { leastShare }: OutsideAir,
  trim: Expansion | undefined,
  freshC: number,
  { targetC, returnC }: { targetC: number; returnC: number },
): number {
  if (freshC > targetC) return trim !== undefined && freshC >= returnC ? leastShare : 1
  if (returnC <= targetC) return leastShare
  return Math.max(leastShare, Math.min(1, (returnC - targetC) / (returnC - freshC)))
}
