import { request as overHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as overHttps } from 'node:https'
import type { ClientTls } from '../../config/files/client-tls.ts'
import type { Delivery } from './types.ts'
import { cleanText } from '../../health/secrets.ts'
import { retryAfterMs } from '../influx/answer.ts'

/** One POST of a JSON text. */
interface Post {
  url: URL
  body: string
  headers: Readonly<Record<string, string>>
  /** Certificate authorities instead of the usual ones, and a certificate of our own. */
  tls?: ClientTls | undefined
}

type PostAnswer =
  { kind: 'answered'; status: number; body: string; afterMs: number | undefined } | { kind: 'failed'; reason: string }

const TIMEOUT_MS = 10_000
const BODY_BYTES = 65_536

/**
 * Posts it and waits at most 10 s for the whole answer. Redirects are not followed: they are answers. Of the answer's
 * body 64 KiB are taken. Never rejects; the reason of a failure names no address.
 */
export async function postJson({ url, body, headers, tls }: Post, signal: AbortSignal): Promise<PostAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PostAnswer>()
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const options: RequestOptions & ClientTls = {
    method: 'POST',
    agent: false, // a connection of its own: none that the other side is just closing
    signal: AbortSignal.any([signal, timeout]),
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    ...tls,
  }
  const onAnswer = (answer: IncomingMessage): void => {
    readAnswer(answer).then(resolve, reject)
  }
  const outgoing = url.protocol === 'https:' ? overHttps(url, options, onAnswer) : overHttp(url, options, onAnswer)
  outgoing.once('error', reject)
  outgoing.end(body)
  try {
    return await promise
  } catch (error) {
    if (timeout.aborted) return { kind: 'failed', reason: `no answer within ${TIMEOUT_MS / 1_000} s` }
    if (signal.aborted) return { kind: 'failed', reason: 'we are stopping' }
    return { kind: 'failed', reason: codeOf(error) }
  } finally {
    outgoing.destroy()
  }
}

async function readAnswer(answer: IncomingMessage): Promise<PostAnswer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length
    parts.push(part)
    if (bytes > BODY_BYTES) break
  }
  const body = Buffer.concat(parts).subarray(0, BODY_BYTES).toString('utf8')
  const { date, 'retry-after': after } = answer.headers
  return { kind: 'answered', status: answer.statusCode ?? 0, body, afterMs: retryAfterMs(after, date) }
}

/** The code alone: messages of network errors hold addresses, and those of TLS whole certificates. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/**
 * Sorts an answer. 2xx: delivered. 4xx: rejected, except 408 (too slow), 429 (too many) and those in `ours`, which an
 * operator can put right. All else is kept.
 */
export function deliveryOf(answer: PostAnswer, ours: readonly number[] = []): Delivery {
  if (answer.kind === 'failed') return { kind: 'kept', reason: answer.reason }
  const { status, body, afterMs } = answer
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const reason = `status ${status}`
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429 && !ours.includes(status)
  if (!isFinal) return { kind: 'kept', reason, afterMs }
  const words = cleanText(body.replace(/[\p{Cc}\s]+/gu, ' ').trim()).slice(0, 200)
  return { kind: 'rejected', reason: words === '' ? reason : `${reason}: ${words}` }
}
