import { dirname } from 'node:path'

import type { Entry, MapTree, Template, TextTree, Tree } from './expand.ts'
import { isPlain, type Reading } from './include.ts'
import { createFewFaults, MAX_ROWS, readMembers, type MemberTable } from './rows.ts'
import {
  combinationCount,
  combinations,
  fillAll,
  fillText,
  openGroups,
  PLAIN_SCOPE,
  type MemberRow,
  type Part,
} from './text.ts'
import { positionAt } from './sources.ts'

/** What a template makes entries of. */
const SECTIONS = ['points', 'virtual', 'boundaries', 'inlets', 'halls', 'gateways']

interface Work extends Reading {
  /** Tables by file: several templates may share one. */
  tables: Map<string, MemberTable | undefined>
}

/** A piece of text in a template, and where. */
interface Written {
  at: number
  parts: readonly Part[]
}

/**
 * Takes the templates out of a configuration. Of each stays in `rest` the list of topics that it is about, `topic`,
 * with columns in braces. Keys that do not belong into a template stay, too: the schema refuses them.
 */
export function takeTemplates(reading: Reading, tree: Tree): { rest: Tree; templates: Template[] } {
  const entry = tree.kind === 'map' ? tree.entries.find(({ key }) => isPlain(key, 'templates')) : undefined
  if (tree.kind !== 'map' || entry?.tree.kind !== 'list') return { rest: tree, templates: [] }
  const work: Work = { ...reading, tables: new Map() }
  const { path } = work.compiling.report
  const templates: Template[] = []
  const members = entry.tree.members.map((written, index) => {
    if (written.kind !== 'map') return written
    path.push('templates', index)
    const { rest, template } = takeTemplate(work, written)
    path.length -= 2
    templates.push(template)
    return rest
  })
  const kept: Entry = { ...entry, tree: { ...entry.tree, members } }
  return { rest: { ...tree, entries: tree.entries.map((it) => (it === entry ? kept : it)) }, templates }
}

function takeTemplate(work: Work, written: MapTree): { rest: MapTree; template: Template } {
  const { report } = work.compiling
  const entryOf = (name: string) => written.entries.find(({ key }) => isPlain(key, name))
  const topic = entryOf('topic')
  if (topic !== undefined && topic.tree.kind !== 'text') report.add(topic.tree.at, 'expected a topic')
  const sections = written.entries.flatMap(({ key, keyAt, tree }) => {
    const name = SECTIONS.find((it) => isPlain(key, it))
    if (name === undefined || tree.kind !== 'map') return []
    return [{ name, keyAt, tree: name === 'points' && topic !== undefined ? withTopic(tree, topic) : tree }]
  })
  const texts = sections.flatMap(({ tree }) => textsIn(tree))
  const topics = sections.flatMap(({ name, tree }) => (name === 'points' ? topicsIn(tree) : []))
  if (sections.length === 0) report.add(written.at, 'makes nothing', 'add `points`, and `inlets` of them')
  const members = membersOf(work, written, entryOf, texts)
  if (members !== undefined) {
    checkColumns(work, members, texts)
    checkRows(work, members, { texts, topics })
  }
  const entries = written.entries.filter(
    ({ key }) => ![...SECTIONS, 'members', 'where', 'topic'].some((name) => isPlain(key, name)),
  )
  const patterns = topics.flatMap(({ at, parts }) => fillAll(parts).map((pattern) => textTree(at, pattern)))
  const own: Entry = {
    keyAt: topic?.keyAt ?? written.at,
    key: ['topic'],
    isUnread: false,
    tree: { kind: 'list', at: topic?.tree.at ?? written.at, members: patterns },
  }
  return { rest: { ...written, entries: [...entries, own] }, template: { sections, members } }
}

/** Points that name no topic read that of their template. */
function withTopic(points: MapTree, topic: Entry): MapTree {
  const entries = points.entries.map((entry): Entry => {
    const { tree } = entry
    if (tree.kind !== 'map' || tree.entries.some(({ key }) => isPlain(key, 'topic'))) return entry
    return { ...entry, tree: { ...tree, entries: [...tree.entries, topic] } }
  })
  return { ...points, entries }
}

function textsIn(tree: Tree): Written[] {
  if (tree.kind === 'text') return [tree]
  if (tree.kind === 'list') return tree.members.flatMap((member) => textsIn(member))
  if (tree.kind === 'plain') return []
  return tree.entries.flatMap((entry) => [{ at: entry.keyAt, parts: entry.key }, ...textsIn(entry.tree)])
}

function topicsIn(points: MapTree): TextTree[] {
  const topics = points.entries.flatMap(({ tree }) =>
    tree.kind === 'map' ? tree.entries.filter(({ key }) => isPlain(key, 'topic')).map((entry) => entry.tree) : [],
  )
  return [...new Set(topics)].filter((tree) => tree.kind === 'text')
}

function textTree(at: number, text: string): TextTree {
  return { kind: 'text', at, parts: [text] }
}

function columnsIn(texts: readonly Written[]): string[] {
  const columns = texts.flatMap(({ parts }) =>
    parts.flatMap((part) => (typeof part === 'string' ? [] : (part.column ?? []))),
  )
  return [...new Set(columns)]
}

function membersOf(
  work: Work,
  template: MapTree,
  entryOf: (name: string) => Entry | undefined,
  texts: readonly Written[],
): MemberTable | undefined {
  const { report } = work.compiling
  const tree = entryOf('members')?.tree
  if (tree?.kind !== 'text' && tree?.kind !== 'list') {
    const hint = 'name a CSV file, `members: racks.csv`, or list them: `members: [{ hall: h1, rack: r01 }]`'
    report.add(tree?.at ?? template.at, 'expected the members of the template', hint)
    return undefined
  }
  report.path.push('members')
  const table = tree.kind === 'text' ? tableOf(work, tree) : listOf(work, tree.members, columnsIn(texts))
  report.path.pop()
  const chosen = table && chooseRows(work, table, entryOf('where')?.tree)
  if (chosen?.rows.length === 0) {
    report.add(tree.at, `${chosen.called} has no member`, 'each row, or each of the list, is one')
  }
  return chosen
}

function tableOf(work: Work, name: TextTree): MemberTable | undefined {
  const { tables, sources } = work
  const { file } = positionAt(sources, name.at)
  const written = fillText(name.parts, PLAIN_SCOPE)
  const key = JSON.stringify([dirname(file), written])
  if (!tables.has(key)) tables.set(key, readMembers(work, written, name.at, dirname(file)))
  return tables.get(key)
}

/**
 * Members that are listed: as maps of columns, or as names where the template has one column. Undefined if one of them
 * is neither.
 */
function listOf(
  { compiling: { report } }: Work,
  members: readonly Tree[],
  used: readonly string[],
): MemberTable | undefined {
  const columns = new Map<string, number>()
  const cellsOf = members.flatMap((member): { at: number; cells: [string, readonly Part[]][] }[] => {
    const [only, ...more] = used
    if (member.kind === 'map') return [{ at: member.at, cells: member.entries.flatMap((it) => cellOf(it)) }]
    const name = partsOfCell(member)
    if (name === undefined) report.add(member.at, 'expected a member: a map of its columns, or its name')
    else if (more.length === 0) return [{ at: member.at, cells: [[only ?? 'name', name]] }]
    else {
      const hint = `write \`{ ${used.map((column) => `${column}: …`).join(', ')} }\``
      report.add(member.at, `a name alone does not tell ${used.length} columns`, hint)
    }
    return []
  })
  for (const { cells } of cellsOf)
    for (const [column] of cells) if (!columns.has(column)) columns.set(column, columns.size)
  if (cellsOf.length < members.length) return undefined
  const rows: MemberRow[] = []
  for (const { at, cells } of cellsOf) {
    const open = openGroups(
      cells.flatMap(([, parts]) => parts),
      PLAIN_SCOPE,
    )
    if (rows.length + combinationCount(open) > MAX_ROWS) {
      report.add(at, `there are more than ${MAX_ROWS} members`, 'split the site or shorten a range')
      break
    }
    for (const scope of combinations(open, PLAIN_SCOPE)) {
      const filled = new Map(cells.map(([column, parts]) => [column, fillText(parts, scope)]))
      rows.push({ at, cells: [...columns.keys()].map((column) => filled.get(column) ?? '') })
    }
  }
  return { columns, rows, called: 'the list of members' }
}

function cellOf({ key, tree }: Entry): [string, readonly Part[]][] {
  const parts = partsOfCell(tree)
  return parts === undefined ? [] : [[fillText(key, PLAIN_SCOPE), parts]]
}

function partsOfCell(tree: Tree): readonly Part[] | undefined {
  if (tree.kind === 'text') return tree.parts
  const isName = tree.kind === 'plain' && (typeof tree.content === 'number' || typeof tree.content === 'boolean')
  return isName ? [String(tree.content)] : undefined
}

/** The rows whose columns hold what `where` says, one text or one of a list. */
function chooseRows({ compiling: { report } }: Work, table: MemberTable, where: Tree | undefined): MemberTable {
  if (where === undefined) return table
  if (where.kind !== 'map') {
    report.add(where.at, 'expected a map of columns and what they hold', 'such as `where: { Type: rack }`')
    return table
  }
  const wanted = where.entries.flatMap(({ key, keyAt, tree }) => {
    const column = fillText(key, PLAIN_SCOPE)
    const place = table.columns.get(column)
    if (place === undefined) report.add(keyAt, `${table.called} has no column "${column}"`, columnsHint(table))
    const texts = (tree.kind === 'list' ? tree.members : [tree]).flatMap((it) => {
      const parts = partsOfCell(it)
      return parts === undefined ? [] : fillAll(parts)
    })
    return place === undefined ? [] : [{ place, texts: new Set(texts) }]
  })
  const rows = table.rows.filter(({ cells }) => wanted.every(({ place, texts }) => texts.has(cells[place] ?? '')))
  return { ...table, rows }
}

function checkColumns({ compiling: { report } }: Work, table: MemberTable, texts: readonly Written[]): void {
  for (const text of texts) {
    for (const column of columnsIn([text])) {
      if (table.columns.has(column)) continue
      report.add(text.at, `${table.called} has no column "${column}"`, columnsHint(table))
    }
  }
}

function columnsHint({ columns }: MemberTable): string {
  return `its columns are ${[...columns.keys()].slice(0, 20).join(', ')}`
}

/** A cell that is used holds something, one that is in a topic is part of one level; no row is there twice. */
function checkRows(
  { compiling: { report } }: Work,
  { columns, rows }: MemberTable,
  { texts, topics }: { texts: readonly Written[]; topics: readonly Written[] },
): void {
  const faults = createFewFaults(report)
  const placesOf = (all: readonly Written[]) => columnsIn(all).flatMap((column) => columns.get(column) ?? [])
  const [used, inTopics] = [placesOf(texts), new Set(placesOf(topics))]
  const seen = new Map<string, number>()
  for (const { at, cells } of rows) {
    const empty = used.find((place) => (cells[place] ?? '') === '')
    const divided = used.find((place) => inTopics.has(place) && /[+#/]/.test(cells[place] ?? ''))
    const key = cells.join('\0')
    const before = seen.get(key)
    if (empty !== undefined) {
      faults.add(at, `column "${nameAt(columns, empty)}" is empty here`, 'fill it, or leave the row out by `where`')
    } else if (divided !== undefined) {
      const reason = `${JSON.stringify(cells[divided])} cannot stand in a topic: +, # and / have a meaning there`
      faults.add(at, reason, `write in column "${nameAt(columns, divided)}" what the topic has`)
    } else if (before !== undefined) {
      faults.add(at, `this member is the same as ${report.place(before, at)}`, 'keep one of them')
    } else seen.set(key, at)
  }
  faults.end()
}

function nameAt(columns: ReadonlyMap<string, number>, place: number): string {
  return [...columns].find(([, it]) => it === place)?.[0] ?? ''
}
