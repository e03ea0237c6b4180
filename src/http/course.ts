import { tableNamed } from '../rows/tables/measurements.ts'
import { HISTORY_ROWS, type HistoryRow, type Store } from '../store/types.ts'

/** A field of rows over time: its least, mean and largest value in each step; `null` where no row has it. */
interface Course {
  /** Ends of the steps, epoch ms, ascending. */
  timesMs: number[]
  stepMs: number
  least: (number | null)[]
  mean: (number | null)[]
  most: (number | null)[]
}

interface Asked {
  measurement: string
  field: string
  tags: Readonly<Record<string, string>>
  /** Rows in (fromMs, toMs]. */
  fromMs: number
  toMs: number
  /** Raised to whole intervals, and so far that there are at most 1,000 steps. */
  stepMs: number
}

const MOST_STEPS = 1_000
/** Rows that one answer reads: beyond it the time is cut at its beginning. */
const MOST_ROWS = 150_000
/** Intervals that one question to the store is about. */
const SLICE = 1_000

/** Whether a measurement has a field of numbers under this name. */
export function isNumber(measurement: string, field: string): boolean {
  const type = tableNamed(measurement)?.fields[field]?.type
  return type === 'float' || type === 'int'
}

/**
 * Reads the newest slice first; commits go on between slices. An excursion of one row stays visible in any step. Gives
 * nothing where so many series have these tags that a slice does not hold them.
 */
export async function courseOf(
  store: Pick<Store, 'history'>,
  lengthMs: number,
  asked: Asked,
): Promise<Course | undefined> {
  const { measurement, field, tags, fromMs, toMs } = asked
  const stepMs = Math.ceil(Math.max(asked.stepMs, (toMs - fromMs) / MOST_STEPS) / lengthMs) * lengthMs
  const lastMs = Math.ceil(toMs / stepMs) * stepMs
  const steps = Math.max(0, Math.ceil((lastMs - fromMs) / stepMs))
  const [sum, rows] = [new Float64Array(steps), new Uint32Array(steps)]
  const [least, most] = [new Float64Array(steps).fill(Infinity), new Float64Array(steps).fill(-Infinity)]
  const take = (row: HistoryRow): void => {
    const step = steps - 1 - Math.floor((lastMs - row.timeMs) / stepMs)
    const number = row.fields[field]
    if (typeof number !== 'number' || step < 0 || step >= steps) return
    sum[step] = (sum[step] ?? 0) + number
    rows[step] = (rows[step] ?? 0) + 1
    least[step] = Math.min(least[step] ?? number, number)
    most[step] = Math.max(most[step] ?? number, number)
  }
  let [read, untilMs] = [0, toMs]
  while (untilMs > fromMs && read < MOST_ROWS) {
    const sinceMs = Math.max(fromMs, untilMs - SLICE * lengthMs)
    const slice = await store.history(measurement, { tags, fromMs: sinceMs + 1, toMs: untilMs, limit: HISTORY_ROWS })
    if (slice.length === HISTORY_ROWS) return undefined
    slice.forEach(take)
    untilMs = sinceMs
    read += slice.length
  }
  const known = (numbers: Float64Array) => Array.from(numbers, (number, step) => (rows[step] === 0 ? null : number))
  return {
    timesMs: Array.from({ length: steps }, (_, step) => lastMs - (steps - 1 - step) * stepMs),
    stepMs,
    least: known(least),
    mean: known(sum.map((total, step) => total / (rows[step] ?? 1))),
    most: known(most),
  }
}
