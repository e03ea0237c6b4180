import { columnsFrom, type TableOf } from './table.ts'

/**
 * How alarms were over a stretch of time: the figures of ISA-18.2 and EEMUA 191. An alarm counts when it is raised:
 * late, shelved and suppressed ones call nobody. NaN is not known: nothing was acknowledged, or nothing raised. An
 * alias, not an interface, so that declarations can spell it out.
 */
export type AlarmFigures = {
  readonly raised: number
  readonly critical: number
  readonly warning: number
  /** Most that were raised in one hour. */
  readonly most_in_hour: number
  /** Share of ten-minute periods with more than 10. */
  readonly flood_pct: number
  /** Share of hours with more than 30. */
  readonly busy_pct: number
  /** What the ten most frequent take of all, and which they are: `inlet_allowable h1-r01 12, …`. */
  readonly top_pct: number
  readonly top: string
  /** Alarms of one source that were raised three times within a minute. */
  readonly chattering: number
  /** Alarms that stood for more than 24 h, at the end. */
  readonly standing: number
  /** How often a source fell silent while its alarm stood. */
  readonly stale: number
  readonly acked: number
  /** Medians and nine in ten of the times from raised to acknowledged, and to over. */
  readonly ack_p50_s: number
  readonly ack_p90_s: number
  readonly cleared: number
  readonly clear_p50_s: number
  readonly clear_p90_s: number
  readonly high: number
  readonly low: number
}

const { float, int, string } = columnsFrom<AlarmFigures>()

/** The figures of each hour and of each day of the site. */
export const ALARM_FIGURES = {
  tags: ['site', 'window'],
  fields: {
    raised: int(({ raised }) => raised),
    critical: int(({ critical }) => critical),
    warning: int(({ warning }) => warning),
    most_in_hour: int((it) => it.most_in_hour),
    flood_pct: float((it) => it.flood_pct),
    busy_pct: float((it) => it.busy_pct),
    top_pct: float((it) => it.top_pct),
    top: string(({ top }) => (top === '' ? undefined : top)),
    chattering: int(({ chattering }) => chattering),
    standing: int(({ standing }) => standing),
    stale: int(({ stale }) => stale),
    acked: int(({ acked }) => acked),
    ack_p50_s: float((it) => it.ack_p50_s),
    ack_p90_s: float((it) => it.ack_p90_s),
    cleared: int(({ cleared }) => cleared),
    clear_p50_s: float((it) => it.clear_p50_s),
    clear_p90_s: float((it) => it.clear_p90_s),
    high: int(({ high }) => high),
    low: int(({ low }) => low),
  },
} as const satisfies TableOf<AlarmFigures>
