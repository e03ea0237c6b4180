/** What a visitor sees, and what he does not: a real daemon with its public listener, by HTTP, in a browser, as files. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publicDocuments } from '../../src/http/public/documents.ts'
import type { PublicFacts } from '../../src/http/public/facts.ts'
import { startDaemon, until, type TestDaemon } from '../servers/daemon.ts'
import { freePort, needs, programPath } from '../servers/servers.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const SCREENS = join(tmpdir(), 'coldaisle-page')
const DELAY_MS = 5 * 60_000

let daemon: TestDaemon
let own: string
let open: string

beforeAll(async () => {
  const [broker, page, visitors] = [await freePort(), await freePort(), await freePort()]
  own = `http://127.0.0.1:${page}`
  open = `http://127.0.0.1:${visitors}`
  daemon = await startDaemon(siteText(broker, page, visitors), { ready: false })
  await until(
    'the daemon listens',
    30_000,
    async () => (await fetch(`${own}/readyz`).catch(() => undefined))?.ok === true,
  )
  const client = await connectAsync(`mqtt://127.0.0.1:${broker}`)
  const lastMs = Math.floor(Date.now() / 10_000) * 10_000
  for (let ts = lastMs - 12 * 60_000; ts <= lastMs; ts += 10_000) {
    const send = (topic: string, kw: number) => client.publishAsync(topic, JSON.stringify({ ts, kw }), { qos: 1 })
    await Promise.all([send('dc/secret-main', 1234), send('dc/secret-it', 800)])
  }
  client.end(true)
  await until('a PUE is old enough', 30_000, async () => (await facts()).boundaries[0]?.windows[0]?.pue === 1.5)
})
afterAll(() => daemon?.[Symbol.asyncDispose]())

function siteText(broker: number, page: number, visitors: number): string {
  return `
site: { id: secret-site, timezone: Europe/Paris }
mqtt: { listen: '127.0.0.1:${broker}' }
core: { intervalS: 10, boundS: 5, windows: [1m, 5m, day] }
language: fr
http:
  listen: '127.0.0.1:${page}'
  publicPage:
    listen: '127.0.0.1:${visitors}'
    title: 'Salle <Est>'
    boundaries: { secret-boundary: Tout le site }
    windows: [1m, 5m]
    delayMin: 5
    digits: 1
points:
  secret-main: { topic: dc/secret-main, at: /kw, timeAt: /ts, unit: kW, everyS: 10, accuracyPct: 0.5, role: facility }
  secret-it: { topic: dc/secret-it, at: /kw, timeAt: /ts, unit: kW, everyS: 10, accuracyPct: 1, role: it }
boundaries:
  secret-boundary: { facility: [secret-main], it: [secret-it] }
`
}

async function facts(): Promise<PublicFacts> {
  return (await fetch(`${own}/api/v1/public`)).json() as Promise<PublicFacts>
}

test('values are rounded and delayed', async () => {
  const { asOfMs, boundaries } = await facts()
  expect(Date.now() - asOfMs).toBeGreaterThanOrEqual(DELAY_MS)
  const windows = boundaries[0]?.windows ?? []
  // 1234 / 800 = 1.5425; ± 0.5 % and 1 % of it give 0.0173, rounded up
  expect(windows.map(({ window, pue, uncertainty }) => [window, pue, uncertainty])).toEqual([
    ['1m', 1.5, 0.1],
    ['5m', 1.5, 0.1],
  ])
  for (const { endMs } of windows) expect(endMs).toBeLessThanOrEqual(asOfMs)
})

test.each(['index.html', 'embed.html', 'badge.svg', 'pue.json', 'public.css'])(
  '%s has no name, no power and no script',
  async (name) => {
    const text = publicDocuments(await facts()).get(name)?.text ?? ''
    expect(text).not.toMatch(/secret|1234|\b800\b|kW|<script|style=|https?:\/\/(?!www\.w3\.org)/)
    expect(text.includes('<Est>')).toBe(name === 'pue.json') // in a page it is text, never markup
  },
)

test.each([
  ['GET', '/', 200],
  ['HEAD', '/badge.svg', 200],
  ['GET', '/embed', 200],
  ['GET', '/pue.json', 200],
  ['GET', '/public.css', 200],
  ['GET', '/api/v1/site', 404],
  ['GET', '/api/v1/latest?measurement=alarm', 404],
  ['GET', '/metrics', 404],
  ['GET', '/healthz', 404],
  ['GET', '/login', 404],
  ['GET', '/page/page.js', 404],
  ['GET', '/constructor', 404],
  ['GET', '/../pue.json?', 404],
  ['POST', '/', 405],
])('to %s %s the public listener says %i', async (method, path, status) => {
  await until('it was made with a value', 90_000, async () => (await fetch(`${open}/pue.json`)).ok)
  const { status: said, headers } = await fetch(`${open}${path}`, { method })
  expect([said, headers.get('x-content-type-options')]).toEqual([status, 'nosniff'])
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/^default-src 'none'; style-src 'self';/)
  expect(policy.includes('frame-ancestors *')).toBe(['/embed', '/badge.svg', '/pue.json'].includes(path))
  expect(headers.get('cache-control')).toBe(status === 200 ? 'public, max-age=60' : null)
})

test('publish writes the same as files, and the daemon goes on', () => {
  const out = join(daemon.folder, 'public')
  execFileSync(process.execPath, [COLDAISLE, 'publish', '--config', join(daemon.folder, 'site.yaml'), '--out', out])
  expect(readdirSync(out).toSorted()).toEqual(['badge.svg', 'embed.html', 'index.html', 'public.css', 'pue.json'])
  expect(readFileSync(join(out, 'badge.svg'), 'utf8')).toContain('>1,5</text>')
})

test.skipIf(!needs('chromium'))('a visitor reads number, ±, method and delay in the language of the site', async () => {
  mkdirSync(SCREENS, { recursive: true })
  const out = join(daemon.folder, 'public', 'index.html')
  const browser = await chromium.launch({
    executablePath: programPath('chromium') ?? 'chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    const page = await browser.newPage({ viewport: { width: 800, height: 900 } })
    await page.goto(`file://${out}`)
    const text = (await page.locator('body').innerText()).replaceAll(/\s+/g, ' ')
    expect(text).toMatch(/Salle <Est> Tout le site iPUE 1,5 ± 0,1 · sur 5m · 100 % connu/)
    expect(text).toMatch(/sortie des onduleurs \(catégorie 1\).*datent d’au moins 5 min/)
    await page.screenshot({ path: join(SCREENS, 'public.png') })
  } finally {
    await browser.close()
  }
})
