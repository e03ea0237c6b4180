/** A brace group: `{01..40}` or `{a,b}`, by the text it was written as, with the strings it stands for. */
export interface BraceGroup {
  source: string
  members: readonly string[]
}

/** A piece of a string: plain text, or a brace group still to be chosen from. */
export type Part = string | BraceGroup

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
export function openGroups(parts: readonly Part[], bound: ReadonlyMap<string, string>): BraceGroup[] {
  const open = new Map<string, BraceGroup>()
  for (const part of parts) if (typeof part !== 'string' && !bound.has(part.source)) open.set(part.source, part)
  return [...open.values()]
}

/** The string with every group replaced by its bound member; a group that is not bound stays as written. */
export function fillText(parts: readonly Part[], bound: ReadonlyMap<string, string>): string {
  let text = ''
  for (const part of parts) text += typeof part === 'string' ? part : (bound.get(part.source) ?? part.source)
  return text
}

/** How many strings the groups make together: the product of their members. */
export function combinationCount(groups: readonly BraceGroup[]): number {
  return groups.reduce((product, group) => product * group.members.length, 1)
}

/**
 * Every combination of the groups' members on top of `bound`, the last group turning fastest. Each holds until the
 * next.
 */
export function* combinations(
  groups: readonly BraceGroup[],
  bound: ReadonlyMap<string, string>,
): Generator<ReadonlyMap<string, string>> {
  const [first, ...rest] = groups
  if (first === undefined) {
    yield bound
    return
  }
  const choice = new Map(bound)
  for (const member of first.members) yield* combinations(rest, choice.set(first.source, member))
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
  if (range === null && !inside.includes(',') && !inside.includes('..')) return undefined
  const made = range === null ? toMembers(source, inside) : toRange(source, range[1] ?? '', range[2] ?? '')
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
  return { source, members }
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
  return { source, members }
}
