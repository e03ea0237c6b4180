/**
 * A brace group by the text it was written as. `{01..40}` and `{a,b}` have the strings that they stand for. `{rack}` is
 * within a template that column of its members, and text elsewhere.
 */
export interface BraceGroup {
  source: string
  members: readonly string[]
  column: string | undefined
}

/** A piece of a string: plain text, or a brace group still to be chosen from. */
export type Part = string | BraceGroup

/** One member of a template: a row of its table. */
export interface MemberRow {
  /** Where it was written, an offset. */
  at: number
  /** In the order of the columns. */
  cells: readonly string[]
}

/** Whom a template is made for. */
export interface Members {
  columns: ReadonlyMap<string, number>
  rows: readonly MemberRow[]
}

/**
 * What braces stand for at one place of the tree: names that keys above have chosen and, within a template, the
 * members that are left. A column in which all of these agree is decided.
 */
export interface Scope {
  names: ReadonlyMap<string, string>
  columns: Members['columns']
  rows: readonly MemberRow[]
}

const NONE: readonly BraceGroup[] = []

/** Outside of templates: `{word}` is text. */
export const PLAIN_SCOPE: Scope = { names: new Map(), columns: new Map(), rows: [] }

/** Why a string cannot be used as written. */
export interface TextFault {
  reason: string
  hint: string | undefined
}

/** Parts of a string, and what is wrong with it (all of it, not only the first). */
interface ParsedText {
  parts: Part[]
  faults: TextFault[]
}

const MAX_MEMBERS = 100_000
const VARIABLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/
/** A brace that is to stay one. */
const BRACE = '${{}'
const GROUP = /^\{[^{}]*\}/
const RANGE = /^(\d{1,15})\.\.(\d{1,15})$/

/**
 * Splits a string into text and brace groups and replaces `${VAR}` and `${VAR:-default}` from `env`; `$${` stands for
 * `${`, and `${{}` for a brace that begins no group. What a variable holds is text and is not looked into again.
 * Without `env` (keys) a variable stays as it is.
 * Braces with neither a comma nor two dots in them are text. `groups` keeps the groups already met, by their source.
 */
export function parseText(
  text: string,
  env: Readonly<Record<string, string | undefined>> | undefined,
  groups: Map<string, BraceGroup>,
): ParsedText {
  const parsed: ParsedText = { parts: [], faults: [] }
  if (!text.includes('{')) return { parts: [text], faults: [] }
  let plain = ''
  for (let at = 0; at < text.length;) {
    if (env !== undefined && text.startsWith('$${', at)) {
      plain += '${'
      at += 3
    } else if (env !== undefined && text.startsWith(BRACE, at)) {
      plain += '{'
      at += BRACE.length
    } else if (env !== undefined && text.startsWith('${', at)) {
      const match = VARIABLE.exec(text.slice(at))
      if (match === null) parsed.faults.push(badVariable())
      else plain += variable(match[1] ?? '', match[2], env, parsed.faults)
      at += match === null ? 2 : match[0].length
    } else {
      const source = text[at] === '{' ? GROUP.exec(text.slice(at))?.[0] : undefined
      const group = source === undefined ? undefined : toGroup(source, groups, parsed.faults)
      if (group === undefined) plain += text[at]
      else parsed.parts.push(plain, group)
      if (group !== undefined) plain = ''
      at += group === undefined ? 1 : group.source.length
    }
  }
  parsed.parts.push(plain)
  return { parts: parsed.parts.filter((part) => part !== ''), faults: parsed.faults }
}

/** A foreign text as a document's string that reads back as this text: its braces and dollars stand for themselves. */
export function literalText(text: string): string {
  return text.replaceAll(/\$?\{/g, (found) => (found === '{' ? BRACE : '$${'))
}

/** The groups in `parts` that `bound` does not decide yet, each once. */
export function openGroups(parts: readonly Part[], scope: Scope): readonly BraceGroup[] {
  if (parts.every((part) => typeof part === 'string')) return NONE
  const open = new Map<string, BraceGroup>()
  for (const part of parts) if (typeof part !== 'string' && isOpen(part, scope)) open.set(part.source, part)
  return [...open.values()]
}

/** The string with every group replaced by what it stands for; one that is not decided stays as written. */
export function fillText(parts: readonly Part[], scope: Scope): string {
  let text = ''
  for (const part of parts) text += typeof part === 'string' ? part : (decided(part, scope) ?? part.source)
  return text
}

/**
 * The members that are left, divided by what they have in the open columns; in order of their first ones. Without an
 * open column: all in one.
 */
export function splitRows(open: readonly BraceGroup[], scope: Scope): Scope[] {
  if (open.length === 0) return [scope]
  const places = open.flatMap(({ column }) => (column === undefined ? [] : (scope.columns.get(column) ?? [])))
  if (places.length === 0) return [scope]
  const [first] = places
  const only = places.length === 1 && first !== undefined
  const parts = Map.groupBy(scope.rows, ({ cells }) =>
    only ? cells[first] : JSON.stringify(places.map((place) => cells[place])),
  )
  return [...parts.values()].map((rows) => ({ ...scope, rows }))
}

/** How many strings the braces make together: the product of their members. */
export function combinationCount(groups: readonly BraceGroup[]): number {
  return groups.reduce((product, { column, members }) => (column === undefined ? product * members.length : product), 1)
}

/**
 * Every combination of the braces' members on top of what is decided, the last group turning fastest. Each holds until
 * the next.
 */
export function* combinations(groups: readonly BraceGroup[], scope: Scope): Generator<Scope> {
  const [first, ...rest] = groups.length === 0 ? NONE : groups.filter(({ column }) => column === undefined)
  if (first === undefined) {
    yield scope
    return
  }
  const names = new Map(scope.names)
  const choice = { ...scope, names }
  for (const member of first.members) {
    names.set(first.source, member)
    yield* combinations(rest, choice)
  }
}

/** All strings that the braces of a text make; a column stays as it is written. */
export function fillAll(parts: readonly Part[]): string[] {
  const texts: string[] = []
  for (const choice of combinations(openGroups(parts, PLAIN_SCOPE), PLAIN_SCOPE)) texts.push(fillText(parts, choice))
  return texts
}

function isOpen(group: BraceGroup, scope: Scope): boolean {
  const { column, source } = group
  if (column === undefined) return !scope.names.has(source)
  return scope.columns.has(column) && decided(group, scope) === undefined
}

function decided({ source, column }: BraceGroup, { names, columns, rows }: Scope): string | undefined {
  if (column === undefined) return names.get(source)
  const place = columns.get(column)
  if (place === undefined) return undefined
  const cell = rows[0]?.cells[place]
  return rows.length === 1 || rows.every(({ cells }) => cells[place] === cell) ? cell : undefined
}

function variable(
  name: string,
  fallback: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  faults: TextFault[],
): string {
  const found = Object.hasOwn(env, name) ? env[name] : undefined
  if (found !== undefined && (found !== '' || fallback === undefined)) return found
  if (fallback !== undefined) return fallback
  const hint = `set ${name}, or write \`\${${name}:-default}\``
  faults.push({ reason: `the environment variable \`${name}\` is not set`, hint })
  return ''
}

function badVariable(): TextFault {
  return {
    reason: '`${` does not begin a variable',
    hint: 'write `${NAME}`, `${NAME:-default}`, or `$${` for the two characters',
  }
}

function toGroup(source: string, groups: Map<string, BraceGroup>, faults: TextFault[]): BraceGroup | undefined {
  const known = groups.get(source)
  if (known !== undefined) return known
  const inside = source.slice(1, -1)
  const range = RANGE.exec(inside)
  if (inside.trim() === '') return undefined
  const isColumn = !inside.includes(',') && !inside.includes('..')
  const made = isColumn
    ? { source, members: [], column: inside }
    : range === null
      ? toMembers(source, inside)
      : toRange(source, range[1] ?? '', range[2] ?? '')
  if ('reason' in made) {
    faults.push(made)
    return undefined
  }
  groups.set(source, made)
  return made
}

function toRange(source: string, from: string, to: string): BraceGroup | TextFault {
  const first = Number(from)
  const last = Number(to)
  if (last < first) {
    const hint = `write \`{${to}..${from}}\``
    return { reason: `the range \`${source}\` counts down`, hint }
  }
  if (last - first >= MAX_MEMBERS) {
    return { reason: `the range \`${source}\` has more than ${MAX_MEMBERS} members`, hint: undefined }
  }
  const padded = [from, to].some((end) => end.length > 1 && end.startsWith('0'))
  const width = padded ? Math.max(from.length, to.length) : 0
  const members = Array.from({ length: last - first + 1 }, (_, step) => String(first + step).padStart(width, '0'))
  return { source, members, column: undefined }
}

function toMembers(source: string, inside: string): BraceGroup | TextFault {
  const members = inside.split(',').map((member) => member.trim())
  if (inside.includes('..')) {
    const hint = 'a range is `{01..40}`, two whole numbers; write other names one by one, `{a,b}`'
    return { reason: `\`${source}\` is neither a range nor a list of names`, hint }
  }
  if (members.includes('')) {
    return { reason: `\`${source}\` has an empty name in it`, hint: 'write `{a,b}` without a stray comma' }
  }
  return { source, members, column: undefined }
}
