const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const BRACE = 0x7b
const BRACE_END = 0x7d
const COMMA = 0x2c
/** What a word for no number begins with. */
const MAY_BE_ODD = /[ni+\-1]/i

/** What a JSON text may have at most: levels of brackets, and members of one object. */
export interface JsonLimits {
  readonly depth: number
  readonly members: number
}

/** For texts that no configuration speaks of. */
const USUAL: JsonLimits = { depth: 16, members: Infinity }

/** The shortest member is `"":0,`. */
const SHORTEST_MEMBER = 5

/** Whether a text begins as a JSON object or array does. */
export function beginsAsJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return first === BRACE || first === BRACKET
}

/** Stands for the value of a text with an object of more members than its limits say. */
export const WIDE = Symbol('too many members')

/**
 * The value of a JSON text; undefined for one that is no JSON, or nests deeper than 16 levels, or than its limits say;
 * or WIDE. What printf makes of a number that is none (`nan`, `inf`) is no JSON, but costs only its own member: it
 * becomes the text `NaN`. A comma before a closing bracket is passed over.
 */
export function parseJson(text: string, limits: JsonLimits = USUAL): unknown {
  const broken = breaks(text, limits)
  if (broken !== FITS) return broken === TOO_WIDE ? WIDE : undefined
  try {
    return JSON.parse(text)
  } catch {
    return parseMended(text)
  }
}

/** Where a value may begin or a bracket close, and a word for no number, or the comma before a bracket. */
const NO_NUMBER = /[+-]?(?:nan(?:\(\w*\))?|inf(?:inity)?|1\.#(?:[qs]nan|ind|inf)\d*)(?=[\s,\]}]|$)/iy
const LAST_COMMA = /,(?=[ \t\r\n]{0,64}[\]}])/y

function parseMended(text: string): unknown {
  let mended = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(text, at)
      continue
    }
    const odd = oddAt(text, at, code)
    if (odd === 0) continue
    mended += text.slice(from, at) + (code === COMMA ? '' : '"NaN"')
    from = at + odd
    at = from - 1
  }
  if (from === 0) return undefined
  try {
    return JSON.parse(mended + text.slice(from))
  } catch {
    return undefined // the caller counts it
  }
}

/** How many characters from here on are no JSON and can be mended; 0: none. */
function oddAt(text: string, at: number, code: number): number {
  const pattern = code === COMMA ? LAST_COMMA : MAY_BE_ODD.test(text[at] ?? '') ? NO_NUMBER : undefined
  if (pattern === undefined) return 0
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}

/** Whether a value that was parsed elsewhere nests deeper than `parseJson` takes. */
export function isTooDeep(value: unknown, { depth }: JsonLimits = USUAL): boolean {
  return isDeeper(value, depth)
}

/** Whether an object of a value that was parsed elsewhere, and is not too deep, has more members than it may. */
export function hasTooMany(value: unknown, members: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  const below: unknown[] = Object.values(value)
  if (!Array.isArray(value) && below.length > members) return true
  return below.some((one) => hasTooMany(one, members))
}

/** No payload has so many commas: a list counts up from below 0, as its members have no limit here. */
const OF_A_LIST = -(2 ** 30)

/** What a JSON text is to its limits. */
const FITS = 0
const TOO_DEEP = 1
const TOO_WIDE = 2

/** Whether a JSON text keeps its limits: the first that it breaks. On a broken text it only has to end. */
function breaks(text: string, { depth, members }: JsonLimits): typeof FITS | typeof TOO_DEEP | typeof TOO_WIDE {
  const isShort = text.length <= SHORTEST_MEMBER * members // it cannot have so many
  if (isShort && text.indexOf('{', 1) === -1 && text.indexOf('[', 1) === -1) return FITS // flat, as most are
  const around: number[] = [] // commas so far of the open brackets around
  let commas = OF_A_LIST
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > COMMA && code < BRACKET) continue // what numbers consist of, and colons
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === BRACE || code === BRACKET) {
      if (around.push(commas) > depth) return TOO_DEEP
      commas = code === BRACE ? 0 : OF_A_LIST
    } else if (code === BRACE_END || code === BRACKET_END) commas = around.pop() ?? OF_A_LIST
    else if (code === COMMA && ++commas >= members) return TOO_WIDE
  }
  return FITS
}

/** Where the string that opens at `at` closes, or the end of the text. */
function endOfString(text: string, at: number): number {
  for (let next = at + 1; next < text.length; next++) {
    const code = text.charCodeAt(next)
    if (code === QUOTE) return next
    if (code === BACKSLASH) next++
  }
  return text.length
}

function isDeeper(node: unknown, levels: number): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (levels === 0) return true
  for (const key of Object.keys(node)) {
    if (isDeeper((node as Readonly<Record<string, unknown>>)[key], levels - 1)) return true
  }
  return false
}
