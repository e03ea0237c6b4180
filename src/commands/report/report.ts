import { Option, type Command } from 'commander'
import { ruleSetNamed, ruleSetNames } from '../../config/rules/rules.ts'
import type { EnergyReport } from '../../config/reporting/report-schema.ts'
import { buildReport } from '../../reports/model/build.ts'
import { readPeriod } from '../../reports/period.ts'
import { reportHtml } from '../../reports/render/html.ts'
import { reportCsv } from '../../reports/render/table.ts'
import { LANGUAGES, type ReportLanguage } from '../../reports/render/words.ts'
import { addText, assertReadable, CONFIG_OPTION, siteOf } from '../arguments.ts'
import { programVersion } from '../../config/files/program-version.ts'
import { pagesKept, pagesOfRecordings } from './pages.ts'

interface ReportArguments {
  config: string
  period: string
  rules: string
  recording?: string[]
  format: 'json' | 'csv' | 'html'
  language: ReportLanguage
}

export function addReport(coldaisle: Command): void {
  coldaisle
    .command('report')
    .description('energy, water and heat of a period by a rule set, every field filled or named as missing')
    .requiredOption(...CONFIG_OPTION)
    .requiredOption('--period <name>', 'a year, quarter, month or day: 2026, 2026-Q3, 2026-10, 2026-10-05')
    .option('--rules <name|file>', `rule set (${ruleSetNames().join(', ')}), or a file of your own`, 'eu-2024-1364')
    .option('--recording <file>', 'of a recording instead of what the daemon keeps; may be given again', addText)
    .addOption(new Option('--format <name>', 'how it is printed').choices(['json', 'csv', 'html']).default('json'))
    .addOption(new Option('--language <name>', 'of the page').choices(LANGUAGES).default('en'))
    .action(async (options: ReportArguments) => {
      const report = await makeReport(options)
      process.stdout.write(renderedReport(report, options))
    })
}

async function makeReport({ config, period: name, rules, recording }: ReportArguments): Promise<EnergyReport> {
  const site = siteOf(config)
  assertReadable(recording ?? [])
  const period = readPeriod(name, site.config.site.timezone)
  const ruleSet = ruleSetNamed(rules)
  const pages =
    recording === undefined ? await pagesKept(site, period) : await pagesOfRecordings(site, recording, period)
  return buildReport({
    config: site.config,
    rules: ruleSet,
    period,
    pageOf: (day) => pages.get(day),
    madeAtMs: Date.now(),
    software: programVersion(),
  })
}

function renderedReport(
  report: EnergyReport,
  { format, language }: Pick<ReportArguments, 'format' | 'language'>,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`
    case 'csv':
      return reportCsv(report)
    case 'html':
      return reportHtml(report, language)
  }
}
