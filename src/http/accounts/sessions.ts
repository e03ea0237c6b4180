import { digestOf, makeToken } from '../../config/accounts/passwords.ts'

/** Somebody who has logged in, from one browser. */
export interface Session {
  readonly account: string
  /** The hash of the password with which it began: a new password ends it. */
  readonly password: string
  /** A page of ours sends it with each order; a page from elsewhere does not know it. */
  readonly csrf: string
  readonly beganMs: number
  seenMs: number
}

export interface Sessions {
  /** Begins one; `cookie` goes to the browser and is kept nowhere here. */
  begin(account: string, password: string, nowMs: number): { cookie: string; session: Session }
  find(cookie: string, nowMs: number): Session | undefined
  end(cookie: string): void
}

const HOUR_MS = 3_600_000
/** A wall screen asks all day; a closed laptop does not. */
const IDLE_MS = 12 * HOUR_MS
const LONGEST_MS = 30 * 24 * HOUR_MS
const MOST = 1_000

/** Sessions live in memory: a restart of the daemon ends them all. Beyond a thousand the one unseen longest ends. */
export function createSessions(): Sessions {
  const open = new Map<string, Session>()
  return {
    begin(account, password, nowMs) {
      const cookie = makeToken()
      const session: Session = { account, password, csrf: makeToken(), beganMs: nowMs, seenMs: nowMs }
      open.set(digestOf(cookie), session)
      if (open.size > MOST) {
        const [longest] = [...open].toSorted(([, a], [, b]) => a.seenMs - b.seenMs)
        if (longest !== undefined) open.delete(longest[0])
      }
      return { cookie, session }
    },
    find(cookie, nowMs) {
      const key = digestOf(cookie)
      const session = open.get(key)
      if (session === undefined) return undefined
      if (nowMs - session.seenMs > IDLE_MS || nowMs - session.beganMs > LONGEST_MS) {
        open.delete(key)
        return undefined
      }
      session.seenMs = nowMs
      return session
    },
    end: (cookie) => void open.delete(digestOf(cookie)),
  }
}
