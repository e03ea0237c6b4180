import type { IncomingMessage } from 'node:http'
import { jsonBody } from '../json-body.ts'
import { answerJson, answerText, type HttpRoute } from '../server.ts'
import type { AccountBook } from '../../config/accounts/book.ts'
import { cookieOf, cookieText, type Transport, type Visitor } from './door.ts'
import { isPassword } from '../../config/accounts/passwords.ts'
import type { Sessions } from './sessions.ts'
import { createThrottle } from './throttle.ts'

/** Somebody logged in or out, or tried to. */
type LoginAction = 'login' | 'login_failed' | 'logout'

interface LoginOptions {
  accounts: AccountBook
  sessions: Sessions
  transport: Transport
  /** The address that a request comes from. */
  addressOf: (request: IncomingMessage) => string
  /** `who`: the account; empty where the name was none, because people type passwords where names belong. */
  tell: (action: LoginAction, who: string, from: string) => void
  clock: () => number
}

/** Passwords that are worked out at once: each takes 32 MiB and a thread for a while. */
const AT_ONCE = 2

/** What stands in the place of `loginRoutes` where there are no accounts. */
export const NO_LOGIN: HttpRoute = {
  path: '/api/v1/session',
  answer: (_request, response, _url, { name, right }) => answerJson(response, 200, { accounts: false, name, right }),
}

/**
 * - `GET /api/v1/session`: who asks, and what for: `{ accounts, name, right, csrf }`
 * - `POST /api/v1/session`: logs in with `{ name, password }`
 * - `DELETE /api/v1/session`: logs out
 */
export function loginRoutes(options: LoginOptions): HttpRoute[] {
  const { accounts, sessions, transport, addressOf, tell, clock } = options
  const throttle = createThrottle()
  let working = 0
  const logIn: HttpRoute['answer'] = async (request, response) => {
    const { name, password } = (await jsonBody(request)) ?? {}
    if (typeof name !== 'string' || typeof password !== 'string') {
      return answerText(response, 400, 'name and password are wanted, as JSON')
    }
    const from = addressOf(request)
    const waitS = working >= AT_ONCE ? 1 : throttle.tryFrom(from, name, clock())
    if (waitS > 0) {
      response.setHeader('Retry-After', String(waitS))
      return answerText(response, 429, `too many tries: wait for ${waitS} s`)
    }
    const known = accounts.now().accounts
    const account = Object.hasOwn(known, name) ? known[name] : undefined
    working++
    const isRight = await isPassword(password, account?.password).finally(() => working--)
    if (!isRight || account === undefined || account.role === 'none') {
      tell('login_failed', account === undefined ? '' : name, from)
      return answerText(response, 401, 'name or password is wrong')
    }
    throttle.forgive(from, name)
    tell('login', name, from)
    const { cookie, session } = sessions.begin(name, account.password, clock())
    response.setHeader('Set-Cookie', cookieText(transport, cookie))
    answerJson(response, 200, { accounts: true, name, right: account.role, csrf: session.csrf })
  }
  const logOut = (request: IncomingMessage, { name }: Visitor): string => {
    const cookie = cookieOf(request, transport)
    if (cookie !== undefined) sessions.end(cookie)
    if (name !== '') tell('logout', name, addressOf(request))
    return cookieText(transport, undefined)
  }
  return [
    {
      path: '/api/v1/session',
      right: 'anyone',
      orders: ['POST', 'DELETE'],
      async answer(request, response, url, visitor) {
        if (request.method === 'POST') return logIn(request, response, url, visitor)
        if (request.method === 'DELETE') {
          response.setHeader('Set-Cookie', logOut(request, visitor))
          return answerText(response, 200, 'logged out')
        }
        const { name, right, session } = visitor
        const csrf = session === undefined ? {} : { csrf: session.csrf }
        answerJson(response, 200, { accounts: true, name, right, ...csrf })
      },
    },
  ]
}
