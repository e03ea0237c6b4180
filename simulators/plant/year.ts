/** A plant alone, without devices and messages: hourly energies, temperatures and water over any stretch. */
import { heldBy, residualsOf, type Residuals } from './balance.ts'
import { addFlows, createFlows, type Flows } from './flows.ts'
import { STEP_S, stepPlant } from './step.ts'
import { WHOLE, type PlantHealth, type Outside, type PlantSpec } from './spec.ts'
import { createState, type PlantState } from './state.ts'

interface Stretch {
  readonly fromMs: number
  readonly hours: number
  /** Local standard time less UTC. */
  readonly offsetMs: number
  /** The air outside at a time, into `out`. */
  readonly outside: (tMs: number, out: Outside) => void
  readonly load?: (tMs: number) => number
  readonly health?: (tMs: number) => PlantHealth
  /** Hours that the plant runs before, to forget how it began. */
  readonly warmUpHours?: number
}

/** Sums of flows over an hour: J in place of W, kg in place of kg/s. */
interface PlantHour {
  readonly tMs: number
  readonly sums: Flows
  /** Mean over the hour of the air outside, of supply and return air by flow alike, and of the racks' inlets, °C. */
  outsideC: number
  supplyC: number
  returnC: number
  inletC: number
  hottestC: number
}

export interface PlantRun {
  readonly hours: PlantHour[]
  readonly sums: Flows
  /** Over the whole stretch; `throughW` is the mean of what the components took. */
  readonly residuals: Residuals
  readonly state: PlantState
}

export function runPlant(spec: PlantSpec, stretch: Stretch): PlantRun {
  const { fromMs, hours, warmUpHours = 48 } = stretch
  const outside: Outside = { dryC: 0, wetC: 0, ratio: 0 }
  const startMs = fromMs - warmUpHours * 3_600_000
  stretch.outside(startMs, outside)
  const state = createState(spec, outside.dryC)
  const flows = createFlows()
  for (let tMs = startMs; tMs < fromMs; tMs += STEP_S * 1000) go(spec, state, { stretch, tMs, outside }, flows)
  const before = heldBy(spec, state)
  const sums = createFlows()
  const list: PlantHour[] = []
  const steps = 3600 / STEP_S
  for (let hour = 0; hour < hours; hour++) {
    const tMs = fromMs + hour * 3_600_000
    const row: PlantHour = {
      tMs,
      sums: createFlows(),
      outsideC: 0,
      supplyC: 0,
      returnC: 0,
      inletC: 0,
      hottestC: -Infinity,
    }
    for (let step = 0; step < steps; step++) {
      go(spec, state, { stretch, tMs: tMs + step * STEP_S * 1000, outside }, flows)
      addFlows(row.sums, flows, STEP_S)
      addTemperatures(row, state, outside, 1 / steps)
    }
    addFlows(sums, row.sums, 1)
    list.push(row)
  }
  const totalS = hours * 3600
  const means = createFlows()
  addFlows(means, sums, 1 / totalS)
  means.dtS = totalS
  return { hours: list, sums, residuals: residualsOf(means, before, heldBy(spec, state)), state }
}

function go(
  spec: PlantSpec,
  state: PlantState,
  { stretch, tMs, outside }: { stretch: Stretch; tMs: number; outside: Outside },
  flows: Flows,
): void {
  stretch.outside(tMs, outside)
  const load = stretch.load?.(tMs) ?? 1
  stepPlant(
    spec,
    state,
    { tMs, offsetMs: stretch.offsetMs, outside, load, health: stretch.health?.(tMs) ?? WHOLE },
    flows,
  )
}

function addTemperatures(row: PlantHour, { halls }: PlantState, outside: Outside, weight: number): void {
  row.outsideC += outside.dryC * weight
  for (const { racks, supplyC, airC } of halls) {
    const share = weight / halls.length
    let sumC = 0
    let hottestC = row.hottestC
    for (const { inC } of racks) {
      sumC += inC
      if (inC > hottestC) hottestC = inC
    }
    row.supplyC += supplyC * share
    row.returnC += airC * share
    row.inletC += (sumC / racks.length) * share
    row.hottestC = hottestC
  }
}
