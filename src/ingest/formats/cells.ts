/** The cells of one line by their place, as a pointer such as `/0` names them. */
type Line = Readonly<Record<string, unknown>>

const QUOTE = '"'

/** The cells of a text of one line, or those of each of its lines; blank lines count for nothing. */
export function recordsOfLines(text: string, separator: string): Line | Line[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const records = lines.map((line): Line => byPlace(cellsOfLine(line, separator)))
  return records.length === 1 && records[0] !== undefined ? records[0] : records
}

/** The cells of one line by their place: a list would be one of records. */
export function byPlace(cells: readonly unknown[]): Line {
  return Object.fromEntries(cells.entries())
}

/** A cell in double quotes may hold the separator, and a quote as two of them (RFC 4180). */
function cellsOfLine(line: string, separator: string): string[] {
  if (!line.includes(QUOTE)) return line.split(separator)
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (char === QUOTE && isQuoted && line[at + 1] === QUOTE) {
      cell += QUOTE
      at++
    } else if (char === QUOTE && (isQuoted || cell === '')) isQuoted = !isQuoted
    else if (char === separator && !isQuoted) {
      cells.push(cell)
      cell = ''
    } else cell += char
  }
  return [...cells, cell]
}
