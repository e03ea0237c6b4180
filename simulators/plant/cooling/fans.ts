import type { Flows } from '../flows.ts'

/**
 * Fans that move the air of a hall: flow in proportion to speed, power with its cube (affinity laws; ASHRAE Handbook -
 * HVAC Systems and Equipment 2020, chapter 21). Valid from about 30 % of the rated flow on.
 */
export interface AirHandling {
  /** Temperature of the supply air that the controls hold if they can, °C. */
  readonly setC: number
  readonly ratedKgS: number
  readonly ratedW: number
  /** The slowest the fans turn, as a share of the rated flow. */
  readonly leastShare: number
  /** `follow`: so many times the flow that the servers draw. `constant`: always the rated flow. */
  readonly control: { readonly kind: 'follow'; readonly excess: number } | { readonly kind: 'constant' }
}

/** What a hall's cooling finds at the start of a step. */
export interface Draw {
  /** Air that comes back, °C and kg/kg. */
  returnC: number
  ratio: number
  /** Flow through the servers. */
  itKgS: number
}

/** What the hall gets. */
export interface SupplyAir {
  airKgS: number
  dryC: number
  ratio: number
  fanW: number
  /** Taken out by a coil of cold water. */
  coilW: number
}

/** Has the fans supply the servers' flow: puts flow and power into `out` and books the power. */
export function blow(air: AirHandling, itKgS: number, health: number, out: SupplyAir, flows: Flows): void {
  out.airKgS = fanFlow(air, itKgS, health)
  out.fanW = fanPower(air.ratedW, out.airKgS / air.ratedKgS, health)
  flows.fansW += out.fanW
}

/** Flow that the fans give for the servers' flow, kg/s; `health` is the share of them that runs. */
export function fanFlow(air: AirHandling, itKgS: number, health: number): number {
  const share = air.control.kind === 'constant' ? 1 : (air.control.excess * itKgS) / air.ratedKgS
  return air.ratedKgS * Math.min(health, Math.max(air.leastShare, Math.min(1, share)))
}

/** Power at a share of the rated flow. Of several fans some stand still when `health` is below 1. */
export function fanPower(ratedW: number, share: number, health: number): number {
  if (health <= 0) return 0
  const speed = share / health
  return ratedW * health * speed * speed * speed
}
