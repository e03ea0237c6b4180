/** Weather and stretches of time for tests of a plant alone. */
import { createFlows, type Flows } from '../../../simulators/plant/flows.ts'
import { oneHall, plantOf, type Kind } from '../../../simulators/plant/kinds.ts'
import { WHOLE, type Health, type Outside, type PlantSpec } from '../../../simulators/plant/spec.ts'
import { createState, type PlantState } from '../../../simulators/plant/state.ts'
import { STEP_S, stepPlant } from '../../../simulators/plant/step.ts'
import { ratioAtWetBulb } from '../../../simulators/weather/moist.ts'

export const SEA_PA = 101_325
export const MONDAY_MS = Date.UTC(2026, 5, 1)

export function small(kind: Kind, setK = 0): PlantSpec {
  return plantOf(kind, { ...oneHall(8, 8_000, SEA_PA, 3), setK })
}

/** Air that stays as it is. */
export function still(dryC: number, wetC: number): (tMs: number, out: Outside) => void {
  const ratio = ratioAtWetBulb(dryC, wetC, SEA_PA)
  return (_tMs, out) => Object.assign(out, { dryC, wetC, ratio })
}

/** Days from frost to heat: 13 K each way around 15 °C in a week, 6 K in a day. */
export function swinging(tMs: number, out: Outside): void {
  const days = tMs / 86_400_000
  const dryC = 15 + 13 * Math.sin((2 * Math.PI * days) / 7) + 6 * Math.sin(2 * Math.PI * days)
  const wetC = dryC - 1 - 0.2 * Math.max(0, dryC)
  Object.assign(out, { dryC, wetC, ratio: ratioAtWetBulb(dryC, wetC, SEA_PA) })
}

export interface Walk {
  spec: PlantSpec
  state: PlantState
  flows: Flows
  /** Goes on by so many steps with the air and the health given; calls `seen` after each. */
  go: (
    steps: number,
    around: { air?: (tMs: number, out: Outside) => void; health?: Partial<Health>; load?: number },
    seen?: () => void,
  ) => void
}

export function walk(spec: PlantSpec, fromMs = MONDAY_MS): Walk {
  const state = createState(spec, 15)
  const flows = createFlows()
  const outside: Outside = { dryC: 15, wetC: 10, ratio: 0.006 }
  let tMs = fromMs
  return {
    spec,
    state,
    flows,
    go: (steps, { air, health = {}, load = 1 }, seen) => {
      for (let step = 0; step < steps; step++) {
        air?.(tMs, outside)
        stepPlant(spec, state, { tMs, offsetMs: 0, outside, load, health: { ...WHOLE, ...health } }, flows)
        tMs += STEP_S * 1000
        seen?.()
      }
    },
  }
}
