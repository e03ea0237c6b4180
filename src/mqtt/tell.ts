import type { LinkChange } from './source.ts'

const WINDOW_MS = 60_000
/** Within the window: connections that the broker said it gave to another, and such that ended without a word. */
const TAKEOVERS = 3
const SILENT_ENDS = 5

/** How the connection stands and what has been told of it, so that a broker that stays away is not told of for ever. */
export interface Teller {
  onState: (change: LinkChange) => void
  isConnected: boolean
  expectSession: boolean
  /** Why the connection at hand is about to end, if anybody said so. */
  reason: string
  /** Of the last refusal that was told since the last connection. */
  refusedReason: string
  takeoversMs: number[]
  /** When connections ended without a word and the next one was taken at once: mosquitto 2.0 does not tell takeovers. */
  silentEndsMs: number[]
  lastEndMs: number | undefined
}

export function createTeller(onState: (change: LinkChange) => void, expectSession: boolean): Teller {
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

export function tellConnected(teller: Teller, sessionPresent: boolean): void {
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

/** A connection, or an attempt at one, has ended. `nowMs` is of a clock that never steps. */
export function tellClosed(teller: Teller, nowMs: number): void {
  const isSilent = teller.reason === ''
  const reason = isSilent ? 'the connection ended without a reason' : teller.reason
  teller.reason = ''
  if (!teller.isConnected) return tellRefused(teller, reason)
  teller.isConnected = false
  teller.lastEndMs = isSilent ? nowMs : undefined
  teller.onState({ kind: 'lost', reason })
  // Told by the one that is out, never by the one that is in: else both would leave.
  const count = isSilent ? withinWindow(teller.silentEndsMs, nowMs).length : 0
  if (count >= SILENT_ENDS) teller.onState({ kind: 'takeover', count, certain: false })
}

export function tellRefused(teller: Teller, reason: string): void {
  teller.lastEndMs = undefined // the broker was away: that explains it
  if (teller.refusedReason === reason) return
  teller.refusedReason = reason
  teller.onState({ kind: 'refused', reason })
}

/** The broker said that it gave our client id to another connection. `nowMs` as above. */
export function noteTakeover(teller: Teller, nowMs: number): void {
  teller.takeoversMs = withinWindow(teller.takeoversMs, nowMs)
  const count = teller.takeoversMs.length
  if (count >= TAKEOVERS) teller.onState({ kind: 'takeover', count, certain: true })
}

function withinWindow(timesMs: readonly number[], nowMs: number): number[] {
  return [...timesMs.filter((ms) => nowMs - ms < WINDOW_MS), nowMs]
}
