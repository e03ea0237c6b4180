import type { Sample } from './fold.ts'
import type { ScenarioPoint } from './types.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/**
 * Event times of the powers that only one reading shows: above ten times both neighbours and above ten times the largest
 * of its UTC day so far and the seven days before, once an hour is known. Where all of that was at most 10 W, 10 kW stand
 * for it. The newest reading has one neighbour only. A rating takes the place of all this.
 */
export function loneReadings(lengthMs: number, point: ScenarioPoint, samples: readonly Sample[]): Set<number> {
  const lone = new Set<number>()
  if (point.kind === 'register' || point.kind === 'gauge' || point.maxKw !== undefined) return lone
  if (point.everyMs > 3_600_000) return lone
  const watts = samples.map(({ value }) => Math.abs(point.kind === 'energy' ? (value * 1000) / point.everyMs : value))
  const stretchMs = point.kind === 'power' ? 0 : point.everyMs
  const heardMs = Math.floor(((samples[0]?.tMs ?? 0) - stretchMs) / lengthMs) * lengthMs
  samples.forEach(({ tMs }, i) => {
    const [own = 0, before = Infinity, behind = 0] = [watts[i], watts[i - 1], watts[i + 1]]
    if (own <= 100 || own <= 10 * before || own <= 10 * behind || tMs - heardMs < HOUR_MS) return
    const fromMs = (Math.floor(tMs / DAY_MS) - 7) * DAY_MS
    const usual = watts.filter((_, k) => k < i && (samples[k]?.tMs ?? 0) >= fromMs && !lone.has(samples[k]?.tMs ?? NaN))
    const largest = usual.reduce((most, it) => Math.max(most, it), 0)
    if (own > 10 * (largest > 10 ? largest : 10_000)) lone.add(tMs)
  })
  return lone
}
