import type { IncomingMessage } from 'node:http'
import type { Intake } from '../fold/intake.ts'
import { createDoor, type Door } from '../http/accounts/door.ts'
import { loginRoutes, NO_LOGIN } from '../http/accounts/login.ts'
import { createSessions } from '../http/accounts/sessions.ts'
import { orderRoute } from '../http/orders.ts'
import type { HttpRoute } from '../http/server.ts'
import { commandTopic } from '../ingest/command.ts'
import type { KnownAccounts } from './accounts.ts'
import type { DaemonParts } from './parts.ts'

/** Of an IPv6 address with its zone; what is longer is none. */
const LONGEST_ADDRESS = 64

/** Who may do what, and what accounts make possible: logging in, and orders. Without accounts there is no door. */
export function openEntrance(
  { config, clock }: DaemonParts,
  intake: Intake,
  { page: accounts, localToken, audit: tell }: KnownAccounts,
): { door?: Door; routes: HttpRoute[] } {
  const { anonymous, certFile, trustedProxy } = config.http
  if (accounts === undefined) return { routes: [NO_LOGIN] }
  const sessions = createSessions()
  const transport = certFile === undefined && !trustedProxy ? 'plain' : 'secure'
  const site = () => intake.pipeline().site
  return {
    door: createDoor({ accounts, sessions, anonymous, localToken, transport, clock }),
    routes: [
      ...loginRoutes({
        accounts,
        sessions,
        transport,
        addressOf: (request) => addressOf(request, trustedProxy),
        tell: (action, who, from) => tell(action, { who, what: '', from }),
        clock,
      }),
      orderRoute({
        site,
        deliver: (payload, by) =>
          new Promise((resolve) => {
            intake.deliver({ topic: commandTopic(config.site.id), payload, retain: false, by }, resolve)
          }),
        addressOf: (request) => addressOf(request, trustedProxy),
        onRefused: (order) => tell('command_refused', { ...order, outcome: 'refused' }),
        clock,
      }),
    ],
  }
}

/** Whom a proxy names last is who asked it; what stands before that anybody can have written. */
function addressOf({ headers, socket }: IncomingMessage, trustsProxy: boolean): string {
  const named = trustsProxy ? String(headers['x-forwarded-for'] ?? '') : ''
  return named.split(',').at(-1)?.trim().slice(0, LONGEST_ADDRESS) || (socket.remoteAddress ?? '')
}
