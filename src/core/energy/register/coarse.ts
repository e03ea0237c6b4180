import type { Sink } from '../../contract/sink.ts'
import type { Work } from '../../contract/work.ts'
import { firstHeardInterval, windowQuotient, writePueRow, type Pue } from '../pue.ts'
import { emitEnds, isWritten, noteCorrected } from '../../windows/tally.ts'
import { changedBetween, exchangeBefore } from './resolution.ts'

/**
 * Rewrites the windows whose ± changes because the resolution of a register is known, or known better. It is done
 * before anything else is written, so all rows go by the same. In order it happens a few times in a register's life.
 */
export function* rewriteCoarse(pue: Pue, settledEnd: number, sink: Sink): Work {
  const { before } = pue.resolutions
  if (before.size === 0) return
  const boundaries = new Set([...before.keys()].flatMap((point) => pue.boundariesOf[point] ?? []))
  for (const boundary of [...boundaries].sort((a, b) => a - b)) {
    yield* rewriteBoundary(pue, boundary, settledEnd, sink)
  }
  before.clear()
}

function* rewriteBoundary(pue: Pue, boundary: number, settledEnd: number, sink: Sink): Work {
  const { tally, resolutions } = pue
  const [from, to] = changedEnds(pue, boundary)
  for (let end = from; end <= to; end++) {
    yield* emitEnds(tally, boundary, end, 'all', (series, window, end, sums, span) => {
      if (!isWritten(tally, series, window, end)) return
      const after = windowQuotient(pue, series, window, sums, span, end)
      exchangeBefore(resolutions)
      const { uncertainty, suspect } = windowQuotient(pue, series, window, sums, span, end)
      exchangeBefore(resolutions)
      if (Object.is(uncertainty, after.uncertainty) && suspect === after.suspect) return
      const phase = end <= settledEnd ? 'settled' : 'provisional'
      const revision = noteCorrected(tally, series, window, end, phase)
      writePueRow(pue, series, window, end, after, revision, phase, sink)
    })
  }
}

/** First and last end of a boundary that can be rewritten and goes by what is no longer so. */
function changedEnds(pue: Pue, boundary: number): [number, number] {
  const { plan, tally, resolutions } = pue
  const { newest } = tally.totals
  const oldest = Math.max(newest - tally.horizon, firstHeardInterval(pue, boundary)) + 1
  let [from, to] = [Infinity, -Infinity]
  for (const point of resolutions.before.keys()) {
    if (pue.boundariesOf[point]?.includes(boundary) !== true) continue
    const [afterMs, upToMs] = changedBetween(resolutions, point)
    from = Math.min(from, Math.floor((afterMs - resolutions.aheadMs) / plan.lengthMs) + 1)
    to = Math.max(to, Math.floor((upToMs - resolutions.aheadMs) / plan.lengthMs))
  }
  return [Math.max(from, oldest), Math.min(to, newest)]
}
