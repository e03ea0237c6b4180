import { termNames, type Member, type Stand, type Term, type TermNames } from '../alternatives.ts'
import { namesOfProduct, type Product } from '../sums/products.ts'
import { factorAt, isWithin, type DatedFactor, type ReadDate, type Stretch } from './dates.ts'

/** What is there to be summed, with the dates of it. */
export interface Summable {
  readonly points: ReadonlyMap<string, DatedPoint>
  readonly virtual: ReadonlyMap<string, Term | undefined>
  readonly products: ReadonlyMap<string, Product>
  readonly read: ReadDate
}

/** What of a point decides how terms count it. */
interface DatedPoint extends Stretch {
  readonly kind?: unknown
  readonly unit?: string | undefined
  readonly meter?: string | undefined
  readonly min?: number | undefined
}

/** More dates than these in the sums of one boundary are hardly meant: each is a formula of its own. */
export const MOST_DATES = 100

/** A time before all dates that can be written. */
export const BEFORE_ALL = -Infinity

/** The dates that say when terms count, and how much, rising: their own, and those of what they name. */
export function datesOf(summable: Summable, terms: readonly (Term | undefined)[]): number[] {
  return [...new Set(datedStatements(summable, terms).values())].sort((a, b) => a - b)
}

/** The same as statements, each with its date: who begins, ends, or has another factor then. */
export function datedStatements(
  { points, virtual, products, read }: Summable,
  terms: readonly (Term | undefined)[],
): Map<string, number> {
  const statements = new Map<string, number>()
  const seen = new Set<string>()
  const note = (name: string, dated: Stretch & { factors?: readonly DatedFactor[] | undefined }): void => {
    const { from, until, factors = [] } = dated
    const all = [
      { key: 'from', from },
      { key: 'until', from: until },
      ...factors.map((it) => ({ ...it, key: it.factor })),
    ]
    for (const { key, from: written } of all) {
      const tMs = written === undefined ? NaN : read(written)
      if (!Number.isNaN(tMs)) statements.set(`${name} ${key} ${tMs}`, tMs)
    }
  }
  const visit = (own: string, term: Term | undefined): void => {
    if (term === undefined) return
    note(own, term)
    const named = [term, ...(term.fallback ?? [])].flatMap(namesOf)
    const made = named.flatMap((name) => namesOfProduct(products.get(name)))
    for (const name of [...named, ...made]) {
      if (seen.has(name)) continue
      seen.add(name)
      const point = points.get(name)
      // Of a point the factors are those of its readings, which the sum does not see
      if (point !== undefined) note(name, { from: point.from, until: point.until })
      visit(`virtual ${name}`, virtual.get(name))
    }
  }
  for (const term of terms) visit(term === undefined ? '' : `term ${namesOf(term).join(' ')}`, term)
  return statements
}

/** What names stand for at a time. */
export function namesAt({ points, virtual, products, read }: Summable, tMs: number): TermNames {
  const absent = new Set<string>()
  const present = [...points].filter(([name, point]) => {
    if (isWithin(point, tMs, read)) return true
    absent.add(name)
    return false
  })
  const terms = [...virtual].map(([name, term]): [string, Term | undefined] => {
    if (term !== undefined && !isWithin(term, tMs, read)) absent.add(name)
    return [name, term && withFactorAt(term, tMs, read)]
  })
  return { ...termNames(present, new Map(terms), products), absent }
}

/** Terms at a time, each in its place and with its factor of then; undefined: it does not count then. */
export function termsAt({ read }: Summable, terms: readonly (Term | undefined)[], tMs: number): (Term | undefined)[] {
  return terms.map((term) =>
    term !== undefined && isWithin(term, tMs, read) ? withFactorAt(term, tMs, read) : undefined,
  )
}

function withFactorAt(term: Term, tMs: number, read: ReadDate): Term {
  return 'factor' in term && term.factors !== undefined ? { ...term, factor: factorAt(term, tMs, read) } : term
}

/** Names of points, and of virtual ones, that a term uses. */
function namesOf(term: Stand): string[] {
  const names = (members: readonly Member[]) => members.map(({ point }) => point)
  if ('constantKw' in term) return []
  if ('sum' in term) return names(term.sum)
  if (!('share' in term)) return [term.point]
  return 'sum' in term.of ? names(term.of.sum) : [term.of.point]
}
