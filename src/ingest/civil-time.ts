/** The number of exactly `count` ASCII digits; NaN if there are other characters or fewer. */
export function digits(text: string, from: number, count: number): number {
  let sum = 0
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return NaN
    sum = sum * 10 + digit
  }
  return sum
}

/**
 * Epoch ms at which a date begins in UTC; NaN for a date that the calendar does not have. Month and day count from 1.
 */
export function dateMs(year: number, month: number, day: number): number {
  if (!(year >= 1000 && year <= 9999 && month >= 1 && month <= 12)) return NaN
  return day >= 1 && day <= daysIn(year, month) ? Date.UTC(year, month - 1, day) : NaN
}

/** `Z`, `±hh`, `±hhmm` or `±hh:mm` from `at` to the end of the text, as local minus UTC time; NaN for anything else. */
export function writtenOffsetMs(text: string, at: number): number {
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

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
