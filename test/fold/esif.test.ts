/**
 * Two real records of one data centre, imported and replayed whole: the energy of every day against the trapezoid that
 * others computed, and a PUE that was published. The records lie beside the project and are never part of it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { main as runImport } from '../../simulators/import.ts'
import { createReplay, endReplay, replayFiles, type Summary } from '../../src/fold/replay.ts'
import type { Row } from '../../src/rows/rows.ts'
import { siteOf } from '../scenarios/scenario.ts'

const ROOT = join(import.meta.dirname, '../..')
const DATA = join(ROOT, '../shared/data')
const absent = existsSync(join(DATA, 'esif-nlr')) ? '' : ' (skipped: ../shared/data is absent)'
const skipped = absent !== ''
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-esif-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const MINUTES = `
site: { id: esif, timezone: America/Denver }
core: { windows: [1h] }
points:
  air: { topic: esif/air, at: /kw, unit: kW, everyS: 60, maxGapS: 600, min: 0.001 }
  liquid: { topic: esif/liquid, at: /kw, unit: kW, everyS: 60, maxGapS: 600, min: 0.001 }
`

const HOURS = `
site: { id: esif, timezone: America/Denver }
core: { intervalS: 900, minCoverage: 0.9, windows: [24h, 76d, 90d, 180d] }
points:
  '{it,cooling,hvac,pump,plug}': { topic: 'esif/{it,cooling,hvac,pump,plug}', at: /kw, unit: kW, kind: mean, everyS: 3600 }
boundaries:
  esif: { facility: [it, cooling, hvac, pump, plug], it: [it] }
`

interface Replayed {
  /** The last row of every series and time. */
  rows: Row[]
  summary: Summary
  /** Wall time of the replay alone. */
  tookMs: number
}

/** Imports a file with a map of ours and replays what came of it. */
async function replayed(map: string, csv: string, yaml: string): Promise<Replayed> {
  const recording = join(folder, 'recording.ndjson')
  const code = await runImport(['--map', join(ROOT, 'simulators/maps', map), '--out', recording, join(DATA, csv)])
  expect(code).toBe(0)
  const last = new Map<string, Row>()
  const startMs = performance.now()
  const replay = createReplay(siteOf(yaml), (row) => {
    last.set([row.measurement, ...Object.values(row.tags), row.timeMs].join(' '), row)
  })
  await replayFiles(replay, [recording], async () => {})
  const summary = endReplay(replay)
  return { rows: [...last.values()], summary, tookMs: performance.now() - startMs }
}

/** Joules of a point by local day; a row's time is the end of its interval. */
function joulesByDay(rows: readonly Row[], point: string): Map<string, number> {
  const localDay = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Denver' })
  const days = new Map<string, number>()
  for (const { measurement, tags, fields, timeMs } of rows) {
    if (measurement !== 'energy' || tags['point'] !== point) continue
    const day = localDay.format(timeMs - 1)
    days.set(day, (days.get(day) ?? 0) + Number(fields['energy_j'] ?? 0))
  }
  return days
}

/** Seconds covered of a point by local day. */
function coveredByDay(rows: readonly Row[], point: string): Map<string, number> {
  const seconds = rows.map((row) => {
    const coveredJ = row.tags['point'] === point ? Number(row.fields['coverage']) * 60 : 0
    return { ...row, fields: { energy_j: coveredJ } }
  })
  return joulesByDay(seconds, point)
}

describe(`the ESIF data centre${absent}`, () => {
  test.skipIf(skipped).each(['201610', '201612', '201704'])('%s: every day of both meters', async (month) => {
    const { rows, summary, tookMs } = await replayed(
      'esif-nrel-1min.yaml',
      `esif-nrel-1min/NREL_HPCDC_${month}.csv`,
      MINUTES,
    )
    const perS = Math.round((summary.readings * 1000) / tookMs)
    console.log(`${month}: ${summary.readings} readings replayed, ${perS} readings/s`)
    const truth = readFileSync(join(DATA, `esif-nrel-1min/daily-truth-${month}.csv`), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
    expect(truth.length).toBeGreaterThan(20)
    expect(summary.outcomes.accepted + summary.outcomes.no_value).toBe(summary.readings)
    for (const [point, secondsColumn, kwhColumn] of [
      ['air', 2, 4],
      ['liquid', 3, 6],
    ] as const) {
      const joules = joulesByDay(rows, point)
      const seconds = coveredByDay(rows, point)
      for (const line of truth) {
        const cells = line.split(',')
        const day = cells[0] ?? ''
        const kwh = Number(cells[kwhColumn])
        const off = Math.abs((joules.get(day) ?? 0) / 3.6e6 - kwh)
        expect(off, `${point} on ${day}`).toBeLessThanOrEqual(1e-4 * kwh)
        expect(seconds.get(day) ?? 0, `${point} on ${day}, seconds`).toBeCloseTo(Number(cells[secondsColumn]), 6)
      }
    }
  })

  test.skipIf(skipped)(
    '76 days: PUE is the published quotient of energies, not the mean of daily quotients',
    async () => {
      const csv = 'esif-nlr/esif_daily_2016-06-12_2016-08-28.csv'
      const { rows } = await replayed('esif-nlr.yaml', csv, HOURS)
      const joules = (point: string) => [...joulesByDay(rows, point).values()].reduce((sum, joule) => sum + joule, 0)
      const itJ = joules('it')
      const quotient = ['it', 'cooling', 'hvac', 'pump', 'plug'].reduce((sum, point) => sum + joules(point), 0) / itJ
      expect(Math.abs(quotient - 1.035333)).toBeLessThan(5e-7)
      expect(Math.abs(quotient - 1.038552)).toBeGreaterThan(0.003)

      // The last window end tells the same of the same time, and how much of the window that is.
      const ends = rows.filter(({ measurement, tags }) => measurement === 'pue' && tags['window'] === '90d')
      const last = ends.reduce((newest, row) => (row.timeMs > newest.timeMs ? row : newest))
      const hours = rows.filter(({ tags, fields }) => tags['point'] === 'it' && fields['coverage'] === 1).length / 4
      expect(last.fields).toMatchObject({ coverage: hours / (90 * 24), name: 'iPUE', state: 'settled', suspect: false })
      expect(Number(last.fields['pue'])).toBeCloseTo(quotient, 9)
      expect(Number(last.fields['it_j'])).toBe(itJ)

      // Over 180 days less than half of the time is known: then there is no value.
      const long = rows.filter(({ tags, timeMs }) => tags['window'] === '180d' && timeMs === last.timeMs)
      expect(long.map(({ fields }) => [fields['pue'], fields['it_j']])).toEqual([[undefined, itJ]])
    },
  )
})
