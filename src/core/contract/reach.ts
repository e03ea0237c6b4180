import type { PointPlan } from './plan.ts'

/** So long a register that has fallen must count on before it counts (D110). */
export const CONFIRM_MS = 3_600_000

/** How far before itself a reading can change energy: by a gap that it bridges, or young counts that it confirms. */
export function reachMs({ kind, maxGapMs }: PointPlan): number {
  return kind === 'register' ? maxGapMs + CONFIRM_MS : maxGapMs
}
