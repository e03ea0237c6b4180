/** Receivers of notices as real HTTP servers, and a clock that tests move. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../src/send/notices/types.ts'

export interface Heard {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** What to answer: a status, or whatever a test does with the response (nothing, for one who never answers). */
export type Reply = number | ((response: ServerResponse) => void)

export interface TestReceiver extends AsyncDisposable {
  readonly url: string
  readonly heard: Heard[]
  /** Stops listening; its port stays known. */
  close(): Promise<void>
}

/** `reply` is asked for each request with its number, from 1. `port`: where one listened before. */
export async function startReceiver(reply: (n: number, heard: Heard) => Reply = () => 200, port = 0) {
  const heard: Heard[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const one = { method, path, headers, body: Buffer.concat(parts).toString('utf8') }
      heard.push(one)
      const answer = reply(heard.length, one)
      if (typeof answer === 'number') response.writeHead(answer).end()
      else answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : 0
  const close = (): Promise<void> => {
    server.closeAllConnections()
    return new Promise((resolve) => void server.close(() => resolve()))
  }
  const receiver: TestReceiver & { port: number } = {
    port: bound,
    url: `http://127.0.0.1:${bound}/in`,
    heard,
    close,
    [Symbol.asyncDispose]: close,
  }
  return receiver
}

/** Time that passes only when a test says so: everybody who rests is woken in order, one after the other. */
export interface TestClock extends Clock {
  /** Goes on to this moment. Time stands still while fewer than `resters` rest: somebody is at work. */
  runTo(ms: number, resters: number): Promise<void>
}

export function createTestClock(startMs: number): TestClock {
  const resting = new Set<{ untilMs: number; wake: () => void }>()
  let nowMs = startMs
  return {
    nowMs: () => nowMs,
    rest(ms, signal) {
      if (signal.aborted) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      // At once, not when its promise is seen to be settled: it is at work from here on.
      const wake = (): void => {
        resting.delete(one)
        resolve()
      }
      const one = { untilMs: nowMs + ms, wake }
      resting.add(one)
      signal.addEventListener('abort', wake, { once: true })
      return promise
    },
    async runTo(ms, resters) {
      for (;;) {
        for (const impatientMs = performance.now() + 30_000; resting.size < resters; await sleep(1)) {
          if (performance.now() > impatientMs) throw new Error(`${resting.size} rest, not ${resters}`)
        }
        const [next] = [...resting].toSorted((a, b) => a.untilMs - b.untilMs)
        if (next === undefined || next.untilMs > ms) break
        nowMs = Math.max(nowMs, next.untilMs)
        next.wake()
      }
      nowMs = ms
    },
  }
}
