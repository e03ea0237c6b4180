import { judgeCondition } from '../core/alarms/judged/judge.ts'
import { markPointRefused } from '../core/alarms/silence/refused.ts'
import { discountOutage, markPointsGone } from '../core/alarms/silence/silence.ts'
import {
  addPacketReading,
  applyAtOnce,
  applyPacket,
  clearReadings,
  createPacketReadings,
  newestIn,
  type PacketReadings,
} from '../core/packet-readings.ts'
import { runWhole, type Work } from '../core/contract/work.ts'
import { advanceInSteps, isTickDue, notePacket } from '../core/core.ts'
import {
  ACCEPTED,
  BAD_LINE,
  BAD_PAYLOAD,
  BEFORE_BIRTH,
  COMMAND,
  createCounts,
  IGNORED,
  ORPHAN,
  OUTCOMES,
  RETAINED,
  UNKNOWN_TOPIC,
  UNSELECTED,
  type Outcome,
} from '../core/contract/outcome.ts'
import type { Sink } from '../core/contract/sink.ts'
import { noteNumber } from '../core/numbering.ts'
import { showSeed } from '../core/seed.ts'
import { beginListening } from '../core/watermark.ts'
import { timeAt } from '../core/energy/samples.ts'
import { createCore, type Core } from '../core/state.ts'
import { stepInSteps } from '../core/step.ts'
import { claimedBy, commandTopic, type CommandAnswer } from '../ingest/command.ts'
import { OWN_TOPIC, readOldOwnEntry, readOwnEntry, type OrderEntry, type OwnEntry } from '../ingest/own-entry.ts'
import { decode } from '../ingest/payload.ts'
import type { Packet } from '../ingest/recording.ts'
import type { Payload } from '../ingest/root.ts'
import {
  acceptSparkplug,
  createSparkplugHost,
  type SparkplugHost,
  type SparkplugTake,
} from '../ingest/sparkplug/host.ts'
import type { Past } from '../ingest/stamp.ts'
import { beginPlanned, createPlanner, type Planner } from './planned/begin.ts'
import { obeyOrder } from './orders.ts'
import { noteRefusal, type Refusals } from './refusals.ts'
import type { Site } from '../site/site.ts'
import type { AuditEntry } from '../rows/tables/audit.ts'

/** Where an order came from that the broker does not tell of. */
const COMMAND_TOPIC = 'the topic of commands'

/** The way of a packet: topic → points → payload → unit → core → outcome, counted. Live and replay alike. */
export interface Pipeline {
  readonly site: Site
  readonly core: Core
  /** Readings by outcome, in the order of `OUTCOMES`; a packet on an unknown topic and a bad line count as one. */
  readonly counts: Float64Array
  readonly take: SparkplugTake
  /** What Sparkplug nodes have said of themselves. */
  readonly sparkplug: SparkplugHost
  /** What the core refuses. */
  readonly countRefused: (point: number, outcome: number) => void
  /** Readings of the packet at hand. */
  readonly readings: PacketReadings
  /** What the core has taken: it tells the instants of a doubled hour apart. */
  readonly past: Past
  /** The topic on which this daemon takes commands. */
  readonly commands: string
  /** What is planned, of the configuration and by command. */
  readonly planner: Planner
  /** Told what became of each command, and what the audit says of it at which time. */
  readonly onAnswer: OnAnswer
  /** When the audit last had a row of a command; two of one millisecond stand a millisecond apart. */
  auditMs: number
  /** Arrival time of the newest packet; it falls only where the host's clock was set back, which is an own entry. */
  nowMs: number
  /** Whether commands of the daemon's own in the form of older releases are taken as such: in their journals only. */
  takesOldForm: boolean
  packets: number
  /** Readings whose stamp lay in a doubled hour, and nothing told for sure in which of its two. */
  doubted: number
  /** The packet that is folded, and where its refused readings are noted; undefined in a replay. */
  packet: Packet | undefined
  readonly refusals: Refusals | undefined
}

/** What a command's sender is told, and the row of the audit. */
type OnAnswer = (answer: CommandAnswer, audit: AuditEntry, timeMs: number) => void

export function createPipeline(site: Site, sink: Sink, refusals?: Refusals, onAnswer: OnAnswer = () => {}): Pipeline {
  const core = createCore(site.plan, sink)
  const counts = createCounts()
  const readings = createPacketReadings()
  const pipeline: Pipeline = {
    site,
    core,
    counts,
    take: {
      reading: (point, tMs, value, from) =>
        addPacketReading(readings, from === 'history' ? ~point : point, from === 'arrival' ? NaN : tMs, value),
      refused(point, outcome) {
        markPointRefused(core.alarms, point, outcome, NaN, pipeline.nowMs)
        refuse(pipeline, outcome, point)
      },
      seed: (point, value) => showSeed(core, point, value, pipeline.nowMs),
      numbered: (numbering, number) => noteNumber(core, numbering, number, pipeline.nowMs),
      gone: (points) => markPointsGone(core.alarms, points, pipeline.nowMs),
      unselected: () => refuse(pipeline, UNSELECTED),
      regained: (count) => (counts[BEFORE_BIRTH] = (counts[BEFORE_BIRTH] ?? 0) - count),
    },
    sparkplug: createSparkplugHost(site.sparkplug),
    countRefused: (point, outcome) => refuse(pipeline, outcome, point),
    readings,
    past: {
      newestMs: (point) =>
        Math.max(newestIn(readings, point), timeAt(core.samples, point, (core.samples.count[point] ?? 0) - 1)),
      skewMs: site.plan.skewMs,
      doubt: () => void pipeline.doubted++,
    },
    commands: commandTopic(site.config.site.id),
    planner: createPlanner(),
    onAnswer,
    auditMs: -Infinity,
    nowMs: -Infinity,
    takesOldForm: false,
    packets: 0,
    doubted: 0,
    packet: undefined,
    refusals,
  }
  return pipeline
}

/** Folds one packet. A packet that claims an earlier arrival than the one before counts as arriving with that one. */
export function accept(pipeline: Pipeline, packet: Packet): void {
  const rest = acceptAtOnce(pipeline, packet, Infinity)
  if (rest !== undefined) runWhole(rest)
}

/**
 * As `accept`, as far as nothing about it is long and it counts for fewer than `units`. Gives the rest, which may stop
 * between two steps; undefined: there is none.
 */
export function acceptAtOnce(pipeline: Pipeline, packet: Packet, units: number): Work | undefined {
  const { core, commands, planner, readings } = pipeline
  const nowMs = Math.max(pipeline.nowMs, packet.nowMs)
  const isOfDaemon = packet.topic === OWN_TOPIC || packet.topic === commands
  if (isOfDaemon || nowMs >= planner.dueMs || isTickDue(core, nowMs)) return acceptInSteps(pipeline, packet)
  begin(pipeline, packet, nowMs)
  read(pipeline, packet)
  if (!applyAtOnce(core, readings, nowMs, units, pipeline.countRefused)) return applyRest(pipeline)
  pipeline.counts[ACCEPTED] = (pipeline.counts[ACCEPTED] ?? 0) + pipeline.readings.accepted
  return undefined
}

/** As `accept`; it may stop between two steps. */
export function* acceptInSteps(pipeline: Pipeline, packet: Packet): Work {
  const { topic } = packet
  if (topic === OWN_TOPIC) return yield* acceptOwn(pipeline, packet)
  if (topic === pipeline.commands) return yield* acceptCommand(pipeline, packet)
  const nowMs = Math.max(pipeline.nowMs, packet.nowMs)
  begin(pipeline, packet, nowMs)
  if (nowMs >= pipeline.planner.dueMs) yield* beginPlanned(pipeline)
  if (isTickDue(pipeline.core, nowMs)) yield* advanceInSteps(pipeline.core, nowMs)
  read(pipeline, packet)
  yield* applyRest(pipeline)
}

function begin(pipeline: Pipeline, packet: Packet, nowMs: number): void {
  pipeline.packet = packet
  pipeline.nowMs = nowMs
  pipeline.packets++
}

/** Decodes a packet into the readings that are folded next. */
function read(pipeline: Pipeline, packet: Packet): void {
  const { core, site, nowMs, take, past } = pipeline
  notePacket(core, nowMs)
  clearReadings(pipeline.readings)
  const route = site.routes.get(packet.topic)
  const wild = site.wild?.(packet.topic)
  const arrived = packet.nowMs === nowMs ? packet : { ...packet, nowMs }
  if (route !== undefined) decode(route, arrived, take, past)
  if (wild !== undefined) for (const other of wild) decode(other, arrived, take, past)
  const isRead = route !== undefined || (wild !== undefined && wild.length > 0)
  if (!isRead && !acceptSparkplug(pipeline.sparkplug, arrived, take)) refuse(pipeline, unreadAs(site, packet.topic))
}

function* applyRest(pipeline: Pipeline): Work {
  yield* applyPacket(pipeline.core, pipeline.readings, pipeline.nowMs, pipeline.countRefused)
  pipeline.counts[ACCEPTED] = (pipeline.counts[ACCEPTED] ?? 0) + pipeline.readings.accepted
}

function unreadAs(site: Site, topic: string): number {
  if (site.isIgnored(topic)) return IGNORED
  return site.isOrphan(topic) ? ORPHAN : UNKNOWN_TOPIC
}

/** Folds an own entry of the daemon, or a tick, which has no payload. Neither is a packet, and none is counted. */
function* acceptOwn(pipeline: Pipeline, { nowMs, payload }: Packet): Work {
  const entry = payload instanceof Uint8Array && payload.length === 0 ? undefined : readOwnEntry(payload)
  if (entry !== undefined && 'order' in entry) return yield* acceptOrder(pipeline, nowMs, entry)
  if (entry === undefined || !('step' in entry)) {
    const beforeMs = pipeline.nowMs
    pipeline.nowMs = Math.max(beforeMs, nowMs)
    yield* beginPlanned(pipeline)
    if (entry === undefined) yield* advanceInSteps(pipeline.core, pipeline.nowMs)
    else yield* obeyOwn(pipeline, entry, beforeMs)
    return
  }
  const { fromMs, toMs, lastedMs } = entry.step
  const beforeMs = Math.max(pipeline.nowMs, nowMs - (toMs - fromMs))
  pipeline.nowMs = nowMs
  yield* stepInSteps(pipeline.core, beforeMs, nowMs, lastedMs)
}

/** Carries out what an own entry says, but for a step. `beforeMs`: arrival time of the entry before it. */
function* obeyOwn(
  { core, nowMs }: Pipeline,
  entry: Exclude<OwnEntry, { step: unknown } | OrderEntry>,
  beforeMs: number,
): Work {
  // While the daemon was down no sensor was silent
  if ('start' in entry && beforeMs > -Infinity) discountOutage(core.alarms, nowMs - beforeMs)
  if ('start' in entry) beginListening(core.mark, nowMs)
  yield* advanceInSteps(core, nowMs)
  // Who drives the pipeline changes the site (configurations.ts)
  if ('start' in entry || 'configuration' in entry) return
  const { alarm, breached, value = NaN, limit = NaN } = entry.own
  const verdict = breached ? 'breached' : 'inside'
  judgeCondition(core.alarms, alarm, 0, { verdict, tMs: nowMs, value, limit }, nowMs, core.sink)
}

/** Obeys a command, and tells what became of it. One that the broker had retained changes only a count. */
function* acceptCommand(pipeline: Pipeline, packet: Packet): Work {
  const { core, nowMs: beforeMs } = pipeline
  const { payload, retain } = packet
  begin(pipeline, packet, Math.max(beforeMs, packet.nowMs))
  const old = pipeline.takesOldForm && !retain ? readOldOwnEntry(payload) : undefined
  if (old !== undefined && !('step' in old || 'order' in old)) {
    yield* obeyOwn(pipeline, old, beforeMs)
    return count(pipeline, COMMAND)
  }
  yield* beginPlanned(pipeline)
  yield* advanceInSteps(core, pipeline.nowMs)
  if (retain) return count(pipeline, RETAINED)
  yield* takeOrder(pipeline, payload, { account: claimedBy(payload), from: COMMAND_TOPIC })
}

/** Obeys an order that the daemon knows from whom it is. It counts as the packet that it came in. */
function* acceptOrder(pipeline: Pipeline, nowMs: number, { order }: OrderEntry): Work {
  const payload = new TextEncoder().encode(order.payload)
  const packet = { nowMs, topic: pipeline.commands, payload, retain: false }
  begin(pipeline, packet, Math.max(pipeline.nowMs, nowMs))
  yield* advanceInSteps(pipeline.core, pipeline.nowMs)
  yield* takeOrder(pipeline, payload, order)
}

/** Carries out a command, or refuses it; either is answered and noted in the audit. */
function* takeOrder(pipeline: Pipeline, payload: Payload, by: { account: string; from: string }): Work {
  const { answer, audit } = yield* obeyOrder(pipeline, payload, by)
  pipeline.onAnswer(answer, audit, nextAuditMs(pipeline))
  return answer.done ? count(pipeline, COMMAND) : refuse(pipeline, BAD_PAYLOAD)
}

/** Rows of one millisecond would hide each other. Behind a step of the clock time begins again below the last row. */
function nextAuditMs(pipeline: Pipeline): number {
  const { auditMs, nowMs } = pipeline
  const isNear = auditMs >= nowMs && auditMs - nowMs < 1000
  pipeline.auditMs = isNear ? auditMs + 1 : nowMs
  return pipeline.auditMs
}

/** Counts a line of a recording that is no packet. */
export function refuseLine(pipeline: Pipeline): void {
  count(pipeline, BAD_LINE)
}

/** Number of readings by the name of their outcome; every outcome is there. */
export function outcomeCounts({ counts }: Pipeline): Record<Outcome, number> {
  return Object.fromEntries(OUTCOMES.map((outcome, index) => [outcome, counts[index] ?? 0])) as Record<Outcome, number>
}

function refuse(pipeline: Pipeline, outcome: number, point?: number): void {
  count(pipeline, outcome)
  const { refusals, packet, packets, site } = pipeline
  if (refusals === undefined || packet === undefined) return
  noteRefusal(refusals, outcome, packet, packets, point === undefined ? undefined : site.points[point])
}

function count({ counts }: Pipeline, outcome: number): void {
  counts[outcome] = (counts[outcome] ?? 0) + 1
}
