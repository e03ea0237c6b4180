import { beginsAsJson, parseJson } from './formats/json.ts'

/** Tokens of a JSON Pointer (RFC 6901). */
export type Pointer = readonly string[]

/** Tokens of a JSON Pointer (RFC 6901); `''` is the whole document. Throws Error on bad syntax. */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) throw new Error(`a JSON Pointer begins with /: ${pointer}`)
  if (/~(?![01])/.test(pointer)) throw new Error(`in a JSON Pointer ~ is written ~0 (and / is written ~1): ${pointer}`)
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** What lies at the pointer; undefined where nothing does. A text on the way that is JSON is looked into. */
export function lookUp(from: unknown, tokens: Pointer): unknown {
  let node = from
  let holder: object | undefined
  let held = ''
  for (const token of tokens) {
    if (!isObject(node)) {
      if (typeof node === 'string' && beginsAsJson(node)) node = parsed(holder, held, node)
      if (!isObject(node)) return undefined
    }
    holder = node
    held = token
    node = member(node, token)
  }
  return node
}

/** What the texts among an object's members hold as JSON, by member: a thousand records may look into one text. */
const PARSED = Symbol('parsed')

/** The JSON value of a text that is a member of an object, kept with that object; of any other it is parsed anew. */
function parsed(holder: object | undefined, token: string, text: string): unknown {
  if (holder === undefined || !Object.isExtensible(holder)) return parseJson(text)
  const home = holder as { [PARSED]?: Map<string, unknown> }
  const known = (home[PARSED] ??= new Map<string, unknown>())
  if (!known.has(token)) known.set(token, parseJson(text))
  return known.get(token)
}

/**
 * An own member only: `constructor` and an array's `length` are no payload. What an object inherits are functions, and
 * no JSON holds these, and `__proto__`. So only of these it is asked whether they are its own.
 */
export function member(node: object, token: string): unknown {
  if (Array.isArray(node)) return INDEX.test(token) && Object.hasOwn(node, token) ? node[Number(token)] : undefined
  const found = (node as Readonly<Record<string, unknown>>)[token]
  if (typeof found !== 'function' && token !== '__proto__') return found
  return Object.hasOwn(node, token) ? found : undefined
}

export function isObject(node: unknown): node is object {
  return typeof node === 'object' && node !== null
}

/** Whether a pointer begins with the place of a list's member. */
export function beginsWithIndex(pointer: Pointer | undefined): boolean {
  return pointer?.[0] !== undefined && INDEX.test(pointer[0])
}

const INDEX = /^(?:0|[1-9]\d*)$/
