import type { Sample } from './fold.ts'
import type { Scenario, ScenarioPoint } from './types.ts'

/** What is smaller comes from counting in doubles. */
const NOTHING_J = 1

const KWH_J = 3_600_000

/**
 * The largest of 1000, 100 … 0.001 kWh of which all differences of a register's counts before a time are multiples, in
 * joules; 0 where it has not risen yet, or counts more finely.
 */
export function resolutionJ(samples: readonly Sample[], beforeMs: number): number {
  const counts = samples.filter(({ tMs }) => tMs < beforeMs).map(({ value }) => value)
  const differences = new Set(counts.map((count) => count - (counts[0] ?? 0)))
  if ([...differences].every((difference) => Math.abs(difference) <= NOTHING_J)) return 0
  const isCommon = (stepJ: number) =>
    [...differences].every((difference) => {
      const rest = Math.abs(difference) % stepJ
      return Math.min(rest, stepJ - rest) <= NOTHING_J
    })
  return [1000, 100, 10, 1, 0.1, 0.01, 0.001].map((kwh) => kwh * KWH_J).find(isCommon) ?? 0
}

/** A window goes by the readings up to so long behind its end: the longest gap that settlement waits for. */
export function aheadOf({ points }: Scenario): number {
  const gapOf = ({ kind, everyMs, maxGapMs }: ScenarioPoint) =>
    kind === 'register' ? Math.max(3 * everyMs, 900_000) : maxGapMs
  return Math.max(0, ...points.filter(({ kind }) => kind !== 'gauge').map(gapOf))
}
