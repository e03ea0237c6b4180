/** A kind of number that a message shows; `energy` is a running count. */
export type Shown = 'power' | 'energy' | 'temperature' | 'humidity'

/** What a site measures with a device of a group: `t`, `rh` before a rack or outdoors, `out` behind the rack. */
export type SiteQuantity = 'power' | 'energy' | 't' | 'rh' | 'out'

/** A device of a simulated site as its configuration writes it; each text may hold braces, such as `h{1..4}`. */
export interface Named {
  readonly site: string
  readonly timezone: string
  /** Levels of a topic, such as `it/h{1..4}`, and the same as one name: `it-h{1..4}`. */
  readonly path: string
  readonly id: string
  /** The gateway, node or hall behind which it is. */
  readonly node: string
  /** Its hardware address, 16 hexadecimal digits. */
  readonly address: string
}

/** Keys of a point that say where a number lies, as YAML writes them. */
type Wire = Readonly<Record<string, string>> & { readonly topic: string; readonly unit: string }

/** What a family's messages hold besides the numbers. */
interface MessageAt {
  readonly topic: string
  readonly tMs: number
  /** The how manieth it is. */
  readonly nth: number
}

/** How devices of one make speak. Each is one file of `families/`, with the source of its shapes at its head. */
export interface Dialect {
  /** Whether it is the one that sends on a topic. */
  readonly speaks: (topic: string, format: string | undefined) => boolean
  /** How its messages are published: 1 survives a cut of the way to the broker, 0 does not. */
  readonly qos: 0 | 1
  /** The smallest step of what it shows, in the unit of its message; absent: as plain devices have it. */
  readonly steps?: Readonly<Partial<Record<Shown, number>>>
  /** It looks every so often, and sends what has moved by more than a share of a power, or by so much of the others. */
  readonly onChange?: { readonly lookMs: number } & Readonly<Record<Exclude<Shown, 'energy'>, number>>
  /** The shortest distance of its messages, seconds; of one on change, how often it sends at least. */
  readonly leastEveryS?: number
  /** By how much its times of sending wander. */
  readonly jitterMs?: number
  /** Its meters err within their class. */
  readonly errs?: true
  /** Instants as ISO 8601 texts; absent: numbers, or local times where the point has a zone. */
  readonly stamps?: 'iso'
  readonly around?: (message: MessageAt) => Record<string, unknown>
  /** What it leaves at the broker, retained, before its first message on a topic. */
  readonly retained?: (topic: string) => { readonly topic: string; readonly payload: string } | undefined
  /** Topics of its site that nobody reads, as `ignore` takes them. */
  readonly ignore: (site: string) => readonly string[]
  readonly wires: (device: Named) => Readonly<Partial<Record<SiteQuantity, Wire>>>
}
