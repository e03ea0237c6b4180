import { HEALTH_FIELDS, type HealthField } from '../../health/row.ts'
import { columnsFrom, type Column, type TableOf } from './table.ts'

type Numbers = Readonly<Record<string, number>>

const { float } = columnsFrom<Numbers>()
const fields = Object.fromEntries(HEALTH_FIELDS.map((name) => [name, float((numbers) => numbers[name])]))

/** The daemon's own numbers, one row a minute. Which there are is declared in `health/`. */
export const HEALTH = {
  tags: ['site'],
  fields: fields as Record<HealthField, Column<Numbers, 'float'>>,
} as const satisfies TableOf<Numbers>
