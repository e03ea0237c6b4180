/** Blanks around it are printf's padding and echo's line end. */
const DECIMAL = /^\s*-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$/
const NO_NUMBER = /^\s*[+-]?(?:nan|inf|infinity)\s*$/i

/** The number of a text that is one plain decimal number, else NaN. `Number` alone would take '' and '0x10' as well. */
export function decimalOf(text: string): number {
  return DECIMAL.test(text) ? Number(text) : NaN
}

/** Whether a text is a number as devices write it: a decimal one, or a word for one that is not finite. */
export function isNumberText(text: string): boolean {
  return DECIMAL.test(text) || NO_NUMBER.test(text)
}
