import type { Health } from './health.ts'
import { COUNTED_BY_OUTCOME } from './labelled.ts'
import { HEALTH_NUMBERS } from './numbers.ts'

type Counted = (typeof COUNTED_BY_OUTCOME)[number]
type FieldsOf<C extends Counted> = C extends Counted ? `${C['metric']}_${C['words'][number]}` : never

/** A field of the measurement `health`; all are floats. */
export type HealthField = FieldsOf<Counted> | Extract<(typeof HEALTH_NUMBERS)[number], { field: string }>['field']

/** One row a minute. */
interface HealthRow {
  measurement: 'health'
  tags: { site: string }
  fields: Partial<Record<HealthField, number>>
  timeMs: number
}

/** All fields of the row, in its order: the contract with InfluxDB and Grafana. */
export const HEALTH_FIELDS: readonly HealthField[] = [
  ...COUNTED_BY_OUTCOME.flatMap(({ metric, words }) => words.map((word) => `${metric}_${word}` as HealthField)),
  ...HEALTH_NUMBERS.flatMap((number) => ('field' in number ? [number.field] : [])),
]

/** The row of this minute, without what is unknown; latencies as `sampleHealth` last took them. */
export function healthRow(health: Health, site: string, nowMs: number): HealthRow {
  const counted = COUNTED_BY_OUTCOME.flatMap(({ metric, read }) =>
    read(health).map(([[word], number]) => [`${metric}_${word}`, number] as const),
  )
  const others = HEALTH_NUMBERS.flatMap((number) =>
    'field' in number ? [[number.field, number.read(health, nowMs)] as const] : [],
  )
  const known = [...counted, ...others].filter(([, number]) => Number.isFinite(number))
  return { measurement: 'health', tags: { site }, fields: Object.fromEntries(known), timeMs: nowMs }
}
