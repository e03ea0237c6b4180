import type { Health } from './health.ts'

interface Described {
  kind: 'counter' | 'gauge'
  help: string
}

/** One number of the daemon's health. */
export interface HealthNumber extends Described {
  /** Its field of the row `health`; absent: it is a metric only. */
  field?: string
  /** `coldaisle_<metric>`, of a counter `coldaisle_<metric>_total`; absent: it is a field only. */
  metric?: string
  /** Unit of `read` and of the field; absent: a count, or 1 for yes and 0 for no. A metric of ms is in seconds. */
  unit?: 's' | 'ms' | 'bytes' | 'days'
  /** NaN stands for unknown: then the row has no such field and the metric no sample. */
  read: (health: Health, nowMs: number) => number
}
