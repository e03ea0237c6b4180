import { combinationCount, combinations, fillText, openGroups, splitRows, PLAIN_SCOPE } from './text.ts'
import type { BraceGroup, Members, Part, Scope } from './text.ts'

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
  /** The key cannot be read, so nobody knows what the entry is called. */
  isUnread: boolean
  tree: Tree
}

/** Where a member was written, as offsets into the text. */
export interface Spot {
  keyAt: number
  contentAt: number
  /** Where the member of a template was written that it was made for. */
  rowAt: number | undefined
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
  /** An offset as `line:column`, with its file if that is another one than that of `from`. */
  place(at: number, from: number): string
}

/** Entries that are made once for each member, each in its section. */
export interface Template {
  sections: readonly { name: string; keyAt: number; tree: MapTree }[]
  /** Undefined: they cannot be read, which is reported. */
  members: Members | undefined
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
 * Expands all braces of a tree, then what the templates add to its sections. The braces of a key and the same braces
 * below it take the same name; different braces multiply. Braces that no key decides make several members of a list;
 * elsewhere they are a fault. A member at fault is UNREAD; an entry whose key is at fault is left out. Undefined if the
 * document becomes too large.
 */
export function expandTree(
  tree: Tree,
  templates: readonly Template[],
  report: Report,
): { root: Plain; tables: Tables } | undefined {
  const work: Work = { report, tables: new Map(), plainTables: new Map(), spent: 0 }
  const root = grow(work, tree, PLAIN_SCOPE)
  for (const template of templates) growTemplate(work, root, template)
  return work.spent > MAX_SPENT ? undefined : { root, tables: work.tables }
}

function growTemplate(work: Work, root: Plain, { sections, members }: Template): void {
  for (const { name, keyAt, tree } of sections) {
    const section = sectionOf(work, root, name, keyAt)
    const table = section && work.tables.get(section)
    if (section === undefined || table === undefined) continue
    if (members === undefined) table.unread.push({ begin: '', end: '' })
    else {
      work.report.path.push(name)
      growEntries(work, tree.entries, { ...PLAIN_SCOPE, ...members }, section, table)
      work.report.path.pop()
    }
  }
}

/** The map of a section, made if nothing else stands there; undefined where something else does, which is a fault. */
function sectionOf(work: Work, root: Plain, name: string, keyAt: number): PlainMap | undefined {
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return undefined
  const found = root[name]
  if (found !== undefined)
    return typeof found === 'object' && !Array.isArray(found) && found !== null ? found : undefined
  const made = Object.create(NOTHING) as PlainMap
  root[name] = made
  work.tables.set(made, { spots: new Map(), unread: [] })
  work.tables.get(root)?.spots.set(name, { keyAt, contentAt: keyAt, rowAt: undefined })
  return made
}

function grow(work: Work, tree: Tree, scope: Scope): Plain {
  if (isSpent(work, tree.at, 1)) return null
  switch (tree.kind) {
    case 'plain':
      return tree.content
    case 'text':
      return growText(work, tree, scope)
    case 'list':
      return growList(work, tree.members, scope)
    case 'map':
      return work.plainTables.has(tree) ? growAgain(work, tree, scope) : growMap(work, tree, scope)
  }
}

function isSpent(work: Work, at: number, cost: number): boolean {
  const before = work.spent
  work.spent += cost
  if (work.spent <= MAX_SPENT) return false
  if (before <= MAX_SPENT) work.report.add(at, 'braces and aliases make the document too large', 'use fewer of them')
  return true
}

function growText(work: Work, tree: TextTree, scope: Scope): Plain {
  const open = openGroups(tree.parts, scope)
  for (const group of open) {
    work.report.add(tree.at, `\`${group.source}\` stands for several names where one is expected`, severalHint(group))
  }
  if (open.length > 0) return UNREAD
  const text = fillText(tree.parts, scope)
  isSpent(work, tree.at, text.length / 16)
  return text
}

function severalHint({ source, column }: BraceGroup): string {
  const inKey = `write \`${source}\` in the entry's key too`
  if (column === undefined) return `${inKey}, or name one of them`
  return `${inKey}; members of which it makes one entry must agree in this column`
}

function growList(work: Work, members: readonly Tree[], scope: Scope): Plain[] {
  const list: Plain[] = []
  const spots = new Map<string | number, Spot>()
  work.tables.set(list, { spots, unread: [] })
  for (const member of members) {
    const open = member.kind === 'text' ? openGroups(member.parts, scope) : []
    const parts = splitRows(open, scope)
    const spot = { keyAt: member.at, contentAt: member.at, rowAt: undefined }
    if (!fits(work, member.at, combinationCount(open) * parts.length, list.length)) {
      spots.set(list.length, spot)
      list.push(UNREAD)
      continue
    }
    for (const part of parts) {
      for (const choice of combinations(open, part)) {
        spots.set(list.length, spot)
        work.report.path.push(list.length)
        list.push(grow(work, member, choice))
        work.report.path.pop()
        if (work.spent > MAX_SPENT) return list
      }
    }
  }
  return list
}

function growMap(work: Work, tree: MapTree, scope: Scope): PlainMap {
  const map = Object.create(NOTHING) as PlainMap
  const table: Table = { spots: new Map(), unread: [] }
  work.tables.set(map, table)
  growEntries(work, tree.entries, scope, map, table)
  if (tree.entries.every((entry) => entry.key.every((part) => typeof part === 'string')))
    work.plainTables.set(tree, table)
  return map
}

function growEntries(work: Work, entries: readonly Entry[], scope: Scope, map: PlainMap, table: Table): void {
  for (const entry of entries) {
    const open = openGroups(entry.key, scope)
    const parts = splitRows(open, scope)
    if (entry.isUnread || !fits(work, entry.keyAt, combinationCount(open) * parts.length, table.spots.size)) {
      table.unread.push(endsOf(fillText(entry.key, scope)))
      continue
    }
    for (const part of parts) {
      for (const choice of combinations(open, part)) {
        growEntry(work, entry, choice, map, table)
        if (work.spent > MAX_SPENT) return
      }
    }
  }
}

function growEntry(work: Work, entry: Entry, scope: Scope, map: PlainMap, { spots, unread }: Table): void {
  const key = fillText(entry.key, scope)
  const taken = spots.get(key)
  const rowAt = scope.rows[0]?.at
  work.report.path.push(key)
  if (key === RESERVED) {
    work.report.add(entry.keyAt, `\`${RESERVED}\` cannot be a key`, 'choose another name')
    unread.push({ begin: RESERVED, end: RESERVED })
  } else if (taken !== undefined) {
    const at = rowAt ?? entry.keyAt
    work.report.add(at, `"${key}" already defined at ${work.report.place(taken.rowAt ?? taken.keyAt, at)}`, 'keep one')
  } else {
    map[key] = grow(work, entry.tree, scope)
    spots.set(key, { keyAt: entry.keyAt, contentAt: entry.tree.at, rowAt })
  }
  work.report.path.pop()
}

/** A map met before, in another expansion: only what its members hold can differ. */
function growAgain(work: Work, tree: MapTree, scope: Scope): PlainMap {
  const map = Object.create(NOTHING) as PlainMap
  const table = work.plainTables.get(tree)
  if (table !== undefined) work.tables.set(map, table)
  for (const entry of tree.entries) {
    const key = fillText(entry.key, scope)
    if (entry.isUnread || key === RESERVED || Object.hasOwn(map, key)) continue
    work.report.path.push(key)
    map[key] = grow(work, entry.tree, scope)
    work.report.path.pop()
  }
  return map
}

/** What is known of a key in spite of its braces; without braces nothing is. */
function endsOf(key: string): Ends {
  const first = key.indexOf('{')
  return first < 0 ? { begin: '', end: '' } : { begin: key.slice(0, first), end: key.slice(key.lastIndexOf('}') + 1) }
}

function fits(work: Work, at: number, more: number, present: number): boolean {
  const total = present + more
  if (total <= MAX_ENTRIES) return true
  work.report.add(at, `expands to ${total} entries, more than ${MAX_ENTRIES}`, 'split the site or shorten a range')
  return false
}
