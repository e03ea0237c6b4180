import type { StoredRow } from '../store/types.ts'
import type { Row } from '../rows/rows.ts'
import type { Notice } from '../rows/notice.ts'

/** Outputs of folding that the next commit stores. */
export interface Outputs {
  rows: StoredRow[]
  notices: Notice[]
}

/** Makes a function that adds a row to the outputs, in the form in which the store keeps it. */
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
