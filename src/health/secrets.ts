/** Takes credentials out of logs and notices: errors of network libraries carry whole requests. */

const REMOVED = '[removed]'
const MAX_TEXT = 2000
const MAX_ENTRIES = 50
const MAX_DEPTH = 5

/** Members of errors that hold requests, sockets and clients: large, and full of headers. */
const DROPPED = new Set(['req', 'res', 'request', 'response', 'socket', 'client', 'agent', 'headers'])
const SECRET_NAME =
  /pass(word|wd|phrase)?$|secret|token|authorization|cookie|credential|api_?key|private_?key|^(pw|pwd)$/i

// Up to the last @ of the word: a password may hold a slash or an @ that nobody has escaped.
const USER_INFO = /\b([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s'"<>]*@/gi
const QUERY_SECRET = /([?&](?:u|p|user(?:name)?|pass(?:word)?|[a-z_]{0,20}token|[a-z_]{0,20}key|secret)=)[^&\s'"<>]+/gi
// A digit, a capital or = tells credentials from the words of a sentence, as in "Basic authentication failed".
const SCHEME_SECRET = /\b([Bb]asic|[Bb]earer|[Tt]oken)(\s+)(?=[a-z+/_~.-]*[A-Z0-9=])[A-Za-z0-9+/=._~-]{6,}/g
const NAMED_SECRET =
  /\b(password|passwd|passphrase|secret|authorization|token)("?\s*[=:]\s*"?)(?!\[removed\])[^\s"',;&]+/gi

/** The text without user names and passwords in URLs, without authorization headers, of bounded length. */
export function cleanText(text: string): string {
  const cleaned = text
    .slice(0, 4 * MAX_TEXT) // more than is shown, so that no URL loses the @ by which its password is found
    .replace(USER_INFO, '$1')
    .replace(QUERY_SECRET, `$1${REMOVED}`)
    .replace(SCHEME_SECRET, `$1$2${REMOVED}`)
    .replace(NAMED_SECRET, `$1$2${REMOVED}`)
  return cleaned.length > MAX_TEXT || text.length > 4 * MAX_TEXT ? `${cleaned.slice(0, MAX_TEXT)}…` : cleaned
}

/** The messages of an error and of its causes in one line. */
export function cleanError(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return cleanText(String(error))
  const own = error.message === '' ? error.name : error.message
  const cause = error.cause === undefined || depth >= MAX_DEPTH ? '' : ` (${cleanError(error.cause, depth + 1)})`
  return cleanText(`${own}${cause}`)
}

type Stacks = 'with stacks' | 'without stacks'

/** A copy that can be printed: bounded in depth and size, requests dropped, secrets and user names of URLs removed. */
export function withoutSecrets(change: object, stacks: Stacks): object {
  return change instanceof Error ? { error: errorCopy(change, stacks, 0) } : membersOf(change, stacks, 0)
}

function membersOf(whole: object, stacks: Stacks, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(whole).slice(0, MAX_ENTRIES)) {
    if (!DROPPED.has(name)) copy[name] = SECRET_NAME.test(name) ? REMOVED : copyOf(member, stacks, depth + 1)
  }
  return copy
}

function copyOf(member: unknown, stacks: Stacks, depth: number): unknown {
  if (typeof member === 'string') return cleanText(member)
  if (typeof member === 'bigint' || typeof member === 'symbol') return String(member)
  if (typeof member === 'function') return undefined
  if (typeof member !== 'object' || member === null) return member
  if (member instanceof Error) return errorCopy(member, stacks, depth)
  if (member instanceof Date) return Number.isNaN(member.getTime()) ? null : member.toISOString()
  if (member instanceof URL) return cleanText(member.href)
  if (ArrayBuffer.isView(member)) return `${member.byteLength} bytes`
  if (depth >= MAX_DEPTH) return '…'
  if (member instanceof Map || member instanceof Set) return `${member.size} entries`
  if (Array.isArray(member)) return member.slice(0, MAX_ENTRIES).map((each: unknown) => copyOf(each, stacks, depth + 1))
  return membersOf(member, stacks, depth)
}

function errorCopy(error: Error, stacks: Stacks, depth: number): object {
  if (depth > MAX_DEPTH) return { message: '…' }
  const { cause } = error
  return {
    type: error.name,
    message: cleanText(error.message),
    ...('code' in error && (typeof error.code === 'string' || typeof error.code === 'number')
      ? { code: error.code }
      : {}),
    ...(stacks === 'with stacks' && error.stack !== undefined ? { stack: cleanText(error.stack) } : {}),
    ...(cause === undefined ? {} : { cause: copyOf(cause, stacks, depth + 1) }),
  }
}
