import type { ColumnOf, NumberTable } from '../../core/contract/tables.ts'

/** How the types of columns are called, in InfluxDB's words for them. */
export type FieldType = 'float' | 'int' | 'string' | 'bool'

export type FieldValue = number | string | boolean

/** The fields of one row, by name. */
export type Fields = Readonly<Record<string, FieldValue>>

/**
 * A field of a measurement: its type, and where a row takes it from. NaN and undefined are not known: left out. An
 * alias, so that declarations can spell it out.
 */
type Column<Source, Type extends FieldType> = {
  readonly type: Type
  readonly of: (source: Source) => FieldValue | undefined
}

/**
 * A measurement as InfluxDB, Grafana, the local history and `/api` know it: its tags and its fields, in the order that
 * rows have. Append fields, never move or rename them.
 */
export interface RowTable {
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, { readonly type: FieldType }>>
}

/** A column that the core fills with numbers; `word` turns one into a text. */
interface NumberColumn {
  readonly type: FieldType
  readonly word?: (cell: number) => string | undefined
}

/** A table whose rows the core emits as numbers, with their columns in the core's order. */
export interface TableOfNumbers<Table extends NumberTable> extends RowTable {
  readonly fields: Readonly<Record<ColumnOf<Table>, NumberColumn>>
}

export const FLOAT = { type: 'float' } as const
export const INT = { type: 'int' } as const
export const BOOL = { type: 'bool' } as const

/** A text that stands in the cells as its place in a list. */
export function wordOf(list: readonly string[]) {
  return { type: 'string', word: (cell: number) => list[cell] } as const
}

/** Texts that stand in the cells as sets of flags. */
export function wordsOf(word: (flags: number) => string) {
  return { type: 'string', word } as const
}

/** A table whose rows are taken from a `Source`. */
export interface TableOf<Source> extends RowTable {
  readonly fields: Readonly<Record<string, Column<Source, FieldType>>>
}

/** Makes the columns of a table whose rows are taken from a `Source`. */
export function columnsFrom<Source>() {
  return {
    float: (of: (source: Source) => number | undefined): Column<Source, 'float'> => ({ type: 'float', of }),
    int: (of: (source: Source) => number | undefined): Column<Source, 'int'> => ({ type: 'int', of }),
    string: (of: (source: Source) => string | undefined): Column<Source, 'string'> => ({ type: 'string', of }),
  }
}

/** The fields of one row, in the table's order, without those that are not known. */
export function fieldsOf<Source>({ fields }: TableOf<Source>, source: Source): Fields {
  const known: Record<string, FieldValue> = {}
  for (const name in fields) {
    const value = fields[name]?.of(source)
    if (value !== undefined && !Number.isNaN(value)) known[name] = value
  }
  return known
}
