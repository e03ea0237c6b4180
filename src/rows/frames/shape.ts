import { crc32 } from 'node:zlib'
import { TABLE } from '../../core/contract/tables.ts'
import { MEASUREMENTS, type Measurement } from '../tables/measurements.ts'
import type { FieldType, RowTable } from '../tables/table.ts'

/** A table as blocks know it: its place among all tables, its columns by their places. */
export interface Shape {
  readonly place: number
  readonly measurement: Measurement
  readonly columns: readonly string[]
  readonly types: readonly FieldType[]
  /**
   * Checksums over names and types of the first n columns: a block of another meaning is never read as one of this
   * table.
   */
  readonly hashes: readonly number[]
}

/** By place. Places of tables and columns are saved in blocks: append only. */
export const SHAPES: readonly Shape[] = Object.entries<RowTable>(MEASUREMENTS).map(([measurement, { fields }]) => {
  const columns = Object.entries(fields).map(([name, { type }]) => `${name}:${type}`)
  return {
    place: TABLE[measurement as Measurement],
    measurement: measurement as Measurement,
    columns: Object.keys(fields),
    types: Object.values(fields).map(({ type }) => type),
    hashes: [0, ...columns].map((_, count) => crc32(`${measurement} ${columns.slice(0, count).join(' ')}`)),
  }
})

const BY_NAME = new Map(SHAPES.map((shape) => [shape.measurement, shape]))

export function shapeOf(measurement: Measurement): Shape {
  const shape = BY_NAME.get(measurement)
  if (shape === undefined) throw new Error(`there is no table ${measurement}`)
  return shape
}
