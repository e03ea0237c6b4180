import type { LinkChange } from './source.ts'

const WINDOW_MS = 60_000
/** How many within the window are a takeover: ends that the broker called one, and ends without a reason. */
const TAKEOVERS = 3
const SILENT_ENDS = 5

/**
 * The state of the connection, and which changes were reported: a broker that stays away is reported once.
 *
 *   away ── connected ──────────────→ connected        (and `session_lost`, if a session was expected and is not there)
 *   connected ── lost: reason ──────→ away             (and `takeover`, if it ended without a word for the fifth time)
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
  /** Ends without a reason after which the next connection succeeded at once: mosquitto 2.0 hides takeovers so. */
  silentEndsMs: number[]
  lastEndMs: number | undefined
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
    silentEndsMs: [],
    lastEndMs: undefined,
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
  if (teller.lastEndMs === undefined) return
  teller.silentEndsMs = withinWindow(teller.silentEndsMs, teller.lastEndMs)
  teller.lastEndMs = undefined
}

/** A connection, or an attempt to connect, has ended. `nowMs` is of a clock that never steps. */
export function tellClosed(teller: Teller, nowMs: number): void {
  const isSilent = teller.reason === ''
  const reason = isSilent ? 'the connection ended without a reason' : teller.reason
  teller.reason = ''
  if (!teller.isConnected) return tellRefused(teller, reason)
  teller.isConnected = false
  teller.lastEndMs = isSilent ? nowMs : undefined
  teller.onState({ kind: 'lost', reason })
  // Only the program that lost the connection reports it: if the other did so too, both would stop.
  const count = isSilent ? withinWindow(teller.silentEndsMs, nowMs).length : 0
  if (count >= SILENT_ENDS) teller.onState({ kind: 'takeover', count, certain: false })
}

export function tellRefused(teller: Teller, reason: string): void {
  teller.lastEndMs = undefined // the broker was away, so no other program took our connection over
  if (teller.refusedReason === reason) return
  teller.refusedReason = reason
  teller.onState({ kind: 'refused', reason })
}

/** The broker said that another connection took our client id. `nowMs` is of a clock that never steps. */
export function noteTakeover(teller: Teller, nowMs: number): void {
  teller.takeoversMs = withinWindow(teller.takeoversMs, nowMs)
  const count = teller.takeoversMs.length
  if (count >= TAKEOVERS) teller.onState({ kind: 'takeover', count, certain: true })
}

function withinWindow(timesMs: readonly number[], nowMs: number): number[] {
  return [...timesMs.filter((ms) => nowMs - ms < WINDOW_MS), nowMs]
}
