import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Node, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml'

import { expandTree, UNREAD } from './expand.ts'
import type { Ends, Entry, Plain, Report, Spot, Tables, Tree } from './expand.ts'
import { parseText } from './text.ts'
import type { BraceGroup, TextFault } from './text.ts'

export { UNREAD } from './expand.ts'
export type { Plain, PlainMap } from './expand.ts'

/** Line and column, both from 1. */
export interface Position {
  line: number
  column: number
}

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
  /** Whether an entry of `map` that was left out may be the one called `key`. */
  mayHold(map: object, key: string): boolean
}

interface Work {
  env: Readonly<Record<string, string | undefined>>
  /** Where the package found something wrong that spoils no more than the member there, offsets. */
  spoiltAt: readonly number[]
  groups: Map<string, BraceGroup>
  anchors: Map<string, Tree>
  report: Report
}

const MAX_DEPTH = 32
/** Faults of syntax that leave the rest of the tree as it was meant. */
const SPOILS_ONE_MEMBER: ReadonlySet<string> = new Set(['TAG_RESOLVE_FAILED', 'BAD_DQ_ESCAPE'])
/** With more of them than this nobody compares each with all the rest, which takes time quadratic in them. */
const MAX_SPOILT = 100
const TOO_DEEP = `nested more than ${MAX_DEPTH} deep`
/**
 * Where the package begins to take time quadratic in the depth. Brackets in text count too: nobody has that many open.
 */
const MAX_OPEN_BRACKETS = 1000

/**
 * Reads YAML 1.2 (JSON is YAML), replaces `${VAR}` in strings from `env` and expands `{01..40}` and `{a,b}`
 * (expand.ts). Every member keeps its position; one that came of an expansion has that of the text it came from. All
 * faults are reported at once; without a root if the syntax leaves no tree to go on with, or braces make one that is
 * too large. Never throws on bad text.
 */
export function readDocument(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): ReadDocument | Omit<ReadDocument, 'root' | 'positionOf' | 'mayHold'> {
  const lineCounter = new LineCounter()
  const positionAt = (at: number): Position => {
    const { line, col } = lineCounter.linePos(at)
    return { line, column: col }
  }
  // Doubled keys are found when the tree is expanded: the package's own check takes time quadratic in the keys.
  const options = { uniqueKeys: false, prettyErrors: false, lineCounter, resolveKnownTags: false, merge: false }
  const tooDeepAt = findDepth(text, MAX_OPEN_BRACKETS)
  if (tooDeepAt !== undefined) return { faults: [deepFault(text, tooDeepAt)] }
  const yaml = parseDocument(text, options)
  const faults = syntaxFaults(yaml, text, positionAt)
  const found = [...yaml.errors, ...yaml.warnings]
  if (found.length > MAX_SPOILT || !found.every(({ code }) => SPOILS_ONE_MEMBER.has(code))) return { faults }
  const spoiltAt = found.map(({ pos }) => pos[0])
  const work: Work = { env, spoiltAt, groups: new Map(), anchors: new Map(), report: createReport(faults, positionAt) }
  const tree = compile(work, yaml.contents, 0, 0)
  const expanded = expandTree(tree, work.report)
  if (expanded === undefined) return { faults }
  const { root, tables } = expanded
  return {
    root,
    faults,
    positionOf: (path, part) => positionAt(offsetOf(root, tables, tree.at, path, part)),
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

/** Offset of the bracket with which more than `limit` are open at once; undefined if there is none. */
function findDepth(text: string, limit: number): number | undefined {
  let open = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '{' || char === '[') open += 1
    else if ((char === '}' || char === ']') && open > 0) open -= 1
    if (open > limit) return at
  }
  return undefined
}

function deepFault(text: string, at: number): DocumentFault {
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1, path: '', reason: TOO_DEEP, hint: undefined }
}

function syntaxFaults(
  yaml: Document.Parsed<ParsedNode>,
  text: string,
  positionAt: (at: number) => Position,
): DocumentFault[] {
  const faults = new Map<number, DocumentFault>()
  const written = text.split('\n')
  for (const error of [...yaml.errors, ...yaml.warnings]) {
    const position = positionAt(error.pos[0])
    if (faults.has(position.line)) continue // the rest of a broken line only repeats the first fault
    const hint = syntaxHint(error.code, written[position.line - 1] ?? '')
    faults.set(position.line, {
      ...position,
      path: '',
      reason: /call stack/.test(error.message) ? TOO_DEEP : error.message,
      hint,
    })
  }
  return [...faults.values()]
}

function syntaxHint(code: string, line: string): string | undefined {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces'
  if (code === 'MULTIPLE_DOCS') return 'write one document to a file'
  if (/[:,[{]\s*%/.test(line)) return 'put a bare % in quotes: "%"'
  if (code === 'TAG_RESOLVE_FAILED') return 'tags are not used here; put text that begins with `!` in quotes'
  const bareBraces = /[^\s"'{,:[][^\s"']*\{[^{}"']*(,|\.\.)[^{}"']*\}|^\s*\{[^{}"']*(,|\.\.)[^{}"']*\}[^\s,]/
  return bareBraces.test(line) ? 'put text with braces in quotes: "r{01..40}"' : undefined
}

function createReport(faults: DocumentFault[], positionAt: (at: number) => Position): Report {
  const path: (string | number)[] = []
  const seen = new Set<string>()
  return {
    path,
    add(at, reason, hint) {
      const key = `${at} ${reason.replaceAll(/"[^"]*"/g, '""')}`
      if (seen.has(key)) return // the same text, met again in another expansion
      seen.add(key)
      faults.push({ ...positionAt(at), path: formatPath(path), reason, hint })
    },
    place(at) {
      const { line, column } = positionAt(at)
      return `${line}:${column}`
    },
  }
}

/** The tree of a node; an alias gives the tree of its anchor, which is complete by then, so no tree contains itself. */
function compile(work: Work, node: unknown, fallbackAt: number, depth: number): Tree {
  if (isAlias(node)) {
    const at = node.range?.[0] ?? fallbackAt
    const tree = work.anchors.get(node.source)
    if (tree !== undefined) return tree
    work.report.add(at, `\`*${node.source}\` names nothing`, 'an alias comes after its anchor and stands outside it')
    return unreadTree(at)
  }
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return { kind: 'plain', at: fallbackAt, content: null }
  const at = node.range?.[0] ?? fallbackAt
  if (depth > MAX_DEPTH) {
    work.report.add(at, TOO_DEEP)
    return unreadTree(at)
  }
  const tree = compileNode(work, node, at, depth)
  if (node.anchor !== undefined) work.anchors.set(node.anchor, tree)
  return tree
}

function compileNode(work: Work, node: YAMLMap | YAMLSeq | Scalar, at: number, depth: number): Tree {
  if (isSpoilt(work, node)) return unreadTree(at)
  return isScalar(node) ? compileScalar(work, node.value, at) : compileCollection(work, node, at, depth)
}

function unreadTree(at: number): Tree {
  return { kind: 'plain', at, content: UNREAD }
}

/** A node with a tag that means nothing here, or text with something wrong in it. */
function isSpoilt(work: Work, node: Node): boolean {
  const { tag } = node
  if (tag !== undefined && !tag.startsWith('tag:yaml.org,2002:')) return true
  const [from, to] = node.range ?? [0, 0]
  return isScalar(node) && work.spoiltAt.some((at) => at >= from && at < to)
}

function compileCollection(work: Work, node: { items: readonly unknown[] }, at: number, depth: number): Tree {
  if (isMap(node)) return { kind: 'map', at, entries: node.items.map((pair) => compilePair(work, pair, at, depth)) }
  const members = node.items.map((member, index) => {
    work.report.path.push(index)
    const tree = compile(work, member, at, depth + 1)
    work.report.path.pop()
    return tree
  })
  return { kind: 'list', at, members }
}

function compileScalar(work: Work, content: unknown, at: number): Tree {
  if (typeof content !== 'string') {
    return { kind: 'plain', at, content: typeof content === 'boolean' || typeof content === 'number' ? content : null }
  }
  const { parts, faults } = parseText(content, work.env, work.groups)
  addTextFaults(work, at, faults)
  return faults.length > 0 ? unreadTree(at) : { kind: 'text', at, parts }
}

function compilePair(work: Work, pair: Pair, mapAt: number, depth: number): Entry {
  const { key, value } = pair
  const keyAt = isScalar(key) ? (key.range?.[0] ?? mapAt) : mapAt
  const text = isScalar(key) && key.value !== null ? (key.source ?? '') : ''
  work.report.path.push(text)
  if (text === '')
    work.report.add(keyAt, 'a key must be text', 'put a key that begins with a brace in quotes: "{a,b}-x"')
  const { parts, faults } = parseText(text, undefined, work.groups)
  addTextFaults(work, keyAt, faults)
  const tree = compile(work, value, keyAt, depth + 1)
  work.report.path.pop()
  const isUnread = text === '' || faults.length > 0 || (isScalar(key) && isSpoilt(work, key))
  return { keyAt, key: parts, isUnread, tree }
}

function addTextFaults(work: Work, at: number, faults: readonly TextFault[]): void {
  for (const { reason, hint } of faults) work.report.add(at, reason, hint)
}

function offsetOf(
  root: Plain,
  tables: Tables,
  rootAt: number,
  path: readonly PropertyKey[],
  part: 'key' | 'content',
): number {
  let spot: Spot = { keyAt: rootAt, contentAt: rootAt }
  let node: Plain | undefined = root
  for (const step of path) {
    if (typeof node !== 'object' || node === null) return spot.keyAt
    const next = tables.get(node)?.spots.get(typeof step === 'number' ? step : String(step))
    if (next === undefined) return spot.keyAt
    spot = next
    node = Array.isArray(node) ? node[Number(step)] : node[String(step)]
  }
  return part === 'content' ? spot.contentAt : spot.keyAt
}
