import { fitsFilter } from '../../../config/strings.ts'
import { isSparkplug } from '../../../ingest/sparkplug/topics.ts'
import type { Packet } from '../../../ingest/recording.ts'
import { timeMs } from '../../../ingest/times.ts'
import { isMap, messageNumbers, pointerTo, type NumberFound, type NumberPlace } from './members.ts'
import { createNodes, hearNode, type Nodes } from './nodes.ts'
import { rootOf, type Payload } from '../../../ingest/root.ts'

/** What listening is bounded by. At the first two it ends; further topics are counted and not looked at. */
export interface EarLimits {
  readonly messages: number
  readonly bytes: number
  readonly topics: number
}

/** One number of a topic over all that was heard of it. */
export interface NumberSeries {
  readonly place: NumberPlace
  /** As they came, and when they arrived: the newest of them, at most `MOST_SAMPLES`. */
  readonly samples: { tMs: number; value: number }[]
  readings: number
  least: number
  most: number
  falls: number
  /** What stood with its newest number. */
  newest: NumberFound
}

export interface TopicHeard {
  readonly topic: string
  /** Messages that came as they were sent; `retained`: copies that the broker had kept. */
  live: number
  retained: number
  readonly series: Map<string, NumberSeries>
  /** The newest message. */
  payload: Payload
  /** What tells devices that share the topic apart: by pointer, how often each text was met. */
  readonly identities: Map<string, Map<string, number>>
  /** The pointer by which several devices were told apart; their series are kept apart from then on. */
  sharedBy: string | undefined
  /** Pointers of the newest message to times near its arrival, and to what is named as one and is none. */
  times: string[]
  badTimes: string[]
}

export interface Ear {
  readonly limits: EarLimits
  readonly topics: Map<string, TopicHeard>
  readonly nodes: Nodes
  /** Announcements of devices about themselves: the newest payload by topic, kept whole. */
  readonly announcements: Map<string, Payload>
  messages: number
  bytes: number
  /** Messages on topics beyond the limit, and of retained copies beyond half of it. */
  beyond: number
  series: number
  firstMs: number
  lastMs: number
}

const MOST_SAMPLES = 240
const MOST_SERIES = 100_000
const MOST_SERIES_OF_TOPIC = 256
/** A time so far from its arrival is of a clock that is wrong, or of something else. */
const OLDEST_MS = 3_600_000
const NEWEST_MS = 60_000
/** Announced by devices or by what stands for them: Home Assistant's way, Zigbee2MQTT's list, DSX metadata. */
const ANNOUNCED = /\/config$|\/bridge\/devices$|^BMS\/v1\/PUB\/Metadata\//
/** What a point without `timeAt` takes for its time. */
const USUAL_TIMES = ['ts', 'time', 'timestamp']

export function createEar(limits: EarLimits): Ear {
  return {
    limits,
    topics: new Map(),
    nodes: createNodes(limits.topics),
    announcements: new Map(),
    messages: 0,
    bytes: 0,
    beyond: 0,
    series: 0,
    firstMs: NaN,
    lastMs: NaN,
  }
}

/** Which limit ends the listening; undefined while none does. */
export function limitReached({ limits, messages, bytes }: Ear): 'messages' | 'bytes' | undefined {
  if (messages >= limits.messages) return 'messages'
  return bytes >= limits.bytes ? 'bytes' : undefined
}

/** Takes note of one message. Our own topics are none of a site's devices. */
export function hearOne(ear: Ear, packet: Packet, selectBy: (topic: string) => readonly string[]): void {
  const { topic, payload, nowMs, retain } = packet
  if (topic === '' || fitsFilter(topic, 'coldaisle/#') || topic.startsWith('$')) return
  ear.messages += 1
  ear.bytes += sizeOf(payload)
  if (Number.isNaN(ear.firstMs)) ear.firstMs = nowMs
  ear.lastMs = Math.max(nowMs, Number.isNaN(ear.lastMs) ? nowMs : ear.lastMs)
  const heard = ear.topics.get(topic) ?? newTopic(ear, topic, payload, retain)
  if (heard === undefined) return
  heard.payload = payload
  if (retain) heard.retained += 1
  else heard.live += 1
  if (ANNOUNCED.test(topic)) ear.announcements.set(topic, payload)
  if (isSparkplug(topic)) return hearNode(ear.nodes, packet)
  noteTimes(heard, payload, nowMs)
  const by = selectBy(topic)
  if (by.length === 0) noteIdentity(ear, heard, payload)
  const told = heard.sharedBy === undefined ? by : [heard.sharedBy]
  for (const found of messageNumbers(payload, told, nowMs)) noteNumber(ear, heard, found, { nowMs, retain })
}

/** Copies that were kept take at most half of the room: what is alive must find some. */
function newTopic(ear: Ear, topic: string, payload: Payload, retain: boolean): TopicHeard | undefined {
  const most = retain && !ANNOUNCED.test(topic) ? ear.limits.topics / 2 : ear.limits.topics
  if (ear.topics.size >= most) {
    ear.beyond += 1
    return undefined
  }
  const heard: TopicHeard = {
    topic,
    live: 0,
    retained: 0,
    series: new Map(),
    payload,
    identities: new Map(),
    sharedBy: undefined,
    times: [],
    badTimes: [],
  }
  ear.topics.set(topic, heard)
  return heard
}

/** Members by which devices that share a topic name themselves. */
const IDENTITIES =
  'id device dev deviceId device_id devEui name slave_id unit_id addr address serial sn mac model src meter sensor node'.split(
    ' ',
  )
const MOST_DEVICES = 64

/** Texts of two devices that come again and again: from now on their numbers are kept apart. */
function noteIdentity(ear: Ear, heard: TopicHeard, payload: Payload): void {
  const root = rootOf(payload)
  if (!isMap(root) || heard.sharedBy !== undefined) return
  for (const name of IDENTITIES) {
    const text = root[name]
    if (!Object.hasOwn(root, name) || (typeof text !== 'string' && typeof text !== 'number')) continue
    const pointer = pointerTo('', name)
    const counts = heard.identities.get(pointer) ?? new Map<string, number>()
    heard.identities.set(pointer, counts)
    if (counts.size <= MOST_DEVICES) counts.set(String(text), (counts.get(String(text)) ?? 0) + 1)
    const again = [...counts.values()].filter((count) => count > 1).length
    if (counts.size > MOST_DEVICES || again < 2) continue
    heard.sharedBy = pointer
    ear.series -= heard.series.size
    heard.series.clear()
    return
  }
}

/** A pointer whose texts differ between messages, though too few came to tell whether they are of several devices. */
export function maybeShared({ identities, sharedBy }: TopicHeard): string | undefined {
  if (sharedBy !== undefined) return undefined
  return [...identities].find(([, counts]) => counts.size > 1 && counts.size <= MOST_DEVICES)?.[0]
}

function sizeOf(payload: Payload): number {
  if (payload instanceof Uint8Array) return payload.byteLength
  return typeof payload === 'string' ? payload.length : JSON.stringify(payload).length
}

function keep<T>(list: T[], next: T, most: number): void {
  list.push(next)
  if (list.length > most) list.shift()
}

function noteTimes(heard: TopicHeard, payload: Payload, nowMs: number): void {
  const root = rootOf(payload)
  if (!isMap(root)) return
  heard.times = []
  heard.badTimes = []
  for (const [name, member] of Object.entries(root).slice(0, 256)) {
    noteTime(heard, name, pointerTo('', name), member, nowMs)
    if (!isMap(member)) continue
    for (const [inner, it] of Object.entries(member).slice(0, 64)) {
      noteTime(heard, '', pointerTo(pointerTo('', name), inner), it, nowMs)
    }
  }
}

function noteTime(heard: TopicHeard, name: string, at: string, member: unknown, nowMs: number): void {
  if (typeof member !== 'string' && typeof member !== 'number') return
  const tMs = timeMs(member, { unit: undefined, timezone: undefined })
  if (tMs > nowMs - OLDEST_MS && tMs < nowMs + NEWEST_MS) heard.times.push(at)
  else if (USUAL_TIMES.includes(name)) heard.badTimes.push(at)
}

function noteNumber(
  ear: Ear,
  heard: TopicHeard,
  found: NumberFound,
  { nowMs, retain }: { nowMs: number; retain: boolean },
): void {
  const { place, value } = found
  const key = placeKey(place)
  let series = heard.series.get(key)
  if (series === undefined) {
    if (ear.series >= MOST_SERIES || heard.series.size >= MOST_SERIES_OF_TOPIC) return
    ear.series += 1
    series = { place, samples: [], readings: 0, least: value, most: value, falls: 0, newest: found }
    heard.series.set(key, series)
  }
  noteSample(series, nowMs, value, retain)
  series.newest = found
}

/** A copy that was kept tells what a number is like, but not how it changes. */
function noteSample(series: Omit<NumberSeries, 'place' | 'newest'>, tMs: number, value: number, retain: boolean): void {
  const last = series.samples.at(-1)
  series.readings += 1
  series.least = Math.min(series.least, value)
  series.most = Math.max(series.most, value)
  if (retain) return
  if (last !== undefined && value < last.value) series.falls += 1
  keep(series.samples, { tMs, value }, MOST_SAMPLES)
}

/** Two numbers of a topic are of one series if the same keys read them. */
function placeKey({ format, cells, records, where, at }: NumberPlace): string {
  return JSON.stringify([format, cells, records, where, at])
}
