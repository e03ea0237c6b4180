import type { Route, RoutePoint } from '../../src/ingest/route.ts'
import { UNITS } from '../../src/ingest/units.ts'

/** A point without any of the rarer keys, which takes W at arrival time from a bare number or `value`. */
export function plainPoint(point: number, keys: Partial<RoutePoint> = {}): RoutePoint {
  const unit = keys.unit ?? 'W'
  const conversion = UNITS[unit]
  if (conversion === undefined) throw new Error(`no unit ${unit}`)
  return {
    point,
    at: undefined,
    plus: undefined,
    timeAt: undefined,
    timeOfDayAt: undefined,
    atArrival: false,
    time: { unit: undefined, timezone: undefined },
    stampShiftMs: 0,
    unit,
    decimal: '.',
    factor: 1,
    offset: 0,
    conversion,
    idleFrom: 0,
    invalid: undefined,
    retained: false,
    where: undefined,
    source: [point],
    everyMs: 60_000,
    ...keys,
  }
}

/** The route of points that all read whole messages. */
export function routeFor(points: readonly RoutePoint[], keys: Partial<Route> = {}): Route {
  const hasLocalTime = points.some(({ time }) => time.timezone !== undefined)
  return { points, groups: undefined, ignore: undefined, cells: undefined, hasLocalTime, ...keys }
}
