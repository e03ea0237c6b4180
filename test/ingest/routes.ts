import type { RareKeys, RareTopic, Route, RoutePoint } from '../../src/ingest/route.ts'
import { UNITS } from '../../src/ingest/units.ts'

/** A point without any of the rarer keys, which takes W at arrival time from a bare number or `value`. */
export function plainPoint(point: number, keys: Partial<RoutePoint> = {}): RoutePoint {
  const unit = keys.unit ?? 'W'
  const conversion = UNITS[unit]
  if (conversion === undefined) throw new Error(`no unit ${unit}`)
  return {
    point,
    at: undefined,
    rare: undefined,
    factor: 1,
    offset: 0,
    conversion,
    idleFrom: 0,
    timeAt: undefined,
    time: { unit: undefined, timezone: undefined },
    retained: 'refuse',
    unit,
    ...keys,
  }
}

/** The rarer keys of a point that reads its topic each minute. */
export function rareKeys(point: number, keys: Partial<RareKeys>): RareKeys {
  return {
    where: undefined,
    plus: undefined,
    decimal: '.',
    unitAt: undefined,
    invalid: undefined,
    factors: undefined,
    atArrival: false,
    timeOfDayAt: undefined,
    stampShiftMs: 0,
    source: [point],
    everyMs: 60_000,
    ...keys,
  }
}

/** The route of points, by default of such that read whole messages. */
export function routeFor(points: readonly RoutePoint[], keys: Partial<RareTopic> = {}): Route {
  const hasLocalTime = points.some(({ rare, time }) => rare !== undefined && time.timezone !== undefined)
  return {
    points,
    rare: { groups: undefined, ignore: undefined, format: undefined, numbers: undefined, hasLocalTime, ...keys },
  }
}
