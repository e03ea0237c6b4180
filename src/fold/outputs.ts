import type { StoredRow } from '../store/types.ts'
import type { Row } from '../rows/rows.ts'
import type { Notice } from '../rows/notice.ts'

/** What folding gave since the last commit: rows for the store, notices for the outside. */
export interface Outputs {
  rows: StoredRow[]
  notices: Notice[]
}

/** Gives a function that takes rows over as the store keeps them. */
export function createCollector(outputs: Outputs): (row: Row) => void {
  const known = new WeakMap<object, string>()
  const tagsOf = (tags: object) => {
    const text = known.get(tags) ?? JSON.stringify(tags)
    known.set(tags, text)
    return text
  }
  return ({ measurement, tags, fields, timeMs }) => {
    outputs.rows.push({ measurement, tags: tagsOf(tags), fields: JSON.stringify(fields), timeMs })
  }
}
