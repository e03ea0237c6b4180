import { fitsFilter } from '../config/strings.ts'
import { batches } from './options.ts'

/** Topics of one session with a broker. */
export interface Topics {
  wanted: ReadonlySet<string>
  /** Those of them that stand for more than one topic. */
  filters: readonly string[]
  /** What the broker has confirmed in this session, as far as this run knows. */
  readonly subscribed: Set<string>
  /** What came though it is not in `wanted`. */
  readonly strangers: Set<string>
  /** The broker does not let us read these, with the first code of refusal. */
  onRefused: (topics: readonly string[], code: number) => void
}

/** As much of a client as it takes to choose what it brings. */
export interface Chooser {
  readonly connected: boolean
  subscribe(
    topics: string[],
    how: { qos: 1; rh: 1 },
    told: (error: Error | null, _: unknown, answer?: { granted: readonly unknown[] }) => void,
  ): unknown
  unsubscribe(topics: string | string[], told?: (error?: Error) => void): unknown
}

const REFUSED = 0x80
const MAX_STRANGERS = 1_000

export function createTopics(wanted: Iterable<string>, onRefused: Topics['onRefused']): Topics {
  return { ...wish(wanted), subscribed: new Set(), strangers: new Set(), onRefused }
}

/** Wants these topics and filters, and no others. */
export function wish(wanted: Iterable<string>): Pick<Topics, 'wanted' | 'filters'> {
  const all = new Set(wanted)
  return { wanted: all, filters: [...all].filter((topic) => /[+#]/.test(topic)) }
}

/** Brings the session's topics in line with `wanted`; a failure is tried again at the next connection. */
export function subscribeAll(topics: Topics, client: Chooser): void {
  const { subscribed, wanted } = topics
  topics.strangers.clear()
  for (const some of batches([...wanted].filter((topic) => !subscribed.has(topic)))) {
    // rh 1: retained messages come with a new subscription only, not each time that an old one is renewed
    client.subscribe(some, { qos: 1, rh: 1 }, (_error, _granted, answer) => {
      if (answer !== undefined) noteAnswer(topics, some, answer.granted)
    })
  }
  for (const some of batches([...subscribed].filter((topic) => !wanted.has(topic)))) {
    for (const topic of some) subscribed.delete(topic)
    client.unsubscribe(some, (error) => {
      if (error) for (const topic of some) subscribed.add(topic)
    })
  }
}

function noteAnswer({ subscribed, onRefused }: Topics, asked: readonly string[], granted: readonly unknown[]): void {
  const codes = granted.map((code) => (typeof code === 'number' ? code : REFUSED))
  const refused = asked.filter((_, index) => (codes[index] ?? REFUSED) >= REFUSED)
  for (const topic of asked) if (!refused.includes(topic)) subscribed.add(topic)
  if (refused.length > 0) onRefused(refused, codes.find((one) => one >= REFUSED) ?? REFUSED)
}

/** Whether a message on this topic is one that we want. */
export function isWanted({ wanted, filters }: Topics, topic: string): boolean {
  return wanted.has(topic) || filters.some((filter) => fitsFilter(topic, filter))
}

/** Unsubscribes, once a connection, from a topic that an earlier configuration has left in the session. */
export function disown({ strangers }: Topics, topic: string, client: Chooser): void {
  if (strangers.size >= MAX_STRANGERS || strangers.has(topic)) return
  strangers.add(topic)
  if (client.connected) client.unsubscribe(topic)
}
