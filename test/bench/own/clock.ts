/** Wall time of many equal pieces of work, of which the median counts: whoever else uses the machine hits only some. */
import { median } from '../figures.ts'

export interface PieceClock {
  /** Times one piece of `count` units. */
  time(count: number, work: () => void): void
  /** µs a unit; NaN when there was none. */
  medianUs(): number
  /** All pieces together, s. */
  readonly totalS: number
}

export function createPieceClock(): PieceClock {
  const perUnitUs: number[] = []
  let totalUs = 0
  return {
    time(count, work) {
      const began = process.hrtime.bigint()
      work()
      const tookUs = Number(process.hrtime.bigint() - began) / 1000
      totalUs += tookUs
      perUnitUs.push(tookUs / count)
    },
    medianUs: () => median(perUnitUs),
    get totalS() {
      return totalUs / 1e6
    },
  }
}
