/**
 * Text as UTF-8, written piece by piece. Rows are mostly numbers: as strings each of them would be made, joined,
 * flattened and encoded, and thrown away four times.
 */
export interface TextBytes {
  bytes: Uint8Array<ArrayBuffer>
  /** How many of them are written. */
  at: number
}

const FIRST_BYTES = 4_096
/** A number's text is never longer: sign, 17 digits, point, exponent. */
const NUMBER_BYTES = 25
const [MINUS, POINT, ZERO] = [0x2d, 0x2e, 0x30]

/** `expected`: bytes that it will have, so far as that is known. */
export function createTextBytes(expected = FIRST_BYTES): TextBytes {
  return { bytes: new Uint8Array(expected), at: 0 }
}

/** The UTF-8 of a text. */
export function utf8Of(text: string): Uint8Array {
  return Buffer.from(text)
}

/** Below this a loop is quicker than a call. */
const SHORT_BYTES = 24

/** Appends text that is UTF-8 already. */
export function putUtf8(to: TextBytes, text: Uint8Array): void {
  const { length } = text
  reserve(to, length)
  if (length > SHORT_BYTES) to.bytes.set(text, to.at)
  else for (let n = 0; n < length; n++) to.bytes[to.at + n] = text[n] ?? 0
  to.at += length
}

/** Appends one character below 128. */
export function putAscii(to: TextBytes, code: number): void {
  reserve(to, 1)
  to.bytes[to.at++] = code
}

const MOST_PLACES = 9
const FRACTION = 10 ** MOST_PLACES
/** Of numbers below it the fraction's places and the whole are at most 15 digits together. */
const MOST_WHOLE = 1e6

/**
 * Appends a number as `String` writes it. A decimal of at most 15 digits is the only one of so few that is read back as
 * its number. So where nine places are enough, they without their last zeros are the shortest text.
 */
export function putNumberText(to: TextBytes, value: number): void {
  reserve(to, NUMBER_BYTES)
  const size = Math.abs(value)
  if (Number.isSafeInteger(value)) {
    if (value < 0) to.bytes[to.at++] = MINUS
    return putWhole(to, size)
  }
  const scaled = Math.round(size * FRACTION)
  if (!(size < MOST_WHOLE && scaled >= 1_000 && scaled / FRACTION === size)) return putShort(to, String(value))
  if (value < 0) to.bytes[to.at++] = MINUS
  const whole = Math.floor(scaled / FRACTION)
  putWhole(to, whole)
  putPlaces(to, (scaled - whole * FRACTION) | 0)
}

/** Appends the places behind a point, given as billionths, without zeros at their end. */
function putPlaces(to: TextBytes, billionths: number): void {
  let [rest, places] = [billionths, MOST_PLACES]
  for (; rest % 10 === 0; rest = (rest / 10) | 0) places--
  const { bytes, at } = to
  bytes[at] = POINT
  for (let n = places; n > 0; n--) {
    const tenth = (rest / 10) | 0
    bytes[at + n] = ZERO + rest - 10 * tenth
    rest = tenth
  }
  to.at = at + 1 + places
}

const HALF_DIGITS = 8
const HALF = 10 ** HALF_DIGITS

function putWhole(to: TextBytes, whole: number): void {
  if (whole < HALF) return putDigits(to, whole | 0, digitsOf(whole | 0))
  const high = Math.floor(whole / HALF)
  if (high < HALF) putDigits(to, high | 0, digitsOf(high | 0))
  else putWhole(to, high)
  putDigits(to, (whole - high * HALF) | 0, HALF_DIGITS)
}

function putDigits(to: TextBytes, whole: number, count: number): void {
  let rest = whole
  for (let n = to.at + count - 1; n >= to.at; n--) {
    const tenth = (rest / 10) | 0
    to.bytes[n] = ZERO + rest - 10 * tenth
    rest = tenth
  }
  to.at += count
}

function digitsOf(whole: number): number {
  let count = 1
  for (let least = 10; whole >= least; least *= 10) count++
  return count
}

function putShort(to: TextBytes, text: string): void {
  for (let n = 0; n < text.length; n++) to.bytes[to.at++] = text.charCodeAt(n)
}

function reserve(to: TextBytes, more: number): void {
  if (to.at + more <= to.bytes.length) return
  const bytes = new Uint8Array(2 * (to.at + more))
  bytes.set(to.bytes.subarray(0, to.at))
  to.bytes = bytes
}
