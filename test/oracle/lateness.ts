import type { Scenario, ScenarioPoint } from './types.ts'

/**
 * Whether readings are too late, worked out from the contract: known time may be refined for latenessS behind the
 * point's own newest reading; unknown time may be filled for backlogS behind the close mark.
 */
export interface Lateness {
  /** Of each point its accepted stamps, and the gaps that are open. */
  readonly of: Map<string, { stamps: number[]; gaps: OpenGap[] }>
  /** Newest accepted stamp, none ahead of its arrival; arrivals move it until the first. */
  reachedMs: number
  isStamped: boolean
  /** Arrival of the newest reading that is no backlog. */
  freshMs: number
  /** The close mark, and the arrival of the last packet. */
  closedMs: number
  newestMs: number
  nowMs: number
}

interface OpenGap {
  fromMs: number
  toMs: number
  filledMs: number
}

export function createLateness(scenario: Scenario): Lateness {
  return {
    of: new Map(scenario.points.map(({ name }) => [name, { stamps: [], gaps: [] }])),
    reachedMs: -Infinity,
    isStamped: false,
    freshMs: -Infinity,
    closedMs: -Infinity,
    newestMs: -Infinity,
    nowMs: -Infinity,
  }
}

/** Lets the seconds pass up to a packet's arrival. */
export function pass(state: Lateness, scenario: Scenario, arrivalMs: number): void {
  const tickMs = Math.floor(arrivalMs / 1000) * 1000
  const idleMs = Math.max(60_000, ...scenario.points.filter(({ kind }) => kind !== 'gauge').map((it) => 3 * it.everyMs))
  if (state.newestMs > -Infinity && tickMs > state.nowMs && tickMs - state.freshMs > idleMs) {
    state.closedMs = Math.max(state.closedMs, tickMs - scenario.boundMs)
  }
  state.nowMs = Math.max(state.nowMs, arrivalMs)
}

/** The clock was set on or back by so much, to `nowMs`: what waits goes on as before, and nothing is closed for good. */
export function forgetArrivals(state: Lateness, scenario: Scenario, byMs: number, nowMs: number): void {
  state.nowMs = nowMs
  state.freshMs += byMs
  state.reachedMs = Math.min(state.reachedMs, nowMs)
  state.closedMs = Math.min(state.closedMs, nowMs - scenario.boundMs)
  for (const { gaps } of state.of.values()) for (const gap of gaps) gap.filledMs += byMs
}

export function isTooLate(state: Lateness, scenario: Scenario, point: ScenarioPoint, tMs: number): boolean {
  const { stamps, gaps } = state.of.get(point.name) ?? { stamps: [], gaps: [] }
  if (tMs < state.closedMs - (scenario.backlogMs ?? 604_800_000)) return true
  const newestMs = stamps.at(-1) ?? -Infinity
  if (tMs >= newestMs - scenario.latenessMs) return false
  closeFilled(state, scenario, point)
  const gap = gaps.find(({ fromMs, toMs }) => fromMs < tMs && tMs < toMs)
  if (gap === undefined) return true
  gap.filledMs = state.nowMs
  return false
}

export function noteTaken(state: Lateness, scenario: Scenario, point: ScenarioPoint, tMs: number, stamped: boolean) {
  const own = state.of.get(point.name)
  if (own === undefined) return
  const newestMs = own.stamps.at(-1) ?? -Infinity
  if (tMs - newestMs > leastGapMs(point)) own.gaps.push({ fromMs: newestMs, toMs: tMs, filledMs: -Infinity })
  const at = own.stamps.findLastIndex((it) => it < tMs) + 1
  own.stamps.splice(at, 0, tMs)
  state.newestMs = Math.max(state.newestMs, tMs)
  if (!stamped && state.isStamped) return
  state.isStamped ||= stamped
  const idleMs = Math.max(60_000, ...scenario.points.filter(({ kind }) => kind !== 'gauge').map((it) => 3 * it.everyMs))
  if (tMs > state.nowMs - scenario.boundMs - idleMs) state.freshMs = state.nowMs
  state.reachedMs = Math.max(state.reachedMs, Math.min(tMs, state.nowMs))
  state.closedMs = Math.max(state.closedMs, state.reachedMs - scenario.boundMs)
}

/** A gap that was filled is closed once nothing has come for latenessS: what is uncovered then becomes gaps. */
function closeFilled({ of, nowMs }: Lateness, scenario: Scenario, point: ScenarioPoint): void {
  const own = of.get(point.name)
  if (own === undefined) return
  const left: OpenGap[] = []
  for (const gap of own.gaps) {
    if (gap.filledMs === -Infinity || nowMs - gap.filledMs <= scenario.latenessMs) {
      left.push(gap)
      continue
    }
    const stamps = [gap.fromMs, ...own.stamps.filter((it) => it > gap.fromMs && it <= gap.toMs)]
    for (const [n, toMs] of stamps.entries()) {
      const fromMs = stamps[n - 1]
      if (fromMs !== undefined && toMs - fromMs > leastGapMs(point)) left.push({ fromMs, toMs, filledMs: -Infinity })
    }
  }
  own.gaps.splice(0, own.gaps.length, ...left)
}

function leastGapMs({ kind, hold, everyMs }: ScenarioPoint): number {
  if (kind === 'mean' || kind === 'energy') return (3 * everyMs) / 2
  return kind === 'power' && hold ? Math.max(3 * everyMs, 900_000) : 3 * everyMs
}
