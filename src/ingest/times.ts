export type TimeUnit = 's' | 'ms' | 'us' | 'ns'

/** How a point's stamps are read: the unit of numbers (undefined: by magnitude), the IANA zone of times without offset. */
export interface TimeRule {
  unit: TimeUnit | undefined
  timezone: string | undefined
}

/**
 * Event time in epoch ms, rounded down; NaN when the stamp is refused.
 *
 * - A number, or a text that is a plain decimal number: epoch s, ms, µs or ns by `rule.unit`, else by magnitude. The ranges
 *   touch and begin at 1990 in each unit, so that every stamp of 1990 to 2100 has one reading:
 *   s [631152000, 631152000e3), ms up to 631152000e6, µs up to 631152000e9, ns up to 631152000e12.
 *   The far ends (year 2286 in seconds) stay readable: they are the core's to call `future`.
 * - ISO 8601, extended form: `YYYY-MM-DD`, `T` or one space, `hh:mm[:ss[.f…]]`, then `Z`, `±hh`, `±hhmm` or `±hh:mm`.
 * - The same without offset only if `rule.timezone` is given: of a doubled hour the first, a skipped hour is refused.
 *
 * Times before 1990 are refused whatever their form: they come from clocks that were never set.
 */
export function timeMs(raw: unknown, rule: TimeRule): number {
  if (typeof raw === 'number') return epochMs(raw, rule.unit)
  if (typeof raw !== 'string') return NaN
  if (raw.charCodeAt(4) === MINUS && raw.length > 10) {
    const tMs = isoMs(raw, rule.timezone)
    return tMs >= OLDEST_MS ? tMs : NaN
  }
  return PLAIN_DECIMAL.test(raw) ? epochMs(Number(raw), rule.unit) : NaN
}

/**
 * The instants (epoch ms, ascending) at which clocks in `timezone` show this local time: one, two in a doubled hour, none in
 * a skipped hour or for a date that does not exist. Month and day count from 1. An unknown zone throws RangeError.
 */
export function zonedToUtcMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
  timezone: string,
): number[] {
  const localMs = civilMs(year, month, day, hour, minute, second) + ms
  if (Number.isNaN(localMs)) return []
  const zone = zoneOf(timezone)
  const before = offsetMs(zone, localMs - DAY_MS)
  const after = offsetMs(zone, localMs + DAY_MS)
  const found: number[] = []
  for (const tMs of before === after ? [localMs - before] : [localMs - before, localMs - after]) {
    if (tMs + offsetMs(zone, tMs) === localMs) found.push(tMs)
  }
  return found.sort((a, b) => a - b)
}

const PLAIN_DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const OLDEST_S = Date.UTC(1990, 0, 1) / 1000
const OLDEST_MS = OLDEST_S * 1000
const MINUS = 0x2d
const DAY_MS = 86_400_000
const STRETCH_MS = 5 * DAY_MS

function epochMs(raw: number, unit: TimeUnit | undefined): number {
  const perS = unit === undefined ? perSecondOf(raw) : PER_SECOND[unit]
  if (!(raw >= OLDEST_S * perS && raw < OLDEST_S * perS * 1000)) return NaN
  const perMs = perS / 1000
  const ms = perS === 1 ? raw * 1000 : raw / perMs
  // A double may stand a little below the number it was written as (2^60 ns have steps of 256 ns; 1479988800.123 s): rounded
  // down, that would lose a whole millisecond. So a stamp that a whole millisecond would give too is that millisecond.
  const whole = Math.round(ms)
  return (perS === 1 ? whole / 1000 : whole * perMs) === raw ? whole : Math.floor(ms)
}

const PER_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }

function perSecondOf(raw: number): number {
  if (raw < OLDEST_S * 1e3) return 1
  if (raw < OLDEST_S * 1e6) return 1e3
  if (raw < OLDEST_S * 1e9) return 1e6
  return 1e9
}

/** Reads digit by digit: `Date.parse` would take `1`, `2026` and `5/6/2026`, each as some local time. */
function isoMs(text: string, timezone: string | undefined): number {
  if (text.charCodeAt(7) !== MINUS || text[13] !== ':') return NaN
  const separator = text[10]
  if (separator !== 'T' && separator !== 't' && separator !== ' ') return NaN
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  let at = 16
  let second = 0
  let ms = 0
  if (text[at] === ':') {
    second = digits(text, at + 1, 2)
    at += 3
    if (text[at] === '.' || text[at] === ',') {
      const end = endOfDigits(text, at + 1)
      if (end === at + 1) return NaN
      const shown = Math.min(3, end - at - 1)
      ms = digits(text, at + 1, shown) * 10 ** (3 - shown)
      at = end
    }
  }
  if (at === text.length) {
    if (timezone === undefined) return NaN
    return zonedToUtcMs(year, month, day, hour, minute, second, ms, timezone)[0] ?? NaN
  }
  return civilMs(year, month, day, hour, minute, second) + ms - writtenOffsetMs(text, at)
}

/** `Z`, `±hh`, `±hhmm` or `±hh:mm` from `at` to the end of the text; NaN for anything else. */
function writtenOffsetMs(text: string, at: number): number {
  const sign = text[at]
  if (sign === 'Z' || sign === 'z') return text.length === at + 1 ? 0 : NaN
  if (sign !== '+' && sign !== '-') return NaN
  const hours = digits(text, at + 1, 2)
  const minutesAt = text[at + 3] === ':' ? at + 4 : at + 3
  const minutes = text.length === at + 3 ? 0 : digits(text, minutesAt, 2)
  if (hours > 23 || minutes > 59) return NaN
  if (text.length !== at + 3 && text.length !== minutesAt + 2) return NaN
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

/** The number of exactly `count` ASCII digits; NaN if there are other characters or fewer. */
function digits(text: string, from: number, count: number): number {
  let sum = 0
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return NaN
    sum = sum * 10 + digit
  }
  return sum
}

function endOfDigits(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++
  return at
}

/** Epoch ms of a civil time as if in UTC; NaN where the calendar or the clock has no such time. */
function civilMs(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (!(year >= 1000 && year <= 9999 && hour <= 23 && minute <= 59 && second <= 59)) return NaN
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return NaN
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** A zone's formatter, and the stretch [fromMs, fromMs + 5 days) last found to have one offset. */
interface Zone {
  format: Intl.DateTimeFormat
  fromMs: number
  offsetMs: number
}

// Building a formatter costs a thousand times its use. What is kept follows from the zone's name alone, and only names
// that the configuration or a column map declares come here.
const ZONES = new Map<string, Zone>()

function zoneOf(timezone: string): Zone {
  const known = ZONES.get(timezone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset', year: 'numeric' })
  const zone = { format, fromMs: NaN, offsetMs: 0 }
  ZONES.set(timezone, zone)
  return zone
}

/**
 * Local minus UTC time at an instant. No zone changes twice within five days, so equal ends mean one offset between them;
 * the stretch reaches far enough that all look-ups of one local time fall into it.
 */
function offsetMs(zone: Zone, tMs: number): number {
  if (tMs >= zone.fromMs && tMs < zone.fromMs + STRETCH_MS) return zone.offsetMs
  const fromMs = (Math.floor(tMs / DAY_MS) - 2) * DAY_MS
  const first = formattedOffsetMs(zone, fromMs)
  if (formattedOffsetMs(zone, fromMs + STRETCH_MS - 1) !== first) return formattedOffsetMs(zone, tMs)
  zone.fromMs = fromMs
  zone.offsetMs = first
  return first
}

/** From a text such as `2026, GMT-06:00`; bare `GMT` is UTC. */
function formattedOffsetMs(zone: Zone, tMs: number): number {
  const text = zone.format.format(tMs)
  const at = text.indexOf('GMT') + 3
  if (at === text.length) return 0
  const seconds = text.length > at + 6 ? digits(text, at + 7, 2) : 0
  const minutes = digits(text, at + 1, 2) * 60 + digits(text, at + 4, 2)
  return (text[at] === '-' ? -1 : 1) * (minutes * 60 + seconds) * 1000
}
