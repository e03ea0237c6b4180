import type { Config, PointConfig } from '../config/config.ts'
import type { OutdoorPlan } from '../core/contract/outdoor.ts'
import type { AirflowPlan, InletPlan, ScopePlan, SensorPlan } from '../core/contract/plan.ts'
import { envelope } from '../core/air/envelope.ts'
import type { Envelope, EnvelopeClass } from '../core/contract/limits.ts'
import { toBase, UNITS } from '../ingest/units.ts'
import { createMemo } from './memo.ts'
import { invalidOf } from './routes.ts'

/** What the points of the air measure, by name: what can be believed of them hangs on it. */
type Use = 'air' | 'dew_point'

const ANYTHING = {
  lowest: -Infinity,
  highest: Infinity,
  clampAbove: Infinity,
  sentinels: [],
  jump: Infinity,
  stuckMs: Infinity,
  stuckCoarseMs: Infinity,
  coarseStep: 0.5,
  coarseFrom: 0,
}

/** Plausible °C and %, and what a single sample may leap. Source: standards of the trade; the leaps are our own. */
const BELIEVED = {
  air: { ...ANYTHING, lowest: -20, highest: 80, jump: 10 },
  dew_point: { ...ANYTHING, lowest: -60, highest: 80, jump: 10 },
  temperature: { ...ANYTHING, lowest: -100, highest: 200, jump: 10 },
  humidity: { ...ANYTHING, lowest: Number.MIN_VALUE, highest: 105, clampAbove: 100, jump: 30 },
}

/** What 1-Wire sensors tell when they are not there and when they have just been powered, °C. */
const ONE_WIRE_C = [-127, 85]

/** What devices send when they have nothing to tell, as it comes or scaled: nines, and all bits of a word. */
const NOTHING = [999, 9999, -999, -9999]
const FULL_WORDS = [32767, -32768, 65535]
const SCALED = [1, 0.1, 0.01]

/** A hall's air moves in six hours, by more than the last digit of most sensors. */
const STUCK_AFTER_S = 21_600
/** Still air can stay within a coarse sensor's step for a night, hardly for a day. */
const STUCK_COARSE_AFTER_S = 86_400

/** What each point is used for, where that says what can be believed of it. */
export function usesOf({ inlets, halls }: Config): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>()
  for (const { dryBulb, outlet, dewPoint } of Object.values(inlets)) {
    if (dewPoint !== undefined) uses.set(dewPoint, 'dew_point')
    uses.set(dryBulb, 'air')
    if (outlet !== undefined) uses.set(outlet, 'air')
  }
  for (const { supply, return: back } of Object.values(halls))
    for (const point of [supply, back]) uses.set(point, 'air')
  return uses
}

/**
 * What can be believed of a point, in base units. A device's word for nothing is only one where no such value can be:
 * 99.9 % is a humidity. What the point declares as `invalid` always is.
 */
export function sensorOf(point: PointConfig, use: Use | undefined): SensorPlan {
  const conversion = UNITS[point.unit]
  const quantity = conversion?.quantity
  const stuckAfterMs = (usualS: number) => (point.stuckAfterS === 0 ? Infinity : (point.stuckAfterS ?? usualS) * 1000)
  const coarseFrom = conversion === undefined ? 0 : toBase(conversion, point.offset)
  const coarseStep = conversion === undefined ? 0.5 : toBase(conversion, 0.5) - toBase(conversion, 0)
  const stuck = {
    stuckMs: stuckAfterMs(STUCK_AFTER_S),
    stuckCoarseMs: stuckAfterMs(STUCK_COARSE_AFTER_S),
    coarseStep,
    coarseFrom,
  }
  const declared = point.kind === 'gauge' ? invalidOf(point) : []
  if (quantity === 'volume') return { ...ANYTHING, sentinels: declared } // a count may stand still
  if (conversion === undefined || (quantity !== 'temperature' && quantity !== 'humidity')) {
    return { ...ANYTHING, sentinels: declared, ...(point.kind === 'gauge' && stuck) }
  }
  const believed = BELIEVED[quantity === 'humidity' ? 'humidity' : (use ?? 'temperature')]
  const written = [...NOTHING, ...FULL_WORDS.flatMap((word) => SCALED.map((scale) => word * scale))]
  const scaled = written.map((raw) => raw * point.factor + point.offset)
  const words = [...written, ...scaled].map((value) => toBase(conversion, value))
  const oneWire = quantity === 'humidity' ? [] : use === undefined ? ONE_WIRE_C.slice(0, 1) : ONE_WIRE_C
  const beyond = [...oneWire, ...words].filter((value) => value < believed.lowest || value > believed.highest)
  return { ...believed, sentinels: [...new Set([...beyond, ...declared])], ...stuck }
}

/** Tells the limits of an inlet's class: one object for all inlets of it. */
export function envelopesOf({ site }: Config): (itClass: EnvelopeClass) => Envelope {
  const envelopeOf = createMemo<Envelope>()
  return (itClass) => envelopeOf(itClass, () => envelope(site.edition, itClass, site.altitudeM, site.corrosion))
}

/** The inlets in the order of the configuration; one without moisture of its own may have its neighbour's. */
export function inletsOf(
  { inlets }: Config,
  envelopeOf: (itClass: EnvelopeClass) => Envelope,
  place: (point: string) => number,
): InletPlan[] {
  const at = (point: string | undefined) => (point === undefined ? -1 : place(point))
  return Object.values(inlets).map((inlet) => {
    const other = inlet.humidityFrom === undefined ? undefined : inlets[inlet.humidityFrom]
    const moist = other ?? inlet
    return {
      dryBulb: place(inlet.dryBulb),
      humidity: at(moist.humidity),
      dewPoint: at(moist.dewPoint),
      dewPointFirst: moist.primary === 'dewPoint',
      otherDryBulb: at(other?.dryBulb),
      isMoistureUnmeasured: inlet.moisture === 'unmeasured',
      outlet: at(inlet.outlet),
      tape: inlet.equipment === 'tape',
      envelope: envelopeOf(inlet.class),
    }
  })
}

/** Places outside in the order of the configuration. */
function outdoorOf({ outdoor }: Config, place: (point: string) => number): OutdoorPlan[] {
  const at = (point: string | undefined) => (point === undefined ? -1 : place(point))
  return Object.values(outdoor).map(({ dryBulb, humidity, dewPoint }) => ({
    dryBulb: place(dryBulb),
    humidity: at(humidity),
    dewPoint: at(dewPoint),
  }))
}

/** Halls whose supply and return are measured. */
function airflowsOf(
  { halls }: Config,
  scopes: readonly (ScopePlan & { name: string })[],
  place: (point: string) => number,
): AirflowPlan[] {
  return Object.entries(halls).map(([hall, { supply, return: back }]) => ({
    scope: scopes.findIndex(({ scope, name }) => scope === 'hall' && name === hall),
    supply: place(supply),
    return: place(back),
  }))
}

/** What is measured of the air beside inlets. */
export function otherAirOf(
  config: Config,
  scopes: readonly (ScopePlan & { name: string })[],
  place: (point: string) => number,
): { outdoor: OutdoorPlan[]; airflows: AirflowPlan[] } {
  return { outdoor: outdoorOf(config, place), airflows: airflowsOf(config, scopes, place) }
}
