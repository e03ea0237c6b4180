/** What an alarm is about. The daemon tells `journal` and `outbox` of itself; all others come from the core. */
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
] as const

export type AlarmKind = (typeof ALARM_KINDS)[number]

/**
 * States of a row (ISA-18.2 in brackets): `raised` (UNACK), `acked` (ACKED), `cleared` (RTNUN where the rule asks for an
 * acknowledgement, else back to NORM), `normal` (NORM), `latched` (LTUNK: over, and waiting for a reset), `shelved` (SHLVD)
 * and `unshelved`, `suppressed` (DSUPR), `out_of_service` (OOSRV); `stale`: its source went silent while it stood; `late`:
 * an older breach, told once and changing nothing.
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
  | 'late'

/** What the index of an alarm's source counts. */
export type SourceKind = 'inlet' | 'point' | 'gateway' | 'boundary' | 'site'

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
}
