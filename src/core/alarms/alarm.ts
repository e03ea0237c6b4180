import { createAir, STREAMS } from '../air/air.ts'
import { createFlood, tellGroups } from './flood.ts'
import { ALARM_KINDS, type AlarmKind } from '../contract/alarm-kinds.ts'
import { followPlan, unshelve } from './aside.ts'
import { delayDueMs, elapseDelay, enter, type Verdict } from './machine.ts'
import { elapseSilence, hearPoint } from './silence.ts'
import { STANDING_MS, watchOf, type AlarmCounts, type Alarms, type Watch } from './watch.ts'
import type { CorePlan, InletPlan, LimitPlan, ScopePlan } from '../contract/plan.ts'
import { isSound } from '../air/sensor.ts'
import type { Sink } from '../contract/sink.ts'

/**
 * Alarms on readings as they are folded (ISA-18.2: on-delay, off-delay, deadband). Silence neither raises nor clears a
 * thermal alarm: a delay runs only as long as the last sample holds. It raises `stale`.
 */
export function createAlarms(plan: CorePlan): Alarms {
  const points = plan.points.length
  const alarms: Alarms = {
    plan,
    byKind: new Map(ALARM_KINDS.map((kind) => [kind, new Map<number, Watch>()])),
    watches: [],
    inletsOf: inletsBy(plan, ({ dryBulb }) => [dryBulb]),
    moistInletsOf: inletsBy(plan, ({ dryBulb, humidity, dewPoint, otherDryBulb }) => [
      dryBulb,
      humidity,
      dewPoint,
      otherDryBulb,
    ]),
    hallOf: hallsOf(plan),
    gatewayOf: gatewaysOf(plan),
    heardMs: new Float64Array(points).fill(NaN),
    quietMs: new Float64Array(points).fill(NaN),
    isSilent: new Uint8Array(points),
    spokenMs: new Float64Array(plan.gateways.length).fill(NaN),
    flood: createFlood(),
    air: createAir(),
    held: new Float64Array(STREAMS),
    judgedEnd: NaN,
    counts: { raised: 0, chattering: 0, stood: 0, floods: 0 },
    dueMs: Infinity,
  }
  // Those of inlets are always there: they know which readings are late
  for (const kind of ['inlet_recommended', 'inlet_allowable'] as const) {
    for (let inlet = 0; inlet < plan.inlets.length; inlet++) watchOf(alarms, kind, inlet)
  }
  for (const kind of ALARM_KINDS) for (const source of plan.alarms.out.get(kind) ?? []) watchOf(alarms, kind, source)
  return alarms
}

/** Judges an accepted reading. Only rising event times enter; an older breach is told once and changes nothing. */
export function observe(alarms: Alarms, point: number, tMs: number, value: number, nowMs: number, sink: Sink): void {
  // What no one can believe is unknown: it neither raises nor clears, and a sensor that says nothing else is stale
  if (!isSound(alarms.plan.points[point]!.sensor, value)) return
  hearPoint(alarms, point, nowMs, sink)
  for (const inlet of alarms.inletsOf[point]!) {
    const { recommended, allowable } = alarms.plan.alarms
    observeDryBulb(alarms, 'inlet_recommended', inlet, recommended[inlet]!, tMs, value, nowMs, sink)
    observeDryBulb(alarms, 'inlet_allowable', inlet, allowable[inlet]!, tMs, value, nowMs, sink)
  }
}

function observeDryBulb(
  alarms: Alarms,
  kind: AlarmKind,
  inlet: number,
  { minC, maxC }: LimitPlan,
  tMs: number,
  valueC: number,
  nowMs: number,
  sink: Sink,
): void {
  const watch = watchOf(alarms, kind, inlet)
  const { deadband } = watch.rule
  const verdict = valueC > maxC || valueC < minC ? 'breached' : isInside(valueC, minC, maxC, deadband)
  enter(alarms, watch, verdict, tMs, nowMs, valueC, valueC > maxC ? maxC : minC, sink)
}

function isInside(value: number, min: number, max: number, deadband: number): Verdict {
  return value < max - deadband && value > min + deadband ? 'inside' : 'near'
}

/**
 * Judges a condition of any kind: `breached`, or back inside by more than the caller's deadband; what is unknown is not
 * judged. `source` is an index of what `SOURCE_OF` says of the kind; `tMs` is event time, `value` and `limit` are in the
 * alarm's own unit (`limit` the one that is broken). The rule's delays apply, by the source's own clock.
 */
export function judge(
  alarms: Alarms,
  kind: AlarmKind,
  source: number,
  breached: boolean,
  tMs: number,
  nowMs: number,
  value: number,
  limit: number,
  sink: Sink,
): void {
  weigh(alarms, kind, source, breached ? 'breached' : 'inside', tMs, nowMs, value, limit, sink)
}

/** The same with a deadband of the caller's: `near` is inside the limit, and not far enough to clear. */
export function weigh(
  alarms: Alarms,
  kind: AlarmKind,
  source: number,
  verdict: Verdict,
  tMs: number,
  nowMs: number,
  value: number,
  limit: number,
  sink: Sink,
): void {
  // A source that never broke anything needs no watch
  if (verdict !== 'breached' && !alarms.byKind.get(kind)!.has(source)) return
  enter(alarms, watchOf(alarms, kind, source), verdict, tMs, nowMs, value, limit, sink)
}

/** Ends the delays, shelves and gatherings that have run out by a tick. */
export function elapse(alarms: Alarms, nowMs: number, sink: Sink): void {
  if (nowMs < alarms.dueMs) return
  alarms.dueMs = Infinity
  for (const watch of alarms.watches) {
    if (watch.plannedOut !== watch.plannedOutTold || !watch.rule.enabled) followPlan(alarms, watch, nowMs, sink)
    if (watch.shelvedMs <= nowMs) unshelve(alarms, watch, watch.shelvedMs, nowMs, sink, undefined)
    elapseDelay(alarms, watch, nowMs, sink)
    alarms.dueMs = Math.min(alarms.dueMs, delayDueMs(watch))
    if (watch.shelvedMs < alarms.dueMs) alarms.dueMs = watch.shelvedMs
  }
  elapseSilence(alarms, nowMs, sink)
  tellGroups(alarms, nowMs, sink)
}

/**
 * What stands at an arrival time, of it for more than 24 h (ISA-18.2 calls that stale; the word is taken here), and what
 * has been counted.
 */
export function alarmCounts({ watches, counts }: Alarms, nowMs: number): AlarmCounts & StandingCounts {
  let active = 0
  let standing = 0
  for (const { standing: state, raisedMs } of watches) {
    if (state !== 'raised' && state !== 'acked') continue
    active++
    if (nowMs - raisedMs > STANDING_MS) standing++
  }
  return { ...counts, active, standing }
}

export interface StandingCounts {
  active: number
  standing: number
}

function inletsBy({ points, inlets }: CorePlan, pointsOf: (inlet: InletPlan) => number[]): number[][] {
  const none: number[] = []
  const lists = points.map(() => none)
  for (const [inlet, plan] of inlets.entries()) {
    for (const point of pointsOf(plan)) {
      if (point < 0) continue
      if (lists[point] === none) lists[point] = []
      lists[point]!.push(inlet)
    }
  }
  return lists
}

/** A point stands where the first inlet stands that it serves. */
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

function gatewaysOf({ points, gateways }: CorePlan): Int32Array {
  const gatewayOf = new Int32Array(points.length).fill(-1)
  for (const [gateway, members] of gateways.entries()) for (const point of members) gatewayOf[point] = gateway
  return gatewayOf
}
