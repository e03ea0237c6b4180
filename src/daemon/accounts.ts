import { openAccounts, type AccountBook } from '../config/accounts/book.ts'
import { makeLocalToken } from '../config/accounts/local-token.ts'
import type { Intake } from '../fold/intake.ts'
import { AUDIT, type AuditEntry } from '../rows/tables/audit.ts'
import { fieldsOf } from '../rows/tables/table.ts'
import type { DaemonParts } from './parts.ts'

/** Writes a row of the audit that no packet caused. */
type Audit = (action: string, entry: AuditEntry) => void

/** Who is known to the daemon, and where it is noted what they did. */
export interface KnownAccounts {
  /** Of the page, and of the embedded broker's clients; absent: there are none. */
  page?: AccountBook
  clients?: AccountBook
  /** The secret of this machine's own commands; empty: there are no accounts, so there is none. */
  localToken: string
  audit: Audit
}

/** Opens the files of accounts that the configuration names. Both sections may name one file. */
export function openKnownAccounts({ config, states, clock, open }: DaemonParts, intake: Intake): KnownAccounts {
  const audit = createAudit(config.site.id, intake, clock)
  const [ofPage, ofClients] = [config.http.accountsFile, config.mqtt?.accountsFile]
  if (ofPage === undefined && ofClients === undefined) return { localToken: '', audit }
  const book = (path: string, name: string): AccountBook =>
    openAccounts({
      path,
      onChange: (what) => {
        states.tell(name, `changed: ${what}`)
        audit('accounts', { who: '', what, from: '' })
      },
      onFault: (reason) => states.tell(name, 'the file is not used, those before it stay', { reason }, 'error'),
      clock,
    })
  const page = ofPage === undefined ? undefined : book(ofPage, 'accounts')
  const own = ofClients === ofPage ? page : undefined
  const clients = ofClients === undefined ? undefined : (own ?? book(ofClients, 'accounts of the broker'))
  const { token, remove } = makeLocalToken(config.store.path)
  open.defer(remove)
  return {
    ...(page === undefined ? {} : { page }),
    ...(clients === undefined ? {} : { clients }),
    localToken: token,
    audit,
  }
}

/** Two rows of one action and millisecond stand a millisecond apart, so that neither hides the other. */
function createAudit(site: string, intake: Intake, clock: () => number): Audit {
  const last = new Map<string, number>()
  return (action, entry) => {
    const timeMs = Math.max(clock(), (last.get(action) ?? 0) + 1)
    last.set(action, timeMs)
    intake.emit({ measurement: 'audit', tags: { site, action }, fields: fieldsOf(AUDIT, entry), timeMs })
  }
}
