import type { Period } from '../../core/windows/calendar.ts'
import { amountOf } from '../../ingest/units.ts'
import type { Site } from '../../site/site.ts'
import { HISTORY_ROWS, type HistoryQuery, type Store } from '../../store/types.ts'
import type { Measurement } from '../../rows/tables/measurements.ts'
import { countReader } from './counts.ts'
import { noteShown, noteRow, openDay, pageOf, wantedPoints } from './gather.ts'
import type { DayPage } from './page.ts'

type DayStore = Pick<Store, 'history' | 'journal' | 'start'>

const LEAST_LOOK_BACK_MS = 900_000

/**
 * The page of a local day, of the rows and packets that a store holds. Rows of points are kept for 30 days, packets for
 * `store.journalDays`; without packets the page has no counts.
 */
export async function pageFromStore(
  site: Site,
  store: DayStore,
  period: Period,
  configuration: string,
): Promise<DayPage> {
  const day = openDay(site, period)
  const { startMs, endMs } = period
  const read = async (measurement: Measurement, tags: Record<string, string>, span: Pick<HistoryQuery, 'fromMs'>) => {
    const query = { tags: { site: site.config.site.id, ...tags }, toMs: endMs, limit: HISTORY_ROWS, ...span }
    for (const row of await store.history(measurement, query)) noteRow(day, { ...row, measurement })
  }
  const { energies, gauges } = wantedPoints(site)
  for (const point of energies) {
    await read(amountOf(site.config.points[point]?.unit) ?? 'energy', { point }, { fromMs: startMs + 1 })
  }
  for (const point of gauges) await read('reading', { point }, { fromMs: startMs + 1 })
  await read('pue', { window: 'day' }, { fromMs: endMs })
  await read('restatement', {}, { fromMs: startMs + 1 })
  const hear = countReader(site, (point, tMs, count) => noteShown(day, point, tMs, count))
  const slowestMs = Math.max(0, ...energies.map((name) => site.config.points[name]?.everyS ?? 0)) * 1000
  const lookBackMs = Math.max(LEAST_LOOK_BACK_MS, 3 * slowestMs)
  for (const edgeMs of [startMs, endMs]) {
    await readJournal(store, edgeMs - lookBackMs, edgeMs + site.plan.latenessMs, hear)
  }
  return pageOf(day, configuration)
}

/** Hears the packets that arrived within a stretch of time, as far as the journal holds them. */
async function readJournal(
  store: DayStore,
  fromMs: number,
  toMs: number,
  hear: ReturnType<typeof countReader>,
): Promise<void> {
  for await (const entries of store.journal(await firstSeqFrom(store, fromMs))) {
    for (const entry of entries) {
      if (entry.nowMs > toMs) return
      hear(entry)
    }
  }
}

/** The first entry that arrived at a time or later: by doubled strides, then by halves. */
async function firstSeqFrom(store: DayStore, fromMs: number): Promise<number> {
  let low = store.start().firstSeq
  let stride = 1
  while ((await arrivalMs(store, low + stride)) < fromMs) {
    low += stride
    stride *= 2
  }
  let high = low + stride
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if ((await arrivalMs(store, middle)) < fromMs) low = middle
    else high = middle
  }
  return low
}

/** Arrival of an entry, or of the first behind it; Infinity: there is none. */
async function arrivalMs(store: DayStore, seq: number): Promise<number> {
  for await (const [first] of store.journal(seq)) return first?.nowMs ?? Infinity
  return Infinity
}
