import { MAX_LINE, readLines } from '../../src/ingest/recording.ts'
import { readEpwTable } from './epw.ts'
import { readJsonTable } from './json.ts'
import type { ImportMap } from './map.ts'

/** A row of a file: its cells, undefined where they cannot be told apart, and where it stands. */
export interface TableRow {
  readonly cells: readonly string[] | undefined
  readonly where: string
}

/** Rows that follow each other; `names` are those of the columns, undefined where columns have none. */
export interface TableBatch {
  readonly names: readonly string[] | undefined
  readonly rows: readonly TableRow[]
}

/** The rows of a file in the form that the map says. Throws when it cannot be read, or is of another form. */
export function readTable(map: ImportMap, path: string): AsyncGenerator<TableBatch, void, undefined> {
  switch (map.format) {
    case 'csv':
      return readCsvTable(map, path)
    case 'json':
      return readJsonTable(path)
    case 'epw':
      return readEpwTable(path, map.year)
  }
}

/** A row is a line. Empty lines are none, nor are those before the header. */
async function* readCsvTable(map: ImportMap, path: string): AsyncGenerator<TableBatch, void, undefined> {
  let names: readonly string[] | undefined
  let number = 0
  for await (const lines of readLines(path)) {
    const rows: TableRow[] = []
    for (const line of lines) {
      number++
      if (number <= map.skipLines || line.trim() === '') continue
      const cells = line.length > MAX_LINE ? undefined : splitCells(line, map.delimiter)
      if (map.header && names === undefined) names = cells ?? []
      else rows.push({ cells, where: `${path}:${number}` })
    }
    if (names !== undefined || rows.length > 0) yield { names, rows }
  }
}

/**
 * Cells without the blanks around them; undefined when a quoted cell does not end on its line. Written by hand, because
 * a row must end with its line (D60). For csv-parse a missing quote takes the rows behind it along. A line at a time it
 * keeps them, and costs 28 µs where this costs 1 µs.
 */
function splitCells(line: string, delimiter: string): string[] | undefined {
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim())
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? ''
    if (char === '"' && quoted && line[i + 1] === '"') cell += line[++i] ?? ''
    else if (char === '"' && (quoted || cell.trim() === '')) quoted = !quoted
    else if (char === delimiter && !quoted) {
      cells.push(cell.trim())
      cell = ''
    } else cell += char
  }
  return quoted ? undefined : [...cells, cell.trim()]
}
