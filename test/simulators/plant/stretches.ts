/** Weather and stretches of time for tests of a plant alone. */
import type { Expansion } from '../../../simulators/plant/cooling/expansion.ts'
import type { IndirectCooler } from '../../../simulators/plant/cooling/indirect.ts'
import { createFlows, type Flows } from '../../../simulators/plant/flows.ts'
import { oneHall, plantOf, type PlantKind } from '../../../simulators/plant/kinds.ts'
import { WHOLE, type PlantHealth, type Outside, type PlantSpec } from '../../../simulators/plant/spec.ts'
import { createState, type PlantState } from '../../../simulators/plant/state.ts'
import { STEP_S, stepPlant } from '../../../simulators/plant/step.ts'
import { ratioAtWetBulb } from '../../../simulators/weather/moist.ts'

export const SEA_PA = 101_325
export const MONDAY_MS = Date.UTC(2026, 5, 1)

export function small(kind: PlantKind, setK = 0): PlantSpec {
  return plantOf(kind, { ...oneHall(8, 8_000, SEA_PA, 3), setK })
}

const TRIM: Expansion = {
  ratedW: 60_000,
  efficiency: 0.45,
  evaporatorK: 11,
  condenserK: 14,
  condenserFanW: 2_000,
  coilRatio: 0.0095,
}
const EXCHANGER: IndirectCooler = {
  effectiveness: 0.75,
  outerFansW: 2_500,
  wetting: 0.8,
  frostC: 4,
  cycles: 4,
}

/** Ways of cooling that no kind has: outside air without pads, with a trim; indirect coolers, dry, wet, with a trim. */
export const VARIANTS = [
  'outside',
  'outside with trim',
  'indirect dry',
  'indirect wet',
  'indirect with trim',
  'dry cooler',
  'hybrid cooler',
] as const

export function variant(name: (typeof VARIANTS)[number]): PlantSpec {
  const spec = small('adiabatic')
  const chilled = small('free')
  if (spec.cooling.kind !== 'outside' || chilled.cooling.kind !== 'chilled') throw new Error('other kinds of cooling')
  const { air, outside } = spec.cooling
  const { plant } = chilled.cooling
  const rejecting = (kind: 'dry' | 'hybrid') => {
    const rejection = { ...plant.rejection, kind, approachK: 7, wetAboveC: 22 }
    return { ...chilled, cooling: { ...chilled.cooling, plant: { ...plant, rejection } } }
  }
  const bare = { exhaustW: outside.exhaustW, leastShare: outside.leastShare }
  switch (name) {
    case 'outside':
      return { ...spec, cooling: { kind: 'outside', air, outside: bare } }
    case 'outside with trim':
      return { ...spec, cooling: { kind: 'outside', air, outside, trim: TRIM } }
    case 'indirect dry':
      return { ...spec, cooling: { kind: 'indirect', air, indirect: { ...EXCHANGER, wetting: 0 } } }
    case 'indirect wet':
      return { ...spec, cooling: { kind: 'indirect', air, indirect: EXCHANGER } }
    case 'indirect with trim':
      return { ...spec, cooling: { kind: 'indirect', air, indirect: EXCHANGER, trim: TRIM } }
    case 'dry cooler':
      return rejecting('dry')
    case 'hybrid cooler':
      return rejecting('hybrid')
  }
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
    around: { air?: (tMs: number, out: Outside) => void; health?: Partial<PlantHealth>; load?: number },
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
