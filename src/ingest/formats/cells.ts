/** The cells of one line by their place, as a pointer such as `/0` names them. */
type Line = Readonly<Record<string, unknown>>

const QUOTE = '"'

/**
 * The cells of a text of one record, or those of each of its records; blank lines count for nothing. A record goes on
 * over a line end that stands in quotes (RFC 4180).
 */
export function recordsOfLines(text: string, separator: string): Line | Line[] {
  const records = linesOf(text).map((line): Line => byPlace(cellsOfLine(line.text, separator)))
  return records.length === 1 && records[0] !== undefined ? records[0] : records
}

/** The records of a text that are not blank, each with the offset at which it begins. */
export function linesOf(text: string): { text: string; at: number }[] {
  const lines: { text: string; at: number }[] = []
  let open: { text: string; at: number } | undefined
  let at = 0
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const isOdd = line.split(QUOTE).length % 2 === 0
    const whole: { text: string; at: number } =
      open === undefined ? { text: line, at } : { text: `${open.text}\n${line}`, at: open.at }
    const isOpen = (open !== undefined) !== isOdd
    open = isOpen ? whole : undefined
    if (!isOpen && whole.text.trim() !== '') lines.push(whole)
    at += raw.length + 1
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
export function cellsOfLine(line: string, separator: string): string[] {
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
