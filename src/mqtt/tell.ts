import type { LinkChange } from './source.ts'

const WINDOW_MS = 60_000
/** How many ends within the window that the broker called a takeover are one. */
const TAKEOVERS = 3

/**
 * The state of the connection, and which changes were reported: a broker that stays away is reported once.
 *
 *   away ── connected ──────────────→ connected        (and `session_lost`, if a session was expected and is not there)
 *   connected ── lost: reason ──────→ away
 *   away ── refused: another reason → away             (the same reason again is not reported)
 */
export interface Teller {
  onState: (change: LinkChange) => void
  isConnected: boolean
  expectSession: boolean
  /** Why the present connection is about to end, if the client or the broker said so; else empty. */
  reason: string
  /** Reason of the last refusal that was reported since the last connection. */
  refusedReason: string
  takeoversMs: number[]
}

export function createTeller(
  onState: (change: LinkChange) => void,
  { expectSession }: Pick<Teller, 'expectSession'>,
): Teller {
  return {
    onState,
    isConnected: false,
    expectSession,
    reason: '',
    refusedReason: '',
    takeoversMs: [],
  }
}

/** The broker has accepted a connection and resumed our session, or begun a new one. */
export function tellConnected(teller: Teller, session: 'resumed' | 'new'): void {
  const sessionPresent = session === 'resumed'
  teller.isConnected = true
  teller.reason = ''
  teller.refusedReason = ''
  teller.onState({ kind: 'connected', sessionPresent })
  if (!sessionPresent && teller.expectSession) teller.onState({ kind: 'session_lost' })
  teller.expectSession = true
}

/** A connection, or an attempt to connect, has ended. */
export function tellClosed(teller: Teller): void {
  const reason = teller.reason === '' ? 'the connection ended without a reason' : teller.reason
  teller.reason = ''
  if (!teller.isConnected) return tellRefused(teller, reason)
  teller.isConnected = false
  teller.onState({ kind: 'lost', reason })
}

export function tellRefused(teller: Teller, reason: string): void {
  if (teller.refusedReason === reason) return
  teller.refusedReason = reason
  teller.onState({ kind: 'refused', reason })
}

/** The broker said that another connection took our client id. `nowMs` is of a clock that never steps. */
export function noteTakeover(teller: Teller, nowMs: number): void {
  teller.takeoversMs = [...teller.takeoversMs.filter((ms) => nowMs - ms < WINDOW_MS), nowMs]
  const count = teller.takeoversMs.length
  if (count >= TAKEOVERS) teller.onState({ kind: 'takeover', count })
}

/** Ends a connection on which something came that cannot be; the client makes another. */
export function hangUp({ stream }: { stream: { destroy: () => void } }, teller: Teller, reason: string): void {
  teller.reason = reason
  stream.destroy()
}
