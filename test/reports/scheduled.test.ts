/** Reports that are made by themselves: when, how often, by whom released, mailed, and read on the page. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { ruleSetNamed } from '../../src/config/rules/rules.ts'
import { energyReports } from '../../src/daemon/energy-reports.ts'
import { createHealth } from '../../src/health/health.ts'
import { reportRoutes } from '../../src/http/reports.ts'
import { openHttp, type HttpServer } from '../../src/http/server.ts'
import { reportModel } from '../../src/config/reporting/report-schema.ts'
import { withStatus } from '../../src/reports/pack/finality.ts'
import { packFiles } from '../../src/reports/pack/files.ts'
import { openPack, readManifest } from '../../src/reports/pack/open.ts'
import { verifyPack } from '../../src/reports/pack/verify.ts'
import { writePack } from '../../src/reports/pack/write.ts'
import { endedReports, readPeriod } from '../../src/reports/period.ts'
import { packFolder } from '../../src/reports/scheduled/make.ts'
import { createSite, type Site } from '../../src/site/site.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { createPlace, type Packet } from '../recompute/stage.ts'

const START_MS = Date.UTC(2026, 2, 2)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-scheduled-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const { privateKey } = generateKeyPairSync('ed25519')
const trust = { keys: [createPublicKey(privateKey)], fingerprints: [] }
const signFile = join(folder, 'sign.pem')
writeFileSync(signFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))

/** 120 kW for 100 kW of IT over three days, with water. */
const POINTS = `
site: { id: dc5, timezone: Etc/UTC }
core: { intervalS: 900, windows: [day], boundS: 300 }
points:
  main: { topic: dc/main, unit: kW, everyS: 900, accuracyPct: 0.5 }
  ups: { topic: dc/ups, unit: kWh, register: {}, everyS: 900, maxKw: 1000 }
boundaries:
  dc5: { facility: [main], it: [ups] }
`

function siteFor(reports: string, port = 1): Site {
  const mail = `notify: { emails: [{ name: office, host: 127.0.0.1, port: ${port}, tls: none, from: dc@dc5.example, to: [a@dc5.example] }] }`
  const read = parseConfig(
    `${POINTS}${mail}\nschedule: { report: { path: ${join(folder, 'reports')} }, reports: [${reports}] }`,
  )
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return createSite(read.config)
}

let store: Store
beforeAll(async () => {
  const packets: Packet[] = []
  for (let tMs = START_MS; tMs <= START_MS + 73 * HOUR_MS; tMs += 900_000) {
    const tell = (topic: string, value: number) =>
      packets.push({ nowMs: tMs + 500, topic, payload: Buffer.from(JSON.stringify({ ts: tMs, value })), retain: false })
    tell('dc/main', 120)
    tell('dc/ups', 5000 + (100 * (tMs - START_MS)) / HOUR_MS)
  }
  const place = createPlace(join(folder, 'store'), START_MS)
  await place.take(POINTS, packets)
  store = await openStore({ path: place.folder, journalDays: 3650, journalBytes: 1e12, rowReceivers: [] })
})
afterAll(() => store.close())

const CHAIN = 'dc5-2026-03-02-eu-2024-1364'
const END_MS = START_MS + DAY_MS
const said: string[] = []
const states = { tell: (name: string, state: string) => void said.push(`${name} ${state}`) }

async function run(site: Site, nowMs: number, doneMs: number): Promise<void> {
  for (const task of energyReports(() => site, store, states)) await task.run(nowMs, doneMs)
}

function packsIn(site: Site): string[] {
  if (!existsSync(packFolder(site))) return []
  return readdirSync(packFolder(site), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.zip'))
    .toSorted()
}

describe('a day', () => {
  const site = siteFor(`{ every: day, signFile: ${signFile} }`)
  const newest = async (revision: number) => {
    const path = join(packFolder(site), CHAIN, `r${revision}.zip`)
    return { path, manifest: await readManifest(path), faults: (await verifyPack(path, trust)).faults }
  }

  test('that has not settled has none; two hours and the lateness later it has a preliminary one, signed', async () => {
    await run(site, END_MS + 2 * HOUR_MS, START_MS)
    expect(packsIn(site)).toEqual([])
    await run(site, END_MS + 2.5 * HOUR_MS, END_MS + 2 * HOUR_MS)
    expect(packsIn(site)).toEqual([`${CHAIN}/r0.zip`])
    expect(await newest(0)).toMatchObject({ manifest: { status: 'preliminary', revision: 0 }, faults: [] })
    const report = reportModel.parse(
      JSON.parse(String(await (await openPack((await newest(0)).path)).bytes('report.json'))),
    )
    expect(report.fields.find(({ id }) => id === 'e_dc')?.value).toBeCloseTo(2880, 6)
    expect(report.indicators[0]).toMatchObject({ name: 'iPUE', value: 1.2 })
  })

  test('is made once, however often it is looked', async () => {
    await run(site, END_MS + 3.5 * HOUR_MS, START_MS)
    expect(packsIn(site)).toEqual([`${CHAIN}/r0.zip`])
  })

  test('is made again when no backlog can reach it, as the next revision, complete but not released', async () => {
    await run(site, END_MS + 7 * DAY_MS + 3 * HOUR_MS, END_MS + 7 * DAY_MS)
    const { manifest, faults } = await newest(1)
    expect(faults).toEqual([])
    expect(manifest).toMatchObject({
      status: 'complete, not released',
      previous: { reason: 'no reading of this period can come any more', differences: [] },
    })
  })

  test('that a second person has released stays as it is', async () => {
    const pack = await openPack((await newest(1)).path)
    const report = reportModel.parse(JSON.parse(String(await pack.bytes('report.json'))))
    // Released as soon as that can be, an hour before the daemon would make it again
    const early = { ...report, madeAtMs: END_MS + 7 * DAY_MS + HOUR_MS }
    const released = withStatus(early, {
      final: true,
      incomplete: undefined,
      author: 'Ann',
      releasedBy: 'Ben',
      nowMs: END_MS + 9 * DAY_MS,
      backlogMs: site.plan.backlogMs,
    })
    const files = packFiles(released, [], ruleSetNamed('eu-2024-1364'), site.config)
    await writePack(packFolder(site), { report: released, files, key: privateKey, reason: 'released', form: 'zip' })
    await run(site, END_MS + 20 * DAY_MS, START_MS)
    expect(packsIn(site).filter((name) => name.startsWith(CHAIN))).toEqual(
      ['r0', 'r1', 'r2'].map((revision) => `${CHAIN}/${revision}.zip`),
    )
    expect(await newest(2)).toMatchObject({ manifest: { status: 'final' }, faults: [] })
  })

  test('that passed while nobody was there is made up for', async () => {
    await run(site, START_MS + 3 * DAY_MS + 4 * HOUR_MS, START_MS + 6 * HOUR_MS)
    expect(packsIn(site)).toEqual(
      expect.arrayContaining(['dc5-2026-03-03-eu-2024-1364/r0.zip', 'dc5-2026-03-04-eu-2024-1364/r0.zip']),
    )
  })
})

describe('a report that is mailed', () => {
  const mails: string[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, _session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        mails.push(Buffer.concat(parts).toString())
        done()
      })
    },
  })
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())))

  test('waits for its server, is mailed once, in its language, with its page and its pack', async () => {
    const mailed = (port: number) =>
      siteFor('{ every: week, rules: de-enefg-2023, language: de, mailBy: office, mailTo: [b@dc5.example] }', port)
    const nowMs = START_MS + 7 * DAY_MS + 3 * HOUR_MS
    await expect(run(mailed(1), nowMs, START_MS)).rejects.toThrow(/the mail server does not take it: ECONNREFUSED/)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    const address = server.server.address()
    const site = mailed(typeof address === 'object' && address !== null ? address.port : 0)
    await run(site, nowMs + HOUR_MS, START_MS)
    await run(site, nowMs + 2 * HOUR_MS, START_MS)
    expect(mails).toHaveLength(1)
    expect(mails[0]).toMatch(/^To: b@dc5\.example$/m)
    expect(mails[0]).toContain('Subject: =?UTF-8?')
    expect(mails[0]).toMatch(/filename=dc5-2026-W10-de-enefg-2023-r0\.html/)
    expect(mails[0]).toMatch(/filename=dc5-2026-W10-de-enefg-2023-r0\.zip/)
    expect(packsIn(site)).toContain('dc5-2026-W10-de-enefg-2023/r0.zip')
  })
})

describe('on the page', () => {
  let http: HttpServer
  beforeAll(async () => {
    const site = siteFor('')
    writeFileSync(join(folder, 'reports', 'dc5-2026-03-02.csv'), 'site,day\r\n')
    http = await openHttp({ listen: '127.0.0.1:0', health: createHealth(0), routes: reportRoutes(() => site) })
  })
  afterAll(() => http.close())
  const get = (path: string, language = 'en') =>
    fetch(`http://127.0.0.1:${http.port}${path}`, { headers: { 'Accept-Language': language } })

  test.each([
    ['en', 'Energy reports', 'final'],
    ['fr-FR,fr;q=0.9', 'Rapports énergétiques', 'final'],
    ['de', 'Energieberichte', 'endgültig'],
    ['ja', 'Energy reports', 'final'],
  ])('the list for a browser of %s', async (language, title, status) => {
    const answer = await get('/reports', language)
    const html = await answer.text()
    expect(html).toContain(`<h2>${title}</h2>`)
    expect(html).toContain(`<td>${status}</td>`)
    expect(html).toContain(`href="/reports/${CHAIN}/r2/report.fr.html"`)
    expect(html).toContain('href="/reports/dc5-2026-03-02.csv"')
    expect(html).not.toMatch(/<script|undefined/)
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'unsafe-inline'/)
  })

  test('a rendering, and a pack that verifies as it was downloaded', async () => {
    const html = await (await get(`/reports/${CHAIN}/r0/report.fr.html`)).text()
    expect(html).toContain('<html lang="fr">')
    const downloads = mkdtempSync(join(folder, 'downloads-'))
    for (const revision of ['r0', 'r1', 'r2']) {
      const answer = await get(`/reports/${CHAIN}/${revision}.zip`)
      const [, name = ''] = /filename="(.*)"/.exec(answer.headers.get('content-disposition') ?? '') ?? []
      expect(name).toBe(`${CHAIN}-${revision}.zip`)
      writeFileSync(join(downloads, name), Buffer.from(await answer.arrayBuffer()))
    }
    expect((await verifyPack(join(downloads, `${CHAIN}-r2.zip`), trust)).faults).toEqual([])
  })

  test.each([
    `/reports/${CHAIN}/r9/report.en.html`,
    `/reports/${CHAIN}/r0/manifest.sig`,
    `/reports/${CHAIN}/r0/..%2fr1.zip`,
    '/reports/..%2f..%2fstore/r0.zip',
    '/reports/to-mail.json',
    '/reports/%2e%2e/sign.pem',
  ])('%s is not there', async (path) => {
    expect((await get(path)).status).toBe(404)
  })
})

test.each([
  ['week', '2026-01-06T12:00Z', '2026-01-01T12:00Z', ['2026-W01']],
  ['week', '2027-01-05T12:00Z', '2026-12-20T12:00Z', ['2026-W51', '2026-W52', '2026-W53']],
  ['month', '2026-03-01T00:00Z', '2026-02-27T00:00Z', ['2026-02']],
  ['quarter', '2026-04-01T01:00Z', '2025-12-01T00:00Z', ['2025-Q4', '2026-Q1']],
  ['year', '2026-01-01T00:30Z', '2025-12-31T00:00Z', ['2025']],
  ['day', '2026-03-30T01:00Z', '2026-03-28T12:00Z', ['2026-03-28', '2026-03-29']],
] as const)('each %s up to %s', (unit, now, after, names) => {
  const ended = endedReports(unit, 'Etc/UTC', Date.parse(after), Date.parse(now))
  expect(ended.map(({ name }) => name)).toEqual(names)
})

test('weeks are those of ISO 8601, seven local days', () => {
  const week = readPeriod('2026-W01', 'Europe/Paris')
  expect(new Date(week.startMs).toISOString()).toBe('2025-12-28T23:00:00.000Z')
  expect(
    (readPeriod('2026-W13', 'Europe/Paris').endMs - readPeriod('2026-W13', 'Europe/Paris').startMs) / HOUR_MS,
  ).toBe(167)
  expect(() => readPeriod('2025-W53', 'Etc/UTC')).toThrow('2025 has no week 53')
  expect(() => readPeriod('2025-W00', 'Etc/UTC')).toThrow('2025 has no week 00')
})
