import { formatInstant } from '../ingest/times.ts'
import { countText, kwhText } from '../rows/numbers.ts'
import type { Difference } from './recompute.ts'
import type { BoundaryChange } from './windows.ts'

/** What a recompute changed, or on a dry run would change, for people: points, boundaries, rows, notes. */
export function differenceText(difference: Difference, mode: 'written' | 'dry run'): string {
  const { fromMs, toMs, readings, tooLate, points, boundaries, air, rows, configuration, notes } = difference
  const lines: string[] = []
  if (fromMs < toMs) {
    lines.push(`${formatInstant(fromMs)} to ${formatInstant(toMs)}`)
    lines.push(`${countText(readings)} readings folded again, ${countText(tooLate)} of them had come late`)
    const counts =
      configuration.by === 'all' ? 'for all of it' : 'where its dates speak of the past, else those of then'
    lines.push(`configuration ${configuration.digest.slice(0, 12)} counts ${counts}`)
  }
  lines.push(
    ...table(
      ['point', 'intervals', 'before kWh', 'after kWh', 'difference'],
      points.map(({ point, amount, intervals, beforeJ, afterJ }) => [
        point,
        countText(intervals),
        ...(amount === 'water' ? litres(beforeJ, afterJ) : energies(beforeJ, afterJ)),
      ]),
    ),
    ...table(
      ['boundary', 'sum', 'intervals', 'before kWh', 'after kWh', 'difference'],
      boundaries.filter(({ indicator }) => indicator === 'pue').flatMap(boundaryCells),
    ),
  )
  for (const { boundary, indicator, windows } of boundaries) {
    const name = indicator === 'pue' ? boundary : `${boundary} (${indicator})`
    const rewritten = [...windows].map(([name, n]) => `${name} ${countText(n)}`)
    lines.push(`windows of ${name} (rows): ${rewritten.join(', ')}`)
  }
  if (air.inlets > 0 || air.rows.compliance > 0) {
    const { climate, compliance } = air.rows
    const told = [
      `climate ${countText(climate)}`,
      `compliance ${countText(compliance)}`,
      `late alarms ${countText(air.late)}`,
    ]
    lines.push(`air of ${countText(air.inlets)} inlets (rows): ${told.join(', ')}`)
  }
  const verb = mode === 'dry run' ? 'rows would be written again' : 'rows written again'
  lines.push(rows === 0 ? 'nothing changes' : `${countText(rows)} ${verb}`)
  lines.push(...notes.map((note) => `note: ${note}`))
  return `${lines.join('\n')}\n`
}

function boundaryCells(change: BoundaryChange): string[][] {
  const { boundary, intervals, facilityBeforeJ, facilityAfterJ, itBeforeJ, itAfterJ } = change
  return [
    [boundary, 'facility', countText(intervals), ...energies(facilityBeforeJ, facilityAfterJ)],
    [boundary, 'it', countText(intervals), ...energies(itBeforeJ, itAfterJ)],
  ]
}

function energies(beforeJ: number, afterJ: number): string[] {
  const difference = afterJ - beforeJ
  return [kwhText(beforeJ), kwhText(afterJ), `${difference < 0 ? '' : '+'}${kwhText(difference)}`]
}

function litres(before: number, after: number): string[] {
  const text = (amount: number) => `${amount.toFixed(1)} L`
  return [text(before), text(after), `${after < before ? '' : '+'}${text(after - before)}`]
}

/** A table with columns of one width each: the first to the left, numbers to the right. Empty without lines. */
function table(head: readonly string[], lines: readonly (readonly string[])[]): string[] {
  if (lines.length === 0) return []
  const all = [head, ...lines]
  const widths = head.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)))
  return all.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
}
