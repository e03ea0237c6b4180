import { apply } from '../../core/core.ts'
import {
  ACCEPTED,
  CONFLICT,
  DUPLICATE,
  FUTURE,
  IGNORED,
  OUTCOMES,
  RETAINED,
  TOO_LATE,
  type Outcome,
} from '../../core/contract/outcome.ts'
import { NOWHERE } from '../../core/contract/sink.ts'
import { decode, type Take, type TimeSource } from '../../ingest/payload.ts'
import type { Route } from '../../ingest/route.ts'
import type { Arrival } from '../../ingest/arrival.ts'
import { isSparkplug, parseSparkplugTopic } from '../../ingest/sparkplug/topics.ts'
import { noteNumber } from '../../core/numbering.ts'
import { accept, createPipeline, type Pipeline } from '../../fold/pipeline.ts'
import { conversionOf } from '../../site/routes.ts'
import type { Site } from '../../site/site.ts'

/** What was heard of one point. Stored copies (retained) count apart: they tell nothing of how the device reports. */
export interface PointHeard {
  messages: number
  retained: number
  /** Topics that it was heard on, up to four: several only by a wildcard. */
  topics: Set<string>
  /** Readings that had a number and a stamp, taken or not. */
  readings: number
  /** As it came, in the declared unit, with its event time; NaN before the first. */
  lastRaw: number
  lastMs: number
  /** Range and sum of values in base units. */
  least: number
  most: number
  sum: number
  /** Event times: how many different ones, from when to when. */
  stamps: number
  oldestMs: number
  newestMs: number
  /** How far the best stamp lay ahead of its arrival; below 0: behind. */
  aheadMs: number
  /** Of a register: its newest accepted reading, what it rose in all and the largest fall that no rollover explains. */
  register: { tMs: number; joules: number; roseJ: number; fellJ: number }
  /** Most decimals of a number as it came: tells how coarse a count is. */
  decimals: number
}

export interface RefusedReadings {
  topic: string
  outcome: Outcome
  points: Set<number>
  readings: number
  /** The first payload of its kind, whole. */
  example: string
}

interface Orphan {
  messages: number
  /** The first payload, whole up to 64 KiB. */
  example: string
}

/** Everything that was heard. Bounded by the configuration, but for the orphans: 1,000 of them. */
export interface Heard {
  site: Site
  pipeline: Pipeline
  points: PointHeard[]
  refusals: Map<string, RefusedReadings>
  orphans: Map<string, Orphan>
  /** Messages on orphan topics beyond the thousand. */
  beyond: number
  messages: number
  /** The routes without conversion: numbers as they came. */
  rawOf: ReadonlyMap<Route, Route>
  rawTake: Take
  /** The message at hand. */
  current: Arrival
}

const MAX_ORPHANS = 1_000
const MAX_TOPICS = 4
/** A fall from above this share of the modulus is its wrapping. */
const NEAR_ROLLOVER = 0.9
/** A stamp so old comes from a clock that was never set. Folding it would make the core close every interval since. */
const ANCIENT_MS = 86_400_000
const MAX_EXAMPLE = 65_536
const AS_IT_CAME = { scale: 1, offset: 0, divisor: 1 }

export function createHeard(site: Site): Heard {
  const heard: Heard = {
    site,
    pipeline: {
      ...createPipeline(site, NOWHERE),
      take: {
        gone() {},
        numbered: (numbering, number) => noteNumber(heard.pipeline.core, numbering, number, heard.pipeline.nowMs),
        unselected() {},
        regained() {},
        reading: (point, tMs, value, from) => noteReading(heard, point, tMs, value, from),
        refused: (point, outcome) => refuseFirst(heard, point, outcome),
      },
    },
    points: site.points.map(() => unheard()),
    refusals: new Map(),
    orphans: new Map(),
    beyond: 0,
    messages: 0,
    rawOf: new Map([...site.routes.values()].map((route) => [route, rawRoute(route)])),
    rawTake: {
      reading(index, tMs, raw) {
        const point = heard.points[index]
        if (point === undefined) return
        point.decimals = Math.max(point.decimals, decimalsOf(raw))
        if (tMs < point.lastMs) return
        point.lastRaw = raw
        point.lastMs = tMs
      },
      refused() {},
    },
    current: { topic: '', payload: new Uint8Array(), retain: false },
  }
  return heard
}

/** Folds one message as the daemon would, and takes note of what becomes of it. */
export function hearMessage(heard: Heard, arrival: Arrival, nowMs: number): void {
  const { topic, payload, retain } = arrival
  const { site, points, pipeline } = heard
  heard.messages += 1
  const exact = site.routes.get(topic)
  const routes = [...(exact === undefined ? [] : [exact]), ...(site.wild?.(topic) ?? [])]
  if (routes.length === 0) return hearNode(heard, arrival, nowMs)
  for (const index of new Set(routes.flatMap((route) => route.points.map(({ point }) => point)))) {
    const point = points[index]
    if (point === undefined) continue
    point[retain ? 'retained' : 'messages'] += 1
    if (point.topics.size < MAX_TOPICS) point.topics.add(topic)
  }
  heard.current = arrival
  // The raw numbers first: what the core takes next tells the past of this message
  const { past } = pipeline
  const contents = { payload, nowMs: Math.max(pipeline.nowMs, nowMs), retain }
  for (const route of routes) decode(heard.rawOf.get(route) ?? route, contents, heard.rawTake, { ...past, doubt() {} })
  accept(pipeline, { nowMs, topic, payload, retain })
}

/** A message of a Sparkplug node counts for those points of which it has a reading; any other is an orphan. */
function hearNode(heard: Heard, arrival: Arrival, nowMs: number): void {
  const { topic, payload, retain } = arrival
  const node = parseSparkplugTopic(topic)?.node
  if (node === undefined || !heard.site.sparkplug.has(node)) return noteOrphan(heard, arrival)
  heard.current = arrival
  accept(heard.pipeline, { nowMs, topic, payload, retain })
}

function unheard(): PointHeard {
  return {
    messages: 0,
    retained: 0,
    topics: new Set(),
    readings: 0,
    lastRaw: NaN,
    lastMs: -Infinity,
    least: Infinity,
    most: -Infinity,
    sum: 0,
    stamps: 0,
    oldestMs: Infinity,
    newestMs: -Infinity,
    aheadMs: -Infinity,
    register: { tMs: NaN, joules: NaN, roseJ: 0, fellJ: 0 },
    decimals: 0,
  }
}

function rawRoute({ points, rare }: Route): Route {
  const raw = points.map((to) => ({
    ...to,
    conversion: { ...to.conversion, ...AS_IT_CAME },
    factor: 1,
    offset: 0,
    idleFrom: 0,
    rare: to.rare && { ...to.rare, invalid: undefined },
  }))
  const rawOf = new Map(raw.map((to) => [to.point, to]))
  const groups = rare?.groups?.map((group) => ({
    ...group,
    points: group.points.flatMap(({ point }) => rawOf.get(point) ?? []),
  }))
  return { points: raw, rare: rare && { ...rare, groups } }
}

/** Our own topics are no orphans. */
function noteOrphan(heard: Heard, { topic, payload }: Arrival): void {
  const { site, orphans } = heard
  if (topic.startsWith(`coldaisle/${site.config.site.id}/`) || site.isIgnored(topic)) return
  const orphan = orphans.get(topic)
  if (orphan !== undefined) orphan.messages += 1
  else if (orphans.size >= MAX_ORPHANS) heard.beyond += 1
  else orphans.set(topic, { messages: 1, example: textOf(payload) })
}

function noteReading(heard: Heard, index: number, tMs: number, value: number, from: TimeSource): void {
  const { pipeline, current, points } = heard
  const isAncient = tMs < pipeline.nowMs - ANCIENT_MS
  const outcome = isAncient
    ? TOO_LATE
    : apply(pipeline.core, index, from === 'arrival' ? NaN : tMs, value, pipeline.nowMs)
  if (outcome !== ACCEPTED && outcome !== DUPLICATE) noteRefusal(heard, index, outcome)
  const point = points[index]
  if (point === undefined) return
  point.least = Math.min(point.least, value)
  point.most = Math.max(point.most, value)
  point.sum += value
  point.readings += 1
  if (isSparkplug(current.topic)) noteMetric(heard, index, point, tMs, value)
  if (current.retain) return
  point.aheadMs = Math.max(point.aheadMs, tMs - pipeline.nowMs)
  if (tMs > point.newestMs || tMs < point.oldestMs) point.stamps += 1
  point.oldestMs = Math.min(point.oldestMs, tMs)
  point.newestMs = Math.max(point.newestMs, tMs)
  if (outcome === ACCEPTED) noteStep(heard, index, point, tMs, value)
}

/** The number of a metric in its declared unit. */
function noteMetric({ site, current }: Heard, index: number, point: PointHeard, tMs: number, value: number): void {
  const { unit = '', kind = 'gauge' } = site.config.points[site.points[index] ?? ''] ?? {}
  const { scale, offset, divisor } = conversionOf({ unit, kind })
  point[current.retain ? 'retained' : 'messages'] += 1
  if (tMs < point.lastMs) return
  point.lastMs = tMs
  point.lastRaw = Number(((value * divisor - offset) / scale).toPrecision(12))
}

function noteStep({ site }: Heard, index: number, { register }: PointHeard, tMs: number, joules: number): void {
  const plan = site.plan.points[index]
  if (plan?.kind !== 'register' || tMs <= register.tMs) return
  const stepJ = joules - register.joules
  const isRollover = register.joules > NEAR_ROLLOVER * plan.rolloverJ
  if (stepJ > 0) register.roseJ += stepJ
  else if (stepJ < 0 && !isRollover) register.fellJ = Math.max(register.fellJ, -stepJ)
  register.tMs = tMs
  register.joules = joules
}

function decimalsOf(raw: number): number {
  return /\.(\d+)$/.exec(String(raw))?.[1]?.length ?? 0
}

/** A metric that is refused was heard all the same. Which points a node's message is about, only its metrics tell. */
function refuseFirst(heard: Heard, index: number, outcome: number): void {
  const { topic, retain } = heard.current
  const point = heard.points[index]
  if (point !== undefined && isSparkplug(topic)) point[retain ? 'retained' : 'messages'] += 1
  noteRefusal(heard, index, outcome)
}

/** A stored copy may be old or without a stamp: that is its nature and no fault. */
function noteRefusal({ current, refusals }: Heard, point: number, code: number): void {
  const { topic, payload, retain } = current
  if (retain && (code === RETAINED || code === TOO_LATE || code === CONFLICT || code === FUTURE)) return
  if (code === IGNORED) return
  const outcome = OUTCOMES[code] ?? 'bad_payload'
  const key = `${outcome} ${topic}`
  const refusal = refusals.get(key)
  if (refusal === undefined) {
    refusals.set(key, { topic, outcome, points: new Set([point]), readings: 1, example: textOf(payload) })
  } else {
    refusal.readings += 1
    refusal.points.add(point)
  }
}

function textOf(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.byteLength, MAX_EXAMPLE)).toString('utf8')
}
