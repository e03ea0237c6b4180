import type { LinkChange } from './source.ts'

const TAKEOVER_WINDOW_MS = 60_000
const TAKEOVERS = 3

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
}

export function createTeller(onState: (change: LinkChange) => void, expectSession: boolean): Teller {
  return { onState, isConnected: false, expectSession, reason: '', refusedReason: '', takeoversMs: [] }
}

export function tellConnected(teller: Teller, sessionPresent: boolean): void {
  teller.isConnected = true
  teller.reason = ''
  teller.refusedReason = ''
  teller.onState({ kind: 'connected', sessionPresent })
  if (!sessionPresent && teller.expectSession) teller.onState({ kind: 'session_lost' })
  teller.expectSession = true
}

/** A connection, or an attempt at one, has ended. */
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

/** The broker gave our client id to another connection. `nowMs` is of a clock that never steps. */
export function noteTakeover(teller: Teller, nowMs: number): void {
  const recent = teller.takeoversMs.filter((ms) => nowMs - ms < TAKEOVER_WINDOW_MS)
  recent.push(nowMs)
  teller.takeoversMs = recent
  // told at the third and with each one after it: whoever hears it is to give up
  if (recent.length >= TAKEOVERS) teller.onState({ kind: 'takeover', count: recent.length })
}
