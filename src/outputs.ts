import type { Notice, StoredRow } from './store/types.ts'
import type { NamedRow } from './store/rows.ts'

/** What folding gave since the last commit: rows for the store, notices for the outside. */
export interface Outputs {
  rows: StoredRow[]
  notices: Notice[]
}

/** Breaches older than this when they are told are recorded, not sent: nobody is woken for what has passed. */
const STALE_NEWS_MS = 300_000

const SENT = new Set<unknown>(['raised', 'cleared'])

/**
 * Gives a function that takes rows over as the store keeps them. An alarm's transition becomes a notice on a retained
 * topic of its own, unless it is old news.
 */
export function createCollector(site: string, outputs: Outputs, nowMs: () => number): (row: NamedRow) => void {
  const known = new WeakMap<object, string>()
  const tagsOf = (tags: object) => {
    const text = known.get(tags) ?? JSON.stringify(tags)
    known.set(tags, text)
    return text
  }
  return (row) => {
    const { measurement, tags, fields, timeMs } = row
    outputs.rows.push({ measurement, tags: tagsOf(tags), fields: JSON.stringify(fields), timeMs })
    if (measurement !== 'alarm' || !SENT.has(fields.state) || nowMs() - timeMs > STALE_NEWS_MS) return
    outputs.notices.push({
      id: String(fields.id),
      topic: `coldaisle/${site}/alarm/${tags.alarm}/${tags.source}`,
      payload: JSON.stringify({ ...tags, ...fields, timeMs }),
    })
  }
}
