import { columnsFrom, type TableOf } from './table.ts'

/** What people did: who, what of it, and from which address. An alias, so that declarations can spell it out. */
export type AuditEntry = {
  /** The account; empty: nobody that is known. */
  readonly who: string
  readonly what: string
  readonly from: string
  /** Of an order. */
  readonly outcome?: 'done' | 'refused'
  /** Why it was refused; of one that was done, how many alarms it has changed. */
  readonly reason?: string
}

const { string } = columnsFrom<AuditEntry>()

/**
 * One row for each log-in, order and change of accounts. `action` is login, login_failed, logout, accounts, command (an
 * order that was journalled: in the same commit as the rows of its alarms), or command_refused (one that was not). Two
 * of one millisecond stand a millisecond apart, so that neither hides the other.
 */
export const AUDIT = {
  tags: ['site', 'action'],
  fields: {
    who: string(({ who }) => (who === '' ? undefined : who)),
    what: string(({ what }) => (what === '' ? undefined : what)),
    from: string(({ from }) => (from === '' ? undefined : from)),
    outcome: string(({ outcome }) => outcome),
    reason: string(({ reason }) => reason),
  },
} as const satisfies TableOf<AuditEntry>
