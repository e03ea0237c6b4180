import type { QualityRow } from '../core/contract/sink.ts'
import { formatInstant } from '../ingest/times.ts'
import type { Site } from '../site/site.ts'
import { thousandthsText } from './numbers.ts'
import type { Doubt } from './tables/quality.ts'

/** What is doubted of a point, in kW or kWh, of water in L/h or m³; of a sensor in °C. */
export function pointDoubt({ plan, points }: Site, point: number, row: QualityRow): Doubt {
  const source = points[point] ?? ''
  const { kind, amount } = plan.points[point] ?? {}
  if (kind === 'gauge') return doubtOf(source, row, '°C')
  const isPower = (kind === 'power' || kind === 'mean') && row.note !== 'tree'
  if (amount === 'water') return doubtOf(source, row, isPower ? 'L/h' : 'm³')
  return doubtOf(source, row, isPower ? 'kW' : 'kWh')
}

/** What is doubted of a boundary, in kWh. */
export function boundaryDoubt({ boundaries }: Site, boundary: number, row: QualityRow): Doubt {
  return doubtOf(boundaries[boundary] ?? '', row, 'kWh')
}

/** Base units of each: W, J, mL/s, mL. */
const PER_UNIT = { kW: 1000, kWh: 3_600_000, 'L/h': 1000 / 3600, 'm³': 1_000_000, '°C': 1 } as const

function doubtOf(source: string, row: QualityRow, unit: keyof typeof PER_UNIT): Doubt {
  if (row.note === 'clock') return clockDoubt(source, row)
  const value = row.value / PER_UNIT[unit]
  const expected = row.expected / PER_UNIT[unit]
  const at = shortInstant(row.atMs)
  // To the watt-hour or litre: a count may be copied into `register.swaps`.
  const message = messageOf(
    row.note,
    source,
    `${thousandthsText(value)} ${unit}`,
    `${thousandthsText(expected)} ${unit}`,
    at,
  )
  return { flags: row.flags, value, expected, message }
}

function shortInstant(tMs: number): string {
  return formatInstant(tMs).replace(/:00\.000Z$|\.\d{3}Z$/, 'Z')
}

/** Of what was stamped by a wrong clock no amount is doubted, but the time. */
function clockDoubt(source: string, { flags, value, atMs, endMs }: QualityRow): Doubt {
  const off = `${thousandthsText(Math.abs(value) / 1000)} s ${value > 0 ? 'ahead' : 'behind'}`
  const stretch = `from ${shortInstant(atMs)} to ${shortInstant(endMs)}`
  const message = `${source} sends no stamps: its readings ${stretch} were stamped at arrival by a clock that was ${off}`
  return { flags, value: NaN, expected: NaN, message }
}

function messageOf(
  note: Exclude<QualityRow['note'], 'clock'>,
  source: string,
  value: string,
  expected: string,
  at: string,
): string {
  switch (note) {
    case 'reset':
      return `${source} fell from ${expected} to ${value} at ${at}: unknown until it shows the old count or counts on for 1 h`
    case 'swap':
      return `${source} went from ${expected} to ${value} at ${at}: another meter? Declare it under register.swaps`
    case 'rate':
      return `${source} rose from ${expected} to ${value} at ${at}: more than its rating allows`
    case 'spike':
      return `${source} showed ${value} after ${expected} at ${at}, which the next reading takes back: it was skipped`
    case 'unit_slip':
      return `${source} reads ${value} where it read ${expected}, since ${at}: did its unit change?`
    case 'slip_accepted':
      return `${source} has read about ${value} for a day: taken as the new level, in place of ${expected}`
    case 'slip_over':
      return `${source} reads ${value} again, about as before its unit slipped (${expected})`
    case 'drift':
      return `${source} counted ${value} in an hour up to ${at}, its meter's power gives ${expected}`
    case 'tree':
      return `What is fed from ${source} took ${value} in an hour up to ${at}, more than its own ${expected}`
    case 'it_above_facility':
      return `${source}: IT took ${value} in an hour up to ${at}, more than the facility's ${expected}`
    case 'neighbours':
      return `${source} read ${value} on the mean of the hour up to ${at}, the inlets next to it ${expected} (median): a hot or cold spot, or a sensor that drifts`
    case 'swapped':
      return `${source} read ${value} on the mean of the hour up to ${at}, more than the ${expected} behind the equipment: are the two sensors swapped?`
    case 'sound':
      return `${source} is in no doubt for the hour up to ${at}, with what came late`
  }
}
