/**
 * What an alarm is about. The core raises all kinds but those of `OWN_ALARMS`, which the daemon raises
 * about itself.
 * Snapshots name a kind by its place: append only.
 */
export const ALARM_KINDS = [
  'inlet_recommended',
  'inlet_allowable',
  'moisture',
  'rate_of_change',
  'stale',
  'gateway',
  'pue_target',
  'coverage',
  'register',
  'drift',
  'unit_slip',
  'journal',
  'outbox',
  'it_above_facility',
  'clock',
  'refused',
  'gateway_refused',
  'uplink',
  'messages_lost',
  'gateway_messages_lost',
  'certificate',
  'sensor',
  'uplink_refused',
  'skew',
  'target',
  'stream',
] as const

export type AlarmKind = (typeof ALARM_KINDS)[number]

/** How urgent an alarm is, the least first. A place is a rank and is saved: no word comes between, before or behind. */
export const SEVERITIES = ['low', 'warning', 'high', 'critical'] as const

export type Severity = (typeof SEVERITIES)[number]

/** Alarms that the daemon raises about itself. */
export const OWN_ALARMS = [
  'journal',
  'outbox',
  'clock',
  'certificate',
  'stream',
] as const satisfies readonly AlarmKind[]

export type OwnAlarm = (typeof OWN_ALARMS)[number]

/**
 * What an alarm row reports. In brackets the state of ISA-18.2:
 *
 * - `raised` (UNACK): the breach has lasted for its delay
 * - `acked` (ACKED): somebody has seen it
 * - `cleared` (RTNUN where the rule asks for an acknowledgement, else NORM): the breach is over
 * - `latched` (LTUNK): the breach is over, the alarm waits for a reset
 * - `normal` (NORM): nothing is left of it
 * - `shelved` (SHLVD) and `unshelved`: put aside by an operator for a time, and back
 * - `suppressed` (DSUPR): hidden by design, because another alarm explains it
 * - `chattering` (UNACK): raised for the fourth time within an hour; what comes and goes is not sent until it is quiet
 * - `out_of_service` (OOSRV): taken out by configuration or command
 * - `stale`: its source went silent while it stood
 * - `returned`: its source is heard again and breaks no limit; readings that stay inside clear it
 * - `retired`: a new configuration no longer looks for it; whether the breach is over is not known
 * - `reclassified`: the severity is another from now on; the next row of this alarm has it. Told under the old severity
 * - `late`: a breach found in late readings, or a change that was long past when it was found; it changes no state
 */
export type AlarmRowState =
  | 'raised'
  | 'acked'
  | 'cleared'
  | 'normal'
  | 'latched'
  | 'shelved'
  | 'unshelved'
  | 'suppressed'
  | 'out_of_service'
  | 'stale'
  | 'returned'
  | 'retired'
  | 'late'
  | 'chattering'
  | 'reclassified'

/**
 * What an alarm's value and limit measure: the one quantity of its kind (`only`), or, of moisture, that of the limit
 * that was broken. Of refused readings it is the outcome of the newest one, of `sensor` what its mean is compared with.
 * Saved by place: append only.
 */
export const LIMIT_QUANTITIES = [
  'only',
  'dew_point',
  'relative_humidity',
  'conflict',
  'future',
  'too_late',
  'negative',
  'out_of_range',
  'non_finite',
  'bad_payload',
  'bad_time',
  'oversize',
  'before_birth',
  'stuck',
  'neighbours',
  'swapped',
] as const

export type LimitQuantity = (typeof LIMIT_QUANTITIES)[number]

/**
 * Where a sample lies: well inside the limit, inside it by no more than the deadband, or beyond. Saved by place: append
 * only.
 */
export const LIMIT_VERDICTS = ['inside', 'near', 'breached'] as const

export type LimitVerdict = (typeof LIMIT_VERDICTS)[number]

/**
 * The side on which a limit is broken; of `rate_of_change`, whether it grows warmer or colder. `none`: the limit has no
 * sides. Saved by place: append only.
 */
export const LIMIT_SIDES = ['none', 'above', 'below'] as const

export type LimitSide = (typeof LIMIT_SIDES)[number]

/** What an alarm's `source` is an index of. */
export type SourceKind = 'inlet' | 'point' | 'gateway' | 'uplink' | 'boundary' | 'target' | 'site'

/** `site`: there is one source, 0. */
export const SOURCE_OF: Readonly<Record<AlarmKind, SourceKind>> = {
  inlet_recommended: 'inlet',
  inlet_allowable: 'inlet',
  moisture: 'inlet',
  rate_of_change: 'inlet',
  stale: 'point',
  gateway: 'gateway',
  pue_target: 'boundary',
  coverage: 'boundary',
  register: 'point',
  drift: 'point',
  unit_slip: 'point',
  it_above_facility: 'boundary',
  journal: 'site',
  outbox: 'site',
  clock: 'site',
  refused: 'point',
  gateway_refused: 'gateway',
  uplink: 'uplink',
  messages_lost: 'point',
  gateway_messages_lost: 'gateway',
  certificate: 'site',
  sensor: 'inlet',
  uplink_refused: 'uplink',
  skew: 'point',
  target: 'target',
  stream: 'site',
}

/** Kinds about a source of which no sound reading comes: their delay is a length of silence, their value another. */
const OF_SILENCE: ReadonlySet<AlarmKind> = new Set([
  'stale',
  'gateway',
  'refused',
  'gateway_refused',
  'uplink',
  'uplink_refused',
])

export function isOfSilence(kind: AlarmKind): boolean {
  return OF_SILENCE.has(kind)
}
