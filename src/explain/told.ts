import type { Row } from '../rows/rows.ts'
import { KEEP_DAYS, type Store } from '../store/types.ts'

/** What rows say of the past. */
export interface Told {
  /** Share of each interval (by its end, epoch ms) that a point is known for; those without a row are not there. */
  coverage(point: string, fromMs: number, toMs: number): Promise<ReadonlyMap<number, number>>
  /** Revision and state of a window's row. */
  row(boundary: string, window: string, endMs: number): Promise<{ revision: number; state: string } | undefined>
  /** Rows of points before it are gone; epoch ms. */
  heldFromMs: number
}

const DAY_MS = 86_400_000

/** The local history as an explanation asks it. `newestMs`: the newest interval's end. */
export function createStoreTold(store: Pick<Store, 'history'>, site: string, newestMs: number): Told {
  return {
    heldFromMs: newestMs - KEEP_DAYS * DAY_MS,
    async coverage(point, fromMs, toMs) {
      const limit = 20_000
      const rows = await store.history('energy', { tags: { site, point }, fromMs, toMs, limit })
      return new Map(
        rows.flatMap(({ timeMs, fields: { coverage } }) => (typeof coverage === 'number' ? [[timeMs, coverage]] : [])),
      )
    },
    async row(boundary, window, endMs) {
      const tags = { site, boundary, window }
      const [row] = await store.history('pue', { tags, fromMs: endMs, toMs: endMs, limit: 1 })
      const { revision, state } = row?.fields ?? {}
      return typeof revision === 'number' && typeof state === 'string' ? { revision, state } : undefined
    },
  }
}

/** Keeps of a replay's rows what an explanation asks for. */
export function createRowsTold(boundary: string, window: string): { told: Told; hear: (row: Row) => void } {
  const coverages = new Map<string, Map<number, number>>()
  const rows = new Map<number, { revision: number; state: string }>()
  const hear = ({ measurement, tags, fields, timeMs }: Row) => {
    const { point = '' } = tags
    const { coverage, revision, state } = fields
    if (measurement === 'energy' && typeof coverage === 'number') {
      const own = coverages.get(point) ?? new Map<number, number>()
      coverages.set(point, own.set(timeMs, coverage))
    }
    if (measurement !== 'pue' || tags['boundary'] !== boundary || tags['window'] !== window) return
    if (typeof revision === 'number' && typeof state === 'string') rows.set(timeMs, { revision, state })
  }
  const told: Told = {
    heldFromMs: -Infinity,
    coverage: async (point, fromMs, toMs) =>
      new Map([...(coverages.get(point) ?? [])].filter(([timeMs]) => timeMs >= fromMs && timeMs <= toMs)),
    row: async (_boundary, _window, endMs) => rows.get(endMs),
  }
  return { told, hear }
}
