import type { StringFault } from '../strings.ts'
import { dateMs } from '../../ingest/civil-time.ts'

const CLOCK = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}))?$/

/** Minutes since midnight of a time of day such as `07:30`, up to `24:00`; NaN for anything else. */
function minutesOf(clock: string): number {
  const match = CLOCK.exec(clock)
  if (match === null) return NaN
  return match[1] === undefined ? 1440 : Number(match[1]) * 60 + Number(match[2])
}

/** A local date, or local date and time, as if it were UTC (epoch ms); NaN for anything else. */
export function localMs(written: string): number {
  const [, year, month, day, clock = '00:00'] = LOCAL.exec(written) ?? []
  return dateMs(Number(year), Number(month), Number(day)) + minutesOf(clock) * 60_000
}

export function localFault(written: string): StringFault | undefined {
  if (!Number.isNaN(localMs(written))) return undefined
  return {
    reason: `${JSON.stringify(written)} is not a local date or time`,
    hint: "write it in the site's time zone and without offset, such as 2026-03-02 or 2026-03-02T08:00",
  }
}

/** The two ends of a stretch of a day such as `22:00-07:00`, minutes since midnight; NaN for anything else. */
export function stretchOf(hours: string): readonly [from: number, to: number] {
  const [from = '', to = '', ...more] = hours.split('-').map((part) => part.trim())
  return more.length > 0 ? [NaN, NaN] : [minutesOf(from), minutesOf(to)]
}

export function hoursFault(written: string): StringFault | undefined {
  const [from, to] = stretchOf(written)
  if (from < 1440 && !Number.isNaN(to) && from !== to) return undefined
  return {
    reason: `${JSON.stringify(written)} is not a stretch of a day`,
    hint: 'write two times of day, such as 22:00-07:00; 00:00-24:00 is all day',
  }
}
