import { randomBytes } from 'node:crypto'

const WINDOW_MS = 60_000
/** How many new words of another daemon within the window make a twin of it. */
const TWIN_WORDS = 3
const MAX_SEEN = 100

/**
 * Tells another daemon with our client id from a broker that only ends connections. Both daemons say at each connection
 * on the retained topic `coldaisle/<site>/status` who they are, since when they run, and which connection it is.
 * Whoever connects reads what stands there before it writes its own:
 *
 *     ours (a)   reads –, writes {a, 1}                         reads {b, 1}, writes {a, 2}          reads {b, 2}
 *     twin (b)               reads {a, 1}, writes {b, 1}                   reads {a, 2}, writes {b, 2}
 *
 * A word that was seen before is no new sign of life: a broker that was killed may hold an old one again.
 */
export interface Twins {
  readonly instance: string
  readonly since: string
  connections: number
  /** Words of others, so that each counts once. */
  readonly seen: Set<string>
  wordsMs: number[]
  /** Whether the other began later than we: then it is the one that has to stop. */
  isElder: boolean
}

/** `since`: from when on we run, as an ISO 8601 instant in UTC. */
export function createTwins(since: string): Twins {
  return {
    instance: randomBytes(8).toString('hex'),
    since,
    connections: 0,
    seen: new Set(),
    wordsMs: [],
    isElder: false,
  }
}

/** What we say of ourselves at the next connection. */
export function runningStatus(twins: Twins): string {
  twins.connections += 1
  const { since, instance, connections } = twins
  return JSON.stringify({ state: 'running', since, instance, connections })
}

/**
 * Notes what stands on the status topic. Gives how many new words of another daemon came within a minute, once these
 * are enough to be sure. `nowMs` is of a clock that never steps.
 */
export function noteStatus(twins: Twins, text: string, nowMs: number): number | undefined {
  const other = otherOf(text)
  if (other === undefined || other.instance === twins.instance || twins.seen.has(text)) return undefined
  if (twins.seen.size < MAX_SEEN) twins.seen.add(text)
  twins.isElder = twins.since < other.since || (twins.since === other.since && twins.instance < other.instance)
  twins.wordsMs = [...twins.wordsMs.filter((ms) => nowMs - ms < WINDOW_MS), nowMs]
  return twins.wordsMs.length >= TWIN_WORDS ? twins.wordsMs.length : undefined
}

/** Who says of itself that it runs; anything else on the topic is no daemon that could be a twin. */
function otherOf(text: string): { instance: string; since: string } | undefined {
  try {
    const { state, instance, since } = JSON.parse(text) as Record<string, unknown>
    if (state !== 'running' || typeof instance !== 'string' || typeof since !== 'string') return undefined
    return { instance, since }
  } catch {
    return undefined
  }
}
