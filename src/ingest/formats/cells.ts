/** The cells of one line by their place, as a pointer such as `/0` names them. */
type Line = Readonly<Record<string, unknown>>

const QUOTE = '"'

/**
 * The cells of a text of one record, or those of each of its records; blank lines count for nothing. A record goes on
 * over a line end that stands in quotes (RFC 4180).
 */
export function recordsOfLines(text: string, separator: string): Line | Line[] {
  const records = linesOf(text).map((line): Line => byPlace(cellsOfLine(line, separator)))
  return records.length === 1 && records[0] !== undefined ? records[0] : records
}

function linesOf(text: string): string[] {
  const lines: string[] = []
  let open: string | undefined
  for (const line of text.split(/\r?\n/)) {
    const whole: string = open === undefined ? line : `${open}\n${line}`
    open = whole.split(QUOTE).length % 2 === 0 ? whole : undefined
    if (open === undefined && whole.trim() !== '') lines.push(whole)
  }
  return open === undefined ? lines : [...lines, open]
}

/** The cells of one line by their place: a list would be one of records. */
export function byPlace(cells: readonly unknown[]): Line {
  return Object.fromEntries(cells.entries())
}

/**
 * A cell in double quotes may hold the separator, and a quote as two of them (RFC 4180). A line whose quotes do not
 * close, or that has text behind a closing one, has no cells: nobody knows where they begin.
 */
function cellsOfLine(line: string, separator: string): string[] {
  if (!line.includes(QUOTE)) return line.split(separator)
  const cells: string[] = []
  let cell = ''
  let quotes: 'none' | 'open' | 'closed' = 'none'
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (quotes === 'open') {
      if (char !== QUOTE) cell += char
      else if (line[at + 1] === QUOTE) cell += line[at++]
      else quotes = 'closed'
    } else if (char === separator) {
      cells.push(cell)
      cell = ''
      quotes = 'none'
    } else if (quotes === 'closed') return []
    else if (char === QUOTE && cell === '') quotes = 'open'
    else cell += char
  }
  return quotes === 'open' ? [] : [...cells, cell]
}
