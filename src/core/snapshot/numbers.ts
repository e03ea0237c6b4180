import { putCount, takeCount, type Cursor } from '../windows/bits.ts'

/**
 * Lists of numbers as bytes, exact to the last bit:
 *
 *     list   = length, stride, number …
 *     number = count of 8 × what the kind says + kind
 *
 *     WHOLE             by how much it exceeds the number `stride` places before, 0 where there is none
 *     PLACES 1, 2, 3    the same in tenths, hundredths, thousandths
 *     SAME              it and so many behind it are each as the number `stride` places before
 *     WORD              NaN, Infinity, -Infinity
 *     RAW               none of these: eight bytes follow
 */
const WHOLE = 0
const MOST_PLACES = 3
const SAME = 4
const WORD = 5
const RAW = 6

const WORDS: readonly number[] = [NaN, Infinity, -Infinity]
const SCALES: readonly number[] = [1, 10, 100, 1000]
/** Sixteen times as much is still whole. */
const MOST = 2 ** 47
/** Bytes of a number at most, and of a list's head. */
const NUMBER_BYTES = 9
const HEAD_BYTES = 20

export function createWriter(): Cursor {
  return { bytes: new Uint8Array(4096), at: 0 }
}

/** Writes a list whose numbers resemble those `stride` places before; 0: they resemble none. */
export function putNumbers(to: Cursor, numbers: ArrayLike<number>, stride: number): void {
  reserve(to, HEAD_BYTES + NUMBER_BYTES * numbers.length)
  putCount(to, numbers.length)
  putCount(to, stride)
  for (let n = 0; n < numbers.length;) {
    const run = runAt(numbers, stride, n)
    if (run > 0) putCount(to, 8 * (run - 1) + SAME)
    else putNumber(to, numbers[n]!, beforeOf(numbers, stride, n))
    n += Math.max(1, run)
  }
}

/** Reads a list. */
export function takeNumbers(from: Cursor): Float64Array {
  const numbers = new Float64Array(takeCount(from))
  const stride = takeCount(from)
  for (let n = 0; n < numbers.length; n++) {
    const code = takeCount(from)
    const kind = code % 8
    const rest = Math.floor(code / 8)
    if (kind === SAME) {
      for (const end = n + rest; n < end; n++) numbers[n] = beforeOf(numbers, stride, n)
      numbers[n] = beforeOf(numbers, stride, n)
    } else numbers[n] = takeNumber(from, kind, rest, beforeOf(numbers, stride, n))
  }
  return numbers
}

/** Writes bytes with their length. */
export function putBytes(to: Cursor, bytes: Uint8Array): void {
  reserve(to, HEAD_BYTES + bytes.length)
  putCount(to, bytes.length)
  to.bytes.set(bytes, to.at)
  to.at += bytes.length
}

export function takeBytes(from: Cursor): Uint8Array {
  const length = takeCount(from)
  from.at += length
  return from.bytes.slice(from.at - length, from.at)
}

function reserve(to: Cursor, more: number): void {
  if (to.at + more <= to.bytes.length) return
  const bytes = new Uint8Array(2 * (to.at + more))
  bytes.set(to.bytes.subarray(0, to.at))
  to.bytes = bytes
}

function beforeOf(numbers: ArrayLike<number>, stride: number, n: number): number {
  return stride > 0 && n >= stride ? numbers[n - stride]! : 0
}

/** How many numbers from the n-th on are each as the one `stride` places before. */
function runAt(numbers: ArrayLike<number>, stride: number, n: number): number {
  let run = 0
  while (n + run < numbers.length && Object.is(numbers[n + run], beforeOf(numbers, stride, n + run))) run++
  return run
}

function putNumber(to: Cursor, number: number, before: number): void {
  for (let places = 0; places <= MOST_PLACES && !Object.is(number, -0); places++) {
    const scaled = Math.round(number * SCALES[places]!)
    if (Math.abs(scaled) < MOST && Object.is(scaled / SCALES[places]!, number)) {
      const more = scaled - scaledBefore(before, places)
      return putCount(to, 8 * (more < 0 ? -2 * more - 1 : 2 * more) + WHOLE + places)
    }
  }
  const word = WORDS.findIndex((it) => Object.is(it, number))
  if (word >= 0) return putCount(to, 8 * word + WORD)
  putCount(to, RAW)
  new DataView(to.bytes.buffer).setFloat64(to.at, number, true)
  to.at += 8
}

function takeNumber(from: Cursor, kind: number, rest: number, before: number): number {
  if (kind <= MOST_PLACES) {
    const more = rest % 2 === 0 ? rest / 2 : -(rest + 1) / 2
    return (scaledBefore(before, kind) + more) / SCALES[kind]!
  }
  if (kind === WORD) return WORDS[rest]!
  const view = new DataView(from.bytes.buffer, from.bytes.byteOffset)
  from.at += 8
  return view.getFloat64(from.at - 8, true)
}

/** A number before, as the next is scaled; 0 where it is too large for that. */
function scaledBefore(before: number, places: number): number {
  const scaled = Math.round(before * SCALES[places]!)
  return Math.abs(scaled) < MOST ? scaled + 0 : 0
}
