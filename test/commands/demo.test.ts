/** The demonstration as a newcomer starts it: `npm run demo`, a look at its numbers, Ctrl-C. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, onTestFailed, test } from 'vitest'
import { scenarioOf } from '../../simulators/scenarios/scenario.ts'
import { comingEvents } from '../../src/commands/demo/coming.ts'
import type { Row } from '../../src/rows/rows.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { freePort } from '../servers/servers.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Promised: a page full of data within 30 s on a machine of two cores. Tests beside this one take their share. */
const FULL_MS = 30_000
const SHARED_FACTOR = 3
const STOP_MS = 10_000
/** Asking costs the demonstration time as well. */
const POLL_MS = 250

const started: { child: ChildProcess; folder: string }[] = []

afterEach(() => {
  for (const { child, folder } of started.splice(0)) {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the page has its day, says what it is worth, and Ctrl-C leaves nothing behind', async () => {
  const demo = startDemo(await freePort())
  onTestFailed(() => console.log(demo.text()))
  const firstMs = await demo.until('the first PUE', async () => (await demo.latest('pue')).length > 0)
  const wholeMs = await demo.until('the day', async () => coverageOf(await demo.latest('pue'), '24h') >= 0.9)
  console.log(`first data after ${(firstMs / 1000).toFixed(1)} s, the day after ${(wholeMs / 1000).toFixed(1)} s`)
  const pue = Object.fromEntries((await demo.latest('pue')).map(({ tags, fields }) => [tags['window'], fields]))
  expect(pue['24h']).toMatchObject({ name: 'iPUE', suspect: false })
  expect(pue['24h']?.['pue']).toBeGreaterThan(1.05)
  expect(pue['24h']?.['pue']).toBeLessThan(2)
  expect(pue['365d'], 'a day is not a year').not.toHaveProperty('pue')
  const racks = new Set((await demo.latest('climate')).map(({ tags }) => tags['rack']))
  expect(racks.size).toBe(16)
  const alarms = await demo.rows('alarm', 'tag.alarm=inlet_recommended')
  expect(alarms.map(({ fields }) => fields['state'])).toContain('raised')
  await demo.until('readings of this moment', async () => (await demo.metric('coldaisle_lag_seconds')) < 15)
  expect(demo.text()).toMatch(/\d\d:\d\d:\d\d  the air at h1-r1 goes to 29\.5 °C: an alarm once/)
  expect(demo.text()).toMatch(/\d\d:\d\d:\d\d  gateway h2 falls silent/)
  await demo.until('its own word of the day', async () => /the whole day after [\d.]+ s/.test(demo.text()))

  const { code, tookMs } = await demo.stop()
  expect(code).toBe(0)
  expect(tookMs).toBeLessThan(STOP_MS)
  expect(readdirSync(demo.folder)).toEqual([])
  expect(demo.stderr()).toBe('')
}, 180_000)

test('what is to come names the limit whose alarm will tell it', () => {
  const site = siteOf(readFileSync(new URL('../../config/demo.yaml', import.meta.url), 'utf8'))
  const fromMs = Date.now()
  const run = { site, seed: 1, fromMs, toMs: Infinity, scenario: scenarioOf(site, 'breach') }
  expect(comingEvents(run).map((line) => line.slice('13:48:04  '.length))).toEqual([
    'the air at h1-r1 goes to 29 °C: an alarm once it was above 27 °C for 60 s (for 20 min)',
    'the air at h1-r2 goes to 37 °C: an alarm once it was above 35 °C for 60 s (for 15 min)',
  ])
})

test('a page on a taken port moves to the next one and says so', async () => {
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  try {
    const demo = startDemo(port)
    onTestFailed(() => console.log(demo.text()))
    await demo.until('the page', async () => /live page +http/.test(demo.text()))
    expect(demo.text()).toContain(`port ${port} is taken: the page is on `)
    expect(new URL(demo.url()).port).not.toBe(String(port))
    // Right in the middle of the history.
    expect((await demo.stop()).code).toBe(0)
    expect(readdirSync(demo.folder)).toEqual([])
  } finally {
    other.close()
  }
})

test('two that start at once each find ports of their own', async () => {
  const port = await freePort()
  const demos = [startDemo(port), startDemo(port)]
  onTestFailed(() => demos.forEach((demo) => console.log(demo.text())))
  await Promise.all(demos.map((demo) => demo.until('the page', async () => /live page +http/.test(demo.text()))))
  expect(new Set(demos.map((demo) => demo.url())).size).toBe(2)
  await Promise.all(
    demos.map((demo) =>
      demo.until('readings', async () => {
        // Busy with its history, it may drop a connection that was kept: asked again, it answers.
        return (await demo.metric('coldaisle_packets_total').catch(() => 0)) > 100
      }),
    ),
  )
  for (const demo of demos) {
    expect((await demo.stop()).code).toBe(0)
    expect([demo.stderr(), readdirSync(demo.folder)]).toEqual(['', []])
  }
}, 180_000)

test('an unknown scenario is refused before anything starts', async () => {
  const demo = startDemo(await freePort(), '--scenario', 'flood')
  expect(await demo.ended()).toBe(2)
  expect(demo.stderr()).toContain('steady, breach, gateway-down, demo')
  expect(readdirSync(demo.folder)).toEqual([])
})

function startDemo(port: number, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-test-'))
  const beganMs = performance.now()
  const child = spawn(process.execPath, [join(ROOT, 'src', 'main.ts'), 'demo', '--port', String(port), ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push({ child, folder })
  const heard = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => (heard.out += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (heard.err += part))
  const exit = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  const url = (): string => /http:\/\/127\.0\.0\.1:\d+/.exec(heard.out)?.[0] ?? ''
  async function rows(measurement: string, more: string, kind = 'rows'): Promise<Row[]> {
    if (url() === '') return []
    const answer = await fetch(`${url()}/api/v1/${kind}?measurement=${measurement}&${more}`)
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as Row[]
  }
  return {
    folder,
    url,
    text: () => heard.out + heard.err,
    stderr: () => heard.err,
    ended: () => exit,
    rows,
    latest: (measurement: string) => rows(measurement, 'count=1', 'latest'),
    async metric(name: string): Promise<number> {
      const text = await (await fetch(`${url()}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    },
    /** Gives how long after its start it was so, ms. */
    async until(what: string, isSo: () => Promise<boolean>): Promise<number> {
      for (; !(await isSo()); await sleep(POLL_MS)) {
        if (child.exitCode !== null) throw new Error(`${what}: the demonstration has ended:\n${heard.err}`)
        if (performance.now() - beganMs > SHARED_FACTOR * FULL_MS) throw new Error(`${what}: not within 90 s`)
      }
      return performance.now() - beganMs
    },
    async stop(): Promise<{ code: number | string; tookMs: number }> {
      const stopMs = performance.now()
      child.kill('SIGINT')
      child.kill('SIGINT') // npm passes on what the terminal has already sent
      return { code: await exit, tookMs: performance.now() - stopMs }
    },
  }
}

/** Of a window's newest row; NaN while there is none. */
function coverageOf(rows: readonly Row[], window: string): number {
  return Number(rows.find(({ tags }) => tags['window'] === window)?.fields['coverage'] ?? NaN)
}
