/** The plant alone gives the hours that the way through devices, payloads and registers gives. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createPlant } from '../../../simulators/plant/plant.ts'
import { runPlant } from '../../../simulators/plant/year.ts'
import { truthOf } from '../../../simulators/run.ts'
import { outsideAt } from '../../../simulators/weather/weather.ts'
import { formatFault, readConfig } from '../../../src/config/config.ts'
import { createSite, type Site } from '../../../src/site/site.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function siteOf(file: string): Site {
  const read = readConfig(file, {})
  if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
  return createSite(read.config)
}

function desertSite(): Site {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-alone-'))
  try {
    const power = { at: '/w', unit: 'W', everyS: 15 }
    const points = {
      main: { ...power, topic: 'main', role: 'facility', maxKw: 90 },
      'ups-{1,2}': { ...power, topic: 'ups/{1,2}', role: 'ups', maxKw: 40 },
      'row-{1..3}': { ...power, topic: 'row/{1..3}', role: 'it', maxKw: 20 },
    }
    const boundaries = { desert: { facility: ['main'], it: ['row-{1..3}'] } }
    const file = join(folder, 'site.yaml')
    writeFileSync(file, JSON.stringify({ site: { id: 'desert', timezone: 'America/Phoenix' }, points, boundaries }))
    return siteOf(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const shipped = (name: string) => siteOf(fileURLToPath(new URL(`../../../config/${name}.yaml`, import.meta.url)))

test.for([
  ['demo', () => shipped('demo')],
  ['example', () => shipped('example')],
  ['a site in the desert', desertSite],
] as const)('hours of the plant alone are those of the meters: %s', ([, make]) => {
  const site = make()
  const fromMs = Date.parse('2026-07-14T06:00:00Z')
  const hours = 8
  const scenario = { name: 'steady', events: [] }
  const truth = truthOf({ site, seed: 21, scenario, fromMs, toMs: fromMs + hours * HOUR_MS })
  const { trace, weather } = createPlant({ site, seed: 21, scenario, fromMs, toMs: fromMs })
  const run = runPlant(trace.spec, {
    fromMs,
    hours,
    offsetMs: weather.offsetMs,
    outside: (tMs, out) => outsideAt(weather, tMs, out),
    warmUpHours: (fromMs - (trace.epochMs - DAY_MS)) / HOUR_MS,
  })
  const boundary = truth.boundaries[site.boundaries[0] ?? '']
  const between = (key: 'facilityJ' | 'itJ', startMs: number) =>
    truth.endsMs.reduce((sum, endMs, at) => {
      const isIn = endMs > startMs && endMs <= startMs + HOUR_MS
      return isIn ? sum + (boundary?.intervals[at]?.[key] ?? NaN) : sum
    }, 0)
  for (const { tMs, sums } of run.hours) {
    // A meter sees straight lines between its own samples, in whole watts.
    expect(Math.abs(between('itJ', tMs) / sums.itW - 1)).toBeLessThan(5e-5)
    expect(Math.abs(between('facilityJ', tMs) / (sums.utilityW + sums.generatorW) - 1)).toBeLessThan(5e-5)
  }
  expect(Math.abs((boundary?.itJ ?? NaN) / run.sums.itW - 1)).toBeLessThan(1e-5)
})
