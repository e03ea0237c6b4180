import { appendBins, correctBins, createTally, sumWindow, type Tally } from '../windows/tally.ts'
import type { Periods, Window } from '../windows/window.ts'

/** Known time and time out of each inlet over every window of the scopes, to find the worst inlet. */
export interface Ranking {
  readonly tally: Tally
  readonly bins: Float64Array
}

const KNOWN = 0
const OUT = 1
const COLUMNS = 2

export const RANKING_COLUMNS: readonly string[] = ['known', 'out']

export function createRanking(inlets: number, reach: readonly Window[], periods: Periods, horizon: number): Ranking {
  const tally = createTally({
    series: inlets,
    columns: COLUMNS,
    windows: [],
    unwritten: reach,
    periods,
    horizon,
  })
  return { tally, bins: new Float64Array(inlets * COLUMNS) }
}

/** Appends an interval; `known` and `out` give an inlet's times in it, in ms. */
export function appendRanking(
  ranking: Ranking,
  known: (inlet: number) => number,
  out: (inlet: number) => number,
): void {
  for (let inlet = 0; inlet * COLUMNS < ranking.bins.length; inlet++) {
    ranking.bins[inlet * COLUMNS + KNOWN] = known(inlet)
    ranking.bins[inlet * COLUMNS + OUT] = out(inlet)
  }
  appendBins(ranking.tally, ranking.bins)
}

/** Corrects closed intervals (rising) of an inlet; `deltas` has for each what known and out change by. */
export function correctRanking(ranking: Ranking, inlet: number, intervals: number[], deltas: number[]): void {
  correctBins(ranking.tally, inlet, { intervals, deltas }, Infinity, () => {})
}

interface Worst {
  inlet: number
  outPct: number
}

/** The member with the largest share of its known time out, the first of equals; -1: nothing is known. */
export function worstOf({ tally }: Ranking, members: readonly number[], window: Window, e: number): Worst {
  const worst: Worst = { inlet: -1, outPct: NaN }
  for (const inlet of members) {
    sumWindow(tally, inlet, window, e)
    const outPct = (100 * tally.sums[OUT]!) / tally.sums[KNOWN]!
    if (!(outPct > worst.outPct) && (worst.inlet >= 0 || Number.isNaN(outPct))) continue
    worst.inlet = inlet
    worst.outPct = outPct
  }
  return worst
}
