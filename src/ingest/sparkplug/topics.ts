import { parsePointer } from '../pointer.ts'

/** What a message of a node says: births, data and deaths of itself (N…) and of devices behind it (D…). */
const VERBS = ['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH'] as const

type Verb = (typeof VERBS)[number]

/** The parts of a topic `spBv1.0/GROUP/VERB/NODE[/DEVICE]`. */
export interface SparkplugTopic {
  verb: Verb
  /** `GROUP/NODE`. */
  node: string
  /** The device behind the node; '': the node itself. */
  device: string
}

const NAMESPACE = 'spBv1.0/'

export function isSparkplug(topic: string): boolean {
  return topic.startsWith(NAMESPACE)
}

/** The parts of a topic of a node's own message; undefined for commands, STATE and whatever else is there. */
export function parseSparkplugTopic(topic: string): SparkplugTopic | undefined {
  if (!isSparkplug(topic)) return undefined
  const [, group, word, node, device, ...more] = topic.split('/')
  const verb = VERBS.find((it) => it === word)
  if (verb === undefined || !group || !node || more.length > 0) return undefined
  if (verb.startsWith('D') ? !device : device !== undefined) return undefined
  return { verb, node: `${group}/${node}`, device: device ?? '' }
}

/** The metric that a point's `at` names: `/Meter~1Power` and `/Meter/Power` are the metric `Meter/Power`. */
export function metricOf(at: string | undefined): string {
  return parsePointer(at ?? '/value').join('/')
}

/** The filters of everything that the nodes of these topics say: their `seq` counts over all of it. */
export function sparkplugFilters(topics: Iterable<string>): string[] {
  const nodes = new Set([...topics].flatMap((topic) => parseSparkplugTopic(topic)?.node ?? []))
  return [...nodes].flatMap((key) => {
    const [group, node] = key.split('/')
    return VERBS.map((verb) => `${NAMESPACE}${group}/${verb}/${node}${verb.startsWith('D') ? '/+' : ''}`)
  })
}
