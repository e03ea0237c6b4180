/**
 * InfluxQL for InfluxDB 1.x, built from the tables of the rows: a measurement, tag or field that they do not have does
 * not compile. Rows are stamped with the end of their interval and buckets are [start, end): hence `time(…, 1ms)`.
 */
import type { MEASUREMENTS } from '../src/rows/tables/measurements.ts'

type Series = typeof MEASUREMENTS
type Name = keyof Series
export type Field<N extends Name> = keyof Series[N]['fields'] & string
type Tag<N extends Name> = Series[N]['tags'][number]

/** `rise`: by how much a counter grew since the bucket before, restarts left out; `rate`: the same per second. */
type Call = 'last' | 'mean' | 'min' | 'max' | 'sum' | 'count' | 'rise' | 'rate'

/** A field or tag as it is, a call on a field with arithmetic behind it, or some fields' share of another in %. */
type Column<N extends Name> =
  | Field<N>
  | Tag<N>
  | readonly [call: Call, field: Field<N>, arithmetic?: string]
  | { readonly share: readonly Field<N>[]; readonly of: Field<N> }

/**
 * What a tag must be. `is`: exactly this; `chosen`: what a variable of the dashboard holds, be it several or all;
 * `matching`: the regular expression that a variable holds.
 */
type Condition = { is: string } | { chosen: string } | { matching: string }

/** Buckets of `every`; `fill` says what an empty one holds. */
interface Buckets {
  every?: string
  fill?: 'null' | 'none' | 0
}

export interface Question<N extends Name> extends Buckets {
  /** By the name that the column gets. */
  columns: Readonly<Record<string, Column<N>>>
  where?: { readonly [tag in Tag<N>]?: Condition }
  /** Only rows whose field lies below. */
  below?: readonly [field: Field<N>, limit: number]
  /** Only rows whose field holds this word. */
  says?: readonly [field: Field<N>, word: string]
  /** Only rows of the last so long before the end of the shown time: what is older is not the state of now. */
  within?: string
  by?: readonly Tag<N>[]
  /** So many of the newest rows, of each series. */
  newest?: number
}

export function ask<N extends Name>(name: N, question: Question<N>): string {
  const { columns, by = [], newest } = question
  const selected = Object.entries(columns).map(([as, column]) => `${columnText(column)} AS ${identifier(as)}`)
  return [
    `SELECT ${selected.join(', ')} FROM ${identifier(name)} WHERE ${conditionsText(question)}`,
    groupText(by, question),
    ...(newest === undefined ? [] : [`ORDER BY time DESC LIMIT ${newest}`]),
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** A call on a column of another question, by its name. `says`: only rows in which a column holds this word. */
export function askOver(
  call: 'sum' | 'max' | 'count',
  column: string,
  inner: string,
  { by, says, ...buckets }: Buckets & { by: readonly string[]; says?: readonly [column: string, word: string] },
): string {
  const name = identifier(column)
  const said = says === undefined ? '' : ` AND ${identifier(says[0])} = '${says[1]}'`
  return `SELECT ${call}(${name}) AS ${name} FROM (${inner}) WHERE ${timeText()}${said} ${groupText(by, buckets)}`
}

/**
 * The worst band of racks, with the bands in order of concern: 0 recommended, 1 allowable, 2 unknown, 3 out. Rows have
 * 2 for out and 3 for unknown: their maximum would let a silent sensor hide a hot one in the same bucket.
 */
export function askConcern(where: NonNullable<Question<'climate'>['where']>, every: string): string {
  const field: Field<'climate'> = 'worst_band'
  const band = identifier(field)
  const concern = `${band} + (${band} & 2) * (0.5 - (${band} & 1)) AS "band"`
  const by: Tag<'climate'>[] = ['hall', 'rack']
  const inner = `SELECT ${concern} FROM "climate" WHERE ${conditionsText({ where })} ${groupText(by, {})}`
  return askOver('max', 'band', inner, { by, every, fill: 'null' })
}

/** The values of a tag, from the index alone: choose a measurement of few series. */
export function askValues<N extends Name>(name: N, tag: Tag<N>, where: Question<N>['where'] = {}): string {
  const conditions = tagConditions(where)
  const narrowed = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  return `SHOW TAG VALUES FROM ${identifier(name)} WITH KEY = ${identifier(tag)}${narrowed}`
}

function columnText<N extends Name>(column: Column<N>): string {
  if (typeof column === 'string') return identifier(column)
  if ('share' in column) return `(${column.share.map(identifier).join(' + ')}) * 100 / ${identifier(column.of)}`
  const [call, field, arithmetic] = column
  return `${callText(call, identifier(field))}${arithmetic === undefined ? '' : ` ${arithmetic}`}`
}

function callText(call: Call, field: string): string {
  switch (call) {
    case 'rise':
      return `non_negative_difference(last(${field}))`
    case 'rate':
      return `non_negative_derivative(last(${field}), 1s)`
    case 'last':
    case 'mean':
    case 'min':
    case 'max':
    case 'sum':
    case 'count':
      return `${call}(${field})`
  }
}

function conditionsText<N extends Name>({ where = {}, below, says, within }: Omit<Question<N>, 'columns'>): string {
  const low = below === undefined ? [] : [`${identifier(below[0])} < ${below[1]}`]
  const said = says === undefined ? [] : [`${identifier(says[0])} = '${says[1]}'`]
  return [timeText(within), ...tagConditions(where), ...low, ...said].join(' AND ')
}

function tagConditions(where: object): string[] {
  return Object.entries<Condition>({ ...where }).map(([tag, condition]) => conditionText(tag, condition))
}

function timeText(within?: string): string {
  return within === undefined ? '$timeFilter' : `time > \${__to}ms - ${within} AND time <= \${__to}ms`
}

function conditionText(tag: string, condition: Condition): string {
  if ('is' in condition) return `${identifier(tag)} = '${condition.is.replaceAll("'", String.raw`\'`)}'`
  if ('chosen' in condition) return `${identifier(tag)} =~ /^\${${condition.chosen}:regex}$/`
  return `${identifier(tag)} =~ /\${${condition.matching}:raw}/`
}

function groupText(by: readonly string[], { every, fill }: Buckets): string {
  const groups = [...(every === undefined ? [] : [`time(${every}, 1ms)`]), ...by.map(identifier)]
  if (groups.length === 0) return ''
  return `GROUP BY ${groups.join(', ')}${fill === undefined ? '' : ` fill(${fill})`}`
}

function identifier(name: string): string {
  return `"${name}"`
}
