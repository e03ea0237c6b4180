/**
 * The air indices of a hall as they really are, by flows, for comparison with what is computed from sensors. RTI after
 * Herrlin (2008), SHI after Sharma, Bash and Patel (2002).
 */
import type { HallState } from '../state.ts'

/** What the indices of a hall are quotients of, at a moment or summed over time. */
export const HALL_SUMS = [
  'supplyC',
  'returnC',
  'airKgS',
  'acrossKgK',
  'warmingKgK',
  'acrossK',
  'warmingK',
  'powerW',
  'powerPerK',
  'beforeKgK',
] as const

export type HallSums = Record<(typeof HALL_SUMS)[number], number>

interface AirIndices {
  /** Return temperature index in %: the units' warming over the servers', by flow. */
  rtiPct: number
  /** The same, with the servers' warming weighted by power, as who knows no flows must do. */
  rtiByPowerPct: number
  /** The same, with every rack weighing the same, as who knows temperatures alone must do. */
  rtiByRackPct: number
  /** Supply heat index, 0 to 1. */
  shi: number
}

export function hallSums({ racks, airC, supplyC }: HallState): HallSums {
  const acrossK = airC - supplyC
  const sums: HallSums = {
    supplyC,
    returnC: airC,
    acrossK,
    airKgS: 0,
    acrossKgK: 0,
    warmingKgK: 0,
    warmingK: 0,
    powerW: 0,
    powerPerK: 0,
    beforeKgK: 0,
  }
  for (const rack of racks) {
    const warmingK = rack.outC - rack.inC
    sums.airKgS += rack.airKgS
    sums.warmingKgK += rack.airKgS * warmingK
    sums.warmingK += warmingK / racks.length
    sums.powerW += rack.powerW
    sums.powerPerK += rack.powerW / warmingK
    sums.beforeKgK += rack.airKgS * (rack.inC - supplyC)
  }
  sums.acrossKgK = acrossK * sums.airKgS
  return sums
}

/** `moments`: of how many these are the sums. */
export function indicesOf(sums: HallSums, moments = 1): AirIndices {
  return {
    rtiPct: (100 * sums.acrossKgK) / sums.warmingKgK,
    rtiByPowerPct: ((100 * sums.acrossK) / moments) * (sums.powerPerK / sums.powerW),
    rtiByRackPct: (100 * sums.acrossK) / sums.warmingK,
    shi: sums.beforeKgK / (sums.beforeKgK + sums.warmingKgK),
  }
}
