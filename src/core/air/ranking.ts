import { appendBins, correctBins, createTally, sumWindow, type Tally } from '../windows/tally.ts'
import type { Periods, Window } from '../windows/window.ts'

/** Each inlet's known time and time out, over all windows of all scopes: who is worst. */
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

/** Appends an interval, of which `known` and `out` tell each inlet's times in ms. */
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

/** Corrects closed intervals (rising) of an inlet; `deltas` holds known and out for each. */
export function correctRanking(ranking: Ranking, inlet: number, intervals: number[], deltas: number[]): void {
  correctBins(ranking.tally, inlet, { intervals, deltas }, Infinity, () => {})
}

export interface Worst {
  inlet: number
  outPct: number
}

/** The member with the largest share of its known time out; the first of equals, and -1 where nothing is known. */
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
