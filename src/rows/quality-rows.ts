import type { QualityRow } from '../core/contract/sink.ts'
import { formatInstant } from '../ingest/times.ts'
import type { Site } from '../site/site.ts'
import { thousandthsText } from './numbers.ts'
import type { Row } from './rows.ts'
import { QUALITY } from './tables/quality.ts'
import { fieldsOf } from './tables/table.ts'

/** The row of a point in doubt, in kW or kWh. */
export function pointQuality({ config, plan, points }: Site, point: number, row: QualityRow): Row {
  const source = points[point] ?? ''
  const kind = plan.points[point]?.kind
  const isPower = (kind === 'power' || kind === 'mean') && row.note !== 'tree'
  return rowOf(config.site.id, 'point', source, row, isPower ? 'kW' : 'kWh')
}

/** The row of a boundary in doubt, in kWh. */
export function boundaryQuality({ config, boundaries }: Site, boundary: number, row: QualityRow): Row {
  return rowOf(config.site.id, 'boundary', boundaries[boundary] ?? '', row, 'kWh')
}

const PER_UNIT = { kW: 1000, kWh: 3_600_000 } as const

function rowOf(site: string, kind: string, source: string, row: QualityRow, unit: keyof typeof PER_UNIT): Row {
  const value = row.value / PER_UNIT[unit]
  const expected = row.expected / PER_UNIT[unit]
  const at = formatInstant(row.atMs).replace(/:00\.000Z$|\.\d{3}Z$/, 'Z')
  // To the watt-hour: a count may be copied into `register.swaps`.
  const message = messageOf(
    row.note,
    source,
    `${thousandthsText(value)} ${unit}`,
    `${thousandthsText(expected)} ${unit}`,
    at,
  )
  return {
    measurement: 'quality',
    tags: { site, kind, source },
    fields: fieldsOf(QUALITY, { flags: row.flags, value, expected, message }),
    timeMs: row.endMs,
  }
}

function messageOf(note: QualityRow['note'], source: string, value: string, expected: string, at: string): string {
  switch (note) {
    case 'reset':
      return `${source} fell from ${expected} to ${value} at ${at}: it began anew; what it counted meanwhile is unknown`
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
  }
}
