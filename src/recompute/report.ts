import type { Difference } from './recompute.ts'
import type { BoundaryChange } from './windows.ts'

const J_PER_KWH = 3_600_000

/** What a recompute changed, or with `dryRun` would change, for people: points, boundaries, rows, and what was left. */
export function differenceText(difference: Difference, dryRun: boolean): string {
  const { fromMs, toMs, readings, tooLate, points, boundaries, rows, notes } = difference
  const lines: string[] = []
  if (fromMs < toMs) {
    lines.push(`${timeText(fromMs)} to ${timeText(toMs)}`)
    lines.push(`${count(readings)} readings folded again, ${count(tooLate)} of them had come too late`)
  }
  lines.push(
    ...table(
      ['point', 'intervals', 'before kWh', 'after kWh', 'difference'],
      points.map(({ point, intervals, beforeJ, afterJ }) => [point, count(intervals), ...energies(beforeJ, afterJ)]),
    ),
    ...table(
      ['boundary', 'sum', 'intervals', 'before kWh', 'after kWh', 'difference'],
      boundaries.flatMap(boundaryCells),
    ),
  )
  for (const { boundary, windows } of boundaries) {
    const told = [...windows].map(([name, n]) => `${name} ${count(n)}`)
    lines.push(`windows of ${boundary} (rows): ${told.join(', ')}`)
  }
  const verb = dryRun ? 'rows would be written again' : 'rows written again'
  lines.push(rows === 0 ? 'nothing changes' : `${count(rows)} ${verb}`)
  lines.push(...notes.map((note) => `note: ${note}`))
  return `${lines.join('\n')}\n`
}

function boundaryCells(change: BoundaryChange): string[][] {
  const { boundary, intervals, facilityBeforeJ, facilityAfterJ, itBeforeJ, itAfterJ } = change
  return [
    [boundary, 'facility', count(intervals), ...energies(facilityBeforeJ, facilityAfterJ)],
    [boundary, 'it', count(intervals), ...energies(itBeforeJ, itAfterJ)],
  ]
}

function energies(beforeJ: number, afterJ: number): string[] {
  const difference = afterJ - beforeJ
  return [kwh(beforeJ), kwh(afterJ), `${difference < 0 ? '' : '+'}${kwh(difference)}`]
}

function kwh(joules: number): string {
  return (joules / J_PER_KWH).toFixed(3)
}

/** Columns of one width; the first is text, the others stand to the right. Nothing for no lines. */
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

function timeText(tMs: number): string {
  return new Date(tMs).toISOString()
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}
