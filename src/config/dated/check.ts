import type { Term } from '../alternatives.ts'
import { formatPath } from '../document/document.ts'
import type { Draft } from '../faults.ts'
import { kindOf, type Readable } from '../readable.ts'
import { formatInstant } from '../../ingest/times.ts'
import { dateReader, type DatedFactor, type ReadDate, type Stretch } from './dates.ts'
import { MOST_DATES, type Summable } from './formulas.ts'

/** What can be summed of a configuration, as far as it can be read. */
export function summableOf({ points, virtual, products, site }: Readable): Summable {
  const kinds = [...points].map(([name, point]) => [name, { ...point, kind: kindOf(point) }] as const)
  return { points: new Map(kinds), virtual, products, read: dateReader(site.timezone) }
}

type Dated = Stretch & { readonly factors?: readonly DatedFactor[] | undefined }

/** What is wrong with the dates of points, virtual points and terms. */
export function dateDrafts(readable: Readable, { read }: Summable): Draft[] {
  const drafts: Draft[] = []
  const lengthMs = (readable.core.intervalS ?? 60) * 1000
  for (const [name, point] of readable.points) {
    checkDates(drafts, ['points', name], point, read)
    checkEdges(drafts, ['points', name], { from: point.from, until: point.until }, lengthMs, read)
  }
  const terms = [...readable.virtual].map(([name, term]): [PropertyKey[], Term | undefined] => [
    ['virtual', name],
    term,
  ])
  for (const [name, sums] of readable.boundaries) {
    for (const { path, terms: list } of sums) {
      for (const [n, term] of list.entries()) terms.push([['boundaries', name, ...path, n], term])
    }
  }
  for (const [path, term] of terms) {
    if (term === undefined) continue
    checkDates(drafts, path, term, read)
    checkEdges(drafts, path, term, lengthMs, read)
  }
  return drafts
}

/** A stretch ends behind its beginning, and factors rise in time within it. */
function checkDates(drafts: Draft[], path: PropertyKey[], { from, until, factors = [] }: Dated, read: ReadDate): void {
  const [fromMs, untilMs] = [from === undefined ? -Infinity : read(from), until === undefined ? Infinity : read(until)]
  if (untilMs <= fromMs) {
    const reason = `must be later than \`from\`, which is ${instantText(fromMs)}`
    add(drafts, [...path, 'until'], reason, 'the stretch begins with `from` and ends before `until`')
    return
  }
  let newestMs = -Infinity
  for (const [n, factor] of factors.entries()) {
    const tMs = read(factor.from)
    const at = [...path, 'factors', n, 'from']
    if (tMs <= newestMs)
      add(drafts, at, 'must be later than the factor before it', 'put the oldest first, each date once')
    else if (tMs <= fromMs) {
      add(drafts, at, `begins no later than \`from\`, ${instantText(fromMs)}`, 'write this factor as `factor`')
    } else if (tMs >= untilMs) {
      add(drafts, at, `begins no earlier than \`until\`, ${instantText(untilMs)}`, 'remove it, or correct `until`')
    }
    newestMs = tMs
  }
}

/** A sum changes between two intervals: each interval has one formula. */
function checkEdges(drafts: Draft[], path: PropertyKey[], dated: Dated, lengthMs: number, read: ReadDate): void {
  const { from, until, factors = [] } = dated
  const all: [PropertyKey[], string | undefined][] = [
    [['from'], from],
    [['until'], until],
    ...factors.map((it, n): [PropertyKey[], string] => [['factors', n, 'from'], it.from]),
  ]
  for (const [at, written] of all) {
    const tMs = written === undefined ? NaN : read(written)
    if (Number.isNaN(tMs) || tMs % lengthMs === 0) continue
    const before = Math.floor(tMs / lengthMs) * lengthMs
    const hint = `write ${instantText(before)} or ${instantText(before + lengthMs)}`
    add(drafts, [...path, ...at], `is within an interval of ${lengthMs / 1000} s`, hint)
  }
}

/** The time from one date of a boundary's sums to the next, and whether a sum has any term then. */
export interface Era {
  readonly fromMs: number
  readonly isEmpty: boolean
}

/** A sum that has terms before and after some time has some all the while. */
export function checkGap(drafts: Draft[], path: PropertyKey[], eras: readonly Era[]): void {
  const first = eras.findIndex(({ isEmpty }) => !isEmpty)
  const last = eras.findLastIndex(({ isEmpty }) => !isEmpty)
  const gap = eras.findIndex(({ isEmpty }, n) => isEmpty && n > first && n < last)
  const [begin, end] = [eras[gap], eras.find(({ isEmpty }, n) => n > gap && !isEmpty)]
  if (gap < 0 || begin === undefined || end === undefined) return
  const reason = `no term counts from ${instantText(begin.fromMs)} until ${instantText(end.fromMs)}`
  add(drafts, path, reason, 'let one term end where the next begins: `until` is the first instant that does not count')
}

/** Each date is a formula of its own. */
export function checkMany(drafts: Draft[], path: PropertyKey[], dates: readonly number[]): boolean {
  if (dates.length <= MOST_DATES) return true
  const hint = 'remove those of the distant past, or divide the boundary'
  add(drafts, path, `its sums have ${dates.length} dates, more than ${MOST_DATES}`, hint)
  return false
}

/** What is wrong at several times is told once. */
export function withoutRepeated(drafts: readonly Draft[]): Draft[] {
  return [...new Map(drafts.map((draft) => [`${formatPath(draft.path)} ${draft.reason}`, draft])).values()]
}

/** An instant of whole seconds, as a configuration has it. */
function instantText(tMs: number): string {
  return formatInstant(tMs).replace('.000Z', 'Z')
}

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint: string): void {
  drafts.push({ path, part: 'content', reason, hint })
}
