import { checkGap, checkMany, dateDrafts, summableOf, withoutRepeated, type Era } from './dated/check.ts'
import { BEFORE_ALL, datesOf, namesAt, termsAt, type Summable } from './dated/formulas.ts'
import { kindOf, pointAt } from './readable.ts'
import type { Point, Readable } from './readable.ts'
import { amountOf } from '../ingest/units.ts'
import { amountDrafts } from './sums/amounts.ts'
import type { WrittenSum } from './sums/written.ts'
import type { Draft } from './faults.ts'
import { nameFault, windowFault, windowLengthS } from './strings.ts'
import { LOSSES, type BoundaryQuantity } from '../core/contract/quotients.ts'
import {
  alternativesOf,
  isNothing,
  MAX_DEPTH,
  MAX_LEAVES,
  type Alternative,
  type Leaf,
  type Member,
  type Stand,
  type Term,
  type TermNames,
} from './alternatives.ts'

const CALENDAR_S: Readonly<Record<string, number>> = { day: 25 * 3600, month: 31 * 86_400 + 3600, year: 366 * 86_400 }

/** Everything wrong with virtual points and with the sums of boundaries. */
export function checkTerms(drafts: Draft[], readable: Readable): void {
  const { virtual, points } = readable
  for (const [name, term] of virtual) {
    const path = ['virtual', name]
    const fault = nameFault(name)
    if (fault !== undefined) drafts.push({ path, part: 'key', ...fault })
    if (points.has(name))
      add(drafts, path, `"${name}" is also the name of a point`, 'use another name for one of them', 'key')
    checkNames(drafts, readable, path, term)
  }
  checkNesting(drafts, readable)
  const summable = summableOf(readable)
  drafts.push(...dateDrafts(readable, summable))
  const namesOf = new Map<number, TermNames>()
  const at = (tMs: number): TermNames => {
    const names = namesOf.get(tMs) ?? namesAt(summable, tMs)
    namesOf.set(tMs, names)
    return names
  }
  for (const [name, sums] of readable.boundaries) drafts.push(...boundaryDrafts(readable, summable, at, name, sums))
}

/** What is wrong with a boundary at any time, from date to date. */
function boundaryDrafts(
  readable: Readable,
  summable: Summable,
  namesThen: (tMs: number) => TermNames,
  name: string,
  sums: readonly WrittenSum[],
): Draft[] {
  const drafts: Draft[] = []
  const dates = datesOf(
    summable,
    sums.flatMap(({ terms }) => terms),
  )
  if (!checkMany(drafts, ['boundaries', name], dates)) return drafts
  for (const { quantity, path: keys, terms } of sums) {
    const path = ['boundaries', name, ...keys]
    const eras = [BEFORE_ALL, ...dates].map((fromMs): Era => {
      const names = namesThen(fromMs)
      const then = termsAt(summable, terms, fromMs)
      const known = drafts.length
      checkSum(drafts, readable, names, path, then)
      if (drafts.length === known) drafts.push(...amountDrafts(readable, names, quantity, path, then))
      if (isDivided(quantity) && !terms.includes(undefined)) checkMetered(drafts, names, path, then)
      return { fromMs, isEmpty: !then.some((term) => term !== undefined && countsAnything(names, term)) }
    })
    if (!terms.includes(undefined)) checkGap(drafts, path, eras)
  }
  return withoutRepeated(drafts)
}

/** Constants alone make no quotient; a loss may be an estimate. */
function isDivided(quantity: BoundaryQuantity): boolean {
  return !LOSSES.some((loss) => loss === quantity)
}

function countsAnything(names: TermNames, term: Term): boolean {
  return !(alternativesOf(names, term) ?? []).every(isNothing)
}

type Terms = readonly (Term | undefined)[]

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint?: Draft['hint'], part?: Draft['part']): void {
  drafts.push({ path, part: part ?? 'content', reason, hint })
}

function checkSum(drafts: Draft[], readable: Readable, names: TermNames, path: string[], terms: Terms): void {
  const seen = new Map<string, string>()
  let ratedW = 0
  for (const [index, term] of terms.entries()) {
    const at = [...path, index]
    const faults = drafts.length
    checkNames(drafts, readable, at, term)
    if (term === undefined || drafts.length > faults) continue
    const tooLarge = names.tooLarge
    const ways = alternativesOf(names, term)
    if (names.tooLarge > tooLarge) add(drafts, at, `expands to more than ${MAX_LEAVES} points`, 'divide the boundary')
    for (const leaf of ways?.[0]?.measured ?? []) if (!countsOnce(drafts, at, seen, leaf)) break
    ratedW += Math.max(0, ...(ways ?? []).map((way) => ratedOf(readable, way)))
  }
  checkRange(drafts, readable, path, ratedW)
}

/** Every name that a term uses stands for energy; sums take only what can be told in one way. */
function checkNames(drafts: Draft[], readable: Readable, path: PropertyKey[], term: Term | undefined): void {
  if (term === undefined) return
  for (const { name, at, inSum } of namesIn(term, path)) {
    if (readable.virtual.has(name)) {
      const inner = readable.virtual.get(name)
      if (!inSum || inner === undefined || !('fallback' in inner)) continue
      const hint = 'use it as a term of its own, or take the fallback away and give the sum one'
      add(drafts, at, `"${name}" has a fallback, and cannot be part of a sum`, hint)
      continue
    }
    if (readable.products.has(name)) continue
    const point = pointAt(drafts, readable, at, name)
    if (point?.unit === undefined || kindOf(point) !== 'gauge') continue
    add(
      drafts,
      at,
      amountOf(point.unit) === undefined ? `"${name}" measures no energy` : `"${name}" is a reading that no sum takes`,
      amountOf(point.unit) === undefined
        ? `name a point of power or energy; the unit of this one is ${point.unit}`
        : 'add `register: {}` to the point for a running count, or `kind: energy` for the water of each interval',
    )
  }
  const reached = (term.fallback ?? []).findIndex((stand) => 'constantKw' in stand)
  if (reached < 0 || reached === (term.fallback?.length ?? 0) - 1) return
  add(
    drafts,
    [...path, 'fallback', reached + 1],
    'is never used',
    'the constant before it is always known: put the constant last',
  )
}

function namesIn(term: Term, path: PropertyKey[]): { name: string; at: PropertyKey[]; inSum: boolean }[] {
  const fallback = (term.fallback ?? []).flatMap((stand, n) => namesIn(stand, [...path, 'fallback', n]))
  return [...namesOf(term, path), ...fallback]
}

function namesOf(term: Stand, path: PropertyKey[]): { name: string; at: PropertyKey[]; inSum: boolean }[] {
  if ('constantKw' in term) return []
  const inSum = (members: readonly Member[], at: PropertyKey[]) =>
    members.map(({ point }, n) => ({ name: point, at: [...at, n], inSum: true }))
  if ('sum' in term) return inSum(term.sum, [...path, 'sum'])
  if (!('share' in term)) return [{ name: term.point, at: path, inSum: false }]
  if ('sum' in term.of) return inSum(term.of.sum, [...path, 'of', 'sum'])
  return [{ name: term.of.point, at: [...path, 'of'], inSum: true }]
}

/** Takes away, layer by layer, the virtual points that stand on known ones alone: what stays goes in a circle. */
function checkNesting(drafts: Draft[], { virtual }: Readable): void {
  const open = new Map(
    [...virtual].map(([name, term]) => [name, term === undefined ? [] : namesIn(term, []).map((used) => used.name)]),
  )
  for (let depth = 1; open.size > 0; depth++) {
    const layer = [...open].flatMap(([name, used]) => (used.some((other) => open.has(other)) ? [] : [name]))
    if (layer.length === 0) break
    for (const name of layer) {
      open.delete(name)
      if (depth !== MAX_DEPTH + 1) continue
      add(
        drafts,
        ['virtual', name],
        `virtual points are nested more than ${MAX_DEPTH} deep`,
        'name the points themselves',
      )
    }
  }
  for (const name of open.keys()) {
    add(
      drafts,
      ['virtual', name],
      `"${name}" is defined by itself, by way of ${circleOf(open, name).join(', ')}`,
      undefined,
      'key',
    )
  }
}

/** A way from a name along names that are still open, to where it comes back. */
function circleOf(open: ReadonlyMap<string, readonly string[]>, name: string): string[] {
  const way = [name]
  for (;;) {
    const next = open.get(way.at(-1) ?? '')?.find((used) => open.has(used))
    if (next === undefined || way.includes(next) || way.length > MAX_DEPTH) return [...way.slice(1), next ?? name]
    way.push(next)
  }
}

/** A meter counts once in a sum, by whichever of its points; otherwise it is a fault. */
function countsOnce(drafts: Draft[], path: PropertyKey[], seen: Map<string, string>, { points }: Leaf): boolean {
  const name = points.at(-1) ?? ''
  const before = points.map((point) => seen.get(point)).find((other) => other !== undefined)
  if (before === name) add(drafts, path, `"${name}" is in this sum already`, 'remove one of them: it would count twice')
  else if (before !== undefined) {
    const hint = 'keep one of them: the meter would count twice, and its register counts for its power'
    add(drafts, path, `"${name}" is of the same meter as "${before}", which is in this sum already`, hint)
  }
  for (const point of points) seen.set(point, name)
  return before === undefined
}

function ratedOf({ points }: Readable, { measured, estimated, constantW }: Alternative): number {
  const ratedW = ({ points: names, factor }: Leaf) =>
    Math.abs(factor) * Math.max(...names.map((name) => ((points.get(name) as Point)?.maxKw ?? 0) * 1000))
  return [...measured, ...estimated].reduce((sum, leaf) => sum + ratedW(leaf), Math.abs(constantW))
}

/** Joules are kept as whole numbers: a window's sum must stay below 2^53, where they end. */
function checkRange(drafts: Draft[], { core }: Readable, path: string[], ratedW: number): void {
  for (const window of core.windows ?? []) {
    if (windowFault(window) !== undefined) continue
    const lengthS = windowLengthS(window) ?? CALENDAR_S[window] ?? 0
    if (ratedW * lengthS < Number.MAX_SAFE_INTEGER) continue
    const reason = `boundary "${path[1] ?? ''}": ${ratedW / 1e6} MW over window ${window} exceeds 2^53 J`
    add(drafts, path, reason, 'correct `maxKw`, shorten `core.windows` or divide the boundary')
    return
  }
}

/** A quotient of which one side is no more than declared says nothing. Terms that do not count then are undefined. */
function checkMetered(drafts: Draft[], names: TermNames, path: string[], terms: Terms): void {
  const ways = terms.flatMap((term) => (term === undefined ? [] : [alternativesOf(names, term)]))
  if (!ways.every((all) => all !== undefined) || ways.every((all) => all.every(isNothing))) return
  if (ways.some(([first]) => (first?.measured.length ?? 0) > 0)) return
  add(drafts, path, 'the sum has no measured point', 'constants and shares are estimates: add a point that measures')
}
