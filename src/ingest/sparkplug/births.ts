import type { Unread } from './unread.ts'
import type { SparkplugMetric } from './message.ts'

/** What a node has said of itself since its last NBIRTH. */
export interface NodeBirth {
  /** Which session it is; NaN: no birth was heard, or it said none. */
  bdSeq: number
  /** Of its last message; -1: unknown. */
  seq: number
  /** Those that are born, the node itself as ''. */
  devices: Map<string, DeviceBirth>
  /** Messages that others have overtaken, or that are lost; undefined: none. */
  missing: MissingMessages | undefined
  /** What came since something was missed, until it is known whether that was a birth; undefined: nothing was. */
  unread: Unread | undefined
}

/** Until they have come, nobody knows whether a birth was among them. */
interface MissingMessages {
  /** Their `seq`. */
  seqs: number[]
  /** Arrival time up to which they are waited for. */
  readonly untilMs: number
  /** What counts again if they all come. */
  readonly births: Map<string, DeviceBirth>
}

/** A node of which nothing is known. */
export function unknownNode(): NodeBirth {
  return { bdSeq: NaN, seq: -1, devices: new Map(), missing: undefined, unread: undefined }
}

export interface DeviceBirth {
  readonly byAlias: ReadonlyMap<number | string, BornMetric>
  readonly byName: ReadonlyMap<string, BornMetric>
}

interface BornMetric {
  readonly name: string
  readonly datatype: number
}

/** Of all nodes together. A device that says more is not learned: its aliases stay unknown, its names do not. */
const MOST_METRICS = 200_000

/** Takes from a birth what its aliases stand for, in place of what an earlier one of this device has said. */
export function learnBirth(
  all: ReadonlyMap<string, NodeBirth>,
  node: NodeBirth,
  device: string,
  metrics: readonly SparkplugMetric[],
): void {
  node.devices.delete(device)
  const born = metrics.flatMap(({ name, alias, datatype }) => (name === undefined ? [] : [{ name, alias, datatype }]))
  let known = born.length
  for (const { devices } of all.values()) for (const { byName } of devices.values()) known += byName.size
  if (known <= MOST_METRICS) node.devices.set(device, birthOf(born))
}

type Born = BornMetric & { readonly alias: number | string | undefined }

export function birthOf(born: readonly Born[]): DeviceBirth {
  const metrics = born.map(({ name, alias, datatype }) => ({ alias, metric: { name, datatype } }))
  const byAlias = new Map<number | string, BornMetric>()
  const doubtful = new Set<number | string>()
  for (const { alias, metric } of metrics) {
    if (alias === undefined) continue
    const other = byAlias.get(alias)
    if (other !== undefined && other.name !== metric.name) doubtful.add(alias)
    byAlias.set(alias, metric)
  }
  // An alias that stands for two metrics means neither
  for (const alias of doubtful) byAlias.delete(alias)
  return { byAlias, byName: new Map(metrics.map(({ metric }) => [metric.name, metric])) }
}
