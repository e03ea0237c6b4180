/**
 * What became of a batch.
 *
 * - `accepted`: the database has every row.
 * - `kept`: send again, at the earliest after `afterMs` if it said so. `mayArrive`: this very batch may still be applied later.
 * - `held`: nothing is wrong with the rows and sending them again will not help; a person has to act.
 * - `split`: too large at once. `bisect`: at least one row will never be taken (others of the batch may have been).
 */
export type Answer =
  | { kind: 'accepted' }
  | { kind: 'kept'; reason: string; mayArrive: boolean; afterMs?: number }
  | { kind: 'held'; reason: string }
  | { kind: 'split' }
  | { kind: 'bisect'; reason: string }

/**
 * What came back for a request; `body` is cut short. `failed`: no whole answer; `sent`: the server may have the request.
 * `unready`: it could not be asked, for want of a password or a certificate.
 */
export type Reply<Result> =
  | { kind: 'answered'; status: number; result: Result }
  | { kind: 'refused'; status: number; body: string; afterMs: number | undefined }
  | { kind: 'failed'; reason: string; sent: boolean }
  | { kind: 'unready'; reason: string }

const MAX_REASON_CHARACTERS = 300
/** A server that asks for more patience than this is asked again all the same. */
const MAX_AFTER_MS = 15 * 60_000

/** Sorts the reply to a write. InfluxDB 1.x, 2.x and 3 (their v1 API); anything but 204 for a success is somebody else. */
export function answerOf(reply: Reply<unknown>): Answer {
  switch (reply.kind) {
    case 'answered':
      if (reply.status === 204) return { kind: 'accepted' }
      return { kind: 'held', reason: `the server answered ${reply.status}, not 204: is it an InfluxDB?` }
    case 'failed':
      return { kind: 'kept', reason: reply.reason, mayArrive: reply.sent }
    case 'unready':
      return { kind: 'held', reason: reply.reason }
    case 'refused':
      return refusal(reply.status, messageOf(reply.body), reply.afterMs)
  }
}

function refusal(status: number, message: string, afterMs: number | undefined): Answer {
  const reason = `${status} ${message}`.trim()
  if (status === 413) return { kind: 'split' }
  if (status === 408 || status === 429) return kept(reason, false, afterMs)
  // A missing retention policy is a 500 in 1.x, though the rows are as good as ever and it will not mend itself.
  if (/retention policy not found/i.test(message)) return { kind: 'held', reason }
  if (status >= 500) return kept(reason, true, afterMs)
  if ((status === 400 || status === 422) && isRowsFault(message)) return { kind: 'bisect', reason }
  return { kind: 'held', reason: steady(reason) }
}

/** Limits come as a partial write too, but there the rows are good. A 400 of unknown cause holds: no good row is thrown away. */
function isRowsFault(message: string): boolean {
  if (/max-series|max-values|limit|quota/i.test(message)) return false
  return /partial write|pars|type conflict|retention policy/i.test(message)
}

function kept(reason: string, mayArrive: boolean, afterMs: number | undefined): Answer {
  const answer = { kind: 'kept', reason, mayArrive } as const
  return afterMs === undefined ? answer : { ...answer, afterMs: Math.min(afterMs, MAX_AFTER_MS) }
}

/** Without the counts, so that the same trouble reads the same each time. */
function steady(reason: string): string {
  return reason.replace(/ ?\bdropped=\d+/, '')
}

/** `Retry-After` as ms: seconds, or a date that is compared with the server's own. */
export function retryAfterMs(header: string | undefined, date: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.parse(date ?? '')
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined
}

/** The words of an error body: JSON with `error` (1.x, 3) or `message` (2.x), else the text itself. */
function messageOf(body: string): string {
  return jsonMessage(body) ?? body
}

function jsonMessage(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed !== 'object' || parsed === null) return undefined
    if ('error' in parsed && typeof parsed.error === 'string') return parsed.error
    return 'message' in parsed && typeof parsed.message === 'string' ? parsed.message : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // a proxy's HTML, or cut short
    throw error
  }
}

/** The answer with a reason that may be logged: no secret, no control character, not long. */
export function cleaned(answer: Answer, secrets: readonly string[]): Answer {
  return 'reason' in answer ? { ...answer, reason: cleanedText(answer.reason, secrets) } : answer
}

function cleanedText(reason: string, secrets: readonly string[]): string {
  const open = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), reason)
  const line = open.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > MAX_REASON_CHARACTERS ? `${line.slice(0, MAX_REASON_CHARACTERS)}…` : line
}
