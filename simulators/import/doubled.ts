/** A row of a repeated local hour, with the two instants that its time may mean. */
export interface DoubledRow {
  cells: readonly string[]
  where: string
  found: readonly number[]
}

/**
 * The rows of a repeated hour that was sorted by local time: 1:00, 1:00, 1:01, 1:01 … Each gets its instant, and they
 * come in the order of these. Of each time the first half are of the first pass. Undefined for an hour that stands
 * otherwise: its local times go back where the second pass begins, or only few of them come twice.
 */
export function untwine(rows: readonly DoubledRow[]): { row: DoubledRow; tMs: number }[] | undefined {
  const firsts = rows.map(({ found: [firstMs = NaN] }) => firstMs)
  if (firsts.some((firstMs, n) => firstMs < (firsts[n - 1] ?? -Infinity))) return undefined
  const times = new Map<number, DoubledRow[]>()
  for (const [n, row] of rows.entries()) {
    const firstMs = firsts[n] ?? NaN
    const same = times.get(firstMs)
    if (same === undefined) times.set(firstMs, [row])
    else same.push(row)
  }
  const doubled = [...times.values()].filter((same) => same.length > 1).length
  if (doubled * 2 <= times.size) return undefined
  const placed = [...times.values()].flatMap((same) =>
    same.map((row, n) => ({ row, tMs: row.found[n < Math.ceil(same.length / 2) ? 0 : 1] ?? NaN })),
  )
  return placed.toSorted((a, b) => a.tMs - b.tMs)
}
