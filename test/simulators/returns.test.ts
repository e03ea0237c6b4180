/** The return temperature index that temperatures alone give, beside those that weigh by power and by flow. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { KINDS } from '../../simulators/plant/kinds.ts'
import { truthOf } from '../../simulators/run.ts'
import { siteConfigText } from '../../simulators/sites/generate.ts'
import { readSiteFile } from '../../simulators/sites/site-file.ts'
import { unexpected } from '../../src/commands/simulate/expected.ts'
import { observe, rowKey } from '../../src/commands/simulate/observed.ts'
import { siteOf } from '../servers/daemon.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldaisle-returns-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An hour of a hall of six racks: what is told, and how far the weights are apart, in points. `TABLES=1` prints them. */
test.for(KINDS)('of a hall of kind %s', (kind) => {
  const file = join(folder, `${kind}.yaml`)
  writeFileSync(
    file,
    `about: A hall whose supply and return air are measured
plant: ${kind}
timezone: Europe/Paris
halls: 1
racks: 6
rackKw: 8
outlets: true
returns: true
recommendedAlarm: false
`,
  )
  const site = siteOf(siteConfigText('one', readSiteFile(file)))
  const fromMs = Date.parse('2026-04-15T07:55:00Z')
  const toMs = fromMs + 70 * 60_000
  const run = { site, seed: 5, fromMs, toMs, scenario: { name: 'steady', events: [] }, kind }
  const [hour] = truthOf(run).halls['h1'] ?? []
  const observed = observe(run)
  const told = observed.returns.get(rowKey('h1', hour?.endMs ?? NaN)) ?? NaN
  const { rtiPct = NaN, rtiByPowerPct = NaN, rtiByRackPct = NaN, shi = NaN } = hour ?? {}
  if (process.env['TABLES'] !== undefined) {
    const cells = [told, rtiByRackPct, rtiByPowerPct, rtiPct].map((pct) => pct.toFixed(1))
    process.stdout.write(`| \`${kind}\` | ${cells.join(' | ')} | ${shi.toFixed(2)} |\n`)
  }
  expect(Math.abs(told - rtiByRackPct)).toBeLessThan(1)
  expect(Math.abs(rtiByPowerPct - rtiPct)).toBeLessThan(2)
  expect(Math.abs(told - rtiPct)).toBeLessThan(15)
  expect(unexpected(observed, { pue: [], bands: {}, outcomes: {}, coverage: {} })).toEqual([])
})
