import type { Core } from '../core/state.ts'
import { plannedList, type PlannedEntry } from '../fold/planned/list.ts'
import type { Site } from '../site/site.ts'
import type { Store } from '../store/types.ts'

interface PlannedBody {
  /** What goes on first, then by its next begin. */
  readonly work: readonly PlannedEntry[]
  /** Percent of the time of all inlets in which work was planned, by window; a window without such time is absent. */
  readonly share: Readonly<Record<string, number>>
}

/** Planned work, of the configuration and of commands, and how much of the site's time it took. */
export async function plannedWorks(
  site: Site,
  { planned }: Pick<Core, 'planned'>,
  store: Pick<Store, 'history'>,
  nowMs: number,
): Promise<PlannedBody> {
  const newest = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, newestFirst: true, perSeries: 1, limit: 100 }
  const rows = await store.history('compliance', { ...newest, tags: { scope: 'site' } })
  const share = rows.flatMap(({ tags, fields }) => {
    const pct = fields['planned_pct']
    return typeof pct === 'number' ? [[tags['window'] ?? '', pct] as const] : []
  })
  return { work: plannedList(site, planned, nowMs), share: Object.fromEntries(share) }
}
