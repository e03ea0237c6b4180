/** Exact fractions over BigInt. Every double is one; nothing is rounded until somebody asks. */
export interface Fraction {
  top: bigint
  /** Above zero. */
  bottom: bigint
}

/** The double itself, not its decimal spelling. */
export function exactly(double: number): Fraction {
  let bottom = 1
  while (!Number.isInteger(double)) {
    double *= 2
    bottom *= 2
  }
  return { top: BigInt(double), bottom: BigInt(bottom) }
}

export function plus(a: Fraction, b: Fraction): Fraction {
  if (a.bottom === b.bottom) return { top: a.top + b.top, bottom: a.bottom }
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom }
}

export function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, { top: -b.top, bottom: b.bottom })
}

export function times(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.top, bottom: a.bottom * b.bottom }
}

export function over(a: Fraction, divisor: number): Fraction {
  return { top: a.top, bottom: a.bottom * BigInt(divisor) }
}

/** A double within the last bit or two, however long top and bottom are. */
export function toNumber(a: Fraction): number {
  const whole = a.top / a.bottom
  return Number(whole) + Number(((a.top - whole * a.bottom) << 80n) / a.bottom) / 2 ** 80
}

/** As Math.round does it: to the nearest whole number, halves towards plus infinity. */
export function round(a: Fraction): number {
  const doubled = 2n * a.top + a.bottom
  const bottom = 2n * a.bottom
  const floor = doubled / bottom - (doubled % bottom < 0n ? 1n : 0n)
  return Number(floor)
}

/** Whether a sum in doubles could round to the other side: the fraction is within a few last bits of a half. */
export function nearHalf(a: Fraction): boolean {
  const toHalf = minus(a, plus({ top: BigInt(round(a)), bottom: 1n }, { top: -1n, bottom: 2n }))
  const toNext = minus({ top: 1n, bottom: 1n }, toHalf)
  const nearest = Math.min(Math.abs(toNumber(toHalf)), Math.abs(toNumber(toNext)))
  return nearest <= Math.abs(toNumber(a)) * 2 ** -49
}
