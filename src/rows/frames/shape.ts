import { crc32 } from 'node:zlib'
import { MEASUREMENTS, type Measurement } from '../tables/measurements.ts'
import type { FieldType, RowTable } from '../tables/table.ts'

/** A table as blocks know it: its place among all tables, its columns by their places. */
export interface Shape {
  readonly place: number
  readonly measurement: Measurement
  readonly columns: readonly string[]
  readonly types: readonly FieldType[]
  /** Whether rows have the tag `window`. */
  readonly hasWindow: boolean
}

/** By place. Places of tables and columns are saved in blocks: append only. */
export const SHAPES: readonly Shape[] = Object.entries<RowTable>(MEASUREMENTS).map(
  ([measurement, { tags, fields }], place) => ({
    place,
    measurement: measurement as Measurement,
    columns: Object.keys(fields),
    types: Object.values(fields).map(({ type }) => type),
    hasWindow: tags.includes('window'),
  }),
)

const BY_NAME = new Map(SHAPES.map((shape) => [shape.measurement, shape]))

export function shapeOf(measurement: Measurement): Shape {
  const shape = BY_NAME.get(measurement)
  if (shape === undefined) throw new Error(`there is no table ${measurement}`)
  return shape
}

/** A checksum over the names and types of the first columns: a block of another meaning is never read as this one. */
export function columnsHash({ measurement, columns, types }: Shape, count: number): number {
  const text = columns.slice(0, count).map((name, n) => `${name}:${types[n]}`)
  return crc32(`${measurement} ${text.join(' ')}`)
}
