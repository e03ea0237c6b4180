import type { AlarmRow } from '../../core/contract/sink.ts'
import { formatInstant } from '../../ingest/times.ts'
import { columnsFrom, type TableOf } from './table.ts'

/**
 * What a row of `alarm` is made of: the core's transition, with its message and the id of the alarm. An alias, not an
 * interface, so that declarations can spell it out.
 */
export type Transition = {
  readonly row: AlarmRow
  readonly message: string
  readonly id: string
}

const { float, string } = columnsFrom<Transition>()

/** Transitions of alarms, one row each. */
export const ALARM = {
  tags: ['site', 'alarm', 'source', 'severity'],
  fields: {
    state: string(({ row }) => row.state),
    value: float(({ row }) => finite(row.value)),
    limit: float(({ row }) => finite(row.limit)),
    message: string(({ message }) => message),
    id: string(({ id }) => id),
    who: string(({ row }) => row.by?.who),
    why: string(({ row }) => (row.by?.why === '' ? undefined : row.by?.why)),
    until: string(({ row }) => timeOf(row.by?.untilMs)),
  },
} as const satisfies TableOf<Transition>

function finite(amount: number): number | undefined {
  return Number.isFinite(amount) ? amount : undefined
}

function timeOf(tMs = NaN): string | undefined {
  return Number.isNaN(tMs) ? undefined : formatInstant(tMs)
}
