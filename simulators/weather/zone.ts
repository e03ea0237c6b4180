const HOUR_MS = 3_600_000

/** The smaller offset of the year, so that a day's shape does not jump with daylight saving. */
export function standardOffsetMs(timezone: string): number {
  return Math.min(offsetMs(timezone, Date.UTC(2026, 0, 1)), offsetMs(timezone, Date.UTC(2026, 6, 1)))
}

function offsetMs(timezone: string, tMs: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' }).formatToParts(tMs)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
  if (sign === undefined) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000)
}
