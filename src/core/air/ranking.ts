import { DRY_BULB_KNOWN, OUT } from './bands.ts'
import { mayHoldIn, sumTrailColumn, type Trail } from '../windows/trail.ts'
import type { Window } from '../windows/window.ts'

interface Worst {
  inlet: number
  outPct: number
}

/**
 * The member with the largest share out of its time with a known dry bulb, over a window, the first of equals. -1:
 * there is no such time. `trail` is that of the inlets.
 */
export function worstOf(trail: Trail, members: readonly number[], window: Window, e: number): Worst {
  const worst: Worst = { inlet: -1, outPct: NaN }
  const isAnyOut = mayHoldIn(trail, window, e, OUT)
  for (const inlet of members) {
    if (!isAnyOut && worst.inlet >= 0) break
    const outMs = isAnyOut ? sumTrailColumn(trail, inlet, window, e, OUT) : 0
    if (outMs === 0 && worst.inlet >= 0) continue // most inlets are never out
    const outPct = (100 * outMs) / sumTrailColumn(trail, inlet, window, e, DRY_BULB_KNOWN)
    if (!(outPct > worst.outPct) && (worst.inlet >= 0 || Number.isNaN(outPct))) continue
    worst.inlet = inlet
    worst.outPct = outPct
  }
  return worst
}
