/** A time in the extended form of ISO 8601, or epoch ms. `pass`: which of a doubled hour's two it says to be. */
type Written = { iso: string; pass?: 'first' | 'last' } | { tMs: number }

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const LONGEST = 80

/** `2026-03-02 10:00 UTC`, and `…+01:00[Europe/Paris]` as Java writes it: the offset says it already. */
const NAMED = /^(\d{4}-\d\d-\d\d[T ][\d:.,]+) ?(?:(?:UTC|GMT)|(Z|[+-]\d\d:?\d\d)\[[\w/+-]+\])$/
/** The year first, with dots or slashes. */
const YEAR_FIRST = /^(\d{4})([./])(\d\d)\2(\d\d)([T ].+)$/
/** ISO 8601, basic form, also with a date and a time of day as two members. */
const BASIC = /^(\d{4})(\d\d)(\d\d)[T ](\d\d):?(\d\d)(?::?(\d\d)([.,]\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/
/** Meters of DSMR (P1): `YYMMDDhhmmss`, S in summer, W in winter. */
const P1 = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([SW])$/
/** RFC 2822, and what JavaScript's `Date` prints. */
const MAIL = /^(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d(?::\d\d)?) (GMT|UTC|Z|[+-]\d{4})$/
const SCRIPT = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d{4}) (\d\d:\d\d:\d\d) GMT([+-]\d{4})(?: \([^)]*\))?$/
const MICROSOFT = /^\/Date\((\d+)(?:[+-]\d{4})?\)\/$/

/** What a time means that is written in none of the usual forms and yet in one way only; undefined for any other. */
export function asIso(text: string): Written | undefined {
  if (text.length > LONGEST) return undefined
  const named = NAMED.exec(text)
  if (named !== null) return { iso: `${named[1]}${named[2] ?? 'Z'}` }
  const first = YEAR_FIRST.exec(text)
  if (first !== null) return { iso: `${first[1]}-${first[3]}-${first[4]}${first[5]}` }
  const basic = BASIC.exec(text)
  if (basic !== null) {
    const [, year, month, day, hour, minute, second = '00', fraction = '', offset = ''] = basic
    return { iso: `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${offset}` }
  }
  const p1 = P1.exec(text)
  if (p1 !== null) {
    const [, year, month, day, hour, minute, second, season] = p1
    return { iso: `20${year}-${month}-${day}T${hour}:${minute}:${second}`, pass: season === 'S' ? 'first' : 'last' }
  }
  const ms = MICROSOFT.exec(text)
  return ms === null ? withMonth(text) : { tMs: Number(ms[1]) }
}

function withMonth(text: string): Written | undefined {
  const mail = MAIL.exec(text)
  if (mail !== null) return dated(mail[3], mail[2], mail[1], `${mail[4]}${zoneOf(mail[5])}`)
  const script = SCRIPT.exec(text)
  return script === null ? undefined : dated(script[3], script[1], script[2], `${script[4]}${script[5]}`)
}

function zoneOf(zone = ''): string {
  return /^[+-]/.test(zone) ? zone : 'Z'
}

function dated(year = '', month = '', day = '', time = ''): Written | undefined {
  const number = MONTHS.indexOf(month) + 1
  if (number === 0) return undefined
  return { iso: `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}T${time}` }
}
