import type { Sink } from '../../contract/sink.ts'
import type { Work } from '../../contract/work.ts'
import { firstHeardInterval, windowQuotient, writePueRow, type Pue } from '../pue.ts'
import { changedBetween, exchangeBefore } from '../register/resolution.ts'
import { exchangeEdges, slippedOtherwiseFromMs } from './slips.ts'
import { emitEnds, isWritten, noteCorrected } from '../../windows/tally.ts'

/** Points of which more is known than the written rows go by. */
export function doubtedAnew({ resolutions, slips }: Pue): number {
  return resolutions.before.size + slips.before.size
}

/**
 * Rewrites the windows whose ± or `suspect` changes because the resolution of a register is known, or known better, or
 * because a unit has slipped. It is done before anything else is written, so all rows go by the same. In order it
 * happens a few times in a meter's life.
 */
export function* rewriteDoubted(pue: Pue, settledEnd: number, sink: Sink): Work {
  if (doubtedAnew(pue) === 0) return
  const { resolutions, slips, boundariesOf } = pue
  const points = [...resolutions.before.keys(), ...slips.before.keys()]
  const boundaries = new Set(points.flatMap((point) => boundariesOf[point] ?? []))
  for (const boundary of [...boundaries].sort((a, b) => a - b)) yield* rewriteBoundary(pue, boundary, settledEnd, sink)
  resolutions.before.clear()
  slips.before.clear()
}

function* rewriteBoundary(pue: Pue, boundary: number, settledEnd: number, sink: Sink): Work {
  const { tally } = pue
  const [from, to] = changedEnds(pue, boundary)
  for (let end = from; end <= to; end++) {
    yield* emitEnds(tally, boundary, end, 'all', (series, window, end, sums, span) => {
      if (!isWritten(tally, series, window, end)) return
      const after = windowQuotient(pue, series, window, sums, span, end)
      exchange(pue)
      const { uncertainty, suspect } = windowQuotient(pue, series, window, sums, span, end)
      exchange(pue)
      if (Object.is(uncertainty, after.uncertainty) && suspect === after.suspect) return
      const phase = end <= settledEnd ? 'settled' : 'provisional'
      const revision = noteCorrected(tally, series, window, end, phase)
      writePueRow(pue, series, window, end, after, revision, phase, sink)
    })
  }
}

function exchange({ resolutions, slips }: Pue): void {
  exchangeBefore(resolutions)
  exchangeEdges(slips)
}

/** First and last end of a boundary that can be rewritten and goes by what is no longer so. */
function changedEnds(pue: Pue, boundary: number): [number, number] {
  const { plan, tally, resolutions, slips, boundariesOf } = pue
  const { newest } = tally.totals
  const oldest = Math.max(newest - tally.horizon, firstHeardInterval(pue, boundary)) + 1
  let [from, to] = [Infinity, -Infinity]
  for (const point of resolutions.before.keys()) {
    if (boundariesOf[point]?.includes(boundary) !== true) continue
    const [afterMs, upToMs] = changedBetween(resolutions, point)
    from = Math.min(from, Math.floor((afterMs - resolutions.aheadMs) / plan.lengthMs) + 1)
    to = Math.max(to, Math.floor((upToMs - resolutions.aheadMs) / plan.lengthMs))
  }
  for (const point of slips.before.keys()) {
    if (boundariesOf[point]?.includes(boundary) !== true) continue
    from = Math.min(from, Math.floor(slippedOtherwiseFromMs(slips, point) / plan.lengthMs) + 1)
    to = Infinity // windows that end later hold it
  }
  return [Math.max(from, oldest), Math.min(to, newest)]
}
