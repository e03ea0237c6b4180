/** What `coldaisle savings` says: verdicts, the rule of the load, events, what a claim needs, the lock of a baseline. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { dayName, dayNumber, readDaily } from '../../src/savings/daily-file.ts'
import type { DailyRow } from '../../src/savings/daily.ts'
import type { DaySpan, LoadVariable, NonRoutineEvent } from '../../src/savings/days.ts'
import { loadVerdict, MOST_INLET_MOVE_K, type LoadVerdict } from '../../src/savings/load-rule.ts'
import { savingsProof, type ProofQuestion, type SavingsProof } from '../../src/savings/proof.ts'
import { savingsText } from '../../src/savings/text.ts'
import { savingCase } from './plant-cases.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-savings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function spanFrom(from: string, to: string): DaySpan {
  return { name: `${from}/${to}`, first: dayNumber(from), end: dayNumber(to) + 1 }
}

const BASELINE = spanFrom('2024-01-01', '2024-12-31')
const REPORT = spanFrom('2025-01-01', '2025-06-30')

interface SiteOf {
  /** Of what the facility takes besides its IT, from 2025 on. */
  saved?: number
  /** By so much warmer inlets from 2025 on. */
  inletsK?: number
  more?: (day: number) => Partial<DailyRow>
  until?: string
  /** A column that is not known. */
  unknown?: keyof DailyRow
}

/** A site of 100 kW of IT: 3PC of the wet bulb above 12 °C, with errors that come and go over days. */
function siteRows({
  saved = 0,
  inletsK = 0,
  more = () => ({}),
  until = '2025-06-30',
  unknown,
}: SiteOf = {}): DailyRow[] {
  const count = dayNumber(until) + 1 - BASELINE.first
  return Array.from({ length: count }, (_, n) => {
    const day = BASELINE.first + n
    const isAfter = day >= REPORT.first
    const dryBulbC = 13 - 10 * Math.cos((2 * Math.PI * n) / 365.25) + 3 * Math.sin(1.3 * n)
    const wetBulbC = dryBulbC - 3 - Math.sin(0.7 * n)
    const itKwh = 2400 + 60 * Math.sin(n / 9)
    const error = 12 * Math.sin(n / 2.7) + 9 * Math.sin(1e3 * Math.sin(n))
    const overhead = (200 + 0.1 * itKwh + 12 * Math.max(0, wetBulbC - 12)) * (isAfter ? 1 - saved : 1)
    const inletC = 22 + 0.2 * Math.sin(n / 5) + (isAfter ? inletsK : 0)
    const row = { facilityKwh: itKwh + overhead + error, itKwh, dryBulbC, wetBulbC, inletC, ...more(day) }
    return { day, ...Object.fromEntries(Object.entries(row).filter(([name]) => name !== unknown)) }
  })
}

function proofOf(rows: readonly DailyRow[], question: Partial<ProofQuestion> = {}): SavingsProof {
  return savingsProof(
    rows,
    { option: 'C', baseline: BASELINE, report: REPORT, events: [], ...question },
    () => 'locked',
  )
}

function failedGates({ gates }: SavingsProof): string[] {
  return gates.flatMap(({ gate, holds }) => (holds ? [] : [gate]))
}

describe('verdict', () => {
  test('a saving of a fifth of the overhead is shown, by about as much as it is, and fit for a claim', () => {
    const rows = siteRows({ saved: 0.2 })
    const trueKwh = rows.reduce((sum, { day, facilityKwh = 0 }, n) => {
      return sum + (day < REPORT.first ? 0 : (siteRows()[n]?.facilityKwh ?? 0) - facilityKwh)
    }, 0)
    const proof = proofOf(rows)
    expect(proof.verdict).toBe('saving')
    const [low, high] = proof.figures?.interval90Kwh ?? [NaN, NaN]
    expect(low).toBeLessThan(trueKwh)
    expect(high).toBeGreaterThan(trueKwh)
    expect(high - low).toBeLessThan(trueKwh)
    expect(failedGates(proof)).toEqual([])
    const lines = savingsText(proof, 'en').split('\n')
    expect(lines[0]).toMatch(/^saving shown: 1\d,\d{3} kWh avoided in 2025-01-01\/2025-06-30$/)
    expect(lines).toContain('load: IT power (inlets moved by 0.00 K)')
    expect(lines).toContain('fit for a claim')
  })

  test('no measure: the first line says that no saving is shown, in both languages', () => {
    const proof = proofOf(siteRows())
    expect(proof.verdict).toBe('no saving shown')
    expect(savingsText(proof, 'en')).toMatch(/^no saving shown: /)
    expect(savingsText(proof, 'fr')).toMatch(/^aucune économie établie : /)
    expect(failedGates(proof), 'and it is no claim').toEqual(['uncertainty'])
  })

  test('a measure that costs energy is told as such', () => {
    const proof = proofOf(siteRows({ saved: -0.2 }))
    expect(proof.verdict).toBe('more energy used')
    expect(savingsText(proof, 'en')).toMatch(/^no saving: 1\d,\d{3} kWh more were used/)
  })

  test('of cooling meters alone, option B', () => {
    const rows = siteRows({ saved: 0.2 }).map((row) => ({
      ...row,
      coolingKwh: (row.facilityKwh ?? 0) - (row.itKwh ?? 0),
    }))
    expect(proofOf(rows, { option: 'B' }).verdict).toBe('saving')
    expect(proofOf(siteRows(), { option: 'B' })).toMatchObject({ verdict: 'refused', refused: 'too little known' })
  })
})

describe('the load must not contain what the measure changes', () => {
  test.for<[string, SiteOf, LoadVariable | undefined, Partial<LoadVerdict>]>([
    ['inlets as before: IT power', {}, undefined, { load: 'it' }],
    ['just within', { inletsK: 0.98 * MOST_INLET_MOVE_K }, undefined, { load: 'it' }],
    ['inlets warmer by more', { inletsK: 1.02 * MOST_INLET_MOVE_K }, undefined, { refused: 'inlets moved' }],
    ['inlets colder by more', { inletsK: -1.02 * MOST_INLET_MOVE_K }, undefined, { refused: 'inlets moved' }],
    ['inlets not known', { unknown: 'inletC' }, undefined, { refused: 'inlets unknown' }],
    ['a load of its own counts, however warm', { inletsK: 3, more: () => ({ load: 70 }) }, undefined, { load: 'load' }],
    ['a load of its own wanted, none there', {}, 'load', { refused: 'no load' }],
    ['neither load nor IT', { unknown: 'itKwh' }, undefined, { refused: 'no load' }],
    ['none by request', { inletsK: 3 }, 'none', { load: 'none' }],
  ])('%s', ([, site, asked, expected]) => {
    expect(loadVerdict(siteRows(site), { baseline: BASELINE, report: REPORT }, asked)).toMatchObject(expected)
  })

  test('without a load there is a reason and no figure; a load that stands still is one', () => {
    const proof = proofOf(siteRows({ inletsK: 1 }))
    expect(proof).toMatchObject({ verdict: 'refused', refused: 'inlets moved' })
    expect(proof.figures).toBeUndefined()
    expect(savingsText(proof, 'en')).toMatch(/^no figure: .*: inlets moved by 1.00 K between the periods/)
    expect(savingsText(proof, 'en')).not.toMatch(/kWh/)
    expect(proofOf(siteRows({ saved: 0.4, inletsK: 3, more: () => ({ load: 70 }) })).verdict).toBe('saving')
  })

  test('a plant whose set-point rose by 2 K: its servers’ fans cannot be told apart', () => {
    const { rows, baselineDays } = savingCase(3, 'warmer')
    const [first, middle] = [rows[0]?.day ?? 0, (rows[0]?.day ?? 0) + baselineDays]
    const spans = {
      baseline: { name: 'b', first, end: middle },
      report: { name: 'r', first: middle, end: first + rows.length },
    }
    const proof = proofOf(rows, spans)
    expect(proof).toMatchObject({ verdict: 'refused', refused: 'inlets moved' })
    expect(proof.inletMoveK).toBeCloseTo(2, 0)
    expect(savingsText(proof, 'en')).toMatch(/^no figure: saving not separable from the servers’ fans/)
  })
})

test('days of events count nowhere, and each adjustment shows the result without it', () => {
  const event = (what: string, from: string, to: string): NonRoutineEvent => ({ ...spanFrom(from, to), what })
  const works = event('works', '2025-02-03', '2025-02-12')
  const outage = event('outage', '2024-05-01', '2024-05-03')
  const more = (day: number) => (day >= works.first && day < works.end ? { facilityKwh: 4_000 } : {})
  const clean = proofOf(siteRows({ saved: 0.2 }), { events: [works] })
  const proof = proofOf(siteRows({ saved: 0.2, more }), { events: [works, outage] })
  const [withoutWorks, withoutOutage, withoutAll] = proof.without
  expect(proof.without.map(({ what }) => what)).toEqual(['works', 'outage', 'all'])
  expect(withoutOutage?.figures?.avoidedKwh).toBeCloseTo(clean.figures?.avoidedKwh ?? NaN, 6)
  // Ten days at 4,000 kWh in place of some 2,800.
  expect((clean.figures?.avoidedKwh ?? 0) - (withoutWorks?.figures?.avoidedKwh ?? 0)).toBeGreaterThan(9_000)
  expect(withoutAll?.figures?.avoidedKwh).toBeLessThan(withoutOutage?.figures?.avoidedKwh ?? 0)
  const lines = savingsText(proof, 'en').split('\n')
  expect(lines.findIndex((line) => line.startsWith('non-routine events'))).toBeLessThan(
    lines.findIndex((line) => line.startsWith('model')),
  )
})

test.for<[string, SiteOf, Partial<ProofQuestion>, string[]]>([
  [
    'half a year that has not seen the summer',
    { saved: 0.2 },
    { baseline: spanFrom('2024-10-01', '2024-12-31') },
    ['baseline'],
  ],
  [
    'every fifth day unknown',
    { saved: 0.2, more: (day) => (day % 5 === 0 ? { coverage: 0.5 } : {}) },
    {},
    ['coverage'],
  ],
  ['no load', { saved: 0.4 }, { load: 'none' }, ['load']],
  [
    'a site that does as it likes',
    { saved: 0.2, more: (day) => ({ facilityKwh: 3000 + 2500 * Math.sin(1e4 * Math.sin(day)) }) },
    {},
    ['cvRmse', 'uncertainty'],
  ],
])('unfit for a claim: %s', ([, site, question, expected]) => {
  expect(failedGates(proofOf(siteRows(site), question))).toEqual(expected)
})

test.for([
  ['day,facility_kwh\n2025-01-01,abc', 'x.csv:2 facility_kwh: "abc" is no number'],
  ['day,facility_kwh\n2025-02-30,1', 'x.csv:2 day: "2025-02-30" is no date such as 2026-03-02'],
  ['day,facility_kwh\n2025-01-01', 'x.csv:2 has 1 cells, the first line 2'],
  ['day,facility\n', 'x.csv:1 has an unknown column "facility"'],
  ['facility_kwh\n', 'x.csv:1 has no column "day"'],
  ['day,load\n2025-01-01,1\n2025-01-01,2', 'x.csv:3 has a day that stands above already'],
])('a file of days that is none is told with its place: %s', ([text, said]) => {
  expect(() => readDaily(text ?? '', 'x.csv')).toThrow(said)
})

test('as a command: the baseline is locked once, and another one is told', () => {
  const written = (rows: readonly DailyRow[], shiftDays: number) => {
    const lines = rows.map((it) =>
      [dayName(it.day + shiftDays), it.facilityKwh, it.itKwh, it.wetBulbC, it.inletC].join(','),
    )
    writeFileSync(join(folder, 'daily.csv'), `day,facility_kwh,it_kwh,wet_bulb_c,inlet_c\n${lines.join('\n')}\n`)
  }
  const run = (...more: string[]) => {
    const args = ['savings', '--data', 'daily.csv', ...more]
    const { status, stdout, stderr } = spawnSync(process.execPath, [COLDAISLE, ...args], {
      cwd: folder,
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
  // 400 years have whole weeks: the same days of the week, and a report that nobody has lived to see the end of.
  const later = 146_097
  const periods = ['--baseline', '2424', '--report', '2425-01/2425-06']
  written(siteRows({ saved: 0.2, until: '2025-04-30' }), later)
  const first = run(...periods, '--lock', 'lock.json', '--event', '2425-02-03/2425-02-04=works')
  expect([first.status, first.stderr]).toEqual([0, ''])
  expect(first.stdout).toMatch(/^saving shown: /)
  expect(first.stdout).toMatch(/^baseline sha256:\w{16}, locked before the report’s period was over$/m)
  expect(first.stdout).toMatch(/^not fit for a claim:\n {2}6\d\.\d % of the days are known, 90.0 % are needed\n$/m)
  const lock = readFileSync(join(folder, 'lock.json'), 'utf8')
  written(siteRows({ saved: 0.2 }), later)
  expect(run(...periods, '--lock', 'lock.json').stdout).toMatch(/^fit for a claim$/m)
  const moved = siteRows({ saved: 0.2, more: (day) => (day === BASELINE.first ? { facilityKwh: 9_000 } : {}) })
  written(moved, later)
  const other = JSON.parse(run(...periods, '--lock', 'lock.json', '--json').stdout) as SavingsProof
  expect(other.lock).toBe('differs')
  expect(failedGates(other)).toEqual(['locked'])
  expect(readFileSync(join(folder, 'lock.json'), 'utf8')).toBe(lock)
  expect(run('--baseline', '2424', '--report', '2424-12')).toMatchObject({
    status: 2,
    stderr: 'the baseline ends before the report begins\n',
  })
})
