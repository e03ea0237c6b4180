import { createAir, STREAMS } from '../air/air.ts'
import { createDryBulbs } from './dry-bulbs.ts'
import { createFlood } from './flood.ts'
import { ALARM_KINDS, SEVERITIES, type AlarmKind } from '../contract/alarm-kinds.ts'
import { STANDING_MS, type AlarmCounts, type Alarms, type AlarmState } from './alarm-state.ts'
import { stateOf } from './create-state.ts'
import { createWaitingAir } from './judged/one-air.ts'
import { listsByPoint } from '../contract/by-point.ts'
import type { CorePlan, ScopePlan } from '../contract/plan.ts'

/**
 * The alarms of a site (ISA-18.2: on-delay, off-delay, deadband). Silence neither raises nor clears an alarm on
 * readings: a delay runs only as long as the last sample holds. Silence raises `stale`.
 */
export function createAlarms(plan: CorePlan): Alarms {
  const points = plan.points.length
  const byKind = new Map(ALARM_KINDS.map((kind) => [kind, new Map<number, AlarmState>()]))
  const alarms: Alarms = {
    plan,
    byKind,
    uplinkStates: { uplink: byKind.get('uplink')!, uplink_refused: byKind.get('uplink_refused')! },
    allowableStates: byKind.get('inlet_allowable')!,
    recommendedStates: byKind.get('inlet_recommended')!,
    dryBulbs: createDryBulbs(plan.inlets.length),
    states: [],
    late: new Set(),
    inletsOf: listsByPoint(
      points,
      plan.inlets.map(({ dryBulb }) => [dryBulb]),
    ),
    inletsOfMoisture: listsByPoint(
      points,
      plan.inlets.map(({ dryBulb, humidity, dewPoint, otherDryBulb }) => [dryBulb, humidity, dewPoint, otherDryBulb]),
    ),
    hallOf: hallsOf(plan),
    gatewayOf: placesOf(points, plan.gateways),
    heardMs: new Float64Array(points).fill(NaN),
    silenceFromMs: new Float64Array(points).fill(NaN),
    isSilent: new Uint8Array(points),
    refused: {
      sinceMs: new Float64Array(points).fill(NaN),
      atMs: new Float64Array(points).fill(-Infinity),
      outcome: new Uint8Array(points),
      offS: new Float64Array(points).fill(NaN),
      isTold: new Uint8Array(points),
    },
    gatewayHeardMs: new Float64Array(plan.gateways.length).fill(NaN),
    uplinkHeardMs: new Float64Array(plan.uplinks.length).fill(NaN),
    uplinkAcceptedMs: new Float64Array(plan.uplinks.length).fill(NaN),
    uplinkMayBeRefused: new Uint8Array(plan.uplinks.length),
    deviceOf: placesOf(points, plan.devices),
    flood: createFlood(),
    waiting: createWaitingAir(plan),
    air: createAir(),
    held: new Float64Array(STREAMS),
    judged: { verdict: 'inside', tMs: NaN, value: NaN, limit: NaN, quantity: 'only', side: 'none', spanMs: NaN },
    judgedEnd: NaN,
    counts: { raised: 0, chattering: 0, stood: 0, floods: 0 },
    dueMs: Infinity,
  }
  for (const kind of ALARM_KINDS) for (const source of plan.alarms.out.get(kind) ?? []) stateOf(alarms, kind, source)
  return alarms
}

/**
 * Alarms that are active at an arrival time, those of them for more than 24 h, and the counts so far. ISA-18.2 calls
 * the former stale; here that word means silence, so they are called standing.
 */
export function alarmCounts({ states, counts }: Alarms, nowMs: number): AlarmCounts & StandingCounts {
  let active = 0
  let standing = 0
  for (const state of states) {
    if (state.standing !== 'raised' && state.standing !== 'acked') continue
    active++
    if (nowMs - state.raisedMs > STANDING_MS) standing++
  }
  return { ...counts, active, standing }
}

/** How many alarms stand, by kind and severity; 0 where one of them has had a state since the start. */
export function standingAlarms({ states }: Alarms): Map<AlarmKind, Float64Array> {
  const counts = new Map<AlarmKind, Float64Array>()
  for (const { kind, standing, severity, rule } of states) {
    const bySeverity = counts.get(kind) ?? new Float64Array(SEVERITIES.length).fill(NaN)
    counts.set(kind, bySeverity)
    const place = standing === 'normal' ? rule.severity : severity
    const stands = standing === 'raised' || standing === 'acked'
    bySeverity[place] = (bySeverity[place]! || 0) + Number(stands)
  }
  return counts
}

interface StandingCounts {
  active: number
  standing: number
}

/** A point belongs to the hall of the first inlet that it measures. */
function hallsOf({ points, inlets, scopes }: CorePlan): Int32Array {
  const halls = new Int32Array(points.length).fill(-1)
  const take = (point: number, hall: number) => {
    if (point >= 0 && halls[point] === -1) halls[point] = hall
  }
  for (const [hall, { scope, inlets: members }] of scopes.entries() as Iterable<[number, ScopePlan]>) {
    if (scope !== 'hall') continue
    for (const inlet of members) {
      const { dryBulb, humidity, dewPoint } = inlets[inlet]!
      for (const point of [dryBulb, humidity, dewPoint]) take(point, hall)
    }
  }
  return halls
}

/** Per point in which of the lists it is; -1: in none. */
function placesOf(points: number, lists: readonly (readonly number[])[]): Int32Array {
  const places = new Int32Array(points).fill(-1)
  for (const [place, members] of lists.entries()) for (const point of members) places[point] = place
  return places
}
