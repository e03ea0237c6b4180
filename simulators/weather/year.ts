import type { Outside } from '../plant/spec.ts'
import { YEAR_HOURS, type WeatherYear } from './epw.ts'

const HOUR_MS = 3_600_000
/** Years are laid end to end from here, 365 days each, so that leap days do not shift the hours of a day. */
const ORIGIN_MS = Date.UTC(2025, 0, 1)

/**
 * The air of a year at a time, on straight lines between its hours. The year repeats every 365 days; its last hour
 * leads to the first of `following`.
 */
export function airOfYear(year: WeatherYear, tMs: number, out: Outside, following = year): void {
  const hours = (tMs + year.offsetMs - ORIGIN_MS) / HOUR_MS
  const whole = Math.floor(hours)
  const part = hours - whole
  const at = ((whole % YEAR_HOURS) + YEAR_HOURS) % YEAR_HOURS
  const isLast = at + 1 === YEAR_HOURS
  const next = isLast ? 0 : at + 1
  const later = isLast ? following : year
  out.dryC = between(year.dryC[at], later.dryC[next], part)
  out.wetC = between(year.wetC[at], later.wetC[next], part)
  out.ratio = between(year.ratio[at], later.ratio[next], part)
}

/** The number of the year of 365 days that a local time lies in, 0 for 2025. */
export function yearNumber(localMs: number): number {
  return Math.floor((localMs - ORIGIN_MS) / (YEAR_HOURS * HOUR_MS))
}

function between(from = NaN, to = NaN, part = 0): number {
  return from + (to - from) * part
}
