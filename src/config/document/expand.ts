import { combinationCount, combinations, fillText, openGroups } from './text.ts'
import type { BraceGroup, Part } from './text.ts'

/** Stands where something was written that cannot be read. It was reported: nothing more is to be said about it. */
export const UNREAD = Symbol('unread')

/** What a document holds once it is read. Maps inherit nothing, so any key is safe to look up. */
export type Plain = null | boolean | number | string | typeof UNREAD | Plain[] | PlainMap
export interface PlainMap {
  [key: string]: Plain
}

/** A document as written, braces and all. `at` is where in the text, an offset. */
export type Tree =
  | { kind: 'plain'; at: number; content: null | boolean | number | typeof UNREAD }
  | TextTree
  | { kind: 'list'; at: number; members: readonly Tree[] }
  | MapTree

/** A string; its variables are replaced already. */
interface TextTree {
  kind: 'text'
  at: number
  parts: readonly Part[]
}

/** A map's members in the order they were written, double ones included. */
interface MapTree {
  kind: 'map'
  at: number
  entries: readonly Entry[]
}

export interface Entry {
  keyAt: number
  key: readonly Part[]
  /** The key cannot be read, so nobody knows what the entry is called. */
  isUnread: boolean
  tree: Tree
}

/** Where a member was written, as offsets into the text. */
export interface Spot {
  keyAt: number
  contentAt: number
}

/** Where the members of a map or list were written, and what is known of the keys that could not be read. */
interface Table {
  spots: Map<string | number, Spot>
  unread: Ends[]
}

/** How a name begins and ends; between the two are braces that could not be read. */
export interface Ends {
  begin: string
  end: string
}

export type Tables = Map<object, Table>

/** Path so far, and where faults go: at an offset, with a reason and what to do. */
export interface Report {
  path: (string | number)[]
  add(at: number, reason: string, hint?: string): void
  /** An offset as `line:column`. */
  place(at: number): string
}

interface Work {
  report: Report
  tables: Tables
  /** The tables of maps without braces in their keys: the same in every expansion. */
  plainTables: Map<MapTree, Table>
  spent: number
}

const RESERVED = '__proto__'
/** Prototype of maps: without one V8 would keep each map as a hash table, four times as large. */
const NOTHING: object = Object.freeze(Object.create(null) as object)
const MAX_ENTRIES = 100_000
/** Nodes and, sixteen to one, characters that a document may come to once its braces and aliases are written out. */
const MAX_SPENT = 4_000_000

/**
 * Expands all braces of a tree. The braces of a key and the same braces below it take the same name; different braces
 * multiply. Braces that no key decides make several members of a list; elsewhere they are a fault. A member at fault is
 * UNREAD; an entry whose key is at fault is left out. Undefined if the document becomes too large.
 */
export function expandTree(tree: Tree, report: Report): { root: Plain; tables: Tables } | undefined {
  const work: Work = { report, tables: new Map(), plainTables: new Map(), spent: 0 }
  const root = grow(work, tree, new Map())
  return work.spent > MAX_SPENT ? undefined : { root, tables: work.tables }
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

function growText(work: Work, tree: TextTree, bound: ReadonlyMap<string, string>): Plain {
  const open = openGroups(tree.parts, bound)
  for (const group of open) {
    const hint = `write \`${group.source}\` in the entry's key too, or name one of them`
    work.report.add(tree.at, `\`${group.source}\` stands for several names where one is expected`, hint)
  }
  if (open.length > 0) return UNREAD
  const text = fillText(tree.parts, bound)
  isSpent(work, tree.at, text.length / 16)
  return text
}

function growList(work: Work, members: readonly Tree[], bound: ReadonlyMap<string, string>): Plain[] {
  const list: Plain[] = []
  const spots = new Map<string | number, Spot>()
  work.tables.set(list, { spots, unread: [] })
  for (const member of members) {
    const open = member.kind === 'text' ? openGroups(member.parts, bound) : []
    if (!fits(work, member.at, open, list.length)) {
      spots.set(list.length, { keyAt: member.at, contentAt: member.at })
      list.push(UNREAD)
      continue
    }
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
  const map = Object.create(NOTHING) as PlainMap
  const table: Table = { spots: new Map(), unread: [] }
  work.tables.set(map, table)
  for (const entry of tree.entries) {
    const open = openGroups(entry.key, bound)
    if (entry.isUnread || !fits(work, entry.keyAt, open, table.spots.size)) {
      table.unread.push(endsOf(fillText(entry.key, bound)))
      continue
    }
    for (const choice of combinations(open, bound)) {
      growEntry(work, entry, choice, map, table)
      if (work.spent > MAX_SPENT) return map
    }
  }
  if (tree.entries.every((entry) => entry.key.every((part) => typeof part === 'string')))
    work.plainTables.set(tree, table)
  return map
}

function growEntry(
  work: Work,
  entry: Entry,
  bound: ReadonlyMap<string, string>,
  map: PlainMap,
  { spots, unread }: Table,
): void {
  const key = fillText(entry.key, bound)
  const taken = spots.get(key)
  work.report.path.push(key)
  if (key === RESERVED) {
    work.report.add(entry.keyAt, `\`${RESERVED}\` cannot be a key`, 'choose another name')
    unread.push({ begin: RESERVED, end: RESERVED })
  } else if (taken !== undefined) {
    work.report.add(entry.keyAt, `"${key}" already defined at ${work.report.place(taken.keyAt)}`, 'keep one')
  } else {
    map[key] = grow(work, entry.tree, bound)
    spots.set(key, { keyAt: entry.keyAt, contentAt: entry.tree.at })
  }
  work.report.path.pop()
}

/** A map met before, in another expansion: only what its members hold can differ. */
function growAgain(work: Work, tree: MapTree, bound: ReadonlyMap<string, string>): PlainMap {
  const map = Object.create(NOTHING) as PlainMap
  const table = work.plainTables.get(tree)
  if (table !== undefined) work.tables.set(map, table)
  for (const entry of tree.entries) {
    const key = fillText(entry.key, bound)
    if (entry.isUnread || key === RESERVED || Object.hasOwn(map, key)) continue
    work.report.path.push(key)
    map[key] = grow(work, entry.tree, bound)
    work.report.path.pop()
  }
  return map
}

/** What is known of a key in spite of its braces; without braces nothing is. */
function endsOf(key: string): Ends {
  const first = key.indexOf('{')
  return first < 0 ? { begin: '', end: '' } : { begin: key.slice(0, first), end: key.slice(key.lastIndexOf('}') + 1) }
}

function fits(work: Work, at: number, open: readonly BraceGroup[], present: number): boolean {
  const total = present + combinationCount(open)
  if (total <= MAX_ENTRIES) return true
  work.report.add(at, `expands to ${total} entries, more than ${MAX_ENTRIES}`, 'split the site or shorten a range')
  return false
}
