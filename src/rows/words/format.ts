import { zoneOffsetMs } from '../../ingest/time-zones.ts'

/** How numbers, times and spans of time are written in a language. */
export interface Format {
  /** With at most so many decimals and no zeros at the end; `unknown` for NaN. */
  readonly number: (amount: number, decimals: number) => string
  /** A value beside its limit: with as many decimals, up to three, as it takes to tell them apart. */
  readonly beside: (value: number, limit: number) => string
  /** At the site, with its difference from UTC: 2026-03-02 10:05:30 UTC+1. */
  readonly time: (tMs: number) => string
  /** In its two largest units: 12 min 30 s. */
  readonly span: (ms: number) => string
}

interface Marks {
  readonly decimal: string
  readonly day: string
  readonly unknown: string
}

export function createFormat(timezone: string, { decimal, day, unknown }: Marks): Format {
  const number = (amount: number, decimals: number): string => {
    if (Number.isNaN(amount)) return unknown
    return String(Number(amount.toFixed(decimals)))
      .replace('.', decimal)
      .replace('-', '−')
  }
  return {
    number,
    beside(value, limit) {
      let decimals = 1
      while (decimals < 3 && value !== limit && value.toFixed(decimals) === limit.toFixed(decimals)) decimals++
      return number(value, decimals)
    },
    time: (tMs) => siteTime(tMs, timezone),
    span(ms) {
      const s = Math.max(0, Math.round(ms / 1000))
      const [d, h, min] = [Math.floor(s / 86_400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60]
      if (d > 0) return two(d, day, h, 'h')
      if (h > 0) return two(h, 'h', min, 'min')
      return min > 0 ? two(min, 'min', s % 60, 's') : `${s} s`
    },
  }
}

function two(large: number, ofLarge: string, small: number, ofSmall: string): string {
  return small === 0 ? `${large} ${ofLarge}` : `${large} ${ofLarge} ${small} ${ofSmall}`
}

/** A moment at the site, for people: to the second, with the difference from UTC. */
export function siteTime(tMs: number, timezone: string): string {
  const offsetMin = Math.round(zoneOffsetMs(tMs, timezone) / 60_000)
  const local = new Date(Math.floor(tMs / 1000) * 1000 + offsetMin * 60_000).toISOString()
  return `${local.slice(0, 10)} ${local.slice(11, 19)} UTC${offsetText(offsetMin)}`
}

function offsetText(offsetMin: number): string {
  if (offsetMin === 0) return ''
  const [hours, minutes] = [Math.floor(Math.abs(offsetMin) / 60), Math.abs(offsetMin) % 60]
  return `${offsetMin < 0 ? '−' : '+'}${hours}${minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`}`
}
