import type { IncomingMessage } from 'node:http'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Intake } from '../fold/intake.ts'
import { openAccounts } from '../http/accounts/book.ts'
import { createDoor, LOCAL_TOKEN, type Door } from '../http/accounts/door.ts'
import { loginRoutes, NO_LOGIN } from '../http/accounts/login.ts'
import { makeToken } from '../http/accounts/passwords.ts'
import { createSessions } from '../http/accounts/sessions.ts'
import { orderRoute } from '../http/orders.ts'
import type { HttpRoute } from '../http/server.ts'
import { commandTopic } from '../ingest/command.ts'
import { AUDIT, type AuditEntry } from '../rows/tables/audit.ts'
import { fieldsOf } from '../rows/tables/table.ts'
import type { DaemonParts } from './parts.ts'

const TOKEN_MODE = 0o600
/** Of an IPv6 address with its zone; what is longer is none. */
const LONGEST_ADDRESS = 64

/** Who may do what, and what accounts make possible: logging in, and orders. Without accounts there is no door. */
export function openEntrance(daemon: DaemonParts, intake: Intake): { door?: Door; routes: HttpRoute[] } {
  const { config, states, clock, open } = daemon
  const { accountsFile, anonymous, certFile, trustedProxy } = config.http
  if (accountsFile === undefined) return { routes: [NO_LOGIN] }
  const tell = createAudit(config.site.id, intake, clock)
  const accounts = openAccounts({
    path: accountsFile,
    onChange: (what) => {
      states.tell('accounts', 'changed', { what })
      tell('accounts', { who: '', what, from: '' })
    },
    onFault: (reason) => states.tell('accounts', 'the file is not used, those before it stay', { reason }, 'error'),
    clock,
  })
  const sessions = createSessions()
  const transport = certFile === undefined && !trustedProxy ? 'plain' : 'secure'
  const localToken = makeToken()
  const tokenFile = join(config.store.path, LOCAL_TOKEN)
  writeFileSync(tokenFile, localToken, { mode: TOKEN_MODE })
  open.defer(() => rmSync(tokenFile, { force: true }))
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
        deliver: (payload) =>
          new Promise((resolve) => {
            intake.deliver({ topic: commandTopic(config.site.id), payload, retain: false }, resolve)
          }),
        tell: (who, what) => tell('command', { who, what, from: '' }),
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

function createAudit(site: string, intake: Intake, clock: () => number) {
  const last = new Map<string, number>()
  return (action: string, entry: AuditEntry): void => {
    const timeMs = Math.max(clock(), (last.get(action) ?? 0) + 1)
    last.set(action, timeMs)
    intake.emit({ measurement: 'audit', tags: { site, action }, fields: fieldsOf(AUDIT, entry), timeMs })
  }
}
