import { expandTree } from './expand.ts'
import type { Ends, Plain, Report, Spot, Tables } from './expand.ts'
import { includeFiles } from './include.ts'
import { addSource, createSources, positionAt } from './sources.ts'
import type { Position, ReadText, Sources } from './sources.ts'
import { takeTemplates } from './templates.ts'
import { compileText, MAX_SPOILT } from './yaml.ts'

export { UNREAD } from './expand.ts'
export type { Plain, PlainMap } from './expand.ts'
export type { Position } from './sources.ts'

/** Something wrong with a document, where, and what to do about it. `path` is empty for a fault of syntax. */
interface DocumentFault extends Position {
  path: string
  reason: string
  hint: string | undefined
}

/**
 * A document's plain content, the place of each member in the text, and the faults. A member at fault is UNREAD; an
 * entry whose key is at fault is left out.
 */
export interface ReadDocument {
  root: Plain
  faults: DocumentFault[]
  /**
   * Where the member at `path` was written: its key, or what it holds. For a missing one, the key of the map that lacks
   * it.
   */
  positionOf(path: readonly PropertyKey[], part: 'key' | 'content'): Position
  /** Of what a template made: where the row of members stands that it was made of. */
  rowOf(path: readonly PropertyKey[]): Position | undefined
  /** Whether an entry of `map` that was left out may be the one called `key`. */
  mayHold(map: object, key: string): boolean
}

/** The file that a document stands in, and how those are read that it includes. */
interface DocumentFile {
  file: string
  readText: ReadText
}

const NO_FILES: DocumentFile = {
  file: '',
  readText: () => ({ reason: 'no other file is read here', hint: undefined }),
}

/**
 * Reads YAML 1.2 (JSON is YAML), replaces `${VAR}` in strings from `env` and expands `{01..40}` and `{a,b}`
 * (expand.ts). Of a configuration, `include` and `templates` are carried out. Every member keeps its position; one that
 * came of an expansion has that of the text it came from. All faults are reported at once; without a root if the syntax
 * leaves no tree to go on with, or braces make one that is too large. Never throws on bad text.
 */
export function readDocument(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  { file, readText }: DocumentFile = NO_FILES,
): ReadDocument | Pick<ReadDocument, 'faults'> {
  const sources = createSources()
  const faults: DocumentFault[] = []
  const report = createReport(faults, sources)
  const compiling = { env, groups: new Map(), report }
  const tree = compileText(text, addSource(sources, file, text), compiling)
  if (tree === undefined) return { faults }
  const reading = { compiling, sources, readText }
  const whole = includeFiles(reading, tree, file)
  if (whole === undefined) return { faults }
  const { rest, templates } = takeTemplates(reading, whole)
  const expanded = expandTree(rest, templates, report)
  if (expanded === undefined) return { faults }
  const { root, tables } = expanded
  return {
    root,
    faults,
    positionOf: (path, part) => {
      const { keyAt, contentAt } = spotOf(root, tables, tree.at, path)
      return positionAt(sources, part === 'content' ? contentAt : keyAt)
    },
    rowOf: (path) => {
      const { rowAt } = spotOf(root, tables, tree.at, path.slice(0, 2))
      return rowAt === undefined ? undefined : positionAt(sources, rowAt)
    },
    mayHold: (map, key) => mayStandFor(tables.get(map)?.unread ?? [], key),
  }
}

function mayStandFor(unread: readonly Ends[], key: string): boolean {
  return unread.length > MAX_SPOILT || unread.some(({ begin, end }) => key.startsWith(begin) && key.endsWith(end))
}

/** A path as a person writes it: `boundaries.dc5.it[0]`; a name with a dot or a blank in it is quoted. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (!/^[A-Za-z0-9_-]+$/.test(String(step))) text += `[${JSON.stringify(String(step))}]`
    else text += text === '' ? String(step) : `.${String(step)}`
  }
  return text
}

function createReport(faults: DocumentFault[], sources: Sources): Report {
  const path: (string | number)[] = []
  const seen = new Set<string>()
  return {
    path,
    add(at, reason, hint) {
      const key = `${at} ${reason.replaceAll(/"[^"]*"/g, '""')}`
      if (seen.has(key)) return // the same text, met again in another expansion
      seen.add(key)
      faults.push({ ...positionAt(sources, at), path: formatPath(path), reason, hint })
    },
    place(at, from) {
      const { file, line, column } = positionAt(sources, at)
      return file === positionAt(sources, from).file ? `${line}:${column}` : `${file}:${line}:${column}`
    },
  }
}

function spotOf(root: Plain, tables: Tables, rootAt: number, path: readonly PropertyKey[]): Spot {
  let spot: Spot = { keyAt: rootAt, contentAt: rootAt, rowAt: undefined }
  let node: Plain | undefined = root
  for (const step of path) {
    if (typeof node !== 'object' || node === null) return { ...spot, contentAt: spot.keyAt }
    const next = tables.get(node)?.spots.get(typeof step === 'number' ? step : String(step))
    if (next === undefined) return { ...spot, contentAt: spot.keyAt }
    spot = next
    node = Array.isArray(node) ? node[Number(step)] : node[String(step)]
  }
  return spot
}
