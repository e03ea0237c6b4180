import type { Outside } from '../plant/spec.ts'
import { YEAR_HOURS, type WeatherYear } from './epw.ts'

const HOUR_MS = 3_600_000
/** Years are laid end to end from here, 365 days each, so that leap days do not shift the hours of a day. */
const ORIGIN_MS = Date.UTC(2025, 0, 1)

/** The air of a year at a time, on straight lines between its hours. The year repeats every 365 days. */
export function airOfYear(year: WeatherYear, tMs: number, out: Outside): void {
  const hours = (tMs + year.offsetMs - ORIGIN_MS) / HOUR_MS
  const whole = Math.floor(hours)
  const part = hours - whole
  const at = ((whole % YEAR_HOURS) + YEAR_HOURS) % YEAR_HOURS
  const next = at + 1 === YEAR_HOURS ? 0 : at + 1
  out.dryC = between(year.dryC, at, next, part)
  out.wetC = between(year.wetC, at, next, part)
  out.ratio = between(year.ratio, at, next, part)
}

function between(values: Float64Array, at: number, next: number, part: number): number {
  const from = values[at] ?? NaN
  return from + ((values[next] ?? NaN) - from) * part
}
