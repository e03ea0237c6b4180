/** The page as people see it: a real daemon, real readings over MQTT, a real browser; and the API under it. */
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type MqttClient } from 'mqtt'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createFeed, type Feed } from '../../src/http/feed.ts'
import { startDaemon, type TestDaemon } from '../servers/daemon.ts'
import { startScript, type ScriptedServer } from '../servers/influx-script.ts'
import { freePort, needs, programPath } from '../servers/servers.ts'
import { createSeriesBook, type SeriesBook } from '../../src/rows/frames/series.ts'
import { newRows } from '../rows/new-rows.ts'

const SCREENS = join(tmpdir(), 'coldaisle-page')
const MINUTE_MS = 60_000

interface Row {
  measurement: string
  tags: Record<string, string>
  fields: Record<string, number | string | boolean>
  timeMs: number
}

/** Facility and IT power, kW, and the air of three racks, °C; undefined: silent. */
interface Plant {
  mainKw: number
  itKw: number
  racksC: (number | undefined)[]
}

let daemon: TestDaemon
/** Takes no row of inlet r2's air. */
let influx: ScriptedServer
let broker: MqttClient
let beat: NodeJS.Timeout | undefined
const plant: Plant = { mainKw: 120, itKw: 80, racksC: [22, 40, undefined] }

beforeAll(async () => {
  const port = await freePort()
  influx = await startScript(({ lines }) =>
    lines.some((line) => /^climate,.*inlet=r2/.test(line))
      ? { status: 400, body: '{"error":"partial write: field type conflict <b>dropped</b>"}' }
      : { status: 204 },
  )
  daemon = await startDaemon(
    `${siteText(port)}influx: { url: '${influx.url}', database: cold, createDatabase: false }\n`,
  )
  broker = connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 300 })
  await Promise.all(pastMinutes(12).map((tMs) => publish(tMs)))
  beat = setInterval(() => void publish(Date.now()), 1_000)
  await until(async () => (await rows('latest?measurement=climate')).length >= 2)
})

afterAll(async () => {
  clearInterval(beat)
  broker?.end(true)
  await daemon?.[Symbol.asyncDispose]()
  await influx?.[Symbol.asyncDispose]()
})

describe('the API', () => {
  test('names what is measured, and nothing of topics or accounts', async () => {
    const site = await answer('site')
    expect(site).toMatchObject({ site: 'dc', timezone: 'Europe/Paris', intervalS: 10, windows: ['1m', '5m', 'day'] })
    expect(site.points).toContainEqual(expect.objectContaining({ point: 'main', role: 'facility', kind: 'power' }))
    expect(site.boundaries).toMatchObject([
      { boundary: 'dc', category: 1, targetPue: 1.4, targets: { pue: { window: '1m', max: 1.45 } }, part: false },
    ])
    expect(site.inlets).toContainEqual({
      inlet: 'r2',
      hall: 'h1',
      rack: 'r2',
      class: 'A2',
      points: ['r2-t', 'r2-rh'],
    })
    expect(JSON.stringify(site)).not.toMatch(/topic|mqtt/)
  })

  test('gives rows of a time, filtered by tag, oldest first', async () => {
    const toMs = Math.floor(Date.now() / MINUTE_MS - 1) * MINUTE_MS
    const question = `rows?measurement=pue&tag.window=1m&from=${toMs - 5 * MINUTE_MS}&to=${new Date(toMs).toISOString()}`
    const found = await rows(question)
    expect(found.length).toBe(31) // an interval of 10 s, both ends included
    expect(found.map(({ timeMs }) => timeMs)).toEqual(found.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b))
    expect(found[0]).toMatchObject({
      measurement: 'pue',
      tags: { site: 'dc', boundary: 'dc', window: '1m', category: '1' },
      fields: { pue: 1.5, name: 'iPUE', coverage: 1 },
    })
    expect(await rows(`${question}&everyS=60`)).toHaveLength(6)
    const few = await fetch(`${daemon.url}/api/v1/${question}&limit=4`)
    expect([await few.json(), few.headers.get('coldaisle-more')]).toEqual([found.slice(0, 4), '1'])
  })

  test('gives the newest row of each series', async () => {
    const latest = await rows('latest?measurement=climate')
    expect(new Set(latest.map(({ tags }) => tags['inlet']))).toEqual(new Set(['r1', 'r2']))
    const twice = await rows('latest?measurement=climate&tag.inlet=r1&count=2')
    expect(twice[0]!.timeMs - twice[1]!.timeMs).toBe(10_000)
  })

  test('gives the air of each inlet by its newest reading', async () => {
    const air: { inlet: string; timeMs: number; untilMs: number }[] = await answer('inlets')
    expect(air).toMatchObject([
      { inlet: 'r1', dryBulbC: 22, rhPct: 40, band: 0, violations: '' },
      { inlet: 'r2', dryBulbC: 40, rhPct: 40, band: 2, violations: expect.stringContaining('allowable_dry_bulb_max') },
    ])
    expect(air.map(({ timeMs, untilMs }) => untilMs - timeMs)).toEqual([30_000, 30_000]) // three readings
  })

  test('gives the course of a field, null where nothing is known', async () => {
    const toMs = Math.floor(Date.now() / (2 * MINUTE_MS) - 1) * 2 * MINUTE_MS
    const course = await answer(
      `course?measurement=climate&field=dry_bulb_c&tag.inlet=r2&from=${toMs - 60 * MINUTE_MS}&to=${toMs}&stepS=120`,
    )
    expect([course.timesMs.length, course.stepMs, course.timesMs.at(-1)]).toEqual([30, 120_000, toMs])
    for (const of of ['least', 'mean', 'most']) expect([course[of][0], course[of].at(-1)]).toEqual([null, 40])
  })

  test('sums power by role, of a meter with power and register once', async () => {
    const { roles, points, timesMs } = await answer('power?stepS=60')
    expect(points).toEqual({ facility: ['main'], it: ['it'], cooling: ['chiller'] })
    const known = timesMs.flatMap((_: number, n: number) => (roles.facility[n] === null ? [] : [n]))
    expect(known.length).toBeGreaterThanOrEqual(10)
    const n = known.at(-2)
    expect([roles.facility[n], roles.it[n], roles.cooling[n]]).toEqual([120_000, 80_000, 25_000])
    expect(roles.facility[0]).toBe(null) // a day ago nothing was known: that is not 0
  })

  test.each([
    ['rows', 400, /measurement is missing.*pue/],
    ['rows?measurement=pues', 400, /measurement is one of/],
    ['rows?measurement=pue&limit=0', 400, /limit is a whole number from 1 to/],
    ['rows?measurement=pue&limit=1e3', 400, /limit/],
    ['rows?measurement=pue&limit=5001', 400, /5000/],
    ['rows?measurement=pue&from=yesterday', 400, /from is epoch ms, or ISO 8601/],
    ['rows?measurement=pue&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 400, /from lies after to/],
    ['rows?measurement=pue&tag.rack=r1', 400, /tag.rack is not known here.*tag.boundary/],
    ['rows?measurement=pue&windows=1h', 400, /windows is not known here/],
    ['rows?measurement=pue&limit=1&limit=2', 400, /twice/],
    ['latest?measurement=pue&count=101', 400, /count/],
    ['site?x=1', 400, /x is not known/],
    ['course?measurement=climate&field=violations', 400, /field is a field of climate that holds numbers/],
    ['nothing', 404, /not found: there is .*\/api\/v1\/rows, .*; \/api\/openapi.json describes them/],
    ['../../package.json', 404, /not found/],
  ])('answers %s with %i', async (question, status, text) => {
    const response = await fetch(`${daemon.url}/api/v1/${question}`)
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(text)])
  })

  test('tells committed rows as events, those that were asked for', async () => {
    const heard = await listen('events?measurement=pue', (text) => /event: rows/.test(text))
    expect(heard).toMatch(
      /^retry: \d+\nevent: hello\ndata: \{"nowMs":\d+,"newestMs":\d+,"connected":true,"reasons":\[\]/,
    )
    const told: Row[] = JSON.parse(/event: rows\ndata: (.*)\n/.exec(heard)![1]!)
    expect(new Set(told.map(({ measurement }) => measurement))).toEqual(new Set(['pue']))
  })
})

describe('the feed', () => {
  test('takes fifty readers, and says so to the next', async () => {
    const { url, feed } = await serveFeed()
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const held: Response[] = [] // one that nobody holds is closed by the garbage collector
    while (held.length < 50) held.push(await fetch(url, { signal: stop.signal }))
    expect([held.length, feed.counts.readers]).toEqual([50, 50])
    const refused = await fetch(url)
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('50 readers')])
    stop.abort()
    await until(() => feed.counts.readers === 0)
  })

  test('a reader that does not read is cut, the others are told everything', async () => {
    const { url, feed, port, book } = await serveFeed()
    const deaf = connectTcp(port, '127.0.0.1', () => deaf.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'))
    deaf.pause()
    deaf.on('error', () => deaf.destroy())
    onTestFinished(() => void deaf.destroy())
    let told = 0
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const keen = await fetch(url, { signal: stop.signal })
    const reading = count(keen, (rowsTold) => (told += rowsTold))
    await until(() => feed.counts.readers === 2)
    let pushed = 0
    for (; feed.counts.cut === 0 && pushed < 400_000; pushed += 1_000) {
      feed.push(wideRows(book, 1_000))
      await sleep(210)
    }
    // Its connection closes a moment after it was cut.
    await until(() => feed.counts.readers === 1)
    expect(feed.counts.cut).toBe(1)
    await until(() => told === pushed)
    stop.abort()
    await reading
  })

  test('of a backfill the newest rows are told, and how many were not', async () => {
    const { url, feed, book } = await serveFeed()
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const response = await fetch(url, { signal: stop.signal })
    await until(() => feed.counts.readers === 1)
    feed.push(wideRows(book, 23_000, 10))
    let told = 0
    let text = ''
    const reading = count(response, (rowsTold, part) => {
      told += rowsTold
      text += part.includes('missed') ? part : ''
    })
    await until(() => text.includes('event: missed'))
    expect([told, /"rows":(\d+)/.exec(text)?.[1]]).toEqual([20_000, '3000'])
    stop.abort()
    await reading
  })
})

describe.skipIf(!needs('chromium'))('the page in a browser', () => {
  let browser: Browser
  let page: Page
  const foreign: string[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    mkdirSync(SCREENS, { recursive: true })
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, colorScheme: 'light' })
    page.on('request', (request) => {
      if (!request.url().startsWith(`${daemon.url}/`)) foreign.push(request.url())
    })
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(() => browser?.close())

  test('loads without a complaint, from here alone, under a strict policy', async () => {
    const response = await page.goto(daemon.url)
    expect(response?.headers()['content-security-policy']).toMatch(/^default-src 'self';(?!.*unsafe)/)
    await page.waitForSelector('#link[data-state=live]')
    await page.waitForSelector('#power-chart canvas')
    expect(await page.evaluate(`performance.getEntriesByType('resource').length`)).toBeGreaterThan(10)
    expect([foreign, complaints]).toEqual([[], []])
  })

  test('shows the PUE that the API gives, with coverage, name, revision and state', { timeout: 90_000 }, async () => {
    await until(async () => {
      const [row] = await rows('latest?measurement=pue&tag.window=5m')
      const cells = await page.locator('tr[data-window="5m"] > *').allTextContents()
      const { pue, name, revision, state } = row!.fields
      return cells.slice(0, 7).join('|') === `5m|${Number(pue).toFixed(3)}|–|100 %|${name}|${revision}|${state}`
    }, 70_000) // on a busy machine a beat may come late: its correction is told at the next whole minute
    expect(await text('#pue')).toBe('1.50')
    expect(await page.getAttribute('#pue', 'data-state')).toBe('fresh')
    expect(await text('#quality')).toMatch(/coverage\s*[\d.]+ %\s*state\s*live\s*revision\s*0\s*age\s*\d+ s old/)
    expect(await text('#sums')).toMatch(
      /facility\s*120 kW\s*IT\s*80.0 kW\s*target 24h\s*≤ 1.40 not known\s*target 1m\s*≤ 1.45 exceeded\s*CLF 5m\s*≤ 0.3 missed, 0.313/,
    )
    expect(await text('#power-legend')).toMatch(/facility 120 kW\s*IT 80.0 kW\s*cooling 25.0 kW/)
    expect(await page.getAttribute('#trend-chart', 'aria-label')).toBe(
      'last: PUE 1m 1.500, target of 24h 1.400, target of 1m 1.450',
    )
  })

  test('tells racks apart without colour', async () => {
    const tiles = await page.locator('.rack').allTextContents()
    expect(tiles.map((tile) => tile.replace(/\d+ s$/, ''))).toEqual(['r1R22.0 °C', 'r2X!40.0 °C', 'r3?– °C–'])
    expect(await text('#halls h3')).toBe('h1 1 recommended, 1 out of range, 1 unknown')
  })

  test('shows what was refused, by reason and topic, with the last packet of it as text', async () => {
    await Promise.all(['main', 'main', 'strange'].map((topic) => broker.publishAsync(`dc/${topic}`, '<b>off</b>')))
    await until(async () => (await answer('refused?limit=5')).counts.length === 2)
    await page.reload()
    await page.waitForSelector('#refused:not([hidden]) tr td')
    const rows = await page.locator('#refused-rows tr').all()
    const cells = await Promise.all(rows.map((row) => row.locator('> *').allTextContents()))
    expect(cells.map(([reason, topic, count, , last]) => [reason, topic, count, last].join('|')).toSorted()).toEqual([
      'bad payload|dc/main|2|<b>off</b>',
      'unknown topic|dc/strange|1|<b>off</b>',
    ])
    await page.screenshot({ path: join(SCREENS, 'refused.png'), fullPage: true })
  })

  test('shows which rows InfluxDB refuses, and why', async () => {
    await page.waitForSelector('#dead-letters:not([hidden]) tr td')
    const cells = await page.locator('#dead-letters-rows tr > *').allTextContents()
    expect(cells).toEqual([
      'climate',
      '400 partial write: field type conflict <b>dropped</b>',
      expect.stringMatching(/^\d+$/),
      expect.any(String),
      'dc h1 r2 r2',
    ])
  })

  test('shows the alarm of the hot rack', async () => {
    await expect
      .poll(() => text('#active'), { timeout: 20_000 })
      .toMatch(
        /critical Critical: Inlet r2 \(dc, hall h1\): 40 °C, \d+ K above the allowable upper limit.*raised, since/i,
      )
  })

  test('shows new readings within five seconds of their row', async () => {
    plant.mainKw = 160
    await until(async () => {
      const [row] = await rows('latest?measurement=pue&tag.window=live')
      return Number(row!.fields['pue']) > 1.6
    }, 20_000)
    const began = Date.now()
    await until(async () => Number(await text('#pue')) > 1.6)
    expect(Date.now() - began).toBeLessThan(5_000)
    plant.mainKw = 120
  })

  test('opens a rack by keyboard alone, and gives the focus back', async () => {
    const focused = () => page.evaluate<string>(`document.activeElement?.getAttribute('aria-label') ?? ''`)
    for (let n = 0; n < 10 && !(await focused()).startsWith('h1 r1'); n++) await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowRight')
    expect(await focused()).toBe('h1 r2: out of range, 40.0 °C, critical alarm')
    expect(await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`)).toBe('solid')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#detail-chart canvas')
    expect(await page.getAttribute('#detail-chart', 'aria-label')).toBe('24 h, last 40.0 °C')
    const detail = await page.locator('#detail').innerText()
    for (const words of [
      /dry bulb\s*40.0 °C/,
      /relative humidity\s*40.0 %/,
      /dew point\s*\d+.\d °C/,
      /headroom\s*−\d+/,
    ]) {
      expect(detail).toMatch(words)
    }
    expect(detail).toMatch(/violations\s*\S+/)
    await page.keyboard.press('Escape')
    expect(await page.locator('#detail').isVisible()).toBe(false)
    expect(await focused()).toMatch(/^h1 r2/)
  })

  test('a breach is on tile, alarm and chart by the reading that raised it, before its interval ends', async () => {
    plant.racksC[0] = 38
    const tile = page.locator('.rack').first()
    await expect
      .poll(() => tile.getAttribute('aria-label'), { timeout: 20_000 })
      .toMatch(/^h1 r1: out of range, 38.0 °C/)
    await expect.poll(() => tile.getAttribute('data-alarm'), { timeout: 60_000 }).toBe('critical')
    await page.locator('#active button.message', { hasText: 'Inlet r1' }).click()
    expect(await text('.raised-by')).toMatch(/^\s*38 °C, in breach since \d\d:\d\d$/)
    await expect
      .poll(() => page.getAttribute('#detail-chart', 'aria-label'), { timeout: 20_000 })
      .toBe('24 h, last 38.0 °C')
    await page.locator('#detail-spans button', { hasText: '30 d' }).click()
    await expect.poll(() => page.getAttribute('#detail-chart', 'aria-label')).toBe('720 h, last 38.0 °C')
    expect(await text('#detail-events')).toMatch(/raised Critical: Inlet r1/)
    await page.screenshot({ path: join(SCREENS, 'alarm.png') })
    await page.keyboard.press('Escape')
    plant.racksC[0] = 22
    await expect
      .poll(() => tile.getAttribute('aria-label'), { timeout: 20_000 })
      .toMatch(/^h1 r1: recommended, 22.0 °C/)
  })

  test('opens a meter, with its power and the sum that it is in', async () => {
    await page.locator('#meters-part summary').click()
    await page.locator('#meters button', { hasText: 'main (facility)' }).click()
    await expect.poll(() => page.getAttribute('#detail-chart', 'aria-label')).toMatch(/^24 h, last \d+\.\d kW$/)
    expect(await page.getAttribute('#detail-links a', 'href')).toBe('/api/v1/explain?boundary=dc&window=1m')
    await page.keyboard.press('Escape')
  })

  test.each([
    ['light', 390, 844],
    ['dark', 390, 844],
    ['light', 360, 740],
    ['light', 1920, 1080],
    ['dark', 1920, 1080],
    ['dark', 3840, 2160],
  ] as const)('%s at %i × %i has no sideways scroll', async (colorScheme, width, height) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
    await page.waitForSelector('#power-chart canvas')
    // A chart is drawn anew after the window has changed, on a busy machine not at once.
    const overhang = 'document.documentElement.scrollWidth - innerWidth'
    await vi.waitFor(async () => expect(await page.evaluate(overhang)).toBe(0), { timeout: 5_000, interval: 50 })
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const isLight = Number(/\d+/.exec(ground)?.[0]) > 127
    expect(isLight).toBe(colorScheme === 'light')
    await page.screenshot({ path: join(SCREENS, `${colorScheme}-${width}.png`), fullPage: width < 600 })
  })

  test.each([3, 40, 200, 1_000])('a wall shows PUE, alarms and %i racks without a scroll', async (racks) => {
    await page.setViewportSize({ width: 1920, height: 1080 })
    await page.goto(`${daemon.url}/wall`)
    await page.waitForSelector('.rack')
    // Tiles and alarms as the page makes them, so many times
    const seen = await page.evaluate<{
      outside: number
      letters: number
      level: string
      scroll: boolean
    }>(`(async () => {
      const { fitRacks } = await import('/page/fit.js')
      const hall = document.querySelector('.hall')
      const halls = Array.from({ length: Math.max(1, Math.min(10, ${racks} / 20)) }, () => hall.cloneNode(true))
      const each = ${racks} / halls.length
      for (const own of halls) {
        const tile = own.querySelector('.rack')
        tile.querySelector('.letter').lastChild.replaceWith('X!')
        own.querySelector('.racks').replaceChildren(...Array.from({ length: each }, () => tile.cloneNode(true)))
      }
      const alarm = document.createElement('li')
      alarm.append('a long message '.repeat(20))
      document.querySelector('#active').append(...Array.from({ length: 40 }, () => alarm.cloneNode(true)))
      const box = document.querySelector('#halls')
      box.replaceChildren(...halls)
      fitRacks(box, halls.map(() => each))
      const inside = (element, { top, bottom, left, right }) => {
        const its = element.getBoundingClientRect()
        return its.width > 0 && its.top >= top - 1 && its.bottom <= bottom + 1 && its.left >= left - 1 && its.right <= right + 1
      }
      const screen = new DOMRect(0, 0, innerWidth, innerHeight)
      const parts = ['#pue', '#pue-uncertainty', '#pue-trend', '#alarms', '#racks'].map((part) => document.querySelector(part))
      const tiles = [...box.querySelectorAll('.rack')]
      return {
        outside: [
          ...parts.filter((part) => !inside(part, screen)),
          ...tiles.filter((tile) => !inside(tile, box.getBoundingClientRect())),
        ].length,
        letters: tiles.filter((tile) => inside(tile.querySelector('.letter'), tile.getBoundingClientRect())).length,
        level: box.dataset.level,
        scroll: document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth,
      }
    })()`)
    expect(seen).toEqual({ outside: 0, letters: racks, level: racks > 40 ? 'heat' : 'full', scroll: false })
    await page.goto(daemon.url)
    await page.waitForSelector('#link[data-state=live]')
  })

  test('a long list of alarms is scrolled in its panel, and pushes no rack off a wall screen', async () => {
    await page.setViewportSize({ width: 1920, height: 1080 })
    const bottom = "document.querySelector('#racks').getBoundingClientRect().bottom + scrollY"
    // Without them and with them, in one turn: a chart that is drawn anew meanwhile moves the racks as well
    const [before, after, scrolled] = await page.evaluate<[number, number, number]>(`(() => {
      const before = ${bottom}
      for (let n = 0; n < 40; n++) {
        document.querySelector('#transitions').append(document.querySelector('#transitions li').cloneNode(true))
      }
      document.querySelector('#alarms').scrollTo(0, 1e6)
      return [before, ${bottom}, document.querySelector('#alarms').scrollTop]
    })()`)
    expect(after).toBe(before)
    expect(scrolled).toBeGreaterThan(100)
  })

  test('says that it is cut off, shows nothing as fresh, and comes back by itself after a restart', async () => {
    await daemon.kill()
    await page.waitForSelector('#link[data-state=lost]')
    expect(await text('#link')).toMatch(/page disconnected for \d+ s/)
    expect(await page.getAttribute('#pue', 'data-state')).toBe('stale')
    expect(await text('#delay-text')).toBe('data delay unknown')
    await daemon.start()
    const backMs = Date.now()
    await page.waitForSelector('#link[data-state=live]', { timeout: 20_000 })
    await until(async () => (await rows('latest?measurement=pue&tag.window=live'))[0]!.timeMs > backMs, 30_000)
    await page.waitForSelector('#pue[data-state=fresh]')
    expect(await page.locator('.rack').first().textContent()).toMatch(/^r1/)
  })

  test('a value that no new one follows is called stale', async () => {
    clearInterval(beat)
    await page.waitForSelector('#pue[data-state=stale]', { timeout: 45_000 })
    expect(await text('#pue-age')).toMatch(/^stale: \d+ s old$/)
    expect(await text('#delay-text')).toMatch(/^data delay \d+ s$/)
  })

  async function text(selector: string): Promise<string> {
    return (await page.locator(selector).first().innerText()).replaceAll('\n', ' ')
  }
})

function siteText(port: number): string {
  const racks = [1, 2, 3].map(
    (n) => `
  r${n}-t: { topic: dc/r${n}, at: /t, timeAt: /ts, unit: °C, everyS: 10, gateway: h1 }
  r${n}-rh: { topic: dc/r${n}, at: /rh, timeAt: /ts, unit: '%', everyS: 10, gateway: h1 }`,
  )
  return `
site: { id: dc, timezone: Europe/Paris }
mqtt: { listen: '127.0.0.1:${port}' }
core: { intervalS: 10, boundS: 5, windows: [1m, 5m, day] }
alarms: { inlet_allowable: { onDelayS: 30 } }
points:
  main: { topic: dc/main, at: /kw, timeAt: /ts, unit: kW, everyS: 10, role: facility }
  it-kw: { topic: dc/it, at: /kw, timeAt: /ts, unit: kW, everyS: 10, role: it, meter: it }
  it: { topic: dc/it, at: /kwh, timeAt: /ts, unit: kWh, register: {}, everyS: 10, role: it, meter: it }
  chiller: { topic: dc/chiller, at: /kw, timeAt: /ts, unit: kW, everyS: 10, role: cooling }${racks.join('')}
boundaries:
  dc: { facility: [main], it: [it], targetPue: 1.4, losses: { cooling: [chiller] }, targets: { pue: { window: 1m, max: 1.45 }, clf: { window: 5m, max: 0.3 } } }
inlets:
  r{1..3}: { dryBulb: 'r{1..3}-t', humidity: 'r{1..3}-rh', class: A2, hall: h1 }
`
}

function pastMinutes(minutes: number): number[] {
  const lastMs = Math.floor(Date.now() / 10_000) * 10_000
  return Array.from({ length: minutes * 6 }, (_, n) => lastMs - (minutes * 6 - 1 - n) * 10_000)
}

const BEGAN_MS = Date.now() - 3_600_000

async function publish(ts: number): Promise<void> {
  const send = (topic: string, reading: object) =>
    broker.publishAsync(`dc/${topic}`, JSON.stringify({ ts, ...reading }), { qos: 1 })
  const kwh = (plant.itKw * (ts - BEGAN_MS)) / 3_600_000
  await Promise.all([
    send('main', { kw: plant.mainKw }),
    send('it', { kw: plant.itKw, kwh }),
    send('chiller', { kw: 25 }),
    ...plant.racksC.flatMap((t, n) => (t === undefined ? [] : [send(`r${n + 1}`, { t, rh: 40 })])),
  ])
}

async function answer(question: string) {
  const response = await fetch(`${daemon.url}/api/v1/${question}`)
  if (!response.ok) throw new Error(`${question}: ${response.status} ${await response.text()}`)
  return JSON.parse(await response.text())
}

function rows(question: string): Promise<Row[]> {
  return answer(question)
}

async function until(condition: () => boolean | Promise<boolean>, mostMs = 20_000): Promise<void> {
  for (const lastMs = Date.now() + mostMs; !(await condition()); await sleep(100)) {
    if (Date.now() > lastMs) throw new Error(`not within ${mostMs} ms: ${String(condition)}`)
  }
}

async function listen(question: string, enough: (text: string) => boolean): Promise<string> {
  const stop = new AbortController()
  const response = await fetch(`${daemon.url}/api/v1/${question}`, { signal: stop.signal })
  let text = ''
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part
    if (enough(text)) break
  }
  stop.abort()
  return text
}

/** A feed behind a server of its own. */
async function serveFeed(): Promise<{ url: string; port: number; feed: Feed; book: SeriesBook }> {
  const book = createSeriesBook()
  const feed = createFeed({ book, pulse: () => ({ nowMs: Date.now() }) })
  const server = createServer((request, response) =>
    feed.answer(request, response, new URL(request.url ?? '/', 'http://feed')),
  )
  const port = await freePort()
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  onTestFinished(() => {
    feed.close()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${port}/`, port, feed, book }
}

function wideRows(book: SeriesBook, number: number, width = 1_000): readonly Uint8Array[] {
  const fields = { message: 'x'.repeat(width) }
  const rows = Array.from({ length: number }, (_, n) => ({
    measurement: 'alarm' as const,
    tags: { site: 'dc', alarm: 'stale', source: `s${n}`, severity: 'warning' },
    fields,
    timeMs: 0,
  }))
  return newRows(book, rows).blocks
}

/** Counts the rows that a reader of events is told, until the stream ends. */
async function count(response: Response, told: (rows: number, text: string) => void): Promise<void> {
  let rest = ''
  try {
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      const events = (rest + part).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) told(event.split('"measurement"').length - 1, event)
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
  }
}

function openBrowser(): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  return chromium.launch({
    executablePath: programPath('chromium') ?? 'chromium',
    args: ['--no-sandbox', '--disable-gpu', ...quiet],
  })
}
