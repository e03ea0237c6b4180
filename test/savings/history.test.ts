/** Days that the daemon keeps, as savings take them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { rowsKept } from '../../src/commands/savings/history.ts'
import { parseConfig } from '../../src/config/config.ts'
import { writePage } from '../../src/reports/days/files.ts'
import { dayNumber } from '../../src/savings/daily-file.ts'
import { dayPage } from '../reports/site-of-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldaisle-pages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SITE = `
site: { id: dc5, timezone: Europe/Paris }
points:
  main: { topic: m, unit: kW, role: facility }
  it: { topic: i, unit: kW, role: it }
  pump: { topic: p, unit: kW }
  outdoor: { topic: o, unit: °C }
  a: { topic: a, unit: °C }
  b: { topic: b, unit: °C }
  jobs: { topic: j, unit: '%' }
boundaries: { dc5: { facility: [main], it: [it] } }
schedule: { report: { path: ${folder} } }
`
const DISCLOSURE = `disclosure: { boundary: dc5, measured: { outdoor: [outdoor], inlets: [a, b], load: [jobs] } }\n`

function configOfSite(text: string) {
  const read = parseConfig(text)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.config
}

function spanOfDays(from: string, to: string) {
  return { name: from, first: dayNumber(from), end: dayNumber(to) + 1 }
}

test('a day page becomes a day: sums, meters and means by what the configuration names; a day without page is not there', async () => {
  const page = dayPage({ day: '2026-10-05', facility: 1200, it: 1000, outdoorC: 14, coverage: 0.75 })
  const gauge = (point: string, mean: number) => ({ point, mean, coveredMs: 1, steps: 0, falls: 0 })
  const gauges = [...page.gauges, gauge('a', 22), gauge('b', 23), gauge('jobs', 61)]
  await writePage(folder, { ...page, gauges })
  const spans = [spanOfDays('2026-10-04', '2026-10-06')]
  expect(await rowsKept(configOfSite(SITE + DISCLOSURE), spans, { meters: ['pump', 'pv'] })).toEqual([
    {
      day: dayNumber('2026-10-05'),
      facilityKwh: 1200,
      itKwh: 1000,
      coolingKwh: 112,
      dryBulbC: 14,
      inletC: 22.5,
      load: 61,
      coverage: 0.75,
    },
  ])
  const bare = configOfSite(SITE)
  const [less] = await rowsKept(bare, spans, { boundary: 'dc5', meters: ['pump', 'absent'] })
  expect(less).toEqual({ day: dayNumber('2026-10-05'), facilityKwh: 1200, itKwh: 1000, coverage: 0.75 })
  await expect(rowsKept(bare, spans, {})).rejects.toThrow('say of which boundary with --boundary (dc5)')
  await expect(rowsKept(bare, [spanOfDays('2025-01-01', '2025-01-02')], { boundary: 'dc5' })).rejects.toThrow(
    'has no page of these days: give days with --data',
  )
})
