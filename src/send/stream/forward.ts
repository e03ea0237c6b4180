import { setTimeout as sleep } from 'node:timers/promises'
import { retryDelayMs } from '../../mqtt/options.ts'
import { NatsRefusal, type NatsLink, type StreamPlan } from '../../nats/nats.ts'
import type { NumberedGroup } from '../../store/journal/group.ts'
import {
  messageOfGroup,
  groupOfMessage,
  isOfJournal,
  lastSeqOf,
  lostGroup,
  partsOfGroup,
} from '../../store/journal/message.ts'
import type { Store } from '../../store/types.ts'

/** How forwarding stands; reported when it changes. */
export type ForwardState =
  /** Nobody answers. What comes meanwhile is a backlog in the journal. */
  | { kind: 'lost'; reason: string }
  /** The stream answers and takes nothing, or is not what the configuration asks for. */
  | { kind: 'held'; reason: string }
  /** The stream was made. */
  | { kind: 'made' }
  /** It no longer has entries that it had; from `fromSeq` on they are sent again. */
  | { kind: 'shorter'; fromSeq: number; toSeq: number }
  | { kind: 'sending' }

export interface Forwarding {
  /** Sends what is committed until the signal. Rejects if the store does. */
  run(signal: AbortSignal): Promise<void>
  /** There are new entries. */
  wake(): void
  /** The last entry that the stream has, as far as is known. */
  forwardedSeq(): number
}

interface ForwardingParts {
  store: Pick<Store, 'groups' | 'journal' | 'depth' | 'noteForwarded'>
  /** Opens another connection. */
  connect: () => Promise<NatsLink>
  plan: StreamPlan
  subject: string
  onState: (state: ForwardState) => void
  /** In [0, 1), for the jitter. */
  random?: () => number
  /** Monotonic. */
  nowMs?: () => number
}

/** Where the stream ends: our last entry in it, and the number that the stream gave to the message. */
interface StreamEnd {
  seq: number
  streamSeq: number
}

interface State extends Required<ForwardingParts> {
  end: StreamEnd
  /** Since the stream last took something, or was found to have all. */
  attempts: number
  /** When the store was last told of `end`. */
  notedMs: number
  isWoken: boolean
  ring: (() => void) | undefined
}

const NOTE_MS = 5_000
const IDLE_MS = 1_000

/** What only a person, or time, can change: the words go to the log and to /metrics. */
class Held extends Error {}

/**
 * Sends the groups of the journal to the site's subject, in their order, one in flight:
 *
 *     ┌─▶ connect ─▶ make the stream, or compare it ─▶ read the subject's last message: its group is the last that
 *     │                                                the stream has, whatever became of our own publishes
 *     │                                                       ▼
 *     │      group k+1 … m ─ publish, if the subject's last message is still that of k ─▶ answer ─▶ k = m, go on
 *     │                                                       │
 *     └── pause ◀── no answer, another last message, full, absent
 *
 * The expected last message makes it exact. A publish whose answer is lost has reached the stream, or it has not. The
 * next connection finds it there; or sends another one behind k, and then the first never gets in. Nothing depends on
 * how long a server remembers the ids of messages (D290).
 */
export function createForwarding(parts: ForwardingParts): Forwarding {
  const state: State = {
    random: Math.random,
    nowMs: () => performance.now(),
    ...parts,
    end: { seq: parts.store.depth().forwarded, streamSeq: 0 },
    attempts: 0,
    notedMs: -Infinity,
    isWoken: false,
    ring: undefined,
  }
  return {
    async run(signal) {
      signal.addEventListener('abort', () => state.ring?.(), { once: true })
      while (!signal.aborted) await attempt(state, signal)
      if (state.end.seq !== state.store.depth().forwarded) await note(state)
    },
    wake() {
      state.isWoken = true
      state.ring?.()
    },
    forwardedSeq: () => state.end.seq,
  }
}

/** One connection, up to its end. */
async function attempt(state: State, signal: AbortSignal): Promise<void> {
  try {
    await using link = await state.connect()
    let ended: string | undefined
    void link.closed.then((why) => {
      ended = why
      state.ring?.()
    })
    await findEnd(state, link)
    state.onState({ kind: 'sending' })
    while (!signal.aborted) {
      if (ended !== undefined) throw new NatsRefusal('none', ended)
      await sendGroups(state, link, signal)
      state.attempts = 0
      if (!signal.aborted && ended === undefined) await rest(state)
    }
  } catch (error) {
    if (!(error instanceof NatsRefusal || error instanceof Held)) throw error
    // Another last message than ours: what it is, the next connection finds.
    if (!signal.aborted && !(error instanceof NatsRefusal && error.answer === 'sequence')) state.onState(stateOf(error))
    const waitMs = retryDelayMs(state.attempts++, state.random)
    await sleep(waitMs, undefined, { signal, ref: false }).catch((aborted: unknown) => aborted)
  }
}

function stateOf(error: NatsRefusal | Held): ForwardState {
  const isHeld = error instanceof Held || error.answer === 'full' || error.answer === 'refused'
  return { kind: isHeld ? 'held' : 'lost', reason: error.message }
}

/** Finds what the stream has of the journal, and notes where that is less than it once had. */
async function findEnd(state: State, link: NatsLink): Promise<void> {
  const { plan, subject, store, onState } = state
  const { isNew, differences } = await link.openStream(plan)
  if (differences.length > 0)
    throw new Held(`stream ${plan.name} is another than configured: ${differences.join(', ')}`)
  if (isNew) onState({ kind: 'made' })
  const last = await link.last(plan.name, subject)
  const before = state.end.seq
  state.end = { seq: last === undefined ? 0 : await checkedSeq(state, last.bytes), streamSeq: last?.streamSeq ?? 0 }
  if (state.end.seq < before) onState({ kind: 'shorter', fromSeq: state.end.seq + 1, toSeq: before })
  if (state.end.seq !== store.depth().forwarded) await note(state)
}

/** The last number of the message that ends the subject. Throws Held where it is not of this journal. */
async function checkedSeq({ store, subject }: State, bytes: Uint8Array): Promise<number> {
  const group = groupOfMessage(bytes)
  if (typeof group === 'string') throw new Held(`the last message on ${subject} ${group}`)
  const { lastSeq } = store.depth()
  const last = lastSeqOf(group)
  const cause =
    'another edge sends for this site, or this journal was lost (coldaisle edge --behind-stream) or put back'
  if (last > lastSeq) throw new Held(`the stream has entries up to ${last}, the journal up to ${lastSeq}: ${cause}`)
  for await (const entries of store.journal(group.firstSeq)) {
    if (isOfJournal(entries, group)) break
    throw new Held(`entries ${group.firstSeq} to ${last} of the stream are not those of the journal: ${cause}`)
  }
  return last
}

/** Sends all groups behind the end, or as many as go before the signal. */
async function sendGroups(state: State, link: NatsLink, signal: AbortSignal): Promise<void> {
  state.isWoken = false
  for await (const groups of state.store.groups(state.end.seq + 1)) {
    for (const group of groups) {
      if (signal.aborted) return
      const { seq } = state.end
      // The journal has lost what is missing; before its first entry nothing was ever sent.
      if (group.firstSeq > seq + 1 && seq > 0) await send(state, link, lostGroup(seq + 1, group.firstSeq - 1))
      for (const part of partsOfGroup(group, state.end.seq + 1, link.mostBytes)) await send(state, link, part)
    }
    if (state.nowMs() - state.notedMs > NOTE_MS) await note(state)
  }
}

async function send(state: State, link: NatsLink, group: NumberedGroup): Promise<void> {
  const message = messageOfGroup(group)
  if (message.length > link.mostBytes)
    throw new Held(
      `packet ${group.firstSeq} makes a message of ${message.length} bytes, and the server takes ${link.mostBytes} (max_payload)`,
    )
  const streamSeq = await link.publish(state.subject, message, state.end.streamSeq)
  state.end = { seq: lastSeqOf(group), streamSeq }
  state.attempts = 0
}

/** Tells the store how far the stream is: what it does not have is kept. */
async function note(state: State): Promise<void> {
  state.notedMs = state.nowMs()
  await state.store.noteForwarded(state.end.seq)
}

/** Until there are new entries, the connection ends, or the signal comes. */
async function rest(state: State): Promise<void> {
  if (state.end.seq !== state.store.depth().forwarded && state.nowMs() - state.notedMs > NOTE_MS) await note(state)
  if (state.isWoken) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, IDLE_MS)
    state.ring = () => {
      clearTimeout(timer)
      resolve()
    }
  })
  state.ring = undefined
}
