import type { DailyRow } from './daily.ts'
import { isInSpan, type DaySpan, type LoadVariable } from './days.ts'

/** Servers' fans turn faster in warmer air: their power is no load once inlets have moved by more, K. */
export const MOST_INLET_MOVE_K = 0.5

/** The load variable, or why there is none: then there is no figure. */
export type LoadVerdict =
  | { readonly load: LoadVariable; readonly inletMoveK?: number }
  | { readonly refused: LoadRefusal; readonly inletMoveK?: number }

export type LoadRefusal = 'inlets moved' | 'inlets unknown' | 'no load'

/**
 * A load that does not depend on air comes first. IT power, of which the servers' fans are part, only where inlets did
 * not move between the periods. None only where it was asked for.
 */
export function loadVerdict(
  rows: readonly DailyRow[],
  { baseline, report }: { baseline: DaySpan; report: DaySpan },
  asked: LoadVariable | undefined,
): LoadVerdict {
  if (asked === 'none') return { load: 'none' }
  const both = (of: (row: DailyRow) => number | undefined) => [baseline, report].map((it) => meanWithin(rows, it, of))
  if (asked !== 'it' && !both(({ load }) => load).includes(undefined)) return { load: 'load' }
  if (asked === 'load' || both(({ itKwh }) => itKwh).includes(undefined)) return { refused: 'no load' }
  const [before, after] = both(({ inletC }) => inletC)
  if (before === undefined || after === undefined) return { refused: 'inlets unknown' }
  const inletMoveK = after - before
  return Math.abs(inletMoveK) <= MOST_INLET_MOVE_K
    ? { load: 'it', inletMoveK }
    : { refused: 'inlets moved', inletMoveK }
}

/** Mean over the days of a span that have it; undefined: none has. */
function meanWithin(
  rows: readonly DailyRow[],
  span: DaySpan,
  of: (row: DailyRow) => number | undefined,
): number | undefined {
  const known = rows.flatMap((row) => (isInSpan(span, row.day) ? (of(row) ?? []) : []))
  return known.length === 0 ? undefined : known.reduce((sum, it) => sum + it, 0) / known.length
}
