/** @import { Row } from './types.ts' */

/** Numbers, spans and times as they stand on the page: figures first, unit behind, what is unknown as a word. */

export const NONE = '–'

/**
 * A field that is a finite number; undefined otherwise.
 * @param {Row | undefined} row
 * @param {string} name
 * @returns {number | undefined}
 */
export function numberOf(row, name) {
  const field = row?.fields[name]
  return typeof field === 'number' && Number.isFinite(field) ? field : undefined
}

/**
 * @param {Row | undefined} row
 * @param {string} name
 */
export function textOf(row, name) {
  const field = row?.fields[name]
  return field === undefined ? NONE : String(field)
}

/**
 * @param {number | undefined} number
 * @param {number} digits
 */
export function fixed(number, digits) {
  return number === undefined ? NONE : number.toFixed(digits).replace('-', '−')
}

/**
 * A quantity with its unit.
 * @param {number | undefined} number
 * @param {number} digits
 * @param {string} unit
 */
export function quantity(number, digits, unit) {
  return number === undefined ? 'unknown' : `${fixed(number, digits)} ${unit}`
}

/**
 * A share as per cent, rounded down: 99.96 % is not all.
 * @param {number | undefined} share
 */
export function percent(share) {
  if (share === undefined) return NONE
  const tenths = Math.floor(share * 1000 + 1e-9) / 10
  return `${tenths === 100 ? '100' : tenths.toFixed(1)} %`
}

/**
 * Power from W, in the unit in which it has three or four figures.
 * @param {number | undefined} watts
 */
export function power(watts) {
  if (watts === undefined) return 'unknown'
  const [number, unit] = Math.abs(watts) >= 9_999_500 ? [watts / 1e6, 'MW'] : [watts / 1000, 'kW']
  return `${fixed(number, Math.abs(number) >= 100 ? 0 : Math.abs(number) >= 10 ? 1 : 2)} ${unit}`
}

/**
 * A span of time in its two largest units.
 * @param {number} ms
 */
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 120) return `${s} s`
  const min = Math.floor(s / 60)
  if (min < 120) return `${min} min`
  const h = Math.floor(min / 60)
  if (h < 48) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`
  return `${Math.floor(h / 24)} d`
}

/**
 * Time of day at the site; with the date when it was not within the last 20 h.
 * @param {number} tMs
 * @param {number} nowMs
 * @param {string} timezone
 */
export function clock(tMs, nowMs, timezone) {
  const near = Math.abs(nowMs - tMs) < 72_000_000
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    ...(near ? {} : { day: '2-digit', month: 'short' }),
  }).format(tMs)
}

/**
 * `day_to_date` as people say it.
 * @param {string} word
 */
export function plain(word) {
  return word.replaceAll('_', ' ')
}
