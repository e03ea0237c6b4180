import { timeMs } from '../../ingest/times.ts'

const SHOWN = 120
const MAX_PARSED = 65_536
const MAX_NUMBERS = 8
const MAX_MEMBERS = 200
const MAX_LEVELS = 4
const NEAR_MS = 31 * 86_400_000

/** Characters that would move a terminal's cursor, hide text or turn it around. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const DECIMAL = /^\s*-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$/

/** Text from outside that may be printed: what is unprintable escaped, at most 120 characters unless told otherwise. */
export function shown(text: string, most = SHOWN): string {
  const escaped = text
    .slice(0, 4 * most)
    .replace(UNPRINTABLE, (char) => ESCAPES[char] ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
  const chars = Array.from(escaped)
  return chars.length <= most ? escaped : `${chars.slice(0, most - 1).join('')}…`
}

export function isBareNumber(payload: string): boolean {
  return DECIMAL.test(payload)
}

/**
 * Where a payload has what looks like numbers, as the `at` of a point would say it: `/kw (12.5), /ts (a time)`.
 * `nowMs` tells times from other large numbers.
 */
export function numbersIn(payload: string, nowMs: number): string {
  if (isBareNumber(payload)) return 'a bare number (no `at`)'
  if (payload.length > MAX_PARSED) return 'not looked at: too large'
  let root: unknown
  try {
    root = JSON.parse(payload)
  } catch {
    return 'neither JSON nor a number'
  }
  const isList = Array.isArray(root) && typeof root[0] === 'object'
  const search: Search = { nowMs, found: [], membersLeft: MAX_MEMBERS }
  collect(search, isList ? (root as unknown[])[0] : root, '', MAX_LEVELS)
  if (search.found.length === 0) return 'no numbers'
  return `${isList ? 'in each element ' : ''}${search.found.join(', ')}`
}

/** A search for numbers in a payload; it ends after so many finds or so many members. */
interface Search {
  readonly nowMs: number
  readonly found: string[]
  membersLeft: number
}

function collect(search: Search, node: unknown, pointer: string, levels: number): void {
  search.membersLeft -= 1
  if (search.found.length >= MAX_NUMBERS || search.membersLeft < 0) return
  if (typeof node === 'object' && node !== null) {
    if (levels === 0) return
    for (const key in node) {
      const member: unknown = (node as Readonly<Record<string, unknown>>)[key]
      const token = key.replaceAll('~', '~0').replaceAll('/', '~1')
      collect(search, member, `${pointer}/${token}`, levels - 1)
      if (search.membersLeft < 0) return
    }
    return
  }
  if (typeof node !== 'number' && typeof node !== 'string') return
  const isTime = Math.abs(timeMs(node, { unit: undefined, timezone: 'UTC' }) - search.nowMs) < NEAR_MS
  if (isTime) search.found.push(`${shown(pointer)} (a time)`)
  else if (typeof node === 'number' || DECIMAL.test(node))
    search.found.push(`${shown(pointer)} (${shown(String(node))})`)
}
