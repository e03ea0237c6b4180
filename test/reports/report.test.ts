/** The report of a period: whole sums beside masked ones, meters, invoices, what it says of its rules; its renderings. */
import { describe, expect, test } from 'vitest'
import { REMARKS, reportModel, type EnergyReport } from '../../src/config/reporting/report-schema.ts'
import { ruleSetNamed, ruleSetNames } from '../../src/config/rules/rules.ts'
import { readPeriod } from '../../src/reports/period.ts'
import { reportHtml } from '../../src/reports/render/html.ts'
import { escaped } from '../../src/reports/render/markup.ts'
import { createPrinter } from '../../src/reports/render/print.ts'
import { reportCsv } from '../../src/reports/render/table.ts'
import { LANGUAGES, reportWord } from '../../src/reports/render/words.ts'
import { dayPage, reportOf } from './site-of-report.ts'

const codesOf = (report: EnergyReport) => report.remarks.map(({ code }) => code)
const fieldOf = (report: EnergyReport, id: string) => report.fields.find((it) => it.id === id)

describe('periods are whole local days', () => {
  test.each([
    ['2026', 'year', '2025-12-31T23:00Z', '2026-12-31T23:00Z'],
    ['2026-Q1', 'quarter', '2025-12-31T23:00Z', '2026-03-31T22:00Z'],
    ['2026-Q4', 'quarter', '2026-09-30T22:00Z', '2026-12-31T23:00Z'],
    ['2026-10', 'month', '2026-09-30T22:00Z', '2026-10-31T23:00Z'],
    ['2026-10-25', 'day', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
  ])('%s', (name, unit, start, end) => {
    const period = readPeriod(name, 'Europe/Paris')
    expect(period).toMatchObject({ unit, startMs: Date.parse(start), endMs: Date.parse(end) })
  })

  test('a day that a zone left out on its way over the date line is none', () => {
    expect(() => readPeriod('2011-12-30', 'Pacific/Apia')).toThrow(/2011-12-30 is no day of the calendar of Pacific/)
    expect(readPeriod('2011-12-31', 'Pacific/Apia').startMs).toBe(readPeriod('2011-12-29', 'Pacific/Apia').endMs)
  })

  test.each(['2026-Q5', '2026-13', '2026-02-29', '2026-04-00', '26', '0050', '1899-12', 'last year'])(
    '%s is none',
    (name) => {
      expect(() => readPeriod(name, 'Europe/Paris')).toThrow(/2026-02-29 is no day|is no period|is no day/)
    },
  )
})

describe('whole sums and masked ones', () => {
  // On the second day the main meter is unknown for half of it: its sum lacks what nobody knows
  const pages = [
    dayPage({ day: '2026-10-05' }),
    dayPage({ day: '2026-10-06', facility: 600, coverage: 0.5, masked: [600, 500] }),
  ]

  test('a month of which 2 of 31 days are kept says so, and adds up from its days', () => {
    const report = reportOf({ pages, period: '2026-10' })
    expect(fieldOf(report, 'e_dc')?.value).toBeCloseTo(1800, 9)
    expect(fieldOf(report, 'e_dc')?.coverage).toBeCloseTo(1.5 / 31, 12)
    expect(report.days.reduce((sum, { facilityJ }) => sum + facilityJ, 0)).toBeCloseTo(1800 * 3.6e6, 3)
    expect(report.days.reduce((sum, { amounts: { water = 0 } }) => sum + water, 0)).toBeCloseTo(
      Number(fieldOf(report, 'w_in')?.value),
      12,
    )
    expect(report.remarks.find(({ code }) => code === 'days_missing')?.about[0]).toBe(29)
    expect(codesOf(report)).toContain('low_coverage')
  })

  test('1800 / 2000 beside 1800 / 1500: page one says that they are apart', () => {
    const { masked, remarks } = reportOf({ pages, period: '2026-10' })
    expect([masked?.value, masked?.ofSums]).toEqual([1.2, 0.9])
    expect(remarks.find(({ code }) => code === 'ratio_apart')?.about).toEqual([1.2, 0.9, -0.25])
  })

  test('0.4 % apart is none', () => {
    const near = [dayPage({ day: '2026-10-05', masked: [1195.3, 1000] })]
    expect(codesOf(reportOf({ pages: near }))).not.toContain('ratio_apart')
  })

  test('only a year is a PUE', () => {
    expect(reportOf({ pages, period: '2026-10' }).indicators[0]?.name).toBe('iPUE')
  })
})

describe('meters: what they showed at both ends', () => {
  test('over a swap at noon: 700 − 100 and 405 − 5 are 1000', () => {
    const { meters } = reportOf({ pages: [dayPage({ day: '2026-10-05', itCounts: [100, 405] })] })
    const it = meters.find(({ point }) => point === 'it')
    expect([it?.opening?.count, it?.closing?.count, it?.difference]).toEqual([100, 405, 1000])
    expect(it?.swaps).toEqual([{ atMs: Date.parse('2026-10-05T12:00Z'), closing: 700, opening: 5 }])
  })

  test.each([
    ['a rollover at 1,000,000', [999_500, 500], 1000, undefined],
    ['1.2 % more than its intervals', [0, 1012], 1012, 'register_apart'],
  ] as const)('%s', (_words, itCounts, difference, remark) => {
    const report = reportOf({ pages: [dayPage({ day: '2026-10-06', itCounts })], period: '2026-10-06' })
    expect(report.meters.find(({ point }) => point === 'it')?.difference).toBeCloseTo(difference, 6)
    expect(codesOf(report).filter((code) => code.startsWith('register'))).toEqual(remark === undefined ? [] : [remark])
  })

  test('a water count goes on over midnight and over a day that is not kept; a fall is told and counts nothing', () => {
    const day = (n: number, city: readonly [number, number]) => dayPage({ day: `2026-10-0${n}`, counts: { city } })
    const pages = [day(1, [10, 11]), day(2, [11.5, 12]), day(4, [14, 14.5]), day(5, [3, 4])]
    const report = reportOf({ pages, period: '2026-10', rules: 'eu-c-2026-3472' })
    // 1 + 0.5 + 0.5 + 2 + 0.5, the fall from 14.5 to 3, 1
    expect(fieldOf(report, 'w_in_fre')?.value).toBeCloseTo(5.5, 12)
    expect(fieldOf(report, 'w_in_fre')?.remarks).toEqual([{ code: 'water_fell', about: [1] }])
  })

  test('the day before a period gives its opening count', () => {
    const before = dayPage({ day: '2026-10-04', itCounts: [0, 90] })
    const own = dayPage({ day: '2026-10-05', itCounts: [100, 405] })
    const [opening] = reportOf({ pages: [before, own] }).meters.flatMap(({ point, opening: at }) =>
      point === 'it' ? [at] : [],
    )
    expect(opening).toEqual({ count: 90, atMs: Date.parse('2026-10-05T00:00Z') })
  })
})

test('degree days count days of 24 °C and more, above 21 °C: 0 + 3 + 5.5', () => {
  const pages = [23.9, 24, 26.5].map((outdoorC, n) => dayPage({ day: `2026-07-0${n + 1}`, outdoorC }))
  expect(fieldOf(reportOf({ pages, period: '2026-07' }), 'cdd')?.value).toBeCloseTo(8.5, 12)
})

describe('what is typed', () => {
  const typedMonths = (months: readonly string[]) => `
disclosure:
  boundary: dc5
  monthly: [${months.map((month) => `{ field: e_res_goo, month: ${month}, value: 10, by: A, on: 2026-11-02, source: registry }`).join(', ')}]
  invoices: [{ field: e_dc, month: 2026-10, value: 37000, by: A, on: 2026-11-05, source: invoice 7 }]`
  const pages = Array.from({ length: 31 }, (_, n) => dayPage({ day: `2026-10-${String(n + 1).padStart(2, '0')}` }))

  test('months add up where all of them are there; else the missing ones are named', () => {
    const whole = reportOf({ pages, period: '2026-10', disclosure: typedMonths(['2026-10']) })
    expect(fieldOf(whole, 'e_res_goo')).toMatchObject({ value: 10, evidence: 'typed' })
    const part = reportOf({ pages, period: '2026-Q4', disclosure: typedMonths(['2026-10', '2026-11']) })
    expect(fieldOf(part, 'e_res_goo')).toMatchObject({
      evidence: 'missing',
      remarks: [{ code: 'months_missing', about: ['2026-12'] }],
    })
  })

  test('an invoice of 37,000 kWh beside 37,200 kWh of the meters: 0.54 %, on page one', () => {
    const { invoices, remarks } = reportOf({ pages, period: '2026-10', disclosure: typedMonths([]) })
    expect(invoices[0]?.difference).toBeCloseTo(200, 6)
    expect(invoices[0]?.differencePct).toBeCloseTo(0.5405, 4)
    expect(remarks.find(({ code }) => code === 'invoice_apart')?.about[0]).toBe('e_dc')
    const said = remarks
      .filter(({ code }) => code === 'invoice_apart')
      .map((it) => createPrinter('en', 'UTC').remark(it))
    expect(said).toEqual(['Total energy, 2026-10: the meters differ from the invoice by +200, +0.54 %.'])
    const less = { code: 'register_apart' as const, about: ['it', -1200, -0.012] }
    expect(createPrinter('fr', 'UTC').remark(less)).toContain('\u22121\u202f200 kWh'.replace(' kWh', '\u00a0kWh'))
  })
})

describe('the state of rules', () => {
  const pages = [dayPage({ day: '2026-10-05' })]

  test('adopted: not in force, and what is not known of it is said', () => {
    const report = reportOf({ pages, rules: 'eu-c-2026-3472' })
    expect(report.rules).toMatchObject({ state: 'adopted', stateFrom: '2026-09-21' })
    expect(codesOf(report)).toEqual(expect.arrayContaining(['not_in_force', 'rules_unverified', 'not_a_year']))
    expect(fieldOf(report, 'w_in_fre')?.unverified).toBe(true)
  })

  test('in force by the date and number that the operator gives, from that day on', () => {
    const disclosure = `
disclosure: { boundary: dc5, rules: { eu-c-2026-3472: { inForce: 2026-12-05, journal: L 2026/999 } } }`
    const on = (madeAt: string) => reportOf({ pages, rules: 'eu-c-2026-3472', disclosure, madeAt }).rules
    expect(on('2026-12-04T12:00Z').state).toBe('adopted')
    expect(on('2026-12-05T12:00Z')).toMatchObject({ state: 'in force', journal: 'L 2026/999' })
  })

  test('an old period keeps old rules: 2025 is not of C(2026) 3472', () => {
    const report = reportOf({ pages: [dayPage({ day: '2025-10-05' })], period: '2025-10-05', rules: 'eu-c-2026-3472' })
    expect(codesOf(report)).toContain('period_before')
  })
})

describe('renderings', () => {
  const report = reportOf({ pages: [dayPage({ day: '2026-10-05' })], rules: 'eu-c-2026-3472' })

  test('JSON is what the published schema says', () => {
    expect(reportModel.parse(JSON.parse(JSON.stringify(report)))).toEqual(JSON.parse(JSON.stringify(report)))
    expect(report.official).toBe(false)
  })

  test.each(LANGUAGES)('the page in %s: no script, no request, each field called by a word', (language) => {
    const html = reportHtml(report, language)
    expect(html).not.toMatch(/<script|https?:|<link|<img|url\(/)
    expect(html).toContain(reportWord(language, 'missing'))
    expect(html).toContain(language === 'en' ? 'Non-official preview, rule set eu-c-2026-3472' : 'eu-c-2026-3472')
    expect(html).not.toMatch(/undefined|NaN|\{\d/)
    expect(html.length).toBeGreaterThan(10_000)
  })

  test('French is set with blanks at which no line ends', () => {
    const text = reportHtml(report, 'fr')
      .replace(/<style>.*<\/style>/s, '')
      .replaceAll(/<[^>]*>/g, '|')
    expect(text).toContain('jeu de règles eu-c-2026-3472\u00a0:')
    expect(text).toContain('\u202f; ')
    expect(text.match(/.{0,20} [;:?!»%].{0,10}/gu) ?? []).toEqual([])
  })

  test.each(ruleSetNames())('what %s says is there in three languages', (name) => {
    const { texts: _, digests: __, ...rules } = ruleSetNamed(name)
    const alone: string[] = []
    JSON.stringify(rules, (key, value: unknown) => {
      const isRead = /^(title|name|note|basis|text|entry|checkedBy|\d+)$/.test(key)
      // Names of laws in the words of their country, and quotients of symbols, are the same everywhere
      if (isRead && typeof value === 'string' && /[a-z] [a-z]/.test(value)) alone.push(value)
      return typeof value === 'object' && value !== null && 'en' in value ? undefined : value
    })
    expect(alone).toEqual([])
    const made = reportOf({ pages: [dayPage({ day: '2026-10-05' })], rules: name })
    for (const language of ['fr', 'de'] as const) {
      const html = reportHtml(made, language)
      const words = Object.entries(made.words ?? {})
      expect(words.filter(([english, to]) => to[language] !== english && html.includes(escaped(english)))).toEqual([])
      expect(html).toContain(
        escaped(createPrinter(language, 'UTC').said(made.words?.[made.rules.due]?.[language] ?? '?')),
      )
    }
  })

  test('a name cannot become markup', () => {
    const disclosure = `
disclosure: { boundary: dc5, typed: { name: { value: <script>alert(1)</script>, by: A, on: 2026-11-02, source: '"' } } }`
    const html = reportHtml(reportOf({ pages: [], rules: 'eu-2024-1364', disclosure }), 'en')
    expect(html).toContain('&lt;script&gt;')
    expect(html).not.toContain('<script')
  })

  test('every field of every rule set, and every remark, has a word in each language', () => {
    const ids = ruleSetNames().flatMap((name) => ruleSetNamed(name).fields.map(({ id }) => `field.${id}`))
    expect(ids.filter((id) => LANGUAGES.some((language) => reportWord(language, id, '') === ''))).toEqual([])
    const said = LANGUAGES.flatMap((language) => {
      const printer = createPrinter(language, 'Etc/UTC')
      return REMARKS.map((code) => printer.remark({ code, about: [0.5, 'x', 0.1, 0.2] }))
    })
    expect(new Set(said).size).toBe(3 * REMARKS.length)
  })

  test('CSV: values as they are, and as they are printed', () => {
    const lines = reportCsv(report).split('\r\n')
    expect(lines.find((line) => line.includes(',indicator,pue,'))).toContain(',iPUE,1.2,1.200,1,')
    expect(lines.find((line) => line.includes(',field,e_dc,'))).toContain(',E_DC,1200,1200,kWh,')
    expect(lines.filter((line) => line.includes(',missing,')).length).toBe(report.missing.length)
    expect(
      lines.every(
        (line) => line === '' || line.startsWith('dc5,2026-10-05,eu-c-2026-3472,no,') || line.startsWith('site,'),
      ),
    ).toBe(true)
  })
})
