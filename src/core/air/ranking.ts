import { KNOWN, OUT } from './bands.ts'
import { sumTrail, type Trail } from '../windows/trail.ts'
import type { Window } from '../windows/window.ts'

interface Worst {
  inlet: number
  outPct: number
}

/**
 * The member with the largest share of its known time out over a window, the first of equals; -1: nothing is known.
 * `trail` is that of the inlets.
 */
export function worstOf(trail: Trail, members: readonly number[], window: Window, e: number): Worst {
  const worst: Worst = { inlet: -1, outPct: NaN }
  for (const inlet of members) {
    sumTrail(trail, inlet, window, e, OUT + 1)
    const outPct = (100 * trail.sums[OUT]!) / trail.sums[KNOWN]!
    if (!(outPct > worst.outPct) && (worst.inlet >= 0 || Number.isNaN(outPct))) continue
    worst.inlet = inlet
    worst.outPct = outPct
  }
  return worst
}
