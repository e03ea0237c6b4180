import type { Row } from './rows.ts'
import { AUDIT, type AuditEntry } from './tables/audit.ts'
import { fieldsOf } from './tables/table.ts'

/** The row of a command that was journalled; `timeMs` is of the journal, so that a replay gives the same row. */
export function auditRow(site: string, entry: AuditEntry, timeMs: number): Row {
  return { measurement: 'audit', tags: { site, action: 'command' }, fields: fieldsOf(AUDIT, entry), timeMs }
}
