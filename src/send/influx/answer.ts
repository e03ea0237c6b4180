/**
 * What became of a batch.
 *
 * - `accepted`: the database has every row.
 * - `kept`: send it again, at the earliest after `afterMs` if the server asked for that. `mayArrive`: the database may
 *   still apply this very batch later.
 * - `held`: nothing is wrong with the rows and sending them again will not help; a person has to act.
 * - `split`: it is too large at once.
 * - `bisect`: at least one row will never be taken; others of the batch may have been.
 */
export type WriteAnswer =
  | { kind: 'accepted' }
  | { kind: 'kept'; reason: string; mayArrive: boolean; afterMs?: number }
  | { kind: 'held'; reason: string }
  | { kind: 'split' }
  | { kind: 'bisect'; reason: string }

/**
 * What came back for a request.
 *
 * - `answered`: a success, with what the client made of it.
 * - `refused`: a whole answer that is no success; `body` is cut short.
 * - `failed`: no whole answer. `sent`: the server may have the request.
 * - `unready`: the server could not be asked, for want of a password or a certificate.
 */
export type ServerReply<Result> =
  | { kind: 'answered'; status: number; result: Result }
  | { kind: 'refused'; status: number; body: string; afterMs: number | undefined }
  | { kind: 'failed'; reason: string; sent: boolean }
  | { kind: 'unready'; reason: string }

const MAX_REASON_CHARACTERS = 300
/** A server that asks for more patience than this is asked again all the same. */
const MAX_AFTER_MS = 15 * 60_000

/** Sorts the reply to a write by InfluxDB 1.x, or by the v1 API of 2.x and 3. Their success is 204 and no other. */
export function answerOf(reply: ServerReply<unknown>): WriteAnswer {
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

function refusal(status: number, message: string, afterMs: number | undefined): WriteAnswer {
  const reason = `${status} ${message}`.trim()
  if (status === 413) return { kind: 'split' }
  if (status === 408 || status === 429) return kept(reason, false, afterMs)
  const cause = causeIn(message)
  // A missing retention policy is a 500 in 1.x, though the rows are as good as ever and it will not mend itself.
  if (cause === 'no_policy') return { kind: 'held', reason }
  if (status >= 500) return kept(reason, true, afterMs)
  if ((status === 400 || status === 422) && cause === 'rows') return { kind: 'bisect', reason }
  return { kind: 'held', reason: steady(reason) }
}

/**
 * The cause that the server's words name. InfluxDB's errors have no code, and one status stands for several causes, so
 * its words are the only sign. Limits come as a partial write too, but there the rows are good. A 400 of another cause
 * is `unknown`: no good row is thrown away for it.
 */
function causeIn(message: string): 'no_policy' | 'rows' | 'unknown' {
  if (/retention policy not found/i.test(message)) return 'no_policy'
  if (/max-series|max-values|limit|quota/i.test(message)) return 'unknown'
  return /partial write|pars|type conflict|retention policy/i.test(message) ? 'rows' : 'unknown'
}

function kept(reason: string, mayArrive: boolean, afterMs: number | undefined): WriteAnswer {
  const answer = { kind: 'kept', reason, mayArrive } as const
  return afterMs === undefined ? answer : { ...answer, afterMs: Math.min(afterMs, MAX_AFTER_MS) }
}

/** Without the counts, so that the same trouble reads the same each time. */
function steady(reason: string): string {
  return reason.replace(/ ?\bdropped=\d+/, '')
}

/** `Retry-After` in ms. It holds seconds, or a date, which is compared with the server's own. */
export function retryAfterMs(header: string | undefined, date: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.parse(date ?? '')
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined
}

/** The words of an error body: of JSON its `error` (1.x, 3) or `message` (2.x), otherwise the text itself. */
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
export function cleaned(answer: WriteAnswer, secrets: readonly string[]): WriteAnswer {
  return 'reason' in answer ? { ...answer, reason: cleanedText(answer.reason, secrets) } : answer
}

function cleanedText(reason: string, secrets: readonly string[]): string {
  const open = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), reason)
  const line = open.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > MAX_REASON_CHARACTERS ? `${line.slice(0, MAX_REASON_CHARACTERS)}…` : line
}
