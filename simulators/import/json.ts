import { readLines } from '../../src/ingest/recording.ts'
import type { TableBatch } from './tables.ts'

/** A list is read whole: what is longer should come as an object a line. */
const MOST_CHARS = 100_000_000

/**
 * The rows of a JSON text: a list of flat objects, or an object a line. Columns are the names of their members; a
 * member that an object lacks is an empty cell. Throws for any other text.
 */
export async function* readJsonTable(path: string): AsyncGenerator<TableBatch, void, undefined> {
  const objects = await readObjects(path)
  const names = [...new Set(objects.flatMap((it) => (isObject(it) ? Object.keys(it) : [])))]
  const rows = objects.map((it, n) => ({
    cells: isObject(it) ? names.map((name) => cellOf(it[name])) : undefined,
    where: `${path}[${n}]`,
  }))
  yield { names, rows }
}

async function readObjects(path: string): Promise<readonly unknown[]> {
  const all: string[] = []
  let chars = 0
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      chars += line.length
      if (chars > MOST_CHARS) throw new Error(`${path}: is longer than ${MOST_CHARS} characters`)
      if (line.trim() !== '') all.push(line)
    }
  }
  try {
    if (!all[0]?.trimStart().startsWith('[')) return all.map((line) => JSON.parse(line) as unknown)
    const list: unknown = JSON.parse(all.join('\n'))
    return Array.isArray(list) ? (list as unknown[]) : []
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path}: is neither a JSON list of objects nor an object a line: ${reason}`, { cause: error })
  }
}

function isObject(it: unknown): it is Record<string, unknown> {
  return typeof it === 'object' && it !== null && !Array.isArray(it)
}

function cellOf(member: unknown): string {
  if (member === undefined || member === null) return ''
  return typeof member === 'string' ? member : JSON.stringify(member)
}
