import { DAY_MS } from '../../weather/noise.ts'
import type { GeneratorSpec } from '../spec.ts'

/** Whether the generator's regular test is on: it begins at 10:00 local standard time of its day. */
export function isTestOn({ testEveryDays, testS }: GeneratorSpec, localMs: number): boolean {
  if (!(testEveryDays > 0)) return false
  const day = Math.floor(localMs / DAY_MS)
  const sinceS = (localMs - day * DAY_MS) / 1000 - 36_000
  return day % testEveryDays === 0 && sinceS >= 0 && sinceS < testS
}
