import type { Sink } from '../../contract/sink.ts'
import type { Work } from '../../contract/work.ts'
import { firstHeardInterval, windowQuotient, writeQuotientRow, type Quotients } from '../quotients/quotients.ts'
import { changedBetween, exchangeBefore } from '../register/resolution.ts'
import { exchangeEdges, slippedOtherwiseFromMs } from './slips.ts'
import { emitEnds, isWritten, noteCorrected } from '../../windows/tally.ts'

/** Points of which more is known than the written rows go by. */
export function doubtedAnew({ resolutions, slips }: Quotients): number {
  return resolutions.before.size + slips.before.size
}

/**
 * Rewrites the windows whose ± or `suspect` changes because the resolution of a register is known, or known better, or
 * because a unit has slipped. It is done before anything else is written, so all rows go by the same. In order it
 * happens a few times in a meter's life.
 */
export function* rewriteDoubted(all: readonly [Quotients, ...Quotients[]], settledEnd: number, sink: Sink): Work {
  const [{ resolutions, slips }] = all
  if (doubtedAnew(all[0]) === 0) return
  const points = [...resolutions.before.keys(), ...slips.before.keys()]
  for (const quotients of all) {
    const doubted = new Set(points.flatMap((point) => quotients.seriesOf[point] ?? []))
    for (const series of [...doubted].sort((a, b) => a - b)) yield* rewriteSeries(quotients, series, settledEnd, sink)
  }
  resolutions.before.clear()
  slips.before.clear()
}

function* rewriteSeries(quotients: Quotients, series: number, settledEnd: number, sink: Sink): Work {
  const { tally } = quotients
  const [from, to] = changedEnds(quotients, series)
  for (let end = from; end <= to; end++) {
    yield* emitEnds(tally, series, end, 'all', (_, window, end, sums, span) => {
      if (!isWritten(tally, series, window, end)) return
      const after = windowQuotient(quotients, series, window, sums, span, end)
      exchange(quotients)
      const { uncertainty, suspect } = windowQuotient(quotients, series, window, sums, span, end)
      exchange(quotients)
      if (Object.is(uncertainty, after.uncertainty) && suspect === after.suspect) return
      const phase = end <= settledEnd ? 'settled' : 'provisional'
      const revision = noteCorrected(tally, series, window, end, phase)
      writeQuotientRow(quotients, series, window, end, after, revision, phase, sink)
    })
  }
}

function exchange({ resolutions, slips }: Quotients): void {
  exchangeBefore(resolutions)
  exchangeEdges(slips)
}

/** First and last end of a series that can be rewritten and goes by what is no longer so. */
function changedEnds(quotients: Quotients, series: number): [number, number] {
  const { plan, tally, resolutions, slips, seriesOf } = quotients
  const { newest } = tally.totals
  const oldest = Math.max(newest - tally.horizon, firstHeardInterval(quotients, series)) + 1
  let [from, to] = [Infinity, -Infinity]
  for (const point of resolutions.before.keys()) {
    if (seriesOf[point]?.includes(series) !== true) continue
    const [afterMs, upToMs] = changedBetween(resolutions, point)
    from = Math.min(from, Math.floor((afterMs - resolutions.aheadMs) / plan.lengthMs) + 1)
    to = Math.max(to, Math.floor((upToMs - resolutions.aheadMs) / plan.lengthMs))
  }
  for (const point of slips.before.keys()) {
    if (seriesOf[point]?.includes(series) !== true) continue
    from = Math.min(from, Math.floor(slippedOtherwiseFromMs(slips, point) / plan.lengthMs) + 1)
    to = Infinity // windows that end later hold it
  }
  return [Math.max(from, oldest), Math.min(to, newest)]
}
