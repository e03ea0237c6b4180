import { distance } from 'fastest-levenshtein'
import type { z } from 'zod'

import type { Plain, ReadDocument } from './document/document.ts'
import { formatPath, UNREAD } from './document/document.ts'
import { unitHint } from './points/spellings.ts'

/**
 * A fault of a configuration: file, line and column (from 1), path of the member, reason, and what to write instead.
 */
export interface Fault {
  file: string
  line: number
  column: number
  path: string
  reason: string
  hint: string | undefined
}

/** A fault before its place in the file is looked up. `part`: whether the member's key is wrong or what it holds. */
export interface Draft {
  path: PropertyKey[]
  part: 'key' | 'content'
  reason: string
  hint?: string | (() => string | undefined) | undefined
}

/** Looking for a similar name among 100,000 costs too much to do it for every fault. */
const MAX_HINTS_SOUGHT = 100

const MISSING = 'is missing'

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
}

/** `file:line:column path: reason`, and the hint on a line of its own. */
export function formatFault(fault: Fault): string {
  const path = fault.path === '' ? '' : ` ${fault.path}`
  const hint = fault.hint === undefined ? '' : `\n  hint: ${fault.hint}`
  return `${fault.file}:${fault.line}:${fault.column}${path}: ${fault.reason}${hint}`
}

/** In the order of the files, `main` first, and of their lines. */
export function inOrder(main: string, faults: readonly Fault[]): Fault[] {
  const isMore = (fault: Fault): number => (fault.file === main ? 0 : 1)
  return faults.toSorted(
    (a, b) =>
      isMore(a) - isMore(b) || (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column),
  )
}

/**
 * Faults in the order of their lines. Those that one text gave in several expansions are one, which says how many they
 * are; of a template's members, it names the row of the first.
 */
export function placeFaults(document: ReadDocument, drafts: readonly Draft[]): Fault[] {
  const folded = new Map<string, { fault: Fault; draft: Draft; count: number }>()
  for (const draft of drafts) {
    const position = document.positionOf(draft.path, draft.part)
    const member = draft.reason === MISSING ? String(draft.path.at(-1)) : ''
    const key = `${position.file}:${position.line}:${position.column} ${member} ${draft.reason.replaceAll(/"[^"]*"/g, '""')}`
    const same = folded.get(key)
    if (same !== undefined) same.count += 1
    else {
      const fault = { ...position, path: formatPath(draft.path), reason: draft.reason, hint: undefined }
      folded.set(key, { fault, draft, count: 1 })
    }
  }
  const placed = [...folded.values()].sort((a, b) => a.fault.line - b.fault.line || a.fault.column - b.fault.column)
  let sought = 0
  return placed.map(({ fault, draft: { hint, path }, count }) => {
    const more = count === 1 ? fault.reason : `${fault.reason} (and ${count - 1} more like it)`
    const row = document.rowOf(path)
    const reason = row === undefined ? more : `${more}; made for ${row.file}:${row.line}`
    const seek = typeof hint === 'function' && ++sought <= MAX_HINTS_SOUGHT
    return { ...fault, reason, hint: typeof hint !== 'function' ? hint : seek ? hint() : undefined }
  })
}

/** What the schema found wrong, in our words. `root` is what was parsed. */
export function issueDrafts(issues: readonly z.core.$ZodIssue[], root: Plain, above: PropertyKey[] = []): Draft[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path]
    const found = memberAt(root, path)
    if (found === UNREAD) return []
    if (found === undefined) return [{ path, part: 'content' as const, reason: MISSING }]
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path)
    if (issue.code === 'invalid_union') return unionDrafts(issue, root, path, found)
    return [{ path, part: 'content' as const, ...describeIssue(issue, found, path) }]
  })
}

/** The candidate most like `name`: begun alike, or one or two letters apart; undefined if none is like it. */
function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.min(Math.ceil(wanted.length / 2), Math.max(3, Math.floor(wanted.length / 3) + 1))
  for (const candidate of candidates) {
    const other = candidate.toLowerCase()
    const begun = wanted.length >= 4 && other.startsWith(wanted)
    if (!begun && Math.abs(other.length - wanted.length) >= bestDistance) continue
    const letters = begun ? 1 : distance(wanted, other)
    if (letters < bestDistance) {
      best = candidate
      bestDistance = letters
    }
  }
  return best
}

/** Hint that names the candidate most like `name`, sought only when it is shown. */
export function didYouMean(name: string, candidates: Iterable<string>): () => string | undefined {
  return () => {
    const candidate = nearest(name, candidates)
    return candidate === undefined ? undefined : `did you mean \`${candidate}\`?`
  }
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, path: PropertyKey[]): Draft[] {
  const known = issue.message.split(' ').filter((key) => key !== '')
  const list = known.length === 0 ? 'no keys are known here' : `known keys: ${known.join(', ')}`
  return issue.keys.map((key) => {
    const near = didYouMean(key, known)
    return { path: [...path, key], part: 'key', reason: 'unknown key', hint: () => near() ?? list }
  })
}

/** If one of the shapes fits but for its members, those of the nearest are the fault; else all shapes are named. */
function unionDrafts(issue: z.core.$ZodIssueInvalidUnion, root: Plain, path: PropertyKey[], found: Plain): Draft[] {
  const [fitting] = issue.errors
    .filter((branch) => !branch.some(isMismatch))
    .sort((a, b) => faultCount(a) - faultCount(b))
  if (fitting !== undefined) return issueDrafts(fitting, root, path)
  const expected = new Set(issue.errors.flat().flatMap((mismatch) => expectedWords(mismatch)))
  return [{ path, part: 'content', reason: `expected ${[...expected].join(' or ')}; found ${describe(found)}` }]
}

function faultCount(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)
}

function isMismatch(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')
}

function expectedWords(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_type') return [TYPE_WORDS[issue.expected] ?? issue.expected]
  return issue.code === 'invalid_value' ? issue.values.map(String) : []
}

function describeIssue(
  issue: z.core.$ZodIssue,
  found: Plain,
  path: readonly PropertyKey[],
): Pick<Draft, 'reason' | 'hint'> {
  switch (issue.code) {
    case 'invalid_type':
      return {
        reason: `expected ${expectedWords(issue).join()}; found ${describe(found)}`,
        hint: typeHint(issue, found, path),
      }
    case 'invalid_value': {
      const words = issue.values.map(String)
      const reason = `expected ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}; found ${describe(found)}`
      if (typeof found !== 'string') return { reason, hint: undefined }
      return { reason, hint: path.at(-1) === 'unit' ? unitHint(found) : didYouMean(found, words) }
    }
    case 'too_small':
      if (issue.origin === 'string') return { reason: 'is empty', hint: 'remove the key if it is not needed' }
      if (issue.origin === 'array') return { reason: 'needs at least one member' }
      return {
        reason: `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}; found ${describe(found)}`,
      }
    case 'too_big':
      if (issue.origin === 'string') return { reason: `is longer than ${issue.maximum} characters` }
      return {
        reason: `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}; found ${describe(found)}`,
      }
    case 'custom': {
      const hint: unknown = issue.params?.['hint']
      return { reason: issue.message, hint: typeof hint === 'string' ? hint : undefined }
    }
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return { reason: issue.message }
  }
}

function typeHint(issue: z.core.$ZodIssueInvalidType, found: Plain, path: readonly PropertyKey[]): string | undefined {
  if (found === null) return 'write something after the colon, or remove the key'
  if (issue.expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) {
    return `put it in quotes: "${String(found)}"`
  }
  if (issue.expected === 'array') return 'write [ … ], or a line with - for each member'
  if (typeof found !== 'string' || (issue.expected !== 'number' && issue.expected !== 'int')) return undefined
  if (/^\d+ ?[a-z]+$/.test(found) && String(path.at(-1)).endsWith('S'))
    return 'write a number of seconds, without a unit'
  const isNumber = found.trim() !== '' && Number.isFinite(Number(found))
  return isNumber ? 'write the number without quotes, and not by a variable' : undefined
}

function describe(found: Plain): string {
  if (found === null) return 'nothing'
  if (Array.isArray(found)) return 'a list'
  if (typeof found === 'object') return 'a map'
  if (typeof found !== 'string') return String(found)
  return JSON.stringify(found.length > 40 ? `${found.slice(0, 39)}…` : found)
}

function memberAt(root: Plain, path: readonly PropertyKey[]): Plain | undefined {
  let node: Plain | undefined = root
  for (const step of path) {
    if (typeof node !== 'object' || node === null) return undefined
    node = Array.isArray(node) ? node[Number(step)] : node[String(step)]
  }
  return node
}
