import { dateMs, digits, writtenOffsetMs } from './civil-time.ts'
import { localOf, type TimeForm } from './time-forms.ts'
import { zonedToUtcMs } from './time-zones.ts'
import { asIso } from './written-times.ts'

/** How a point's stamps are read. */
export interface TimeRule {
  /** Of a stamp that is a number; undefined: by magnitude. */
  unit: TimeUnit | undefined
  /** IANA zone of times without offset. */
  timezone: string | undefined
  /** How local times are written; undefined: in one of the usual forms. */
  form?: TimeForm | undefined
  /** The instant that numbers count from, where that is not 1970; they are of `unit`, else seconds. */
  zeroMs?: number | undefined
}

type TimeUnit = 's' | 'ms' | 'us' | 'ns'

/**
 * Event time in epoch ms, rounded down; NaN when the stamp is refused.
 *
 * - A number, or a text that is a plain decimal number: epoch s, ms, µs or ns by `rule.unit`, else by magnitude.
 *   The ranges of the four units touch, and each begins at 1990: a stamp of 1990 to 2100 has one reading.
 *   s [631152000, 631152000e3), ms up to 631152000e6, µs up to 631152000e9, ns up to 631152000e12.
 *   The far ends (year 2286 in seconds) stay readable: the core refuses them as `future`.
 * - ISO 8601, extended form: `YYYY-MM-DD`, `T` or one space, `hh:mm[:ss[.f…]]`, then `Z`, `±hh`, `±hhmm` or `±hh:mm`.
 * - What means the same and cannot be misread (written-times.ts), and what `rule.form` declares.
 * - A time without offset only if `rule.timezone` is given: of a doubled hour the first, a skipped hour is refused.
 *
 * Times before 1990 are refused whatever their form: they come from clocks that were never set.
 */
export function timeMs(raw: unknown, rule: TimeRule): number {
  if (typeof raw === 'number') return epochMs(raw, rule)
  if (typeof raw === 'string' && rule.form === undefined) {
    const tMs = offsetMs(raw)
    if (!Number.isNaN(tMs)) return tMs >= OLDEST_MS ? tMs : NaN
  }
  return instantsOf(raw, rule)[0] ?? NaN
}

/** The same, with both instants of a local time that a doubled hour shows twice; none for a stamp that is refused. */
export function instantsOf(raw: unknown, rule: TimeRule): number[] {
  if (typeof raw === 'number') return soundOf(epochMs(raw, rule))
  if (typeof raw !== 'string') return []
  const declaredMs = rule.form === undefined ? NaN : localOf(rule.form, raw)
  if (!Number.isNaN(declaredMs)) return zoned(declaredMs, rule.timezone)
  const tMs = offsetMs(raw)
  if (!Number.isNaN(tMs)) return tMs >= OLDEST_MS ? [tMs] : []
  const localMs = isoLocalMs(raw)
  if (!Number.isNaN(localMs) && isoEnd(raw) === raw.length) return zoned(localMs, rule.timezone)
  return PLAIN_DECIMAL.test(raw) ? soundOf(epochMs(Number(raw), rule)) : oddInstants(raw, rule)
}

function oddInstants(raw: string, rule: TimeRule): number[] {
  const written = asIso(raw)
  if (written === undefined) return []
  if ('tMs' in written) return soundOf(epochMs(written.tMs, { unit: 'ms', timezone: undefined }))
  const tMs = offsetMs(written.iso)
  if (!Number.isNaN(tMs)) return tMs >= OLDEST_MS ? [tMs] : []
  const localMs = isoEnd(written.iso) === written.iso.length ? isoLocalMs(written.iso) : NaN
  const found = zoned(localMs, rule.timezone)
  return written.pass === 'last' ? found.slice(-1) : written.pass === 'first' ? found.slice(0, 1) : found
}

function zoned(localMs: number, timezone: string | undefined): number[] {
  return timezone === undefined ? [] : zonedToUtcMs(localMs, timezone).filter((tMs) => tMs >= OLDEST_MS)
}

function soundOf(tMs: number): number[] {
  return Number.isNaN(tMs) ? [] : [tMs]
}

/**
 * An instant that a person wrote, with its offset (ISO 8601) or as an epoch number, in epoch ms; NaN if it is neither.
 */
export function parseInstant(written: unknown): number {
  return timeMs(written, WITH_OFFSET)
}

/** An instant for people and other programs: ISO 8601 in UTC, such as `2026-03-02T09:15:00.000Z`. */
export function formatInstant(tMs: number): string {
  return new Date(tMs).toISOString()
}

const WITH_OFFSET: TimeRule = { unit: undefined, timezone: undefined }
const PLAIN_DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const OLDEST_S = Date.UTC(1990, 0, 1) / 1000
const OLDEST_MS = OLDEST_S * 1000
const MINUS = 0x2d

function epochMs(raw: number, { unit, zeroMs }: TimeRule): number {
  if (zeroMs !== undefined) {
    const tMs = Math.floor((raw / PER_SECOND[unit ?? 's']) * 1000 + zeroMs)
    return tMs >= OLDEST_MS && tMs < OLDEST_MS * 1000 ? tMs : NaN
  }
  const perS = unit === undefined ? perSecondOf(raw) : PER_SECOND[unit]
  if (!(raw >= OLDEST_S * perS && raw < OLDEST_S * perS * 1000)) return NaN
  const perMs = perS / 1000
  const ms = perS === 1 ? raw * 1000 : raw / perMs
  // A double may stand a little below the number that was written: 2^60 ns have steps of 256 ns, and so has
  // 1479988800.123 s. Rounded down, that would lose a whole millisecond. So the nearest whole millisecond counts
  // wherever it gives the same double.
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

/** The instant of a time in the extended form that has its offset; NaN for any other text. */
function offsetMs(text: string): number {
  if (text.charCodeAt(4) !== MINUS) return NaN
  const at = isoEnd(text)
  return at < text.length ? isoLocalMs(text) - writtenOffsetMs(text, at) : NaN
}

/**
 * The local time of a text that begins in the extended form, as if it were UTC; NaN for any other. Reads digit by
 * digit: `Date.parse` would take `1`, `2026` and `5/6/2026`, each as some local time.
 */
function isoLocalMs(text: string): number {
  if (text.charCodeAt(4) !== MINUS || text.charCodeAt(7) !== MINUS || text[13] !== ':') return NaN
  const separator = text[10]
  if (separator !== 'T' && separator !== 't' && separator !== ' ') return NaN
  const dayMs = dateMs(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2))
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  let second = 0
  let ms = 0
  if (text[16] === ':') {
    second = digits(text, 17, 2)
    if (text[19] === '.' || text[19] === ',') {
      const shown = Math.min(3, endOfDigits(text, 20) - 20)
      if (shown === 0) return NaN
      ms = digits(text, 20, shown) * 10 ** (3 - shown)
    }
  }
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return NaN
  return dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + ms
}

/** Where the offset of a time in the extended form begins. */
function isoEnd(text: string): number {
  if (text[16] !== ':') return 16
  return text[19] === '.' || text[19] === ',' ? endOfDigits(text, 20) : 19
}

function endOfDigits(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++
  return at
}
