import { formatInstant } from '../../ingest/times.ts'
import { countText } from '../../rows/numbers.ts'
import type { Fields, FieldValue } from '../../rows/tables/table.ts'
import { columnsOf, printable } from '../columns.ts'
import { readSeries, type KeptRows } from './kept-rows.ts'

/** How the rows of a measurement compare, in numbers of rows. */
interface Compared {
  same: number
  differ: number
  onlyHere: number
  onlyThere: number
  /** In how many rows each field differs. */
  readonly fields: Map<string, number>
  /** The first of what differs, as lines of the table. */
  readonly shown: string[][]
  /** How many more lines there would be. */
  unshown: number
}

/** What differs between two runs. */
interface RunDifference {
  readonly byMeasurement: ReadonlyMap<string, Compared>
  readonly differs: boolean
}

/** So many lines of the table are shown of each measurement; all are counted. */
const MOST_SHOWN = 200
const HEAD = ['measurement', 'tags', 'time', 'field', 'here', 'there', 'difference']
/** So much of a text is shown, of which so much is the same before what differs. */
const MOST_TEXT = 40
const SAME_BEFORE = 12
const ABSENT = '-'
const ROW = '(row)'

/** Compares the rows of two runs; numbers must be the same to the last bit. */
export function compareRows(here: KeptRows, there: KeptRows): RunDifference {
  const byMeasurement = new Map<string, Compared>()
  const keys = new Set([...here.bySeries.keys(), ...there.bySeries.keys()])
  for (const key of [...keys].toSorted()) {
    const { measurement, tags, state } = readSeries(key)
    const compared = byMeasurement.get(measurement) ?? newCompared()
    byMeasurement.set(measurement, compared)
    const names = Object.entries({ ...tags, ...(state !== undefined && { state }) })
    const series = [measurement, names.map(([name, value]) => `${name}=${value}`).join(' ')]
    compareSeries(compared, series, here.bySeries.get(key) ?? NONE, there.bySeries.get(key) ?? NONE)
  }
  const differs = [...byMeasurement.values()].some((it) => it.differ + it.onlyHere + it.onlyThere > 0)
  return { byMeasurement, differs }
}

const NONE: ReadonlyMap<number, string> = new Map()

function newCompared(): Compared {
  return { same: 0, differ: 0, onlyHere: 0, onlyThere: 0, fields: new Map(), shown: [], unshown: 0 }
}

function compareSeries(
  compared: Compared,
  series: readonly string[],
  here: ReadonlyMap<number, string>,
  there: ReadonlyMap<number, string>,
): void {
  for (const timeMs of [...new Set([...here.keys(), ...there.keys()])].toSorted((a, b) => a - b)) {
    const [one, other] = [here.get(timeMs), there.get(timeMs)]
    if (one === other) {
      compared.same++
      continue
    }
    const place = [...series, formatInstant(timeMs)]
    if (one !== undefined && other !== undefined) compareFields(compared, place, one, other)
    else if (one === undefined) {
      compared.onlyThere++
      show(compared, [...place, ROW, ABSENT, 'present', ''])
    } else {
      compared.onlyHere++
      show(compared, [...place, ROW, 'present', ABSENT, ''])
    }
  }
}

/** Fields in another order are the same fields. */
function compareFields(compared: Compared, place: readonly string[], one: string, other: string): void {
  const here = JSON.parse(one) as Fields
  const there = JSON.parse(other) as Fields
  const names = [...new Set([...Object.keys(here), ...Object.keys(there)])].filter((name) => here[name] !== there[name])
  if (names.length === 0) compared.same++
  else compared.differ++
  for (const name of names) {
    compared.fields.set(name, (compared.fields.get(name) ?? 0) + 1)
    const [a, b] = [here[name], there[name]]
    const [left, right] = shortened(valueText(a), valueText(b))
    show(compared, [...place, name, left, right, stepText(a, b)])
  }
}

function show(compared: Compared, line: string[]): void {
  if (compared.shown.length < MOST_SHOWN) compared.shown.push(line)
  else compared.unshown++
}

function valueText(value: FieldValue | undefined): string {
  if (value === undefined) return ABSENT
  return value === '' ? "''" : String(value)
}

/** Long texts are cut to where they begin to differ. */
function shortened(here: string, there: string): [here: string, there: string] {
  if (Math.max(here.length, there.length) <= MOST_TEXT) return [here, there]
  let same = 0
  while (same < here.length && here[same] === there[same]) same++
  const from = Math.max(0, same - SAME_BEFORE)
  const cut = (text: string): string => {
    const end = from + MOST_TEXT
    return `${from > 0 ? '…' : ''}${text.slice(from, end)}${end < text.length ? '…' : ''}`
  }
  return [cut(here), cut(there)]
}

/** From here to there. */
function stepText(here: FieldValue | undefined, there: FieldValue | undefined): string {
  if (typeof here !== 'number' || typeof there !== 'number') return ''
  const step = there - here
  return `${step > 0 ? '+' : ''}${Number(step.toPrecision(6))}`
}

/** A table of what differs for each measurement, and the counts, as lines of text. */
export function runDifferenceText({ byMeasurement, differs }: RunDifference): string {
  const all = [...byMeasurement]
  const tables = all.flatMap(([name, { shown, unshown }]) => [
    ...(shown.length === 0 ? [] : columnsOf([HEAD, ...shown]).map(printable)),
    ...(unshown === 0 ? [] : [`${name}: ${countText(unshown)} more values differ`]),
    ...(shown.length === 0 ? [] : ['']),
  ])
  const lines = [...tables, ...countsText(all), differs ? 'the rows differ' : 'no row differs']
  return `${lines.join('\n')}\n`
}

function countsText(all: readonly [string, Compared][]): string[] {
  const table = all.map(([name, { same, differ, onlyHere, onlyThere, fields }]) => [
    name,
    ...[same, differ, onlyHere, onlyThere].map(countText),
    [...fields].map(([field, count]) => `${field} ${countText(count)}`).join(', '),
  ])
  return columnsOf([['rows', 'same', 'differ', 'only here', 'only there', 'fields that differ'], ...table])
}
