import { digits } from './civil-time.ts'

const DAY_MS = 86_400_000
const STRETCH_MS = 5 * DAY_MS

/** A zone's formatter, and the stretch [fromMs, fromMs + 5 days) that was last found to have one offset. */
interface Zone {
  format: Intl.DateTimeFormat
  fromMs: number
  offsetMs: number
}

/**
 * The instants (epoch ms, ascending) at which clocks in `timezone` show a local time: one, two in a doubled hour, none
 * in a skipped hour. `localMs` is the local time written as if it were UTC; NaN gives none. Throws RangeError for an
 * unknown zone.
 */
export function zonedToUtcMs(localMs: number, timezone: string): number[] {
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

/** Local minus UTC time in a zone at an instant, in ms. Throws RangeError for an unknown zone. */
export function zoneOffsetMs(tMs: number, timezone: string): number {
  return offsetMs(zoneOf(timezone), tMs)
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
 * Local minus UTC time at an instant. No zone changes twice within five days: a stretch with equal offsets at both ends
 * has one offset. It reaches far enough that all look-ups of one local time fall into it.
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
