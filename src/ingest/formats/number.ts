/** Blanks around it are printf's padding and echo's line end. */
const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/
/** NaN and infinities as C and its kin print them, on Windows as well. */
const NO_NUMBER = /^\s*[+-]?(?:nan(?:\(\w*\))?|inf(?:inity)?|1\.#(?:[qs]nan|ind|inf)\d*)\s*$/i

/** The number of a text that is one plain decimal number, else NaN. `Number` alone would take '' and '0x10' as well. */
export function decimalOf(text: string): number {
  return DECIMAL.test(text) ? Number(text) : NaN
}

/** Whether a text is a number as devices write it: a decimal one, or a word for one that is not finite. */
export function isNumberText(text: string): boolean {
  return DECIMAL.test(text) || NO_NUMBER.test(text)
}

/** The number of a text that has a decimal comma, or a point's own unit behind it; NaN for any other text. */
export function writtenNumber(text: string, unit: string, decimal: '.' | ','): number {
  const bare = withoutUnit(text.trim(), unit)
  if (decimal === '.') return decimalOf(bare)
  return bare.includes('.') ? NaN : decimalOf(bare.replace(',', '.'))
}

/** Whether a text names a point's unit. */
export function isSameUnit(text: string, unit: string): boolean {
  const named = text.trim()
  return named === unit || SPELLINGS[unit]?.includes(named) === true
}

function withoutUnit(text: string, unit: string): string {
  const spelled = [unit, ...(SPELLINGS[unit] ?? [])].find((it) => text.length > it.length && text.endsWith(it))
  return spelled === undefined ? text : text.slice(0, -spelled.length)
}

/** Other signs that mean the same unit and no other. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  '°C': ['ºC', '℃', '° C', 'degC', 'Cel', 'C'],
  '°F': ['ºF', '℉', 'degF', 'F'],
  '%': ['%RH', '%rH', '% RH', '% rH', '%r.H.'],
}
