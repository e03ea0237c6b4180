/**
 * One step of a plant: from its state and what is around it to what flowed and the next state. All flows follow from
 * the state at the start, so that no equation has to be solved and the books close to the last digits.
 *
 *     use ──▶ flow ──▶ supply air ──▶ inlets ──▶ power, outlets ──▶ hall's air, slab
 *                          │                        │
 *                          └──▶ cold water, heat rejection, water ──▶ supply of electricity
 */
import type { Mixing } from './air/mixing.ts'
import { chill } from './cooling/chillers.ts'
import { coolByLiquid } from './cooling/liquid.ts'
import { clearFlows, type Flows } from './flows.ts'
import { advanceHall, askAir, humidify, serveRacks, supplyHall, type HallAround } from './hall.ts'
import { sharedShape } from './it/use.ts'
import { isTestOn } from './power/generator-test.ts'
import { advanceSupply, isBlackout, supply } from './power/supply.ts'
import type { PlantHealth, Outside, PlantSpec } from './spec.ts'
import type { HallState, PlantState } from './state.ts'

/** A step must be shorter than the air's time constants, which a plant keeps at 120 s and more. */
export const STEP_S = 60

/** What is around a plant in a step that begins at `tMs`. */
interface Around {
  readonly tMs: number
  /** Local standard time less UTC. */
  readonly offsetMs: number
  readonly outside: Outside
  /** Factor of the racks' use. */
  readonly load: number
  readonly health: PlantHealth
}

/** Goes on by `STEP_S`: `state` becomes that at the end, `flows` the means over the step. */
export function stepPlant(spec: PlantSpec, state: PlantState, around: Around, flows: Flows): void {
  clearFlows(flows, STEP_S)
  const here = hallAround(state, around)
  const { outside, health } = here
  const mixings: Mixing[] = []
  let itW = 0
  let coilsW = 0
  for (const [at, hall] of spec.halls.entries()) {
    const now = hallOf(state, at)
    askAir(hall, now, here)
    coilsW += supplyHall(spec, now, state, here, flows)
    const mixing = { bypassKgS: 0, fromHallKgS: 0, intoHallW: 0 }
    itW += serveRacks(hall, now, mixing)
    mixings.push(mixing)
  }
  const sink = { outside: health.water > 0 ? outside : { ...outside, wetC: outside.dryC }, health }
  if (spec.cooling.kind === 'chilled') chill(spec.cooling.plant, state.chillers, coilsW, sink, flows)
  const liquidShare = spec.liquid !== undefined && health.pumps > 0 ? spec.liquid.share : 0
  if (spec.liquid !== undefined) coolByLiquid(spec.liquid, state.liquid, itW * liquidShare, sink, flows)
  const steams = spec.halls.map((hall, at) => humidify(hall, hallOf(state, at), health, flows))
  supplyElectricity(spec, state, itW, around, flows)
  const indoorW = bookBeside(spec, flows)
  for (const [at, hall] of spec.halls.entries()) {
    const heatW = indoorW / spec.halls.length
    const mixing = mixings[at] ?? { bypassKgS: 0, fromHallKgS: 0, intoHallW: 0 }
    const gains = { heatW, steamKgS: steams[at] ?? 0, liquidShare, mixing, doors: health.doors }
    advanceHall(hall, hallOf(state, at), gains, outside, flows)
  }
  advanceSupply(state.supply, around.health, flows)
}

function hallAround(state: PlantState, around: Around): HallAround {
  const { tMs, offsetMs, outside, load } = around
  const isBlack = isBlackout(state.supply, around.health)
  const health = isBlack ? { ...around.health, ...AT_REST } : around.health
  const power = isBlack && state.supply.batteryJ <= 0 ? 'dark' : 'on'
  return { tMs, outside, load, health, power, shape: sharedShape(tMs + offsetMs) }
}

/** What stands still without mains. */
const AT_REST: Partial<PlantHealth> = { fans: 0, compressors: 0, pumps: 0, water: 0, humidifier: 0 }

function supplyElectricity(spec: PlantSpec, state: PlantState, itW: number, around: Around, flows: Flows): void {
  const { fansW, pumpsW, compressorsW, rejectionW, humidifierW } = flows
  const loads = {
    itW,
    mechanicalW: fansW + pumpsW + compressorsW + rejectionW + humidifierW,
    auxiliaryW: spec.auxiliary.powerW,
    modules: state.modules,
    test: isTestOn(spec.power.generator, around.tMs + around.offsetMs) ? ('generator' as const) : ('none' as const),
  }
  supply(spec.power, state.supply, loads, around.health, flows)
}

/** Books what becomes heat outside the halls; gives what becomes heat within them. */
function bookBeside({ power, auxiliary }: PlantSpec, flows: Flows): number {
  const roomsW = flows.upsW + flows.chargeLossW
  const indoorW = flows.pduW + power.indoorShare * roomsW + auxiliary.indoorShare * flows.auxiliaryW
  flows.besideW =
    (1 - power.indoorShare) * roomsW +
    (1 - auxiliary.indoorShare) * flows.auxiliaryW +
    flows.transformerW +
    flows.rejectionW +
    flows.heaterW +
    (flows.fuelW - flows.generatorW)
  return indoorW
}

function hallOf({ halls }: PlantState, at: number): HallState {
  const hall = halls[at]
  if (hall === undefined) throw new Error(`no hall ${at}`)
  return hall
}
