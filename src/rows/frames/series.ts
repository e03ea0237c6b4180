import { MEASUREMENTS, type Measurement } from '../tables/measurements.ts'

/** A measurement with its tags, and the number that stands for both in every frame. */
export interface Series {
  readonly measurement: Measurement
  /** Without `window`, which belongs to the frame. In the table's order. */
  readonly tags: Readonly<Record<string, string>>
  /** -1: it has none yet. */
  number: number
}

/**
 * The numbers of series. A number is given once and never again, also not over a restart: frames of years ago name
 * their rows by it. New ones must be saved with the first frame that uses them.
 */
export interface SeriesBook {
  /** By number; there are gaps where series are gone. */
  readonly all: (Series | undefined)[]
  /** By the hash of measurement and tags; several where they share one. The texts would take most of a book's room. */
  readonly numbers: Map<number, number | number[]>
  /** Series that the store does not have yet. */
  unsaved: Series[]
}

/** `lastNumber`: the greatest number ever given. */
export function createSeriesBook(known: readonly Series[] = [], lastNumber = 0): SeriesBook {
  const book: SeriesBook = { all: new Array<Series | undefined>(lastNumber + 1), numbers: new Map(), unsaved: [] }
  for (const series of known) addSeries(book, series)
  return book
}

/** Gives a series its number: that of its measurement and tags if they have one, otherwise the next. */
export function numberSeries(book: SeriesBook, series: Series): void {
  const known = numberOf(book, series)
  series.number = known ?? book.all.length
  if (known !== undefined) return
  addSeries(book, series)
  book.unsaved.push(series)
}

function numberOf({ all, numbers }: SeriesBook, series: Series): number | undefined {
  const key = seriesKey(series)
  const hashed = numbers.get(hashOf(key)) ?? []
  const isSame = (number: number): boolean => {
    const other = all[number]
    return other !== undefined && seriesKey(other) === key
  }
  return (typeof hashed === 'number' ? [hashed] : hashed).findLast(isSame)
}

function addSeries({ all, numbers }: SeriesBook, series: Series): void {
  all[series.number] = series
  const hash = hashOf(seriesKey(series))
  const others = numbers.get(hash)
  numbers.set(hash, others === undefined ? series.number : [others, series.number].flat())
}

/** Throws Error for a number that nobody gave. */
export function seriesAt(book: SeriesBook, number: number): Series {
  const series = book.all[number]
  if (series === undefined) throw new Error(`series ${number} is not in the book`)
  return series
}

/** All tags of a row, in the table's order. */
export function rowTags({ measurement, tags }: Series, window: string): Record<string, string> {
  const all: Record<string, string> = {}
  for (const name of MEASUREMENTS[measurement].tags) all[name] = name === 'window' ? window : (tags[name] ?? '')
  return all
}

/** What makes a series itself. */
function seriesKey({ measurement, tags }: Series): string {
  return `${measurement}\n${JSON.stringify(tags)}`
}

/** FNV-1a of 32 bits over UTF-16 code units (Fowler, Noll, Vo). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193)
  return hash
}
