import type { Config, PointConfig } from '../config/config.ts'
import { dateReader, factorAt, type DatedFactor, type ReadDate } from '../config/dated/dates.ts'
import type { Route } from '../ingest/route.ts'
import { routesOf } from '../site/routes.ts'
import type { Site } from '../site/site.ts'
import { wildRoutes } from '../site/topics.ts'

/** How messages are read by some configuration. */
interface Reader {
  readonly routes: ReadonlyMap<string, Route>
  /** Those of topics with wildcards. */
  readonly wild: (topic: string) => readonly Route[]
  /** Of each of its points the place among those of the present site; -1: there it is none, or of another kind. */
  readonly points: readonly number[]
}

/**
 * Reads messages by a configuration that was in force, and by the present dates of factors where these are not those of
 * then. Counts of registers are read by the present factor: the present site knows what they are worth at which time.
 */
export function readerOf(site: Site, then: Config, wanted: (point: number) => boolean): Reader {
  const present = site.config
  const read = dateReader(present.site.timezone)
  const placeOf = new Map(site.points.map((name, point) => [name, point]))
  const points = Object.entries(then.points).map(([name, point]): [number, PointConfig] => {
    const now = present.points[name]
    if (now === undefined || now.kind !== point.kind) return [-1, point]
    return [placeOf.get(name) ?? -1, now === point ? point : { ...point, ...factorsOf(point, now, read) }]
  })
  const places = points.map(([place]) => place)
  const routes = routesOf(
    points.map(([, point]) => point),
    { ...then, site: present.site },
    [],
  )
  const isWanted = ({ points: readers }: Route) => readers.some(({ point }) => wanted(places[point] ?? -1))
  const wantedRoutes = new Map([...routes].filter(([, route]) => isWanted(route)))
  return { routes: wantedRoutes, wild: wildRoutes(wantedRoutes) ?? (() => []), points: places }
}

/** The factors of then, up to the first date of which only one of the two speaks; from there on those of now. */
function factorsOf(then: PointConfig, now: PointConfig, read: ReadDate): Pick<PointConfig, 'factor' | 'factors'> {
  if (now.kind === 'register') return { factor: now.factor, factors: now.factors ?? [] }
  const [said, says] = [then.factors ?? [], now.factors ?? []]
  const fromMs = Math.min(Infinity, ...onlyIn(said, says, read), ...onlyIn(says, said, read))
  if (fromMs === Infinity) return { factor: then.factor, factors: said }
  const spoken: DatedFactor = { from: new Date(fromMs).toISOString(), factor: factorAt(now, fromMs, read) }
  return {
    factor: then.factor,
    factors: [
      ...said.filter(({ from }) => read(from) < fromMs),
      spoken,
      ...says.filter(({ from }) => read(from) > fromMs),
    ],
  }
}

function onlyIn(some: readonly DatedFactor[], others: readonly DatedFactor[], read: ReadDate): number[] {
  const key = ({ from, factor }: DatedFactor) => `${read(from)} ${factor}`
  const known = new Set(others.map(key))
  return some.flatMap((it) => (known.has(key(it)) ? [] : [read(it.from)]))
}
