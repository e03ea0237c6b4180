/** How a command asks the daemon that runs: with a time limit, and a sentence for whatever comes back. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { askDaemon } from '../../src/commands/ask-daemon.ts'
import { BadInput } from '../../src/config/bad-input.ts'
import { freePort } from '../servers/servers.ts'

/** A server in the daemon's place; gives a configuration that names it. */
async function inItsPlace(answer: RequestListener): Promise<{ http: { listen: string; trustedProxy: boolean } }> {
  const server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return at(`127.0.0.1:${(server.address() as AddressInfo).port}`)
}

function at(listen: string): { http: { listen: string; trustedProxy: boolean } } {
  return { http: { listen, trustedProxy: false } }
}

const QUESTION = { path: 'latest', parameters: { measurement: 'alarm', 'tag.source': 'a & b' }, limitMs: 5_000 }

test('the question is asked as it stands, and the answer is parsed', async () => {
  const config = await inItsPlace((request, response) => response.end(JSON.stringify([request.url])))
  expect(await askDaemon(config, QUESTION)).toEqual(['/api/v1/latest?measurement=alarm&tag.source=a+%26+b'])
})

test('a daemon on every interface is asked over loopback', async () => {
  const { http } = await inItsPlace((_, response) => response.end('1'))
  expect(await askDaemon(at(http.listen.replace('127.0.0.1', '0.0.0.0')), QUESTION)).toBe(1)
})

test.each([
  ['a refusal', 400, 'there is no boundary dx: dc\n', /refused the question \(400\): there is no boundary dx: dc$/],
  ['too many questions', 503, 'too many questions at once\n', /refused the question \(503\): too many questions/],
  ['a page of something else', 200, '<html>', /is not this daemon: its answer is no JSON; compare http\.listen/],
])('%s is told with the address', async (_name, status, text, words) => {
  const config = await inItsPlace((_, response) => response.writeHead(status).end(text))
  const failure = await askDaemon(config, QUESTION).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(BadInput)
  expect(String(failure)).toMatch(words)
  expect(String(failure)).toContain(config.http.listen)
})

test('nobody there, and nothing in time, are told apart', async () => {
  const nobody = await askDaemon(at(`127.0.0.1:${await freePort()}`), QUESTION).catch((error: unknown) => error)
  expect(nobody).toBeInstanceOf(BadInput)
  expect(String(nobody)).toMatch(/does not answer \(ECONNREFUSED\): compare http\.listen/)
  const silent = await inItsPlace(() => undefined)
  const late = await askDaemon(silent, { ...QUESTION, limitMs: 200 }).catch((error: unknown) => error)
  expect(late).toBeInstanceOf(BadInput)
  expect(String(late)).toMatch(/does not answer within 0\.2 s: try again/)
})
