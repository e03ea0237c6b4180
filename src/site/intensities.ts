import type { Config } from '../config/config.ts'
import { dateReader } from '../config/dated/dates.ts'
import { stepMsOf } from '../config/sums/intensities.ts'
import { parseInstant } from '../ingest/times.ts'
import type { IntensityRef } from '../core/contract/formula.ts'
import type { IntensityPlan } from '../core/contract/plan.ts'

type IntensityConfig = Config['intensities'][string]

/** What a kWh stands for, by its name: of the present configuration, and of earlier ones what it no longer has. */
export interface Intensities {
  readonly plans: readonly IntensityPlan[]
  /** Of a name that any of the configurations has. */
  readonly refOf: (name: string) => IntensityRef
}

/**
 * A table speaks of its own dates, so the present one counts for earlier times, too: a month's figure is published
 * when the month is over.
 */
export function intensitiesOf(
  config: Config,
  earlier: readonly { readonly config: Config }[],
  indexOf: ReadonlyMap<string, number>,
): Intensities {
  const all = new Map([...earlier.map((it) => it.config), config].flatMap((of) => Object.entries(of.intensities)))
  const names = [...all.keys()]
  const pointOf = ({ point }: IntensityConfig) => (point === undefined ? -1 : (indexOf.get(point) ?? -1))
  return {
    plans: [...all].map(([name, intensity]) => ({
      name,
      point: pointOf(intensity),
      accuracy: intensity.accuracyPct === undefined ? NaN : intensity.accuracyPct / 100,
      ...stepsOf(config, intensity),
    })),
    refOf: (name) => {
      const intensity = all.get(name)
      if (intensity === undefined) throw new Error(`intensity ${name} passed the checks and is not there`)
      return { intensity: names.indexOf(name), name, point: pointOf(intensity) }
    },
  }
}

type Steps = Pick<IntensityPlan, 'from' | 'worth' | 'stepMs'>

function stepsOf(config: Config, { gPerKwh, monthly, steps }: IntensityConfig): Steps {
  if (gPerKwh !== undefined) return { from: [-Infinity], worth: [gPerKwh], stepMs: 0 }
  if (steps !== undefined) return datedSteps(steps, config.core.intervalS * 1000)
  if (monthly === undefined) return { from: [], worth: [], stepMs: 0 }
  return { ...monthSteps(config, new Map(Object.entries(monthly))), stepMs: stepMsOf({ monthly }) }
}

/** A step that is longer than the shortest, and the last one, hold for as long as the shortest does. */
function datedSteps(steps: NonNullable<IntensityConfig['steps']>, lengthMs: number): Steps {
  const times = steps.map(([from]) => parseInstant(from))
  const stepMs = stepMsOf({ steps })
  const all = steps.flatMap(([, worth], n): (readonly [tMs: number, worth: number])[] => {
    const [tMs, endMs] = [times[n] ?? NaN, (times[n] ?? NaN) + stepMs]
    return times[n + 1] === endMs
      ? [[tMs, worth]]
      : [
          [tMs, worth],
          [endMs, NaN],
        ]
  })
  return { from: all.map(([tMs]) => tMs / lengthMs), worth: all.map(([, worth]) => worth), stepMs }
}

/** From the first of each month on, in the site's time zone; NaN behind a month that has no other behind it. */
function monthSteps(config: Config, monthly: ReadonlyMap<string, number>): Pick<Steps, 'from' | 'worth'> {
  const read = dateReader(config.site.timezone)
  const lengthMs = config.core.intervalS * 1000
  const months = new Set([...monthly.keys()].flatMap((month) => [month, monthAfter(month)]))
  const rising = [...months].toSorted()
  return {
    from: rising.map((month) => read(`${month}-01`) / lengthMs),
    worth: rising.map((month) => monthly.get(month) ?? NaN),
  }
}

/** `2027-01` of `2026-12`. */
function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  const next = number === 12 ? [year + 1, 1] : [year, number + 1]
  return next.map((part, n) => String(part).padStart(n === 0 ? 4 : 2, '0')).join('-')
}
