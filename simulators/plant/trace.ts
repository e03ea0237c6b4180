/**
 * A plant's course through time, for whoever asks for a moment: steps are made as they are needed and kept by the hour.
 * The state at each midnight stays, so that any hour can be made again. Between the middles of steps a quantity is a
 * straight line.
 */
import { dewFrom } from '../weather/moist.ts'
import { DAY_MS } from '../weather/noise.ts'
import { outsideAt, type Weather } from '../weather/weather.ts'
import { HALL_SUMS, hallSums } from './air/indices.ts'
import { inletAtHeight } from './air/mixing.ts'
import type { InletPlace } from './fit.ts'
import { createFlows, type Flows } from './flows.ts'
import { WHOLE, type PlantHealth, type Outside, type PlantSpec } from './spec.ts'
import { createState, type PlantState } from './state.ts'
import { STEP_S, stepPlant } from './step.ts'

const HOUR_MS = 3_600_000
const STEP_MS = STEP_S * 1000
const STEPS = HOUR_MS / STEP_MS
/** Numbers kept at most: about 32 MB, but never less than four hours. */
const KEPT_NUMBERS = 4e6

/** Quantities of the whole site by name, then of each inlet, of each hall, of each rack. */
const SITE_COLUMNS = ['itW', 'pduW', 'siteW', 'coolingW', 'outsideC', 'outsideDewC'] as const
const INLET_COLUMNS = ['inletC', 'dewC', 'outletC'] as const

type SiteColumn = (typeof SITE_COLUMNS)[number]
type InletColumn = (typeof INLET_COLUMNS)[number]

/** What drives a plant besides its weather, by time. */
interface TraceDrive {
  readonly load: (tMs: number) => number
  readonly health?: (tMs: number) => PlantHealth
}

export interface Trace {
  readonly spec: PlantSpec
  readonly inlets: readonly InletPlace[]
  readonly weather: Weather
  readonly drive: TraceDrive
  readonly racks: number
  readonly columns: number
  /** The first moment that is known. */
  readonly epochMs: number
  /** State at the start of days, by day. */
  readonly midnights: Map<number, PlantState>
  /** Hours made, by hour: step × columns + column. */
  readonly hours: Map<number, Float64Array>
  state: PlantState
  nextHour: number
  readonly flows: Flows
  readonly outside: Outside
}

/** A plant at a site, known from the midnight (UTC) before `startMs` on, and a day before that. */
export function createTrace(
  { spec, inlets }: { spec: PlantSpec; inlets: readonly InletPlace[] },
  weather: Weather,
  drive: TraceDrive,
  startMs: number,
): Trace {
  const epochMs = (Math.floor(startMs / DAY_MS) - 1) * DAY_MS
  const outside = { dryC: 0, wetC: 0, ratio: 0 }
  const warmUpMs = epochMs - DAY_MS
  outsideAt(weather, warmUpMs, outside)
  const racks = spec.halls.reduce((sum, hall) => sum + hall.racks.length, 0)
  const trace: Trace = {
    spec,
    inlets,
    weather,
    drive,
    racks,
    columns: SITE_COLUMNS.length + INLET_COLUMNS.length * inlets.length + HALL_SUMS.length * spec.halls.length + racks,
    epochMs,
    midnights: new Map(),
    hours: new Map(),
    state: createState(spec, outside.dryC),
    nextHour: epochMs / HOUR_MS,
    flows: createFlows(),
    outside,
  }
  for (let tMs = warmUpMs; tMs < epochMs; tMs += STEP_MS) stepAt(trace, tMs)
  return trace
}

export function siteAt(trace: Trace, column: SiteColumn, tMs: number): number {
  return valueAt(trace, SITE_COLUMNS.indexOf(column), tMs)
}

export function inletAt(trace: Trace, inlet: number, column: InletColumn, tMs: number): number {
  const place = INLET_COLUMNS.length * inlet + INLET_COLUMNS.indexOf(column)
  return valueAt(trace, SITE_COLUMNS.length + place, tMs)
}

/** What a hall's indices are made of. */
export function hallAt(trace: Trace, hall: number, column: (typeof HALL_SUMS)[number], tMs: number): number {
  const place = HALL_SUMS.length * hall + HALL_SUMS.indexOf(column)
  return valueAt(trace, SITE_COLUMNS.length + INLET_COLUMNS.length * trace.inlets.length + place, tMs)
}

/** Power of a rack, counted through all halls. */
export function rackW(trace: Trace, rack: number, tMs: number): number {
  return valueAt(trace, trace.columns - trace.racks + rack, tMs)
}

function valueAt(trace: Trace, column: number, tMs: number): number {
  // A step's quantities are means over it: they stand in its middle.
  const steps = Math.max(0, (tMs - trace.epochMs) / STEP_MS - 0.5)
  const step = Math.floor(steps)
  const from = knot(trace, column, step)
  return steps === step ? from : from + (knot(trace, column, step + 1) - from) * (steps - step)
}

function knot(trace: Trace, column: number, step: number): number {
  const at = Math.floor(step / STEPS)
  const block = hourAt(trace, trace.epochMs / HOUR_MS + at)
  return block[(step - at * STEPS) * trace.columns + column] ?? NaN
}

function hourAt(trace: Trace, hour: number): Float64Array {
  const known = trace.hours.get(hour)
  if (known !== undefined) return known
  const day = Math.floor((hour * HOUR_MS) / DAY_MS)
  const midnight = trace.midnights.get(day)
  if (hour < trace.nextHour && midnight !== undefined) {
    trace.state = structuredClone(midnight)
    trace.nextHour = (day * DAY_MS) / HOUR_MS
  }
  let block: Float64Array = new Float64Array(0)
  while (trace.nextHour <= hour) block = makeHour(trace)
  return block
}

function makeHour(trace: Trace): Float64Array {
  const { columns, hours, nextHour, midnights } = trace
  const fromMs = nextHour * HOUR_MS
  if (fromMs % DAY_MS === 0) midnights.set(fromMs / DAY_MS, structuredClone(trace.state))
  const block = new Float64Array(STEPS * columns)
  for (let step = 0; step < STEPS; step++) {
    stepAt(trace, fromMs + step * STEP_MS)
    keep(trace, block, step * columns)
  }
  hours.set(nextHour, block)
  const most = Math.max(4, Math.floor(KEPT_NUMBERS / block.length))
  for (const oldest of hours.keys()) {
    if (hours.size <= most) break
    hours.delete(oldest)
  }
  trace.nextHour++
  return block
}

function stepAt({ spec, state, weather, drive, flows, outside }: Trace, tMs: number): void {
  outsideAt(weather, tMs, outside)
  const health = drive.health?.(tMs) ?? WHOLE
  stepPlant(spec, state, { tMs, offsetMs: weather.offsetMs, outside, load: drive.load(tMs), health }, flows)
}

/** Writes a step's quantities, in the order of the columns. */
function keep({ spec, state, flows, outside, inlets }: Trace, block: Float64Array, from: number): void {
  let at = from
  block[at++] = flows.itW
  block[at++] = flows.pduW
  block[at++] = flows.utilityW + flows.generatorW
  block[at++] = flows.fansW + flows.pumpsW + flows.compressorsW + flows.rejectionW + flows.humidifierW
  block[at++] = outside.dryC
  block[at++] = dewFrom(outside.ratio, spec.pressurePa)
  const dews = state.halls.map(({ ratio }) => dewFrom(ratio, spec.pressurePa))
  for (const { hall, rack, height } of inlets) {
    const hallNow = state.halls[hall]
    const rackNow = hallNow?.racks[rack]
    if (hallNow === undefined || rackNow === undefined) throw new Error('an inlet without a rack')
    block[at++] = Number.isNaN(height) ? rackNow.inC : inletAtHeight(rackNow, hallNow, height)
    block[at++] = dews[hall] ?? NaN
    block[at++] = rackNow.outC
  }
  for (const hall of state.halls) {
    const sums = hallSums(hall)
    for (const column of HALL_SUMS) block[at++] = sums[column]
  }
  for (const { racks } of state.halls) for (const { powerW } of racks) block[at++] = powerW
}
