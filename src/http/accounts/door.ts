import type { IncomingMessage } from 'node:http'
import type { AccountBook } from '../../config/accounts/book.ts'
import { LOCAL } from '../../config/accounts/local-token.ts'
import { digestOf, isSameDigest } from '../../config/accounts/passwords.ts'
import type { Session, Sessions } from './sessions.ts'

/** What a path asks of who comes: each word stands for all before it. */
const RIGHTS = ['anyone', 'metrics', 'viewer', 'operator'] as const
export type Right = (typeof RIGHTS)[number]

/** Who asks. `name` is empty for one who has not said it. */
export interface Visitor {
  readonly name: string
  readonly right: Right
  /** Logged in by a browser, which sends its cookie whichever page asks. */
  readonly session?: Session
}

/** Decides who may do what. */
export interface Door {
  visitorOf(request: IncomingMessage): Visitor
}

interface DoorOptions {
  accounts: AccountBook
  sessions: Sessions
  /** What who has not logged in may do. */
  anonymous: 'none' | 'viewer'
  /** The secret of this machine's own commands. */
  localToken: string
  transport: Transport
  clock: () => number
}

/** Without accounts whoever reaches the page sees all; nobody orders anything, because nobody can say who it was. */
export const OPEN_DOOR: Door = { visitorOf: () => ({ name: '', right: 'viewer' }) }

/** `__Host-`: a browser takes it only over TLS, from this host alone, for all paths. Without TLS it cannot be had. */
const COOKIES = { secure: '__Host-coldaisle', plain: 'coldaisle' } as const
export type Transport = keyof typeof COOKIES

export function createDoor({ accounts, sessions, anonymous, localToken, transport, clock }: DoorOptions): Door {
  const nobody: Visitor = { name: '', right: anonymous === 'viewer' ? 'viewer' : 'anyone' }
  const localDigest = digestOf(localToken)
  const ofToken = (token: string): Visitor => {
    const digest = digestOf(token)
    if (isSameDigest(digest, localDigest)) return { name: LOCAL, right: 'operator' }
    const found = Object.entries(accounts.now().tokens).find(([, { sha256 }]) => isSameDigest(sha256, digest))
    return found === undefined ? { name: '', right: 'anyone' } : { name: found[0], right: found[1].grants }
  }
  const ofCookie = (cookie: string): Visitor => {
    const session = sessions.find(cookie, clock())
    const account = session === undefined ? undefined : accounts.now().accounts[session.account]
    if (session === undefined || account === undefined || account.password !== session.password) return nobody
    if (account.role === 'none') return { name: session.account, right: 'anyone' }
    return { name: session.account, right: account.role, session }
  }
  return {
    visitorOf(request) {
      const token = /^Bearer ([\w-]+)$/.exec(request.headers.authorization ?? '')?.[1]
      if (token !== undefined) return ofToken(token)
      const cookie = cookieOf(request, transport)
      return cookie === undefined ? nobody : ofCookie(cookie)
    },
  }
}

/** Whether a visitor has a right. */
export function hasRight({ right }: Visitor, asked: Right): boolean {
  return RIGHTS.indexOf(right) >= RIGHTS.indexOf(asked)
}

/**
 * Why an order may be none of the visitor's own; undefined: it is. A page from elsewhere can have a browser send our
 * cookie, but it cannot give its request our origin, nor know what the session's own page knows.
 */
export function forgeryFault(
  request: IncomingMessage,
  { name, session }: Visitor,
  origins: readonly string[],
): string | undefined {
  const { origin, 'x-coldaisle-csrf': csrf } = request.headers
  if (session === undefined && name !== '') return undefined // by a token, which no browser sends by itself
  if (origin === undefined || !origins.includes(origin))
    return 'an order comes from a page of this daemon, or with a token'
  if (session !== undefined && (typeof csrf !== 'string' || !isSameDigest(digestOf(csrf), digestOf(session.csrf)))) {
    return 'the page is older than the session: load it again'
  }
  return undefined
}

/** The secret of a session that a request brings. What anybody on the way could have set does not count over TLS. */
export function cookieOf({ headers }: IncomingMessage, transport: Transport): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name = '', text = ''] = part.trim().split('=', 2)
    if (name === COOKIES[transport] && /^[\w-]{43}$/.test(text)) return text
  }
  return undefined
}

/** What has a browser keep the secret of a session; without one, what has it forget it. */
export function cookieText(transport: Transport, cookie: string | undefined): string {
  const end = cookie === undefined ? '; Max-Age=0' : ''
  const secure = transport === 'secure' ? '; Secure' : ''
  return `${COOKIES[transport]}=${cookie ?? ''}; Path=/; HttpOnly; SameSite=Strict${secure}${end}`
}
