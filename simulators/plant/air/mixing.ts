/**
 * What air the racks breathe. A rack's inlet is supply air and air that has been through racks before:
 *
 *     supply ──┬── bypass ────────────────────────────▶ hall's air ──▶ back to the coolers
 *              └── inlets ──▶ racks ──▶ outlets ──▶──────▲ │
 *                    ▲──── own 30 %, each side 10 % ─┘     │
 *                    ▲──── the rest of what recirculates ──┘
 *
 * These shares are the rows of the matrix from outlets to inlets. Where the coolers give less air than the racks ask
 * for, more recirculates; where they give more, the rest goes past (mass balance; Sharma, Bash and Patel 2002).
 */
import { AIR_J_PER_KG_K } from '../../weather/moist.ts'
import type { RackSpec } from '../spec.ts'
import type { HallState, RackState } from '../state.ts'

/** Of a rack's recirculated air: from itself, and from each neighbour in the row. The rest comes from the hall. */
const OWN = 0.3
const BESIDE = 0.1

/** Flows between hall and racks in one step. */
export interface Mixing {
  /** Supply air that goes past the racks, kg/s. */
  bypassKgS: number
  /** Air that racks take from the hall's air, kg/s. */
  fromHallKgS: number
  /** Heat that the hall's air gets from bypass and racks, less what racks take of it, in W above 0 °C. */
  intoHallW: number
}

/** How the supply air is shared: gives the share of their wish that the racks get. */
export function servedShare(supplyKgS: number, bypassShare: number, wantedKgS: number): number {
  return wantedKgS > 0 ? Math.min(1, (supplyKgS * (1 - bypassShare)) / wantedKgS) : 0
}

/** Share of a rack's inlet that has been through racks before. */
export function recirculatedShare(recirculated: number, served: number): number {
  return 1 - served * (1 - recirculated)
}

/** Sets the racks' inlet temperatures from last step's outlets, and books the streams. */
export function mixInlets(specs: readonly RackSpec[], hall: HallState, out: Mixing): void {
  const { racks, supplyC, supplyKgS, served, airC } = hall
  let servedKgS = 0
  let fromHallKgS = 0
  let outletsKgK = 0
  for (let at = 0; at < racks.length; at++) {
    const rack = racks[at]
    const spec = specs[at]
    if (rack === undefined || spec === undefined) continue
    const left = racks[at - 1] ?? rack
    const right = racks[at + 1] ?? rack
    const share = recirculatedShare(spec.recirculated, served)
    const sidesC = OWN * rack.outC + BESIDE * (left.outC + right.outC)
    const hallShare = share * (1 - OWN - 2 * BESIDE)
    rack.inC = (1 - share) * supplyC + share * sidesC + hallShare * airC
    servedKgS += (1 - share) * rack.airKgS
    fromHallKgS += hallShare * rack.airKgS
    // The racks' outlets give what they got, less what went on to inlets straight.
    outletsKgK += rack.airKgS * (rack.outC - share * sidesC)
  }
  out.bypassKgS = Math.max(0, supplyKgS - servedKgS)
  out.fromHallKgS = fromHallKgS
  out.intoHallW = AIR_J_PER_KG_K * (out.bypassKgS * supplyC + outletsKgK - fromHallKgS * airC)
}

/** Temperature before a rack at a height, 0 (floor) to 1 (top), °C: what recirculates comes over the top. */
export function inletAtHeight(rack: RackState, hall: HallState, height: number): number {
  return hall.supplyC + (rack.inC - hall.supplyC) * (0.25 + 2.25 * height * height)
}
