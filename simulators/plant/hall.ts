/** A hall in one step: what its racks ask for, what it gets, what becomes of the heat. */
import { AIR_J_PER_KG_K, linearEnthalpy, VAPOUR_J_PER_KG } from '../weather/moist.ts'
import { mixInlets, servedShare, type Mixing } from './air/mixing.ts'
import { cooledByWater } from './cooling/chilled.ts'
import { expand } from './cooling/expansion.ts'
import { blow, type SupplyAir } from './cooling/fans.ts'
import { cooledIndirectly } from './cooling/indirect.ts'
import { cooledByOutside } from './cooling/outside.ts'
import type { Flows } from './flows.ts'
import { breakerHeat, fanSpeed, serverKgS, serverW } from './it/servers.ts'
import { useOf } from './it/use.ts'
import type { HallSpec, PlantHealth, Outside, PlantSpec, RackSpec } from './spec.ts'
import type { HallState, PlantState, RackState } from './state.ts'

/** What is around a hall in a step. */
export interface HallAround {
  readonly tMs: number
  readonly outside: Outside
  readonly load: number
  readonly health: PlantHealth
  readonly shape: number
  /** `dark`: neither a source nor a battery; the racks are off. */
  readonly power: 'on' | 'dark'
}

/** Gives every rack its use and its flow, by the speed that its fans have come to. */
export function askAir(spec: HallSpec, state: HallState, { tMs, load, shape, power }: HallAround): void {
  for (let at = 0; at < spec.racks.length; at++) {
    const rack = spec.racks[at]
    const now = state.racks[at]
    if (rack === undefined || now === undefined) continue
    const isOff = now.off === 1 || power === 'dark'
    now.use = isOff ? 0 : Math.min(1.5, useOf(rack, shape, tMs) * load)
    now.airKgS = isOff ? 0 : serverKgS(rack.make, rack.ratedW, now.speed)
  }
}

/** Decides on the hall's supply air and books its cooling; gives the heat that cold water has to carry, W. */
export function supplyHall(
  spec: PlantSpec,
  hall: HallState,
  state: PlantState,
  { outside, health }: HallAround,
  flows: Flows,
): number {
  let itKgS = 0
  for (const rack of hall.racks) itKgS += rack.airKgS
  const draw = { returnC: hall.airC, ratio: hall.ratio, itKgS }
  const out: SupplyAir = { airKgS: 0, dryC: hall.airC, ratio: hall.ratio, fanW: 0, coilW: 0 }
  const { cooling } = spec
  const around = { outside, water: health.water, compressors: health.compressors, fans: health.fans }
  switch (cooling.kind) {
    case 'chilled': {
      const limitW = (state.chillers.limitW * health.pumps) / state.halls.length
      cooledByWater(cooling.air, draw, { limitW, coilRatio: cooling.plant.coilRatio, health: health.fans }, out, flows)
      break
    }
    case 'expansion': {
      const { air, unit } = cooling
      blow(air, itKgS, health.fans, out, flows)
      const riseK = out.airKgS > 0 ? out.fanW / (out.airKgS * AIR_J_PER_KG_K) : 0
      expand(unit, out, { targetC: air.setC - riseK, outsideC: outside.dryC, health: health.compressors }, flows)
      out.dryC += riseK
      flows.free = 0
      break
    }
    case 'outside':
      cooledByOutside(cooling, { draw, pads: hall.pads }, around, out, flows)
      break
    case 'indirect':
      cooledIndirectly(cooling, draw, around, out, flows)
      break
  }
  hall.supplyC = out.dryC
  hall.supplyRatio = out.ratio
  hall.supplyKgS = out.airKgS
  return out.coilW
}

/** Lets the racks breathe; gives their power, W. */
export function serveRacks(spec: HallSpec, state: HallState, mixing: Mixing): number {
  let wantedKgS = 0
  for (let at = 0; at < spec.racks.length; at++) {
    wantedKgS += (state.racks[at]?.airKgS ?? 0) * (1 - (spec.racks[at]?.recirculated ?? 0))
  }
  state.served = servedShare(state.supplyKgS, spec.bypassShare, wantedKgS)
  mixInlets(spec.racks, state, mixing)
  let powerW = 0
  for (let at = 0; at < spec.racks.length; at++) {
    const rack = spec.racks[at]
    const now = state.racks[at]
    if (rack === undefined || now === undefined) continue
    now.powerW = now.airKgS > 0 ? serverW(rack.make, rack.ratedW, now.use, now.inC, now.speed) : 0
    powerW += now.powerW
  }
  return powerW
}

/** Steam into the hall's air, booked; gives kg/s. */
export function humidify({ humidifier, airKg }: HallSpec, state: HallState, health: PlantHealth, flows: Flows): number {
  if (humidifier === undefined || state.ratio >= humidifier.leastRatio) return 0
  const wantedKgS = ((humidifier.leastRatio - state.ratio) * airKg) / flows.dtS
  const steamKgS = Math.min(wantedKgS, humidifier.mostKgS * health.humidifier)
  flows.humidifierKgS += steamKgS
  flows.makeupKgS += steamKgS
  flows.humidifierW += steamKgS * VAPOUR_J_PER_KG
  return steamKgS
}

/** What a hall gets besides air: heat of the supply of electricity, steam; and what the liquid takes of its racks. */
interface HallGains {
  readonly heatW: number
  readonly steamKgS: number
  readonly liquidShare: number
  readonly mixing: Mixing
  /** Share of the doors that are shut. */
  readonly doors: number
}

/** Air through open doors, as a multiple of what leaks in through shut ones. */
const OPEN_LEAK = 25

/** The hall after the step. */
export function advanceHall(spec: HallSpec, state: HallState, gains: HallGains, outside: Outside, flows: Flows): void {
  const { dtS } = flows
  for (let at = 0; at < spec.racks.length; at++) {
    const rack = spec.racks[at]
    const now = state.racks[at]
    if (rack !== undefined && now !== undefined) advanceRack(rack, now, gains.liquidShare, dtS)
  }
  const slabW = spec.slabWPerK * (state.slabC - state.airC)
  const wallW = spec.wallWPerK * (state.slabC - outside.dryC)
  const leakKgS = spec.leakKgS * (1 + OPEN_LEAK * (1 - gains.doors))
  const leakW = leakKgS * AIR_J_PER_KG_K * (outside.dryC - state.airC)
  const leakVapour = leakKgS * (outside.ratio - state.ratio)
  const coolersW = state.supplyKgS * AIR_J_PER_KG_K * state.airC
  flows.wallsW += wallW
  flows.leakKgS += leakKgS
  flows.airOutW += leakKgS * (linearEnthalpy(state.airC, state.ratio) - linearEnthalpy(outside.dryC, outside.ratio))
  flows.vapourOutKgS -= leakVapour
  const heatW = gains.mixing.intoHallW + gains.heatW + slabW + leakW - coolersW
  const vapourKgS = state.supplyKgS * (state.supplyRatio - state.ratio) + leakVapour + gains.steamKgS
  state.airC += (heatW * dtS) / (spec.airKg * AIR_J_PER_KG_K)
  state.ratio += (vapourKgS * dtS) / spec.airKg
  state.slabC -= ((slabW + wallW) * dtS) / spec.slabJPerK
}

/** A rack after the step: the air behind it, its fans, the breaker of its feed. */
function advanceRack(spec: RackSpec, now: RackState, liquidShare: number, dtS: number): void {
  const airW = now.powerW * (1 - liquidShare) - now.airKgS * AIR_J_PER_KG_K * (now.outC - now.inC)
  now.outC += (airW * dtS) / (spec.make.heldJPerKW * spec.ratedW)
  now.speed = fanSpeed(spec.make, Math.min(1, now.use), now.inC)
  now.heat = breakerHeat(now.heat, now.powerW / spec.ratedW, dtS)
  if (now.heat >= 1) now.off = 1
}
