import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Agent as HttpAgent, IncomingMessage, request as httpRequest } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { SecureContextOptions } from 'node:tls'

import { retryAfterMs } from './answer.ts'
import type { ServerReply } from './answer.ts'

/** Node's own channel for an answer whose head has arrived, https included. */
const HEADS = 'http.client.response.finish'
/** Shorter than any server's or proxy's idle time: a request must not meet a connection that is being closed. */
const IDLE_SOCKET_MS = 4_000
const MAX_BODY_CHARACTERS = 1_000_000
const MAX_KEPT_CHARACTERS = 4_000

/** Codes of errors before the server got anything: a name, a route, a closed port, a certificate. */
const UNSENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|ERR_TLS|CERT_|DEPTH_|SELF_|UNABLE_|ERR_SSL|ERR_OSSL)/

/** One connection at a time to one server. */
export interface InfluxLink {
  readonly agent: HttpAgent
  /** Asks and waits at most `timeoutMs` for the whole answer. One question at a time. Never rejects. */
  ask<Result>(question: () => Promise<Result>, timeoutMs: number): Promise<ServerReply<Result>>
  /** Sends a body and waits at most `timeoutMs` for the whole answer. One question at a time. Never rejects. */
  post(url: URL, headers: OutgoingHttpHeaders, body: Uint8Array, timeoutMs: number): Promise<ServerReply<null>>
  /** Cuts what is open. A question on its way fails. */
  close(): void
}

interface Watch {
  head: IncomingMessage | undefined
  body: string
  fail: (error: Error) => void
}

/**
 * Makes the connection that the client works over, and listens to the answers beside it. The client shows neither the
 * body nor the headers of a 5xx, takes any 2xx for done, and waits for ever when an answer stops in the middle.
 */
export function createInfluxLink(scheme: 'http' | 'https', tls: SecureContextOptions): InfluxLink {
  const options = { keepAlive: true, maxSockets: 1, timeout: IDLE_SOCKET_MS }
  const agent = scheme === 'https' ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options)
  let failNow: ((error: Error) => void) | undefined

  async function ask<Result>(question: () => Promise<Result>, timeoutMs: number): Promise<ServerReply<Result>> {
    const { promise: failure, reject: fail } = Promise.withResolvers<never>()
    const watch: Watch = { head: undefined, body: '', fail }
    const onHead = (message: unknown): void => watchHead(watch, agent, message)
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs)
    failNow = fail
    subscribe(HEADS, onHead)
    try {
      const result = await Promise.race([question(), failure])
      return { kind: 'answered', status: watch.head?.statusCode ?? 0, result }
    } catch (error) {
      return failureOf(watch, error)
    } finally {
      clearTimeout(timer)
      unsubscribe(HEADS, onHead)
      failNow = undefined
    }
  }

  async function post(
    url: URL,
    headers: OutgoingHttpHeaders,
    body: Uint8Array,
    timeoutMs: number,
  ): Promise<ServerReply<null>> {
    const { promise, resolve } = Promise.withResolvers<ServerReply<null>>()
    const watch: Watch = { head: undefined, body: '', fail: (error) => resolve(failureOf(watch, error)) }
    const request = (scheme === 'https' ? httpsRequest : httpRequest)(url, {
      agent,
      method: 'POST',
      headers: { ...headers, 'Content-Length': body.length },
    })
    failNow = (error) => request.destroy(error)
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs)
    request.on('response', (response) => {
      watchBody(watch, response)
      response.once('end', () => resolve(replyOf(watch, response)))
    })
    request.on('error', watch.fail)
    request.end(body)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      failNow = undefined
    }
  }

  function close(): void {
    failNow?.(new Error('the connection was closed'))
    agent.destroy()
  }

  return { agent, ask, post, close }
}

function watchHead(watch: Watch, agent: HttpAgent, message: unknown): void {
  const { request, response } = message as { request: unknown; response: unknown }
  if (typeof request !== 'object' || request === null || !('agent' in request) || request.agent !== agent) return
  if (response instanceof IncomingMessage) watchBody(watch, response)
}

function watchBody(watch: Watch, response: IncomingMessage): void {
  let characters = 0
  watch.head = response
  response.on('data', (part: Buffer | string) => {
    const text = part.toString()
    characters += text.length
    if (watch.body.length < MAX_KEPT_CHARACTERS) watch.body += text.slice(0, MAX_KEPT_CHARACTERS - watch.body.length)
    if (characters > MAX_BODY_CHARACTERS) response.destroy()
  })
  response.once('close', () => {
    if (!response.complete) watch.fail(new Error('the answer was cut off'))
  })
}

/** A whole answer. */
function replyOf({ head, body }: Watch, { statusCode: status = 0 }: IncomingMessage): ServerReply<null> {
  if (status >= 200 && status < 300) return { kind: 'answered', status, result: null }
  return { kind: 'refused', status, body, afterMs: retryAfterMs(head?.headers['retry-after'], head?.headers.date) }
}

/** Takes only the code or the message of an error: the error itself may carry the request, and with it the password. */
function failureOf({ head, body }: Watch, error: unknown): ServerReply<never> {
  const words = error instanceof Error ? error.message : String(error)
  if (head?.complete === true) {
    const afterMs = retryAfterMs(head.headers['retry-after'], head.headers.date)
    const status = head.statusCode ?? 0
    return { kind: 'refused', status, body: status < 300 ? words : body, afterMs }
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  return { kind: 'failed', reason: words === '' ? code : words, sent: !UNSENT.test(code) }
}
