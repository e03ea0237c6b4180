/**
 * How much the servers of a rack have to do: a day's and a week's shape (busiest on Wednesday at 14:00 local standard
 * time) and slow noise. A pure function of seed and time, as a part of 1.
 */
import { DAY_MS, evenNumber, noise, wave } from '../../weather/noise.ts'
import type { RackSpec } from '../spec.ts'

const WEEK_MS = 7 * DAY_MS
const NOISE_MS = 900_000
const MINUTE_MS = 60_000

/** The shape that all racks share at a local time, around 0. */
export function sharedShape(localMs: number): number {
  const day = wave(localMs / DAY_MS - 1 / 3)
  const week = wave(localMs / WEEK_MS - 0.625) // the epoch was a Thursday
  return 0.16 * day + 0.08 * week
}

/** The use of a rack, 0..1, by the shared shape at that time. */
export function useOf(rack: RackSpec, shape: number, tMs: number): number {
  const own = 0.06 * noise(rack.seed, tMs, NOISE_MS) + 0.02 * evenNumber(rack.seed + 1, Math.floor(tMs / MINUTE_MS))
  return Math.max(0, Math.min(1, rack.use * (1 + rack.daily * shape + own)))
}
