import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../../config/config.ts'
import type { CorePlan } from '../../core/contract/plan.ts'
import { RATE_SPANS_MS } from '../../core/air/rate-limits.ts'
import { loadInForce } from '../../fold/configurations.ts'
import { formatInstant } from '../../ingest/times.ts'
import type { AirFold } from './air.ts'

const HOUR_MS = 3_600_000
/** Before the asked time so much is folded again, that windows of a day are known. */
const DAY_MS = 25 * HOUR_MS
/** Rows of inlets are kept by the minute so long. */
const KEEP_MS = 30 * 24 * HOUR_MS

/** Which intervals of the air are folded again: from the first of an hour on, up to now; rows from `since` on. */
export interface AirSpan {
  readonly from: number
  readonly since: number
  readonly to: number
  /** Nothing is known of the time before `from`. */
  readonly isFirst: boolean
  /** So much before a stretch what sensors have measured says what can be believed of it. */
  readonly lookBackMs: number
  /** Why it does not begin where it was asked to. */
  readonly note: string | undefined
}

/** Of which inlets, and other series, something came late. */
export interface Affected {
  readonly points: ReadonlySet<number>
  readonly inlets: ReadonlySet<number>
  /** Indices of racks, halls and the site. */
  readonly scopes: ReadonlySet<number>
}

/** What readings that came late have to do with; `all` where the limits of now count for everything. */
export function affectedBy(plan: CorePlan, late: ReadonlyMap<number, unknown> | 'all'): Affected {
  const isLate = (point: number) => point >= 0 && (late === 'all' || late.has(point))
  const inlets = new Set<number>()
  const touched = new Set<number>()
  for (const [inlet, { dryBulb, humidity, dewPoint, otherDryBulb, outlet }] of plan.inlets.entries()) {
    if ([dryBulb, humidity, dewPoint, otherDryBulb].some(isLate)) inlets.add(inlet)
    if (inlets.has(inlet) || isLate(outlet)) touched.add(inlet)
  }
  const scopes = plan.scopes.flatMap(({ inlets: members }, scope) => {
    const moves = plan.airflows.some((it) => it.scope === scope && [it.supply, it.return].some(isLate))
    return moves || members.some((inlet) => touched.has(inlet)) ? [scope] : []
  })
  const ofAir = plan.inlets.flatMap((it) => [it.dryBulb, it.humidity, it.dewPoint, it.otherDryBulb, it.outlet])
  const points = [...ofAir, ...plan.airflows.flatMap((it) => [it.supply, it.return])].filter(isLate)
  return { points: new Set(points), inlets, scopes: new Set(scopes) }
}

/**
 * Cuts the asked time down to what the journal is sure to know. What air is allowed to be has no dates, so it is cut
 * down to what was judged by the limits of now, too.
 */
export function airSpanOf({ core, survey, reading, fromMs, nowMs, loads }: AirFold): AirSpan {
  const { plan, nextClose: to } = core
  const { lengthMs } = plan
  const hour = HOUR_MS / lengthMs
  const stuckMs = plan.points.flatMap(({ kind, sensor }) =>
    kind === 'gauge' ? [sensor.stuckMs, sensor.stuckCoarseMs] : [],
  )
  const lookBackMs = 2 * RATE_SPANS_MS[1] + Math.max(0, ...stuckMs.filter(Number.isFinite))
  const judged = reading.first === undefined ? -Infinity : judgedFrom(loads)
  const sureMs = Math.max(survey.whole ? -Infinity : survey.gapMs + lookBackMs, nowMs - KEEP_MS)
  const earliest = Math.max(sureMs / lengthMs, judged)
  const oldest = Math.floor(Math.min(...survey.air.oldestMs) / lengthMs)
  const asked = Math.floor(fromMs / lengthMs)
  const wished = Math.max(oldest, asked - DAY_MS / lengthMs)
  const from = wished >= earliest ? Math.floor(wished / hour) * hour : Math.ceil(earliest / hour) * hour
  const since = Math.max(from, Math.floor(Math.max(oldest, asked) / hour) * hour)
  const isCut = Math.max(oldest, asked) < from
  const note = isCut
    ? `the air before ${formatInstant(from * lengthMs)} stays as it is: ${reasonOf(judged, from)}`
    : undefined
  return { from, since, to, isFirst: survey.whole && from <= oldest, lookBackMs, note }
}

function reasonOf(judged: number, from: number): string {
  return judged > from - 60 ? 'it was judged by another configuration' : 'the journal does not tell all of it'
}

/** The first interval that was judged by the inlets, limits and sensors of the configuration in force. */
function judgedFrom(loads: AirFold['loads']): number {
  const taken = loads.filter(({ recomputed }) => recomputed === undefined)
  const now = loadInForce(loads)
  const other = taken.findLastIndex(({ config }) => now !== undefined && !isSameAir(config, now.config))
  return taken[other + 1]?.from ?? -Infinity
}

function isSameAir(a: Config, b: Config): boolean {
  const gauges = ({ points }: Config) => Object.entries(points).filter(([, { kind }]) => kind === 'gauge')
  return (
    isDeepStrictEqual([a.site, a.inlets, a.halls], [b.site, b.inlets, b.halls]) &&
    isDeepStrictEqual(gauges(a), gauges(b))
  )
}
