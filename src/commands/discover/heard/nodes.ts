import type { Packet } from '../../../ingest/recording.ts'
import { numberOf, readMessage, readProperties, type SparkplugMetric } from '../../../ingest/sparkplug/message.ts'
import { parseSparkplugTopic } from '../../../ingest/sparkplug/topics.ts'

/** What is known of one metric of a Sparkplug node or device. */
export interface MetricHeard {
  readonly name: string
  readonly samples: { tMs: number; value: number }[]
  readings: number
  least: number
  most: number
  falls: number
  /** Texts of its birth, by the names of its properties: engUnit, documentation … */
  properties: Readonly<Record<string, string>>
}

export interface DeviceHeard {
  /** `GROUP/NODE`, and the device behind it; '': the node itself. */
  readonly node: string
  readonly device: string
  readonly metrics: Map<string, MetricHeard>
  /** Texts that the birth tells as metrics of their own, such as a role. */
  texts: Readonly<Record<string, string>>
  isBorn: boolean
  aliases: ReadonlyMap<number | string, SparkplugMetric>
  /** Metrics that came by an alias whose birth was not heard. */
  unnamed: number
  birth: Packet | undefined
}

export interface Nodes {
  readonly devices: Map<string, DeviceHeard>
  readonly most: number
}

const MOST_METRICS = 1_000
const MOST_SAMPLES = 240

export function createNodes(most: number): Nodes {
  return { devices: new Map(), most }
}

/** Takes note of a node's message: births tell what metrics are, data how they change. */
export function hearNode(nodes: Nodes, packet: Packet): void {
  const topic = parseSparkplugTopic(packet.topic)
  const bytes = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
  if (topic === undefined || !(bytes instanceof Uint8Array) || packet.retain) return
  const message = readMessage(bytes)
  if (message === undefined || topic.verb.endsWith('DEATH')) return
  const heard = deviceOf(nodes, topic.node, topic.device)
  if (heard === undefined) return
  const isBirth = topic.verb.endsWith('BIRTH')
  if (isBirth) {
    heard.isBorn = true
    heard.birth = packet
    const told = readProperties(bytes)
    heard.texts = Object.fromEntries(told.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text]])))
    for (const { name, properties } of told) metricOf(heard, name, properties)
    heard.aliases = new Map(message.metrics.flatMap((it) => (it.alias === undefined ? [] : [[it.alias, it]])))
  }
  for (const metric of message.metrics) noteMetric(heard, metric, packet.nowMs)
}

function deviceOf(nodes: Nodes, node: string, device: string): DeviceHeard | undefined {
  const key = `${node}/${device}`
  const known = nodes.devices.get(key)
  if (known !== undefined || nodes.devices.size >= nodes.most) return known
  const heard: DeviceHeard = {
    node,
    device,
    metrics: new Map(),
    texts: {},
    isBorn: false,
    aliases: new Map(),
    unnamed: 0,
    birth: undefined,
  }
  nodes.devices.set(key, heard)
  return heard
}

function metricOf(
  heard: DeviceHeard,
  name: string,
  properties?: Readonly<Record<string, string>>,
): MetricHeard | undefined {
  const known = heard.metrics.get(name)
  if (known !== undefined) {
    if (properties !== undefined) known.properties = properties
    return known
  }
  if (heard.metrics.size >= MOST_METRICS) return undefined
  const metric: MetricHeard = {
    name,
    samples: [],
    readings: 0,
    least: Infinity,
    most: -Infinity,
    falls: 0,
    properties: properties ?? {},
  }
  heard.metrics.set(name, metric)
  return metric
}

function noteMetric(heard: DeviceHeard, sent: SparkplugMetric, nowMs: number): void {
  const born = sent.name === undefined && sent.alias !== undefined ? heard.aliases.get(sent.alias) : undefined
  const name = sent.name ?? born?.name
  if (name === undefined) {
    heard.unnamed += 1
    return
  }
  const value = sent.isNull ? undefined : numberOf(sent, sent.datatype || (born?.datatype ?? 0))
  const metric = value === undefined || !Number.isFinite(value) ? undefined : metricOf(heard, name)
  if (metric === undefined || value === undefined) return
  const last = metric.samples.at(-1)
  metric.readings += 1
  metric.least = Math.min(metric.least, value)
  metric.most = Math.max(metric.most, value)
  if (last !== undefined && value < last.value) metric.falls += 1
  metric.samples.push({ tMs: nowMs, value })
  if (metric.samples.length > MOST_SAMPLES) metric.samples.shift()
}
