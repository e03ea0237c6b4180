import type { Sample } from './fold.ts'
import type { ScenarioPoint } from './types.ts'

const DAY_MS = 86_400_000

interface Slip {
  fromMs: number
  toMs: number
  level: number
  isDown: boolean
}

/**
 * Stretches in which the unit of a power has probably slipped. It begins with the last of three readings that are within
 * ten times of it, before three that are all 500 to 2000 times as large, or all as small. It ends with the first of three
 * that leave such a level back to within ten times of the old one, at the latest after a day. Where a rating is declared,
 * the larger level is at least 1 % of it.
 */
export function slips(point: ScenarioPoint, samples: readonly Sample[]): Slip[] {
  if (point.kind === 'register' || point.kind === 'gauge') return []
  const found: Slip[] = []
  samples.forEach(({ tMs, value }, i) => {
    const [old, now] = [samples[i - 1], Math.abs(value)]
    if (i < 3 || i + 3 > samples.length || old === undefined) return
    const level = Math.abs(old.value)
    const sizes = (from: number, to: number) => samples.slice(from, to).map((it) => Math.abs(it.value))
    const isFar = (ratio: number) => ratio >= 500 && ratio <= 2000
    const far = sizes(i, i + 3)
    if (!far.every((it) => isFar(it / level)) && !far.every((it) => isFar(level / it))) return
    if (!sizes(i - 3, i).every((it) => isLike(it, level))) return
    const largest = Math.max(level, now) * (point.kind === 'energy' ? 1000 / point.everyMs : 1)
    if (largest < 10 * (point.maxKw ?? 0)) return
    const open = found.at(-1)
    if (open === undefined || tMs >= open.toMs)
      found.push({ fromMs: old.tMs, toMs: old.tMs + DAY_MS, level, isDown: now < level })
    else if (isLike(now, open.level)) open.toMs = tMs
  })
  return found
}

function isLike(one: number, other: number): boolean {
  return one <= 10 * other && other <= 10 * one
}
