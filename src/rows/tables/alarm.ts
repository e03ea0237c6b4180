import type { AlarmRow } from '../../core/contract/sink.ts'
import { formatInstant } from '../../ingest/times.ts'
import type { LimitOwner, Unseen } from '../words/facts.ts'
import { columnsFrom, type TableOf } from './table.ts'

/**
 * What a row of `alarm` is made of: the core's transition, with its message and the id of the alarm, and what the
 * message says besides. An alias, not an interface, so that declarations can spell it out.
 */
export type Transition = {
  readonly row: AlarmRow
  readonly message: string
  readonly id: string
  readonly hall: string
  readonly rack: string
  readonly unit: string
  readonly owner: LimitOwner | undefined
  readonly unseen: Unseen | undefined
}

const { float, int, string } = columnsFrom<Transition>()

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
    since_ms: float(({ row }) => finite(row.sinceMs)),
    duration_s: float(({ row }) => finite(Math.round((row.timeMs - row.sinceMs) / 1000))),
    peak: float(({ row }) => finite(row.peak)),
    unit: string(({ unit }) => textOr(unit)),
    side: string(({ row }) => (row.side === 'none' ? undefined : row.side)),
    limit_of: string(({ owner }) => (owner === undefined ? undefined : ownerText(owner))),
    span_s: float(({ row }) => finite(row.spanMs / 1000)),
    hall: string(({ hall }) => textOr(hall)),
    rack: string(({ rack }) => textOr(rack)),
    unseen: string(({ unseen }) => unseen?.names.join(',')),
    unseen_count: int(({ unseen }) => unseen?.count),
    cycles: int(({ row }) => (row.cycles > 0 ? row.cycles : undefined)),
  },
} as const satisfies TableOf<Transition>

/** `ASHRAE 2021r A1 allowable`, or `site` with the rule of its configuration. */
function ownerText(owner: LimitOwner): string {
  if (owner.by === 'site') return owner.rule === '' ? 'site' : `site: ${owner.rule}`
  return `ASHRAE ${owner.edition} ${owner.class}${owner.range === undefined ? '' : ` ${owner.range}`}`
}

function textOr(text: string): string | undefined {
  return text === '' ? undefined : text
}

function finite(amount: number): number | undefined {
  return Number.isFinite(amount) ? amount : undefined
}

function timeOf(tMs = NaN): string | undefined {
  return Number.isNaN(tMs) ? undefined : formatInstant(tMs)
}
