import {
  BAD_PAYLOAD,
  BAD_TIME,
  BEFORE_BIRTH,
  NO_VALUE,
  NON_FINITE,
  OVERSIZE,
  RETAINED,
} from '../../core/contract/outcome.ts'
import { valueThen, type Take } from '../payload.ts'
import type { Packet } from '../recording.ts'
import type { Payload } from '../root.ts'
import type { RoutePoint } from '../route.ts'
import { timeMs } from '../times.ts'
import { toBase } from '../units.ts'
import { beginUnread, noteNodeBirth, provenByBirth, keepUnread, takeUnread, type UnreadMessage } from './unread.ts'
import { learnBirth, unknownNode, type DeviceBirth, type NodeBirth } from './births.ts'
import { numberOf, readMessage, type SparkplugMessage, type SparkplugMetric } from './message.ts'
import { parseSparkplugTopic, type SparkplugTopic } from './topics.ts'

// A Sparkplug B node as its listener sees it. A device behind it is born and dies in the same way by its own messages.
//
//     unknown ── NBIRTH, DBIRTH ──────────────> born       names, aliases and datatypes are known
//     born    ── a message with the next `seq` ─> born     its readings count
//             ── up to 4 of them left out ─────> in doubt  one of them may have been a birth
//             ── any other `seq` ──────────────> unknown   more is lost, or the node began anew
//             ── NDEATH of the birth's `bdSeq` ─> unknown  its points are silent at once
//     in doubt ── they come within 2 s, as data ─> born    they were overtaken on their way
//             ── they do not ──────────────────> unknown
//
// While it is unknown or in doubt an alias means nothing: such data are `before_birth`, and kept unread (unread.ts). A
// metric with its own name and a number whose type the message itself tells needs no birth.

/** What readings of nodes are read by. */
export type SparkplugPlan = ReadonlyMap<string, NodePlan>

/** By device, '' for the node itself: its points, and who reads its metrics. */
type NodePlan = ReadonlyMap<string, DevicePlan>

export interface DevicePlan {
  readonly points: readonly RoutePoint[]
  readonly byMetric: ReadonlyMap<string, readonly RoutePoint[]>
}

export interface SparkplugHost {
  readonly plan: SparkplugPlan
  readonly births: Map<string, NodeBirth>
  /** Nodes of which something was lost or not understood since their last birth: a rebirth would tell it. */
  readonly waiting: Set<string>
}

/** As for other packets. Besides, points whose node or device said that it is gone, and a message of no reading. */
export interface SparkplugTake extends Take {
  readonly gone: (points: readonly number[]) => void
  readonly unselected: () => void
  /** So many readings that were told as `before_birth` are read after all, and told anew. */
  readonly regained: (count: number) => void
}

/** Births of large nodes are larger than any other message. */
const MAX_BYTES = 524_288
const GOOD = 192
/** So many messages may be overtaken by one, for so long. */
const MOST_OVERTAKEN = 4
const REORDER_MS = 2_000
const EMPTY: DevicePlan = { points: [], byMetric: new Map() }

export function createSparkplugHost(plan: SparkplugPlan): SparkplugHost {
  return { plan, births: new Map(), waiting: new Set() }
}

/** Nodes that a rebirth would help at an arrival time. */
export function nodesToAsk({ waiting, births }: SparkplugHost, nowMs: number): string[] {
  const late = [...births].filter(([, { missing }]) => missing !== undefined && missing.untilMs < nowMs)
  return [...new Set([...waiting, ...late.map(([node]) => node)])]
}

/** Reads a packet of a node that some point is of; false: it is none, and nothing was called. */
export function acceptSparkplug(
  host: SparkplugHost,
  packet: Packet,
  take: SparkplugTake,
  known?: SparkplugTopic,
): boolean {
  const topic = known ?? parseSparkplugTopic(packet.topic)
  const node = topic === undefined ? undefined : host.plan.get(topic.node)
  if (topic === undefined || node === undefined) return false
  const device = node.get(topic.device) ?? EMPTY
  const bytes = bytesOf(packet.payload)
  const message = bytes === undefined || bytes.length > MAX_BYTES ? undefined : readMessage(bytes)
  if (packet.retain) refuseAll(device, RETAINED, take)
  else if (bytes !== undefined && message !== undefined)
    hear(host, { topic, message, bytes, nowMs: packet.nowMs }, take)
  else refuseAll(device, bytes !== undefined && bytes.length > MAX_BYTES ? OVERSIZE : BAD_PAYLOAD, take)
  return true
}

/** A recording has bytes that happen to be UTF-8 as text. */
function bytesOf(payload: Payload): Uint8Array | undefined {
  if (payload instanceof Uint8Array) return payload
  return typeof payload === 'string' ? Buffer.from(payload) : undefined
}

function refuseAll({ points }: DevicePlan, outcome: number, take: SparkplugTake): void {
  if (points.length === 0) take.unselected()
  for (const { point } of points) take.refused(point, outcome)
}

interface Heard {
  topic: SparkplugTopic
  message: SparkplugMessage
  bytes: Uint8Array
  nowMs: number
}

function hear(
  { plan, births, waiting }: SparkplugHost,
  { topic, message, bytes, nowMs }: Heard,
  take: SparkplugTake,
): void {
  const { verb } = topic
  const node = births.get(topic.node) ?? unknownNode()
  births.set(topic.node, node)
  const devices = plan.get(topic.node)
  const device = devices?.get(topic.device) ?? EMPTY
  if (verb === 'NDEATH') {
    const bdSeq = bdSeqOf(message)
    // The will of an earlier session may come behind the birth of the next
    if (!Number.isNaN(node.bdSeq) && bdSeq !== node.bdSeq) return take.unselected()
    Object.assign(node, { ...unknownNode(), bdSeq: node.bdSeq })
    waiting.delete(topic.node)
    take.unselected()
    return take.gone([...(devices?.values() ?? [])].flatMap(({ points }) => points.map(({ point }) => point)))
  }
  const wasInDoubt = node.missing !== undefined
  if (verb === 'NBIRTH') {
    const { unread } = node
    Object.assign(node, { ...unknownNode(), bdSeq: bdSeqOf(message), seq: message.seq, unread })
    noteNodeBirth(node, node.bdSeq)
    waiting.delete(topic.node)
  } else if (!follow(node, message.seq, verb, nowMs)) waiting.add(topic.node)
  if (verb === 'DDEATH') {
    node.devices.delete(topic.device)
    take.unselected()
    return take.gone(device.points.map(({ point }) => point))
  }
  // What no point reads is not kept: whoever may publish there could fill the memory
  const isBirth = verb === 'NBIRTH' || verb === 'DBIRTH'
  if (isBirth && devices?.has(topic.device) === true) learnBirth(births, node, topic.device, message.metrics)
  const isKnownAgain = wasInDoubt && node.missing === undefined && node.devices.size > 0
  const found = isBirth ? provenByBirth(node, topic.device) : isKnownAgain ? takeUnread(node) : []
  for (const it of found) takeAgain(devices?.get(it.device) ?? EMPTY, node.devices.get(it.device), it, take)
  const { isRead, refused } = takeMetrics(device, node.devices.get(topic.device), message, nowMs, take)
  if (refused > 0) keepUnread(births, node, { device: topic.device, bytes, refused })
  if (!isRead && node.missing === undefined) waiting.add(topic.node)
}

/** Reads a message that was set aside. What has no time of its own is not set aside: its arrival is over. */
function takeAgain(
  device: DevicePlan,
  birth: DeviceBirth | undefined,
  { bytes, refused }: UnreadMessage,
  take: SparkplugTake,
): void {
  const message = readMessage(bytes)
  if (message === undefined) return
  take.regained(refused)
  takeMetrics(device, birth, message, message.tMs, take)
}

function bdSeqOf({ metrics }: SparkplugMessage): number {
  const metric = metrics.find(({ name }) => name === 'bdSeq')
  return metric === undefined ? NaN : Number(metric.raw)
}

/** Notes a message's `seq`. False: all births are unknown from now on, as one may have been missed. */
function follow(node: NodeBirth, seq: number, verb: SparkplugTopic['verb'], nowMs: number): boolean {
  const { missing } = node
  const isLate = missing?.seqs.includes(seq) === true && nowMs <= missing.untilMs
  if (isLate && verb.endsWith('DATA')) {
    missing.seqs = missing.seqs.filter((it) => it !== seq)
    if (missing.seqs.length > 0) return true
    node.devices = missing.births
    node.missing = undefined
    return true
  }
  const ahead = node.seq < 0 ? Infinity : (seq - node.seq + 255) % 256
  // What is told by aliases before a birth and comes behind it would be read by the wrong ones
  const isWaiting = missing === undefined || (nowMs <= missing.untilMs && verb.endsWith('DATA'))
  node.seq = isLate ? node.seq : seq
  if (ahead === 0 && isWaiting) return true
  const seqs = Array.from({ length: Math.min(ahead, MOST_OVERTAKEN) }, (_, n) => (seq - ahead + n + 256) % 256)
  const mayBeOvertaken = missing === undefined && ahead <= MOST_OVERTAKEN && node.devices.size > 0
  beginUnread(node)
  node.missing = mayBeOvertaken ? { seqs, untilMs: nowMs + REORDER_MS, births: node.devices } : undefined
  node.devices = new Map()
  return mayBeOvertaken
}

/**
 * Gives every metric that points read to them. Points of a message that cannot be told apart are refused once. Gives
 * whether all that they may read was understood, and how many were refused if no other was told and all have a time.
 */
function takeMetrics(
  { points, byMetric }: DevicePlan,
  birth: DeviceBirth | undefined,
  message: SparkplugMessage,
  nowMs: number,
  take: SparkplugTake,
): { isRead: boolean; refused: number } {
  const read = new Set<number>()
  let isLost = false
  let refused = 0
  let told = 0
  for (const metric of message.metrics) {
    const known = metric.name === undefined ? birth?.byAlias.get(metric.alias ?? '') : birth?.byName.get(metric.name)
    const name = metric.name ?? known?.name
    if (name === undefined) isLost = true
    const readers = name === undefined ? undefined : byMetric.get(name)
    if (readers === undefined) continue
    const isSame = known === undefined || metric.datatype === 0 || metric.datatype === known.datatype
    const number = isSame ? numberOf(metric, metric.datatype || (known?.datatype ?? 0)) : undefined
    for (const to of readers) {
      read.add(to.point)
      if (number === undefined && !metric.isNull) {
        take.refused(to.point, BEFORE_BIRTH)
        refused++
      } else {
        takeMetric(to, metric, number ?? NaN, { tMs: message.tMs, nowMs }, take)
        told++
      }
    }
  }
  const lost = isLost ? points.filter(({ point }) => !read.has(point)) : []
  for (const { point } of lost) take.refused(point, BEFORE_BIRTH)
  if (read.size === 0 && lost.length === 0) take.unselected()
  const isTimed = !Number.isNaN(message.tMs) && !points.some(({ rare }) => rare?.atArrival === true)
  return { isRead: lost.length === 0, refused: told === 0 && isTimed ? refused + lost.length : 0 }
}

/** One metric for one point. Its own time comes before that of the message; without either, arrival counts. */
function takeMetric(
  to: RoutePoint,
  metric: SparkplugMetric,
  number: number,
  { tMs: messageMs, nowMs }: { tMs: number; nowMs: number },
  take: Take,
): void {
  const isGood = Number.isNaN(metric.quality) || metric.quality === GOOD
  if (metric.isNull || metric.isTransient || !isGood || metric.field === 0) return take.refused(to.point, NO_VALUE)
  // + 0 makes -0 a plain 0, as for JSON
  const value = toBase(to.conversion, number * to.factor + to.offset) + 0
  if (to.rare?.invalid?.includes(value)) return take.refused(to.point, NO_VALUE)
  if (!Number.isFinite(value)) {
    const isNumber = metric.field >= 12 && metric.field <= 13
    return take.refused(to.point, isNumber ? NON_FINITE : BAD_PAYLOAD)
  }
  const sentMs = Number.isNaN(metric.tMs) ? messageMs : metric.tMs
  const isArrival = to.rare?.atArrival || Number.isNaN(sentMs)
  const tMs = isArrival ? nowMs : timeMs(sentMs, MILLISECONDS)
  const from = metric.isHistorical ? 'history' : isArrival ? 'arrival' : 'stamp'
  // What is of the past did not happen when it arrived
  if (Number.isNaN(tMs) || (isArrival && metric.isHistorical)) take.refused(to.point, BAD_TIME)
  else take.reading(to.point, tMs, valueThen(to, number, tMs), from)
}

const MILLISECONDS = { unit: 'ms', timezone: undefined } as const
