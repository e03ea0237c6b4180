import { combinationCount, combinations, fillText, openGroups } from './config-text.ts'
import type { Group, Part } from './config-text.ts'

/** What a document holds once it is read. Maps have no prototype, so any key is safe to look up. */
export type Plain = null | boolean | number | string | Plain[] | PlainMap
export interface PlainMap {
  [key: string]: Plain
}

/** A document as written, braces and all. `at` is where in the text, an offset. */
export type Tree =
  | { kind: 'plain'; at: number; content: null | boolean | number }
  | TextTree
  | { kind: 'list'; at: number; members: readonly Tree[] }
  | MapTree

/** A string; its variables are replaced already. */
export interface TextTree {
  kind: 'text'
  at: number
  parts: readonly Part[]
}

/** A map's members in the order they were written, double ones included. */
export interface MapTree {
  kind: 'map'
  at: number
  entries: readonly Entry[]
}

export interface Entry {
  keyAt: number
  key: readonly Part[]
  tree: Tree
}

/** Where a member was written, as offsets into the text. */
export interface Spot {
  keyAt: number
  contentAt: number
}

/** Where the members of each map and list were written. */
export type Spots = WeakMap<object, ReadonlyMap<string | number, Spot>>

/** Path so far, and where faults go: at an offset, with a reason and what to do. */
export interface Report {
  path: (string | number)[]
  add(at: number, reason: string, hint?: string): void
  /** An offset as `line:column`. */
  place(at: number): string
}

interface Work {
  report: Report
  spots: Spots
  /** The spots of maps without braces in their keys: the same in every expansion. */
  plainTables: Map<MapTree, ReadonlyMap<string | number, Spot>>
  spent: number
}

const MAX_ENTRIES = 100_000
/** Nodes and, sixteen to one, characters that a document may come to once its braces and aliases are written out. */
const MAX_SPENT = 4_000_000

/**
 * Writes a tree out: the braces of a key and the same braces below it go in lock-step, different ones multiply; a group that
 * no key decides makes several members of a list and is a fault elsewhere.
 */
export function expandTree(tree: Tree, report: Report): { root: Plain; spots: Spots } {
  const work: Work = { report, spots: new WeakMap(), plainTables: new Map(), spent: 0 }
  return { root: grow(work, tree, new Map()), spots: work.spots }
}

function grow(work: Work, tree: Tree, bound: ReadonlyMap<string, string>): Plain {
  if (isSpent(work, tree.at, 1)) return null
  switch (tree.kind) {
    case 'plain':
      return tree.content
    case 'text':
      return growText(work, tree, bound)
    case 'list':
      return growList(work, tree.members, bound)
    case 'map':
      return work.plainTables.has(tree) ? growAgain(work, tree, bound) : growMap(work, tree, bound)
  }
}

function isSpent(work: Work, at: number, cost: number): boolean {
  const before = work.spent
  work.spent += cost
  if (work.spent <= MAX_SPENT) return false
  if (before <= MAX_SPENT) work.report.add(at, 'braces and aliases make the document too large', 'use fewer of them')
  return true
}

function growText(work: Work, tree: TextTree, bound: ReadonlyMap<string, string>): string {
  for (const group of openGroups(tree.parts, bound)) {
    const hint = `write \`${group.source}\` in the entry's key too, or name one of them`
    work.report.add(tree.at, `\`${group.source}\` stands for several names where one is expected`, hint)
  }
  const text = fillText(tree.parts, bound)
  isSpent(work, tree.at, text.length / 16)
  return text
}

function growList(work: Work, members: readonly Tree[], bound: ReadonlyMap<string, string>): Plain[] {
  const list: Plain[] = []
  const spots = new Map<string | number, Spot>()
  work.spots.set(list, spots)
  for (const member of members) {
    const open = member.kind === 'text' ? openGroups(member.parts, bound) : []
    if (!fits(work, member.at, open, list.length)) return list
    for (const choice of combinations(open, bound)) {
      spots.set(list.length, { keyAt: member.at, contentAt: member.at })
      work.report.path.push(list.length)
      list.push(grow(work, member, choice))
      work.report.path.pop()
      if (work.spent > MAX_SPENT) return list
    }
  }
  return list
}

function growMap(work: Work, tree: MapTree, bound: ReadonlyMap<string, string>): PlainMap {
  const map = Object.create(null) as PlainMap
  const spots = new Map<string | number, Spot>()
  work.spots.set(map, spots)
  for (const entry of tree.entries) {
    const open = openGroups(entry.key, bound)
    if (!fits(work, entry.keyAt, open, spots.size)) return map
    const spot = { keyAt: entry.keyAt, contentAt: entry.tree.at }
    for (const choice of combinations(open, bound)) {
      const key = fillText(entry.key, choice)
      const taken = spots.get(key)
      work.report.path.push(key)
      if (key === '__proto__') work.report.add(entry.keyAt, '`__proto__` cannot be a key', 'choose another name')
      if (taken === undefined) map[key] = grow(work, entry.tree, choice)
      else work.report.add(entry.keyAt, `"${key}" already defined at ${work.report.place(taken.keyAt)}`, 'keep one')
      work.report.path.pop()
      if (taken === undefined) spots.set(key, spot)
      if (work.spent > MAX_SPENT) return map
    }
  }
  if (tree.entries.every((entry) => entry.key.every((part) => typeof part === 'string')))
    work.plainTables.set(tree, spots)
  return map
}

/** A map met before, in another expansion: only what its members hold can differ. */
function growAgain(work: Work, tree: MapTree, bound: ReadonlyMap<string, string>): PlainMap {
  const map = Object.create(null) as PlainMap
  work.spots.set(map, work.plainTables.get(tree) ?? new Map())
  for (const entry of tree.entries) {
    const key = fillText(entry.key, bound)
    if (Object.hasOwn(map, key)) continue
    work.report.path.push(key)
    map[key] = grow(work, entry.tree, bound)
    work.report.path.pop()
  }
  return map
}

function fits(work: Work, at: number, open: readonly Group[], present: number): boolean {
  const total = present + combinationCount(open)
  if (total <= MAX_ENTRIES) return true
  work.report.add(at, `expands to ${total} entries, more than ${MAX_ENTRIES}`, 'split the site or shorten a range')
  return false
}
