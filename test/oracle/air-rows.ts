import { calendarOf } from './calendar.ts'
import { fold, type Folded } from './fold.ts'
import { rowKey } from './oracle.ts'
import type { Scenario, ScenarioInlet } from './types.ts'
import type { Packet } from '../../src/ingest/recording.ts'

// Which rows of the air there are, by the contract alone: not what they say, but for whom and when.

/** Steps in seconds by the length of a window, for halls and the site, and for inlets and racks. 0: at every interval. */
const HOUR_S = 3600
const DAY_S = 86_400
const STEPS = {
  wide: { hour: 0, day: 300, longer: HOUR_S },
  narrow: { hour: 300, day: 900, longer: HOUR_S },
}
const CALENDAR_S = { day: DAY_S, month: 30 * DAY_S, year: 365 * DAY_S }
const NARROW = ['1h', '24h', 'day', 'month', 'year']

/** Inlets that have rows of compliance together, under one scope and name. */
interface Pool {
  scope: 'inlet' | 'rack' | 'hall' | 'site'
  name: string
  inlets: readonly ScenarioInlet[]
}

/** Keys of all rows `climate`, `compliance` and `reading`; `again`: those that come once more when they settle. */
export function airRows(scenario: Scenario, packets: readonly Packet[]): { keys: Set<string>; again: Set<string> } {
  const { site, lengthMs, inlets = [] } = scenario
  const folded = fold(scenario, packets)
  const last = Math.floor(folded.newestMs / lengthMs)
  const keys = new Set<string>()
  const again = new Set<string>()
  for (const inlet of inlets) {
    for (let interval = firstOf(scenario, folded, [inlet]); interval <= last; interval += 1) {
      const { name, hall, rack } = inlet
      keys.add(rowKey('climate', { site, hall, rack, inlet: name }, (interval + 1) * lengthMs))
    }
  }
  for (const pool of poolsOf(site, inlets)) {
    for (let interval = firstOf(scenario, folded, pool.inlets); interval <= last; interval += 1) {
      const endMs = (interval + 1) * lengthMs
      for (const window of windowsAt(scenario, pool, endMs)) {
        const key = rowKey('compliance', { site, scope: pool.scope, name: pool.name, window }, endMs)
        keys.add(key)
        if (pool.scope === 'hall' || pool.scope === 'site') again.add(key)
      }
    }
  }
  const ofInlets = new Set(inlets.flatMap(({ dryBulb, dewPoint }) => [dryBulb, dewPoint]))
  for (const { name, kind } of scenario.points) {
    if (kind !== 'gauge' || (scenario.readings !== 'all' && ofInlets.has(name))) continue
    for (const { tMs } of folded.samples.get(name) ?? []) {
      keys.add(rowKey('reading', { site, point: name }, (Math.floor(tMs / lengthMs) + 1) * lengthMs))
    }
  }
  return { keys, again }
}

/** Interval of the oldest accepted reading of any of the inlets' points. */
function firstOf({ lengthMs }: Scenario, { samples }: Folded, inlets: readonly ScenarioInlet[]): number {
  const points = inlets.flatMap(({ dryBulb, dewPoint = dryBulb }) => [dryBulb, dewPoint])
  return Math.floor(Math.min(...points.map((point) => samples.get(point)?.[0]?.tMs ?? Infinity)) / lengthMs)
}

/** A rack of one inlet has no rows of its own. Racks of one name in several halls carry their hall's. */
function poolsOf(site: string, inlets: readonly ScenarioInlet[]): Pool[] {
  const unique = (names: readonly string[]) => [...new Set(names)]
  const halls = unique(inlets.map(({ hall }) => hall))
  const racks = halls.flatMap((hall) =>
    unique(inlets.filter((it) => it.hall === hall).map(({ rack }) => rack)).map((rack): Pool => {
      const isShared = inlets.some((it) => it.rack === rack && it.hall !== hall)
      const members = inlets.filter((it) => it.rack === rack && it.hall === hall)
      return { scope: 'rack', name: isShared ? `${hall}/${rack}` : rack, inlets: members }
    }),
  )
  return [
    ...inlets.map((inlet): Pool => ({ scope: 'inlet', name: inlet.name, inlets: [inlet] })),
    ...racks.filter(({ inlets: members }) => members.length > 1),
    ...halls.map((hall): Pool => ({ scope: 'hall', name: hall, inlets: inlets.filter((it) => it.hall === hall) })),
    ...(inlets.length > 0 ? [{ scope: 'site', name: site, inlets } as const] : []),
  ]
}

/** Names of the windows of which a row is due at an end. */
function windowsAt({ windows, lengthMs, timezone }: Scenario, { scope }: Pool, endMs: number): string[] {
  const isNarrow = scope === 'inlet' || scope === 'rack'
  const isDue = (lengthS: number, isRolling: boolean) => {
    const steps = STEPS[isNarrow ? 'narrow' : 'wide']
    const wishedS = lengthS <= HOUR_S ? steps.hour : lengthS <= DAY_S ? steps.day : steps.longer
    const stepMs = Math.max(1, Math.ceil((wishedS * 1000) / lengthMs)) * lengthMs
    return endMs % (isRolling && (lengthS * 1000) % stepMs !== 0 ? lengthMs : stepMs) === 0
  }
  return windows.flatMap((window) => {
    if (isNarrow && !NARROW.includes(window)) return []
    if (window !== 'day' && window !== 'month' && window !== 'year') {
      const unitS: Record<string, number> = { m: 60, h: HOUR_S, d: DAY_S }
      return isDue(Number(window.slice(0, -1)) * (unitS[window.slice(-1)] ?? NaN), true) ? [window] : []
    }
    const isOver = calendarOf(timezone)(window, endMs - lengthMs).toMs === endMs
    return [...(isDue(CALENDAR_S[window], false) ? [`${window}_to_date`] : []), ...(isOver ? [window] : [])]
  })
}
