/**
 * Indirect coolers: the hall's air and outside air pass through the two sides of a plate exchanger and never mix. In
 * the warm the outer side is wetted. Sources: makers' sheets of such units state a dry effectiveness of 0.65..0.8.
 * The wetted outer side comes to its wet bulb by 0.7..0.9. The effectiveness falls with about the root of the outer
 * flow.
 */
import type { Flows } from '../flows.ts'
import type { Outside } from '../spec.ts'
import { AIR_J_PER_KG_K } from '../../weather/moist.ts'
import { bleedOf, vapourFor } from '../water/tower.ts'
import { expand, type CoilAir, type Expansion } from './expansion.ts'
import { blow, type AirHandling, type Draw, type SupplyAir } from './fans.ts'

export interface IndirectCooler {
  readonly effectiveness: number
  /** Fans of the outer side at full speed, as much air as inside. */
  readonly outerFansW: number
  /** How far the wetted outer air comes to its wet bulb; 0: always dry. */
  readonly wetting: number
  readonly frostC: number
  readonly cycles: number
}

/** Supplies a hall through the exchanger and books it. */
export function cooledIndirectly(
  { indirect, air, trim }: { indirect: IndirectCooler; air: AirHandling; trim?: Expansion },
  draw: Draw,
  around: { outside: Outside; water: number; compressors: number; fans: number },
  out: SupplyAir,
  flows: Flows,
): void {
  const { outside } = around
  blow(air, draw.itKgS, around.fans, out, flows)
  const { airKgS, fanW } = out
  const perK = airKgS * AIR_J_PER_KG_K
  const riseK = perK > 0 ? fanW / perK : 0
  const wantedK = Math.max(0, draw.returnC - (air.setC - riseK))
  const dryK = indirect.effectiveness * Math.max(0, draw.returnC - outside.dryC)
  const isWet = dryK < wantedK && indirect.wetting > 0 && outside.dryC > indirect.frostC && around.water > 0
  const wettedK = isWet ? indirect.wetting * (outside.dryC - outside.wetC) : 0
  const mostK = indirect.effectiveness * Math.max(0, draw.returnC - outside.dryC + wettedK)
  const part = mostK > 0 ? Math.min(1, wantedK / mostK) : 0
  const outer = wantedK > 0 && airKgS > 0 ? Math.max(0.2, part * part) : 0
  const takenK = part * mostK
  const cooled: CoilAir = { airKgS, dryC: draw.returnC - takenK, ratio: draw.ratio }
  flows.rejectedW += perK * takenK
  flows.rejectionW += indirect.outerFansW * outer ** 3
  const evaporated = outer * airKgS * vapourFor(wettedK)
  flows.towerKgS += evaporated
  const bleed = bleedOf(evaporated, 0, indirect.cycles)
  flows.bleedKgS += bleed
  flows.makeupKgS += evaporated + bleed
  const beforeW = flows.compressorsW
  const target = { targetC: air.setC - riseK, outsideC: outside.dryC, health: around.compressors }
  if (trim !== undefined) expand(trim, cooled, target, flows)
  out.coilW = 0
  out.dryC = cooled.dryC + riseK
  out.ratio = cooled.ratio
  if (flows.compressorsW !== beforeW) flows.free = 0
}
