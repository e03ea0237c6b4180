import { cellsOfLine, linesOf } from '../../ingest/formats/cells.ts'
import type { Report } from './expand.ts'
import { inFolder, type Reading } from './include.ts'
import type { Members, MemberRow } from './text.ts'
import { addSource } from './sources.ts'

/** Rows, and how the table is called in faults. */
export interface MemberTable extends Members {
  called: string
}

const MAX_TABLE_BYTES = 16_000_000
export const MAX_ROWS = 100_000
const SEPARATORS = [',', ';', '\t']
/** Of a table with one fault in each row these are told. */
const MOST_TOLD = 10

/**
 * The rows of a CSV file (RFC 4180) whose first line names the columns: as spreadsheets save them, with commas,
 * semicolons or tabs between the cells. Blank lines, and cells without a column's name, count for nothing. `at`: where
 * the file is named. Undefined if it cannot be read as one; each fault is reported with its line.
 */
export function readMembers(reading: Reading, name: string, at: number, folder: string): MemberTable | undefined {
  const { sources, compiling, readText } = reading
  const file = inFolder(folder, name)
  const text = readText(file, MAX_TABLE_BYTES)
  if (typeof text !== 'string') {
    compiling.report.add(at, `${file}: ${text.reason}`, text.hint)
    return undefined
  }
  const baseAt = addSource(sources, file, text)
  const separatorLine = /^\ufeff?sep=([,;\t])\r?\n/i.exec(text)
  const [header, ...lines] = linesOf(text).slice(separatorLine === null ? 0 : 1)
  if (header === undefined || lines.length > MAX_ROWS) {
    const reason = header === undefined ? 'has no line' : `has more than ${MAX_ROWS} rows`
    compiling.report.add(at, `${file} ${reason}`, 'the first line names the columns, each further one is a member')
    return undefined
  }
  const separator = separatorLine?.[1] ?? separatorOf(header.text)
  const names = cellsOfLine(header.text.replace(/^\ufeff/, ''), separator).map((cell) => cell.trim())
  const columns = columnsOf(names, baseAt + header.at, compiling.report)
  const width = names.findLastIndex((it) => it !== '') + 1
  const faults = createFewFaults(compiling.report)
  const rows = lines.flatMap((line): MemberRow[] => {
    const cells = cellsOfLine(line.text, separator).map((cell) => cell.trim())
    const fault = lineFault(cells, width)
    if (fault === undefined) return cells.every((cell) => cell === '') ? [] : [{ at: baseAt + line.at, cells }]
    faults.add(baseAt + line.at, fault.reason, fault.hint)
    return []
  })
  return faults.end() > 0 ? undefined : { columns, rows, called: file }
}

/** Whichever makes the most cells of the header. */
function separatorOf(header: string): string {
  const most = SEPARATORS.map((it) => cellsOfLine(header, it).length)
  return SEPARATORS[most.indexOf(Math.max(...most))] ?? ','
}

function columnsOf(names: readonly string[], at: number, report: Report): Map<string, number> {
  const columns = new Map<string, number>()
  for (const [place, name] of names.entries()) {
    if (columns.has(name)) report.add(at, `two columns are called "${name}"`, 'give each column a name of its own')
    else if (name !== '') columns.set(name, place)
  }
  return columns
}

function lineFault(cells: readonly string[], width: number): { reason: string; hint: string } | undefined {
  if (cells.length === 0) {
    return { reason: 'the quotes of this line do not close', hint: 'a quote within quotes is written twice' }
  }
  if (cells.slice(width).every((cell) => cell === '')) return undefined
  const hint = 'put a cell with a separator in it in double quotes'
  return { reason: `the line has more cells than the first line names columns (${width})`, hint }
}

/** Reports the first of many faults, and how many more there are. */
export function createFewFaults(report: Report) {
  let [count, last]: [number, number] = [0, 0]
  return {
    add(at: number, reason: string, hint: string): void {
      count += 1
      last = at
      if (count <= MOST_TOLD) report.add(at, reason, hint)
    },
    /** Gives how many there were. */
    end(): number {
      if (count > MOST_TOLD) report.add(last, `and ${count - MOST_TOLD} more faults of rows up to this one`)
      return count
    },
  }
}
