/** What the log says: changes of state with how long the old one lasted, and never a credential. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createLog, createStates } from '../../src/health/log.ts'
import { cleanError } from '../../src/health/secrets.ts'

const CANARY = 'hunter2-canary'
const BASE64 = Buffer.from(`root:${CANARY}`).toString('base64')

/** An error as HTTP clients throw it: with the request, its headers and the answer. */
function requestError(): Error {
  return Object.assign(new Error(`POST http://root:${CANARY}@influx:8086/write?u=root&p=${CANARY}&db=x failed`), {
    code: 'ECONNREFUSED',
    req: { _header: `Authorization: Basic ${BASE64}`, path: `/write?p=${CANARY}` },
    res: { req: { headers: { authorization: `Token ${CANARY}` } } },
    cause: new Error(`connect to mqtts://edge:${CANARY}/@${CANARY}@broker:8883`, {
      cause: new Error(`header was Authorization: Basic ${BASE64}`),
    }),
  })
}

const PLANTED: [words: string, change: object][] = [
  ['an error with its request', { error: requestError() }],
  ['the error itself', requestError()],
  ['a URL', { url: `mqtt://edge:${CANARY}@broker:1883` }],
  ['a URL object', { url: new URL(`mqtt://edge:${CANARY}@broker:1883`) }],
  ['a URL with an unescaped password', { url: `mqtt://edge:a/${CANARY}@x@broker:1883` }],
  ['a URL with a token for a user', { url: `https://${CANARY}@broker` }],
  ['a URL behind much text', { text: `${'a'.repeat(1980)} mqtt://edge:${CANARY}@broker:1883` }],
  ['members of these names', { password: CANARY, passwd: CANARY, token: CANARY, apiKey: CANARY, cookie: CANARY }],
  ['deep members', { mqtt: { options: [{ will: { password: CANARY } }] } }],
  ['a header line', { line: `Authorization: Bearer ${CANARY}9` }],
  ['JSON in a text', { body: JSON.stringify({ user: 'a', password: CANARY }) }],
  ['a query', { path: `/query?q=x&access_token=${CANARY}` }],
  ['bytes', { payload: Buffer.from(CANARY) }],
  ['a map', { passwords: new Map([['edge', CANARY]]) }],
]

test.each(PLANTED)('no credential is logged with %s', (_words, change) => {
  const { lines, log } = listen()
  log.info(change, 'as it is')
  log.warn(change, 'as it is')
  log.error({ name: 'mqtt', detail: change }, 'as it is')
  const text = lines.join('')
  expect(lines).toHaveLength(3)
  for (const secret of [CANARY, CANARY.slice(0, 8), BASE64]) expect(text).not.toContain(secret)
  expect(text).toMatch(/removed|broker|bytes|entries|…/)
})

test('nor in the words, nor in a reason', () => {
  const { lines, log } = listen()
  log.warn({}, `no answer from mqtt://edge:${CANARY}@broker:1883`)
  expect(lines.join('')).not.toContain(CANARY)
  expect(cleanError(requestError())).not.toContain(CANARY)
  expect(cleanError(requestError())).toContain(
    'http://influx:8086/write?u=[removed]&p=[removed]&db=x failed (connect to',
  )
})

test('what is no secret stays', () => {
  const { lines, log } = listen()
  const words =
    'Basic authentication failed: Unexpected token in a payload of dc5/h1/r01 at https://influx:8086/write?db=a'
  log.info({ topic: 'dc5/h1/r01', count: 3, when: new Date(0), none: null, big: 2n ** 60n }, words)
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'info',
    topic: 'dc5/h1/r01',
    count: 3,
    when: '1970-01-01T00:00:00.000Z',
    none: null,
    big: '1152921504606846976',
    msg: words,
  })
})

test('requests and answers are left out', () => {
  const { lines, log } = listen()
  log.info({ status: 500, req: { path: '/write' }, detail: { socket: { port: 1 }, headers: { via: 'a' } } }, 'a')
  expect(JSON.parse(lines[0]!)).toEqual({ level: 'info', time: expect.any(String), status: 500, detail: {}, msg: 'a' })
})

test('a line has an end, whatever is said', () => {
  const { lines, log } = listen()
  const circle: Record<string, unknown> = { long: 'x'.repeat(1e6), list: Array.from({ length: 1e5 }, (_, i) => i) }
  circle.self = circle
  const chain = Array.from({ length: 50 }).reduce<Error>((cause) => new Error('again', { cause }), new Error('first'))
  log.error({ circle, chain }, 'x'.repeat(1e6))
  expect(lines).toHaveLength(1)
  expect(lines[0]!.length).toBeLessThan(40_000)
})

test('an error keeps its code and causes; its stack is for errors only', () => {
  const { lines, log } = listen()
  const error = Object.assign(new Error('lost', { cause: new Error('reset') }), { code: 'ECONNRESET' })
  log.warn({ error }, 'a')
  log.error({ error }, 'a')
  const [warned, failed] = lines.map((line) => JSON.parse(line))
  expect(warned.error).toEqual({
    type: 'Error',
    message: 'lost',
    code: 'ECONNRESET',
    cause: { type: 'Error', message: 'reset' },
  })
  expect(failed.error.stack).toContain('log.test.ts')
})

test('a state is told when it changes, with how long the one before lasted', () => {
  const { lines, log } = listen()
  let nowMs = 0
  const states = createStates(log, () => nowMs)
  const story: [afterS: number, name: string, state: string][] = [
    [0, 'broker', 'connected'],
    [10, 'broker', 'connected'],
    [3600, 'broker', 'lost'],
    [0, 'influx', 'back'],
    [5, 'broker', 'lost'],
    [190, 'broker', 'connected'],
    [26 * 3600, 'influx', 'lost'],
    [50 * 3600, 'influx', 'back'],
  ]
  for (const [afterS, name, state] of story) {
    nowMs += afterS * 1000
    states.tell(name, state, {}, state === 'lost' ? 'warn' : 'info')
  }
  expect(lines.map((line) => JSON.parse(line)).map(({ level, msg }) => `${level} ${msg}`)).toEqual([
    'info broker: connected',
    'warn broker: lost, after 1 h 0 min connected',
    'info influx: back',
    'info broker: connected, after 3 min 15 s lost',
    'warn influx: lost, after 26 h 3 min back',
    'info influx: back, after 2 d 2 h lost',
  ])
  expect(JSON.parse(lines[3]!)).toMatchObject({ name: 'broker', state: 'connected', before: 'lost', lasted_s: 195 })
})

test('a level below the one configured is not said', () => {
  const { lines, log } = listen('error')
  log.info({}, 'a')
  log.warn({}, 'b')
  log.error({}, 'c')
  expect(lines).toHaveLength(1)
})

test('lines go to standard error, the last before a crash included', () => {
  const script = `
    import { createLog } from './src/health/log.ts'
    const log = createLog('info')
    for (let i = 0; i < 100; i++) log.info({ i }, 'said')
    process.kill(process.pid, 'SIGKILL')`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  })
  expect(run.signal).toBe('SIGKILL')
  expect(run.stdout).toBe('')
  expect(run.stderr.trim().split('\n')).toHaveLength(100)
})

function listen(level = 'info') {
  const lines: string[] = []
  return { lines, log: createLog(level, { write: (line) => void lines.push(line) }) }
}
