import { HEALTH_FIELDS, type HealthField } from '../../health/row.ts'
import { FLOAT, type RowTable } from './table.ts'

const fields = Object.fromEntries(HEALTH_FIELDS.map((name) => [name, FLOAT]))

/** The daemon's own numbers, one row a minute. Which there are is declared in `health/`. */
export const HEALTH = {
  tags: ['site'],
  fields: fields as Record<HealthField, typeof FLOAT>,
} as const satisfies RowTable
