import { judgedSample, type Alarms, type JudgedSample } from '../alarms/alarm-state.ts'
import { stateOf } from '../alarms/create-state.ts'
import { applySample } from '../alarms/machine.ts'
import { lateRow } from '../alarms/row.ts'
import type { CorePlan } from '../contract/plan.ts'
import type { SensorFlag } from '../contract/flags.ts'
import type { Sink } from '../contract/sink.ts'
import { COST, type Work } from '../contract/work.ts'
import { findMeanAgain, findNextMeans, UTC_HOUR_MS, hourMeanC, type HourMeans } from './hour-means.ts'

/**
 * Dry bulbs in doubt, by means of whole UTC hours (D194):
 *
 *     inlet ↔ median of the inlets next to it   → neighbours
 *     inlet ↔ the air behind its equipment      → swapped
 *
 * Flags take nothing away: a hot spot looks the same. An hour is judged once it is closed, and again when late readings
 * change one of its means. The alarm follows the newest hour; what an older one turns out to be is told `late`.
 */
export interface Sensors {
  readonly hours: HourMeans
  /** Per inlet the dry bulbs of those next to it, as many as there may be; -1 behind the last. */
  readonly neighbours: Int32Array
}

/** So many inlets on either side are neighbours; a median needs this many known ones, so that one may be wrong. */
const BESIDE = 3
const LEAST_KNOWN = 3
/** Air behind equipment is never colder than before it; so much is left to the sensors. */
const SWAPPED_K = 1

export function createSensors(plan: CorePlan, hours: HourMeans): Sensors {
  const neighbours = new Int32Array(2 * BESIDE * plan.inlets.length).fill(-1)
  for (const scope of ['hall', 'rack'] as const) {
    for (const { inlets } of plan.scopes.filter((it) => it.scope === scope)) {
      if (scope === 'rack' && inlets.length <= LEAST_KNOWN) continue
      for (const place of inlets.keys()) {
        const of = neighbours.subarray(2 * BESIDE * inlets[place]!).subarray(0, 2 * BESIDE)
        of.fill(-1)
        of.set(nextTo(plan, inlets, place))
      }
    }
  }
  return { hours, neighbours }
}

/** Dry bulbs of the inlets next to one, in the order of the configuration. At an end they are all on one side. */
function nextTo({ inlets: plans }: CorePlan, inlets: readonly number[], place: number): number[] {
  const from = Math.max(0, Math.min(place - BESIDE, inlets.length - 2 * BESIDE - 1))
  const own = plans[inlets[place]!]!.dryBulb
  const near = inlets.slice(from, from + 2 * BESIDE + 1).map((inlet) => plans[inlet]!.dryBulb)
  return near.filter((dryBulb) => dryBulb !== own).slice(0, 2 * BESIDE)
}

function neighboursOf({ neighbours }: Sensors, inlet: number): Int32Array {
  return neighbours.subarray(2 * BESIDE * inlet, 2 * BESIDE * (inlet + 1))
}

/** What an hour says of an inlet's dry bulb. The weightier doubt comes last. */
interface Verdict {
  readonly flags: readonly SensorFlag[]
  /** The mean of the hour, and what it is compared with, °C. */
  readonly meanC: number
  readonly expectedC: number
}

/** Judges an inlet in an hour; undefined: its mean is not known, or there is nothing to compare it with. */
function verdictOf(sensors: Sensors, inlet: number, hour: number): Verdict | undefined {
  const { hours } = sensors
  const { dryBulb, outlet } = hours.plan.inlets[inlet]!
  const meanC = hourMeanC(hours, dryBulb, hour)
  if (Number.isNaN(meanC)) return undefined
  const nearC = medianC(hours, neighboursOf(sensors, inlet), hour)
  const behindC = outlet < 0 ? NaN : hourMeanC(hours, outlet, hour)
  if (Number.isNaN(nearC) && Number.isNaN(behindC)) return undefined
  const flags: SensorFlag[] = []
  if (Math.abs(meanC - nearC) > hours.plan.alarms.apartK) flags.push('neighbours')
  if (meanC - behindC > SWAPPED_K) flags.push('swapped')
  return { flags, meanC, expectedC: flags.at(-1) === 'swapped' || Number.isNaN(nearC) ? behindC : nearC }
}

function medianC(hours: HourMeans, points: Int32Array, hour: number): number {
  const known = Array.from(points, (point) => (point < 0 ? NaN : hourMeanC(hours, point, hour)))
    .filter((meanC) => !Number.isNaN(meanC))
    .sort((a, b) => a - b)
  if (known.length < LEAST_KNOWN) return NaN
  return (known[(known.length - 1) >> 1]! + known[known.length >> 1]!) / 2
}

/** The parts of the core that judging sensors needs. */
interface SensorCore {
  readonly plan: CorePlan
  readonly sensors: Sensors
  readonly alarms: Alarms
  readonly nextClose: number
  readonly nowMs: number
  readonly sink: Sink
}

/** Judges the hours that have been closed since the last time. */
export function* closeHours(core: SensorCore): Work {
  const { hours } = core.sensors
  if (hours.points.length === 0) return
  const closedMs = core.nextClose * core.plan.lengthMs
  if (Number.isNaN(hours.next)) hours.next = Math.floor((closedMs - core.plan.lengthMs) / UTC_HOUR_MS)
  const end = Math.floor(closedMs / UTC_HOUR_MS)
  hours.next = Math.max(hours.next, end - hours.length)
  while (hours.next < end) {
    yield* findNextMeans(hours)
    for (let inlet = 0; inlet < core.plan.inlets.length; inlet++) {
      yield COST.member
      judgeNewest(core, inlet)
    }
  }
}

function judgeNewest(core: SensorCore, inlet: number): void {
  const hour = core.sensors.hours.next - 1
  const verdict = verdictOf(core.sensors, inlet, hour)
  if (verdict === undefined) return
  if (verdict.flags.length > 0) emitVerdict(core, inlet, hour, verdict)
  applyVerdict(core, inlet, hour, verdict)
}

/** Moves the alarm of an inlet by its newest hour. */
function applyVerdict({ alarms, nowMs, sink }: SensorCore, inlet: number, hour: number, verdict: Verdict): void {
  if (verdict.flags.length === 0 && !alarms.byKind.get('sensor')!.has(inlet)) return
  applySample(alarms, stateOf(alarms, 'sensor', inlet), sampleOf(alarms, hour, verdict), nowMs, sink)
}

function sampleOf(alarms: Alarms, hour: number, { flags, meanC, expectedC }: Verdict): JudgedSample {
  const side = meanC < expectedC ? 'below' : 'above'
  const verdict = flags.length > 0 ? 'breached' : 'inside'
  return judgedSample(alarms, verdict, (hour + 1) * UTC_HOUR_MS, meanC, expectedC, side, flags.at(-1))
}

function emitVerdict({ plan, sink }: SensorCore, inlet: number, hour: number, verdict: Verdict): void {
  const endMs = (hour + 1) * UTC_HOUR_MS
  const { flags, meanC, expectedC } = verdict
  const note = flags.at(-1) ?? 'sound'
  const { dryBulb } = plan.inlets[inlet]!
  sink.quality(dryBulb, -1, { endMs, flags, note, atMs: endMs, value: meanC, expected: expectedC })
}

/** Judges the hours again of which late samples came, and tells what has become of them. */
export function* correctHours(core: SensorCore): Work {
  const { sensors } = core
  const { hours } = sensors
  const places = hours.points.length
  const byHour = Map.groupBy(Float64Array.from(hours.changed).sort(), (key) => Math.floor(key / places))
  hours.changed.clear()
  hours.changedFrom.fill(Infinity)
  for (const [hour, keys] of byHour) {
    if (hour < hours.next - hours.length) continue
    const inlets = judgedBy(sensors, new Set(keys.map((key) => hours.points[key % places]!)))
    const before = inlets.map((inlet) => verdictOf(sensors, inlet, hour))
    for (const key of keys) findMeanAgain(hours, key % places, hour)
    yield COST.inlet * keys.length + COST.member * inlets.length + COST.point * core.plan.inlets.length
    for (const [n, inlet] of inlets.entries()) correctVerdict(core, inlet, hour, before[n])
  }
}

/** The inlets that are judged by any of these points. */
function judgedBy(sensors: Sensors, points: ReadonlySet<number>): number[] {
  return sensors.hours.plan.inlets.flatMap(({ dryBulb, outlet }, inlet) => {
    const isJudged = [dryBulb, outlet, ...neighboursOf(sensors, inlet)].some((point) => points.has(point))
    return isJudged ? [inlet] : []
  })
}

function correctVerdict(core: SensorCore, inlet: number, hour: number, before: Verdict | undefined): void {
  const verdict = verdictOf(core.sensors, inlet, hour)
  const after = verdict ?? { flags: [], meanC: NaN, expectedC: NaN }
  const wasDoubted = before !== undefined && before.flags.length > 0
  const isSame = before?.meanC === after.meanC && before.expectedC === after.expectedC
  if (isSame && before.flags.join() === after.flags.join()) return
  if (wasDoubted || after.flags.length > 0) emitVerdict(core, inlet, hour, after)
  if (verdict === undefined) return
  if (hour === core.sensors.hours.next - 1) applyVerdict(core, inlet, hour, verdict)
  else if (!wasDoubted && after.flags.length > 0) tellLate(core, inlet, hour, verdict)
}

/** Tells, once for the hours in a row that are doubted, that the alarm would have been raised by one of them. */
function tellLate(core: SensorCore, inlet: number, hour: number, verdict: Verdict): void {
  const { alarms, sensors, sink } = core
  const state = stateOf(alarms, 'sensor', inlet)
  const { rule } = state
  const isDoubted = (at: number) => (verdictOf(sensors, inlet, at)?.flags.length ?? 0) > 0
  if (!rule.enabled || isDoubted(hour - 1)) return
  let last = hour
  while (isDoubted(last + 1)) last++
  const endMs = (hour + 1) * UTC_HOUR_MS
  if ((last - hour) * UTC_HOUR_MS < rule.onDelayMs) return
  sink.alarm(lateRow(state, sampleOf(alarms, hour, verdict), endMs + rule.onDelayMs))
}
