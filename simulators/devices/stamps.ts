/** How devices write the instants of their readings. */
import type { RoutePoint } from '../../src/ingest/route.ts'
import { zoneOffsetMs } from '../../src/ingest/time-zones.ts'
import { formatInstant } from '../../src/ingest/times.ts'
import type { Site } from '../../src/site/site.ts'
import type { Dialect } from './dialect.ts'

export interface StampForm {
  /** What its stamps count in, ms. */
  readonly stepMs: number
  /** Behind the event time: the stamp is of an interval's start. */
  readonly shiftMs: number
  /** One text or number, or a date and a time of day, each with its own place. */
  readonly write: (tMs: number) => readonly (string | number)[]
  /** The place of the time of day. */
  readonly timeOfDayAt: readonly string[] | undefined
}

type PointConfig = Site['config']['points'][string]

/** The form that a point reads. */
export function stampFormOf({ rare, time }: RoutePoint, point: PointConfig, { stamps }: Dialect): StampForm {
  const { timezone, timeForm, timeUnit } = point
  const common = { shiftMs: rare?.stampShiftMs ?? 0, timeOfDayAt: rare?.timeOfDayAt }
  if (timezone !== undefined && timeUnit === undefined) {
    const form = timeForm ?? (common.timeOfDayAt === undefined ? 'YYYY-MM-DDTHH:mm:ss' : 'YYYY-MM-DD HH:mm:ss')
    const stepMs = form.includes('SSS') ? 1 : form.includes('ss') ? 1_000 : 60_000
    const written = (tMs: number) => writtenIn(form, tMs + zoneOffsetMs(tMs, timezone))
    return {
      ...common,
      stepMs,
      write: (tMs) => (common.timeOfDayAt === undefined ? [written(tMs)] : atFirstBlank(written(tMs))),
    }
  }
  if (stamps === 'iso' && timeUnit === undefined) return { ...common, stepMs: 1, write: (tMs) => [formatInstant(tMs)] }
  const unit = timeUnit ?? (time.zeroMs === undefined ? 'ms' : 's')
  return { ...common, stepMs: 1, write: (tMs) => [counted(unit, tMs - (time.zeroMs ?? 0))] }
}

function counted(unit: 's' | 'ms' | 'us' | 'ns', tMs: number): number {
  switch (unit) {
    case 's':
      return tMs / 1e3
    case 'ms':
      return tMs
    case 'us':
      return tMs * 1e3
    case 'ns':
      return tMs * 1e6
  }
}

function atFirstBlank(text: string): string[] {
  const at = text.indexOf(' ')
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** A local time, given as if it were UTC, in the tokens that a configuration declares. */
function writtenIn(form: string, localMs: number): string {
  const local = new Date(localMs)
  const hour = local.getUTCHours()
  const twelve = hour % 12 === 0 ? 12 : hour % 12
  const two = (number: number) => String(number).padStart(2, '0')
  const fields: Readonly<Record<string, string>> = {
    YYYY: String(local.getUTCFullYear()),
    YY: two(local.getUTCFullYear() % 100),
    MM: two(local.getUTCMonth() + 1),
    M: String(local.getUTCMonth() + 1),
    DD: two(local.getUTCDate()),
    D: String(local.getUTCDate()),
    HH: two(hour),
    H: String(hour),
    hh: two(twelve),
    h: String(twelve),
    mm: two(local.getUTCMinutes()),
    ss: two(local.getUTCSeconds()),
    SSS: String(local.getUTCMilliseconds()).padStart(3, '0'),
    A: hour < 12 ? 'AM' : 'PM',
  }
  return form.replaceAll(/([A-Za-z])\1*/g, (token) => fields[token] ?? token)
}
