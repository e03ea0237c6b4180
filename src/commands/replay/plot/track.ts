/** Numbers by interval, sparse and in any order; NaN where there is none. */
export interface Track {
  readonly lengthMs: number
  readonly chunks: Map<number, Float32Array>
}

/** Intervals of a chunk. */
const CHUNK = 64

export function createTrack(lengthMs: number): Track {
  return { lengthMs, chunks: new Map() }
}

/** Puts a number at the end of an interval, in place of what stood there. Gives by how many numbers the track grew. */
export function putNumber({ lengthMs, chunks }: Track, endMs: number, number: number): number {
  const at = Math.round(endMs / lengthMs)
  const known = chunks.get(Math.floor(at / CHUNK))
  const chunk = known ?? new Float32Array(CHUNK).fill(NaN)
  chunk[at % CHUNK] = number
  if (known !== undefined) return 0
  chunks.set(Math.floor(at / CHUNK), chunk)
  return CHUNK
}

/** Calls `take` with each number and the end of its interval, in the order of time. */
export function eachNumber({ lengthMs, chunks }: Track, take: (endMs: number, number: number) => void): void {
  for (const [place, chunk] of [...chunks].toSorted(([a], [b]) => a - b)) {
    for (const [at, number] of chunk.entries()) {
      if (!Number.isNaN(number)) take((place * CHUNK + at) * lengthMs, number)
    }
  }
}
