import type { Config } from '../../config/config.ts'
import type { RuleSet } from '../../config/rules/rules.ts'
import type { EnergyReport } from '../../config/reporting/report-schema.ts'
import { configurationDigest, configurationSections } from '../../fold/configurations.ts'
import { csvText } from '../day.ts'
import type { DayPage } from '../days/page.ts'
import { reportHtml } from '../render/html.ts'
import { reportCsv } from '../render/table.ts'
import { LANGUAGES } from '../render/words.ts'

const DAY_COLUMNS = [
  'day',
  'meter',
  'kind',
  'energy_j',
  'estimated_j',
  'covered_s',
  'gaps',
  'first_count', // J of a register, m³ of water
  'first_at',
  'last_count',
  'last_at',
  'rise_m3',
  'state',
  'revision',
] as const

/** The files of a report's pack by their names: what it says in all forms, and all that it is made of. */
export function packFiles(
  report: EnergyReport,
  pages: readonly DayPage[],
  rules: RuleSet,
  config: Config,
): Map<string, string> {
  const configuration = {
    digest: configurationDigest(config),
    ...configurationSections(config),
    disclosure: config.disclosure,
  }
  return new Map([
    ['report.json', json(report)],
    ['report.csv', reportCsv(report)],
    ...LANGUAGES.map((language) => [`report.${language}.html`, reportHtml(report, language)] as const),
    ['days.csv', daysCsv(pages)],
    ['pages.ndjson', pages.map((page) => `${JSON.stringify(page)}\n`).join('')],
    ['explain.json', json(explained(report))],
    ['configuration.json', json(configuration)],
    ['software.json', json({ coldaisle: report.software, node: process.version, platform: process.platform })],
    ...Object.entries(rules.texts).map(([id, text]) => [`rules/${id}.yaml`, text] as const),
  ])
}

/** Each day and meter: of these the sums of the report are made. */
function daysCsv(pages: readonly DayPage[]): string {
  const lines = pages.flatMap(({ day, meters, gauges }) => [
    ...meters.map((meter) => ({
      day,
      meter: meter.point,
      kind: meter.kind,
      energy_j: String(meter.energyJ),
      estimated_j: String(meter.estimatedJ),
      covered_s: String(meter.coveredMs / 1000),
      gaps: String(meter.gaps.count),
      ...countsOf(meter),
      state: meter.state,
      revision: String(meter.revision),
    })),
    ...gauges.map((gauge) => ({
      day,
      meter: gauge.point,
      kind: 'gauge',
      covered_s: String(gauge.coveredMs / 1000),
      ...countsOf(gauge),
      rise_m3: String(gauge.steps),
    })),
  ])
  return csvText(DAY_COLUMNS, lines)
}

function countsOf({ first, last }: Pick<DayPage['meters'][number], 'first' | 'last'>) {
  return {
    first_count: String(first?.count ?? ''),
    first_at: first === undefined ? '' : new Date(first.atMs).toISOString(),
    last_count: String(last?.count ?? ''),
    last_at: last === undefined ? '' : new Date(last.atMs).toISOString(),
  }
}

/** Each figure with the sum behind it, line by line. */
function explained({ fields, indicators, terms, meters }: EnergyReport) {
  const meterOf = (point: string) => meters.find((meter) => meter.point === point) ?? { point }
  return {
    fields: fields.map(({ id, symbol, value, unit, evidence, quantity, points, typed, gaps, remarks }) => ({
      id,
      symbol,
      value,
      unit,
      evidence,
      ...(quantity === 'facility' || quantity === 'it' ? { terms: terms.filter(({ sum }) => sum === quantity) } : {}),
      meters: points.map(meterOf),
      typed,
      gaps,
      remarks,
    })),
    indicators: indicators.map(({ id, name, basis, value, unit, plusMinus, coverage, missing }) => ({
      id,
      name,
      basis,
      value,
      unit,
      plusMinus,
      coverage,
      missing,
    })),
  }
}

function json(of: object): string {
  return `${JSON.stringify(of, null, 2)}\n`
}
