/** Noise and waves as pure functions of a seed and a time: only sums and products, the same bits on every engine. */
export const DAY_MS = 86_400_000

/** A wave of period 1 between -1 and 1, rising from 0 at 0: parabolas in place of a sine. */
export function wave(turns: number): number {
  const part = turns - Math.floor(turns)
  return part < 0.5 ? 16 * part * (0.5 - part) : -16 * (part - 0.5) * (1 - part)
}

/** Noise between -1 and 1: even numbers at the whole multiples of `stepMs`, straight lines between them. */
export function noise(seed: number, tMs: number, stepMs: number): number {
  const step = Math.floor(tMs / stepMs)
  const from = evenNumber(seed, step)
  return from + (evenNumber(seed, step + 1) - from) * (tMs / stepMs - step)
}

/** -1 ≤ x < 1 from a seed and a whole number (the finisher of MurmurHash3 over both halves). */
export function evenNumber(seed: number, index: number): number {
  const word = mix(mix(seed ^ (index >>> 0)) ^ Math.floor(index / 2 ** 32) ^ 0x9e3779b9)
  return (word >>> 0) / 2 ** 31 - 1
}

function mix(word: number): number {
  const first = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return second ^ (second >>> 16)
}
