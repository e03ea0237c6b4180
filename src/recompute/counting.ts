import type { Amount } from '../core/contract/quotients.ts'
import { nearestMs } from '../core/energy/past.ts'
import { JUDGING_SAMPLES } from '../core/energy/restate.ts'
import type { Site } from '../site/site.ts'
import { HISTORY_ROWS, type HistoryRow, type Store } from '../store/types.ts'
import type { Survey } from './journal.ts'

/**
 * For each point the first interval for which the journal is sure to hold every reading that its energy depends on. A
 * register may have fallen before the journal begins, and show an old count again of which the journal knows nothing.
 * It is sure to count from the first interval on that its rows know whole, and without an estimate. Infinity: none.
 */
export async function sureFrom(site: Site, store: Store, survey: Survey): Promise<Float64Array> {
  const { points, lengthMs } = site.plan
  const sure = new Float64Array(points.length).fill(-Infinity)
  if (survey.whole) return sure
  for (const [point, { kind, amount }] of points.entries()) {
    const tMs = nearestMs(survey.sure, point, JUDGING_SAMPLES)
    const first = Number.isNaN(tMs) ? Infinity : Math.ceil(tMs / lengthMs)
    const isHung = kind === 'register' && first !== Infinity
    sure[point] = isHung
      ? await countingFrom(store, { name: site.points[point] ?? '', amount }, first, lengthMs)
      : first
  }
  return sure
}

async function countingFrom(
  store: Store,
  { name, amount }: { name: string; amount: Amount },
  first: number,
  lengthMs: number,
): Promise<number> {
  let rows: HistoryRow[]
  let fromMs = (first + 1) * lengthMs
  do {
    rows = await store.history(amount, { tags: { point: name }, fromMs, toMs: Infinity, limit: HISTORY_ROWS })
    const known = rows.find(({ fields }) => fields['coverage'] === 1 && fields['estimated_share'] === 0)
    if (known !== undefined) return known.timeMs / lengthMs - 1
    fromMs = (rows.at(-1)?.timeMs ?? 0) + 1
  } while (rows.length === HISTORY_ROWS)
  return Infinity
}
