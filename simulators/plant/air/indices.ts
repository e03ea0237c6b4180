/**
 * The air indices of a hall as they really are, by flows, for comparison with what is computed from sensors. RTI after
 * Herrlin (2008), SHI after Sharma, Bash and Patel (2002).
 */
import type { HallState } from '../state.ts'

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

export function trueIndices({ racks, airC, supplyC }: HallState): AirIndices {
  let airKgS = 0
  let warmingKgK = 0
  let powerW = 0
  let powerPerK = 0
  let beforeKgK = 0
  let meanWarmingK = 0
  for (const rack of racks) {
    const warmingK = rack.outC - rack.inC
    airKgS += rack.airKgS
    warmingKgK += rack.airKgS * warmingK
    meanWarmingK += warmingK / racks.length
    powerW += rack.powerW
    powerPerK += rack.powerW / warmingK
    beforeKgK += rack.airKgS * (rack.inC - supplyC)
  }
  const acrossK = airC - supplyC
  return {
    rtiPct: (100 * acrossK * airKgS) / warmingKgK,
    rtiByPowerPct: (100 * acrossK * powerPerK) / powerW,
    rtiByRackPct: (100 * acrossK) / meanWarmingK,
    shi: beforeKgK / (beforeKgK + warmingKgK),
  }
}
