import type { LeafPlan } from './formula.ts'

/**
 * What a meter is multiplied by, formed interval by interval. A product is unknown where either side is.
 *
 * ```
 * heat    flow × (hot − cold) × density × heat capacity of the medium
 * share   shared plant × own key / sum of all keys
 * ```
 */
export type TimesPlan = HeatPlan | SharePlan

/** Water, or a mixture, whose flow is measured and which gives off heat between two temperatures. */
export interface HeatPlan {
  readonly kind: 'heat'
  readonly name: string
  /** Points of temperatures, and the one of the two at which the flow is measured. */
  readonly hot: number
  readonly cold: number
  readonly at: 'hot' | 'cold'
  /** J that a mL of a declared medium gives off for each K; NaN: it is water, and its temperatures say so. */
  readonly jPerMlK: number
  /** The difference of the two temperatures is within so many K of the truth; NaN where not declared. */
  readonly accuracyK: number
}

/** One part of shared plant: as much of it as its own key has of all keys. */
export interface SharePlan {
  readonly kind: 'share'
  readonly name: string
  readonly own: readonly LeafPlan[]
  readonly all: readonly LeafPlan[]
}

export function pointsOfTimes(times: TimesPlan | undefined): number[] {
  if (times === undefined) return []
  return times.kind === 'heat'
    ? [times.hot, times.cold].filter((point) => point >= 0)
    : times.all.flatMap(({ points }) => points)
}

/**
 * Density in kg/m³ and heat capacity in J/(kg K) of pure water at 0, 10 … 100 °C and the pressure of the atmosphere.
 * Source: CRC Handbook of Chemistry and Physics, properties of water in the range 0 to 100 °C. Straight lines between
 * are within 0.03 %.
 */
const WATER: readonly (readonly [density: number, heatCapacity: number])[] = [
  [999.84, 4217.6],
  [999.7, 4192.1],
  [998.21, 4181.8],
  [995.65, 4178.4],
  [992.22, 4178.5],
  [988.03, 4180.6],
  [983.2, 4184.3],
  [977.78, 4189.5],
  [971.82, 4196.3],
  [965.35, 4205],
  [958.4, 4215.9],
]
const STEP_C = 10

/** J that a mL of water gives off for each K, by the temperature at its meter and the mean of both: 0 to 100 °C. */
export function waterJPerMlK(meterC: number, meanC: number): number {
  return (propertyAt(0, meterC) * propertyAt(1, meanC)) / 1e6
}

function propertyAt(property: 0 | 1, tC: number): number {
  const at = Math.min(Math.max(tC / STEP_C, 0), WATER.length - 1)
  const from = Math.min(Math.floor(at), WATER.length - 2)
  const [low, high] = [WATER[from]![property], WATER[from + 1]![property]]
  return low + (high - low) * (at - from)
}

/** About the same at any temperature that plants have, within 1.5 %: for ± and what is told of means. */
export function usualJPerMlK({ jPerMlK }: HeatPlan): number {
  return Number.isNaN(jPerMlK) ? waterJPerMlK(40, 40) : jPerMlK
}
