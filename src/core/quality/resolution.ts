/**
 * How coarse a register's display is: the largest amount of which all its steps are multiples, once it has stood still.
 * A count that rises by the same at each reading may have that amount for its load, so it says nothing yet.
 */
export interface Resolution {
  /** Largest common divisor of a register's steps so far, whole joules; 0: it has not risen yet. */
  readonly commonJ: Float64Array
  /** 1: it has stood still between two readings. */
  readonly stood: Uint8Array
  /** The resolution that is known, 0: none is. */
  readonly knownJ: Float64Array
}

/** Counts are converted in floating point: what is as little as this is nothing. */
const NOTHING_J = 2

export function createResolution(knownJ: Float64Array): Resolution {
  return { commonJ: new Float64Array(knownJ.length), stood: new Uint8Array(knownJ.length), knownJ }
}

/** Notes a sound step of a register between two neighbouring readings. The order of steps leaves no trace. */
export function noteResolution({ commonJ, stood, knownJ }: Resolution, point: number, stepJ: number): void {
  const common = commonJ[point]!
  if (stepJ === 0) {
    if (stood[point] === 1) return
    stood[point] = 1
  } else {
    const rest = Math.abs(stepJ - Math.round(stepJ / common) * common)
    if (rest <= NOTHING_J) return
    commonJ[point] = common === 0 ? Math.round(stepJ) : commonOf(common, Math.round(rest))
  }
  if (stood[point] === 1) knownJ[point] = commonJ[point]!
}

function commonOf(larger: number, smaller: number): number {
  let [a, b] = [larger, smaller]
  while (b > NOTHING_J) {
    const rest = a % b
    a = b
    b = a - rest <= NOTHING_J ? 0 : rest
  }
  return a
}
