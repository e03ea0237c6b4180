/** A point of InfluxDB's line protocol. `value` is its field of that name, `ts` its time as it was sent. */
interface LineRecord {
  measurement: string
  tags: Readonly<Record<string, string>>
  fields: Readonly<Record<string, number | string | boolean>>
  value: number | string | boolean | undefined
  ts: number | undefined
}

const BACKSLASH = '\\'
const QUOTE = '"'
const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const INTEGER = /^(?:[+-]?\d+i|\d+u)$/
/** A quote within is escaped. */
const QUOTED = /^"(?:[^"\\]|\\[^])*"$/
const TIME = /^-?\d+$/
const WORDS: Readonly<Record<string, boolean>> = { t: true, T: true, true: true, True: true, TRUE: true }
const NOT_WORDS: Readonly<Record<string, boolean>> = { f: false, F: false, false: false, False: false, FALSE: false }

/**
 * The points of a text in InfluxDB's line protocol (v1 and v2), in their order. A line that is none stands there as its
 * text; comments count for nothing. Undefined where no line is one.
 */
export function recordsOfLineProtocol(text: string): (LineRecord | string)[] | undefined {
  const lines = linesOf(text).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
  const records = lines.map((line) => recordOfLine(line.trim()) ?? line)
  return records.some((record) => typeof record !== 'string') ? records : undefined
}

/**
 *     pdu,host=a,row=3 temp=23.5,fan=2i 1772445600000000000
 *     └── series ────┘ └── fields ────┘ └── time ─────────┘
 */
function recordOfLine(line: string): LineRecord | undefined {
  const [series = '', sent = '', time, ...more] = split(line, ' ', 'series').filter((part) => part !== '')
  if (more.length > 0 || (time !== undefined && !TIME.test(time))) return undefined
  const [measurement = '', ...tagTexts] = split(series, ',', 'series')
  const tags = pairsOf(tagTexts, 'series', plain)
  const fields = pairsOf(split(sent, ',', 'fields'), 'fields', fieldValue)
  if (measurement === '' || sent === '' || tags === undefined || fields === undefined) return undefined
  const ts = time === undefined ? undefined : Number(time)
  return { measurement: plain(measurement), tags, fields, value: fields['value'], ts }
}

/** Names and values of `name=value` texts; undefined if one of them is none. */
function pairsOf<T>(
  texts: readonly string[],
  place: 'series' | 'fields',
  valueOf: (text: string) => T | undefined,
): Record<string, T> | undefined {
  const pairs: Record<string, T> = {}
  for (const text of texts) {
    const [name = '', written, ...more] = split(text, '=', place)
    const value = written === undefined || more.length > 0 ? undefined : valueOf(written)
    if (name === '' || value === undefined) return undefined
    Object.defineProperty(pairs, plain(name), { value, enumerable: true, configurable: true, writable: true })
  }
  return pairs
}

function fieldValue(text: string): number | string | boolean | undefined {
  if (FLOAT.test(text)) return Number(text)
  if (INTEGER.test(text)) return Number(text.slice(0, -1))
  if (QUOTED.test(text)) {
    return text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1')
  }
  return Object.hasOwn(WORDS, text) ? true : Object.hasOwn(NOT_WORDS, text) ? false : undefined
}

/** A name without its escapes. A backslash before any other character is one. */
function plain(text: string): string {
  return text.replaceAll(/\\([ ,=])/g, '$1')
}

/**
 * A line end inside of a quoted text ends no line. Where that makes no point, a quote was not closed: it spoils the
 * line that it stands in, and the lines after it are read by themselves.
 */
function linesOf(written: string): string[] {
  const text = written.replaceAll('\r\n', '\n')
  const lines: string[] = []
  for (let from = 0; from < text.length;) {
    const lineEnd = text.indexOf('\n', from)
    const first = text.slice(from, lineEnd < 0 ? undefined : lineEnd)
    const [whole = first] = first.trimStart().startsWith('#') ? [first] : split(text, '\n', 'series', from)
    const isSound = whole === first || recordOfLine(whole.trim()) !== undefined
    lines.push(isSound ? whole : first)
    from += (isSound ? whole : first).length + 1
  }
  return lines
}

/**
 * The parts between separators that are neither escaped nor within quotes. Only a field's value can be quoted: what
 * stands before a line's first blank, its series, holds quotes as any other letter. With `beginAt` only the first part
 * from there on.
 */
function split(text: string, separator: string, place: 'series' | 'fields', beginAt?: number): string[] {
  const parts: string[] = []
  let [from, inFields, isQuoted, before] = [beginAt ?? 0, place === 'fields', false, '']
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? ''
    const isQuote = char === QUOTE && (isQuoted || (inFields && before === '='))
    before = char === BACKSLASH ? '' : char
    if (char === BACKSLASH) at++
    else if (isQuote) isQuoted = !isQuoted
    else if (!isQuoted && char === separator) {
      parts.push(text.slice(from, at))
      if (beginAt !== undefined) return parts
      from = at + 1
    }
    if (!isQuoted && (char === ' ' || char === '\n')) inFields = char === ' '
  }
  return [...parts, text.slice(from)]
}
