/** Several sites of sums: the best cannot hide the worst, and who is incomplete is named and left out. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runFleet } from '../../src/commands/report/fleet.ts'
import { ruleSetNamed } from '../../src/config/rules/rules.ts'
import { fleetOf, type FleetReport } from '../../src/reports/fleet.ts'
import { packFiles } from '../../src/reports/pack/files.ts'
import { writePack } from '../../src/reports/pack/write.ts'
import { dayPage, reportOf, siteConfig } from './site-of-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldaisle-fleet-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Each site's day in kWh; 0.2 m³ of water each. The large one is the worst, the last one is known for 94 % only. */
const SITES = {
  best: { facility: 1150, it: 1000, coverage: 1 },
  small: { facility: 1300, it: 1000, coverage: 1 },
  worst: { facility: 12_000, it: 8000, coverage: 1 },
  other: { facility: 1200, it: 1000, coverage: 1 },
  gappy: { facility: 1000, it: 1000, coverage: 0.94 },
}

function siteReport(site: string, of: { facility: number; it: number; coverage: number }, day = '2026-10-05') {
  return { ...reportOf({ pages: [dayPage({ day, ...of })], period: day }), site }
}

/** 15,650 kWh of 11,000 kWh, and 0.8 m³: the mean of the four PUE would be 1.2875. */
function expectByHand(fleet: Omit<FleetReport, 'sites' | 'leftOut'>): void {
  expect(fleet.pue).toBeCloseTo(15_650 / 11_000, 12)
  expect(fleet.wue).toBeCloseTo(0.8 / 11, 12)
  expect(fleet.rdceItMwh).toBeCloseTo((15_650 / 11_000 + 0.8 / 11) / 2, 12)
  expect(fleet.pueByFacility).toBeCloseTo((1.15 * 1150 + 1.3 * 1300 + 1.5 * 12_000 + 1.2 * 1200) / 15_650, 12)
  expect([fleet.best, fleet.worst]).toEqual(['best', 'worst'])
}

test('PUE, WUE and rDCE of sums, as worked out by hand; the incomplete site is named', () => {
  const packs = Object.entries(SITES).map(([site, of]) => ({ pack: site, report: siteReport(site, of), because: '' }))
  const fleet = fleetOf(packs)
  expectByHand(fleet)
  expect(fleet.leftOut).toEqual([{ site: 'gappy', pack: 'gappy', because: 'only 94.00 % of it is known' }])
})

test.each([
  ['of another period', siteReport('x', SITES.best, '2026-10-06'), 'its period is 2026-10-06, not 2026-10-05'],
  ['there twice', siteReport('best', SITES.best), 'the site is there already'],
  [
    'without water',
    { ...siteReport('x', SITES.best), fields: siteReport('x', SITES.best).fields.filter(({ id }) => id !== 'w_in') },
    'w_in missing',
  ],
  [
    'by other rules of the same name',
    { ...siteReport('x', SITES.best), rules: { ...siteReport('x', SITES.best).rules, digests: { a: 'f00' } } },
    'its rules eu-2024-1364 are of another text',
  ],
])('a site %s is left out', (_words, report, because) => {
  const first = { pack: 'a', report: siteReport('best', SITES.best), because: '' }
  expect(fleetOf([first, { pack: 'b', report, because: '' }]).leftOut.map((it) => it.because)).toEqual([because])
})

test('nothing is made of no site', () => {
  expect(fleetOf([])).toMatchObject({ sites: [], pue: undefined, rdceItMwh: undefined, best: undefined })
})

test('packs are verified before they count: one that was changed is left out', async () => {
  const { privateKey: key } = generateKeyPairSync('ed25519')
  const rules = ruleSetNamed('eu-2024-1364')
  const packs: string[] = []
  for (const [site, of] of Object.entries({ ...SITES, forged: SITES.best })) {
    const pages = [dayPage({ day: '2026-10-05', ...of })]
    const report = siteReport(site, of)
    const files = packFiles(report, pages, rules, siteConfig())
    packs.push(await writePack(folder, { report, files, key, reason: undefined, form: 'folder' }))
  }
  appendFileSync(join(packs.at(-1) ?? '', 'report.json'), '\n')
  const trust = { keys: [createPublicKey(key)], fingerprints: [] }
  const fleet = JSON.parse(await runFleet(packs, trust, 'json')) as FleetReport
  expectByHand(fleet)
  expect(fleet.leftOut.map(({ because }) => because)).toEqual([
    'only 94.00 % of it is known',
    expect.stringContaining('report.json has changed'),
  ])
  const text = await runFleet(packs, trust, 'text')
  expect(text).toContain('rdce_it_mwh 0.748; mean PUE weighed by E_DC 1.435')
  expect(text).toMatch(/^all +15,650 +11,000 +0\.8 +1\.423 +0\.073$/m)
})

test('where no pack counts, each is named with its reason and nothing is summed up', async () => {
  const { privateKey: key } = generateKeyPairSync('ed25519')
  const trust = { keys: [createPublicKey(key)], fingerprints: [] }
  const of = SITES.gappy
  const report = siteReport('gappy', of)
  const pages = [dayPage({ day: '2026-10-05', ...of })]
  const rules = ruleSetNamed('eu-2024-1364')
  const sound = packFiles(report, pages, rules, siteConfig())
  const gappy = await writePack(join(folder, 'alone'), { report, files: sound, key, reason: undefined, form: 'folder' })
  const bare = await writePack(join(folder, 'bare'), {
    report,
    files: new Map([...sound].filter(([name]) => name !== 'report.json')),
    key,
    reason: undefined,
    form: 'zip',
  })
  const failing = runFleet([gappy, bare, join(folder, 'nosuch')], trust, 'json')
  await expect(failing).rejects.toMatchObject({ code: 1 })
  await expect(failing).rejects.toThrow(
    /^no pack can be summed up\nleft out: gappy .* 94\.00 % of it is known\nleft out: \? .*: it holds no report\.json\nleft out: /,
  )
})
