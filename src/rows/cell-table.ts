import type { NumberTable } from '../core/contract/tables.ts'
import { shapeOf, type Shape } from './frames/shape.ts'
import { MEASUREMENTS } from './tables/measurements.ts'
import type { Fields, FieldValue, TableOfNumbers } from './tables/table.ts'

type Word = (cell: number) => string | undefined

/** How the cells of a row that the core emits become fields. */
export interface CellTable {
  readonly shape: Shape
  /** By column what a cell of a text stands for; undefined: the column has no texts. */
  readonly words: readonly (Word | undefined)[]
}

/** `ofSite`: words that only the site knows, by column. */
export function createCellTable(measurement: NumberTable, ofSite: Readonly<Record<string, Word>> = {}): CellTable {
  const { fields }: TableOfNumbers<never> = MEASUREMENTS[measurement]
  const words = Object.entries<{ word?: Word }>(fields).map(([name, { word }]) => ofSite[name] ?? word)
  return { shape: shapeOf(measurement), words }
}

/** The fields of a row, in the table's order, without those that are not known. */
export function fieldsOfCells({ shape, words }: CellTable, cells: Float64Array): Fields {
  const known: Record<string, FieldValue> = {}
  for (const [column, name] of shape.columns.entries()) {
    const cell = cells[column] ?? NaN
    if (Number.isNaN(cell)) continue
    const word = words[column]
    const field = word === undefined ? (shape.types[column] === 'bool' ? cell === 1 : cell) : word(cell)
    if (field !== undefined) known[name] = field
  }
  return known
}
