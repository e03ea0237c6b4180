import type { Amount } from '../core/contract/quotients.ts'
import type { Row } from '../rows/rows.ts'
import { KEEP_DAYS, type Store } from '../store/types.ts'

/** A point, and the measurement that has its intervals. */
export interface PointRows {
  readonly name: string
  readonly measurement: Amount
}

/** Whose row is asked for; `indicator` is `pue` for that of a PUE. */
export interface ExplainedRow {
  readonly boundary: string
  readonly indicator: string
  readonly window: string
}

/** The rows of the past, as far as an explanation needs them. */
export interface RowHistory {
  /** Share of each interval that a point is known for, by the interval's end in epoch ms. No row: no entry. */
  coverage(point: PointRows, fromMs: number, toMs: number): Promise<ReadonlyMap<number, number>>
  /** Revision and state of the row of a window that ends at `endMs`. */
  row(of: ExplainedRow, endMs: number): Promise<{ revision: number; state: string } | undefined>
  /** Rows of points that end before it have been deleted; epoch ms. */
  heldFromMs: number
}

const DAY_MS = 86_400_000

/** Reads the local history of a store. `newestMs`: the end of the newest interval. */
export function storedHistory(store: Pick<Store, 'history'>, site: string, newestMs: number): RowHistory {
  return {
    heldFromMs: newestMs - KEEP_DAYS * DAY_MS,
    async coverage({ name, measurement }, fromMs, toMs) {
      const query = { tags: { site, point: name }, fromMs, toMs, limit: 20_000 }
      // Rows of a temperature say no coverage: there is one where it was known
      if (measurement === 'temperature')
        return new Map((await store.history('reading', query)).map(({ timeMs }) => [timeMs, 1]))
      const rows = await store.history(measurement, query)
      return new Map(
        rows.flatMap(({ timeMs, fields: { coverage } }) => (typeof coverage === 'number' ? [[timeMs, coverage]] : [])),
      )
    },
    async row({ boundary, indicator, window }, endMs) {
      const own = { site, boundary, window }
      const [measurement, tags] =
        indicator === 'pue' ? (['pue', own] as const) : (['indicator', { ...own, indicator }] as const)
      const [row] = await store.history(measurement, { tags, fromMs: endMs, toMs: endMs, limit: 1 })
      const { revision, state } = row?.fields ?? {}
      return typeof revision === 'number' && typeof state === 'string' ? { revision, state } : undefined
    },
  }
}

/** Keeps those rows of a replay that explain one window of a boundary: give every row to `keep`. */
export function replayedHistory({ boundary, indicator, window }: ExplainedRow): {
  history: RowHistory
  keep: (row: Row) => void
} {
  const coverages = new Map<string, Map<number, number>>()
  const rows = new Map<number, { revision: number; state: string }>()
  const keep = ({ measurement, tags, fields, timeMs }: Row) => {
    const { point = '' } = tags
    const { coverage, revision, state } = fields
    if ((measurement === 'energy' || measurement === 'water') && typeof coverage === 'number') {
      const own = coverages.get(point) ?? new Map<number, number>()
      coverages.set(point, own.set(timeMs, coverage))
    }
    const isOf = indicator === 'pue' ? measurement === 'pue' : tags['indicator'] === indicator
    if (!isOf || tags['boundary'] !== boundary || tags['window'] !== window) return
    if (typeof revision === 'number' && typeof state === 'string') rows.set(timeMs, { revision, state })
  }
  const history: RowHistory = {
    heldFromMs: -Infinity,
    coverage: async (point, fromMs, toMs) =>
      new Map([...(coverages.get(point.name) ?? [])].filter(([timeMs]) => timeMs >= fromMs && timeMs <= toMs)),
    row: async (_of, endMs) => rows.get(endMs),
  }
  return { history, keep }
}
