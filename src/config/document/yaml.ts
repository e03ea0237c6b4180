import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Node, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml'

import { UNREAD } from './expand.ts'
import type { Entry, Report, Tree } from './expand.ts'
import { parseText } from './text.ts'
import type { BraceGroup, TextFault } from './text.ts'

/** What the texts of one configuration have in common. */
export interface Compiling {
  env: Readonly<Record<string, string | undefined>>
  groups: Map<string, BraceGroup>
  report: Report
}

interface Work extends Compiling {
  /** Where the text begins among those of all files. */
  baseAt: number
  /** Where the package found something wrong that spoils no more than the member there, offsets. */
  spoiltAt: readonly number[]
  anchors: Map<string, Tree>
}

const MAX_DEPTH = 32
/** Faults of syntax that leave the rest of the tree as it was meant. */
const SPOILS_ONE_MEMBER: ReadonlySet<string> = new Set(['TAG_RESOLVE_FAILED', 'BAD_DQ_ESCAPE'])
/** With more of them than this nobody compares each with all the rest, which takes time quadratic in them. */
export const MAX_SPOILT = 100
const TOO_DEEP = `nested more than ${MAX_DEPTH} deep`
/**
 * Where the package begins to take time quadratic in the depth. Brackets in text count too: nobody has that many open.
 */
const MAX_OPEN_BRACKETS = 1000

/**
 * The tree of a YAML text that begins at `baseAt` among all texts. Faults are reported; undefined if the syntax leaves
 * no tree to go on with. Never throws on bad text.
 */
export function compileText(text: string, baseAt: number, compiling: Compiling): Tree | undefined {
  const { report } = compiling
  // Doubled keys are found when the tree is expanded: the package's own check takes time quadratic in the keys.
  const options = { uniqueKeys: false, prettyErrors: false, resolveKnownTags: false, merge: false }
  const tooDeepAt = findDepth(text, MAX_OPEN_BRACKETS)
  if (tooDeepAt !== undefined) {
    report.add(baseAt + tooDeepAt, TOO_DEEP)
    return undefined
  }
  const yaml = parseDocument(text, options)
  reportSyntax(yaml, text, baseAt, report)
  const found = [...yaml.errors, ...yaml.warnings]
  if (found.length > MAX_SPOILT || !found.every(({ code }) => SPOILS_ONE_MEMBER.has(code))) return undefined
  const spoiltAt = found.map(({ pos }) => pos[0])
  return compile({ ...compiling, baseAt, spoiltAt, anchors: new Map() }, yaml.contents, baseAt, 0)
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

/** Of each line the first fault: the rest of a broken line only repeats it. */
function reportSyntax(yaml: Document.Parsed<ParsedNode>, text: string, baseAt: number, report: Report): void {
  const told = new Set<number>()
  for (const { pos, code, message } of [...yaml.errors, ...yaml.warnings]) {
    const [at] = pos
    const from = text.lastIndexOf('\n', at - 1) + 1
    if (told.has(from)) continue
    told.add(from)
    const to = text.indexOf('\n', at)
    const line = text.slice(from, to < 0 ? undefined : to)
    report.add(baseAt + at, /call stack/.test(message) ? TOO_DEEP : message, syntaxHint(code, line))
  }
}

function syntaxHint(code: string, line: string): string | undefined {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces'
  if (code === 'MULTIPLE_DOCS') return 'write one document to a file'
  if (/[:,[{]\s*%/.test(line)) return 'put a bare % in quotes: "%"'
  if (code === 'TAG_RESOLVE_FAILED') return 'tags are not used here; put text that begins with `!` in quotes'
  const bareBraces = /[^\s"'{,:[][^\s"']*\{[^{}"']*(,|\.\.)[^{}"']*\}|^\s*\{[^{}"']*(,|\.\.)[^{}"']*\}[^\s,]/
  return bareBraces.test(line) ? 'put text with braces in quotes: "r{01..40}"' : undefined
}

/** The tree of a node; an alias gives the tree of its anchor, which is complete by then, so no tree contains itself. */
function compile(work: Work, node: unknown, fallbackAt: number, depth: number): Tree {
  if (isAlias(node)) {
    const at = placeOf(work, node, fallbackAt)
    const tree = work.anchors.get(node.source)
    if (tree !== undefined) return tree
    work.report.add(at, `\`*${node.source}\` names nothing`, 'an alias comes after its anchor and stands outside it')
    return unreadTree(at)
  }
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return { kind: 'plain', at: fallbackAt, content: null }
  const at = placeOf(work, node, fallbackAt)
  if (depth > MAX_DEPTH) {
    work.report.add(at, TOO_DEEP)
    return unreadTree(at)
  }
  const tree = compileNode(work, node, at, depth)
  if (node.anchor !== undefined) work.anchors.set(node.anchor, tree)
  return tree
}

function placeOf(
  { baseAt }: Work,
  { range }: { range?: readonly number[] | null | undefined },
  fallbackAt: number,
): number {
  const at = range?.[0]
  return at === undefined ? fallbackAt : baseAt + at
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
  const keyAt = isScalar(key) ? placeOf(work, key, mapAt) : mapAt
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
