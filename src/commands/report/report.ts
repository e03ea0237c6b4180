import { Option, type Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { programVersion } from '../../config/files/program-version.ts'
import { ruleSetNamed, ruleSetNames } from '../../config/rules/rules.ts'
import type { EnergyReport } from '../../config/reporting/report-schema.ts'
import { buildReport } from '../../reports/model/build.ts'
import { withStatus } from '../../reports/pack/finality.ts'
import { packFiles } from '../../reports/pack/files.ts'
import { readSigningKey } from '../../reports/pack/manifest.ts'
import { writePack } from '../../reports/pack/write.ts'
import { readPeriod } from '../../reports/period.ts'
import { reportHtml } from '../../reports/render/html.ts'
import { reportCsv } from '../../reports/render/table.ts'
import { LANGUAGES, type ReportLanguage } from '../../reports/render/words.ts'
import { addText, assertReadable, CONFIG_OPTION, siteOf } from '../arguments.ts'
import { CommandFailed, FAILED, messageOf } from '../ending.ts'
import { runFleet } from './fleet.ts'
import { pagesKept, pagesOfRecordings } from './pages.ts'
import { FINGERPRINT_OPTION, KEY_OPTION, trustOf, type TrustArguments } from './verify.ts'

interface ReportArguments extends TrustArguments {
  config: string
  /** Of a fleet the packs say it. */
  period?: string
  fleet?: string[]
  rules: string
  recording?: string[]
  format?: 'json' | 'csv' | 'html'
  language: ReportLanguage
  out?: string
  sign?: string
  zip?: boolean
  final?: boolean
  incomplete?: string
  author?: string
  releasedBy?: string
  reason?: string
}

export function addReport(coldaisle: Command): void {
  coldaisle
    .command('report')
    .description('energy, water and heat of a period by a rule set, every field filled or named as missing')
    .requiredOption(...CONFIG_OPTION)
    .option('--period <name>', 'a year, quarter, month or day: 2026, 2026-Q3, 2026-10, 2026-10-05')
    .option('--rules <name|file>', `rule set (${ruleSetNames().join(', ')}), or a file of your own`, 'eu-2024-1364')
    .option('--recording <file>', 'of a recording instead of what the daemon keeps; may be given again', addText)
    .addOption(new Option('--format <name>', 'how it is printed; absent: json').choices(['json', 'csv', 'html']))
    .addOption(new Option('--language <name>', 'of the page').choices(LANGUAGES).default('en'))
    .option('--out <folder>', 'write its evidence pack there, as a further revision of what is there; needs --sign')
    .option('--sign <key>', 'Ed25519 key (PEM) that signs the pack')
    .option('--zip', 'the pack is one file, `r0.zip`, instead of a folder')
    .option('--reason <text>', 'why there is a further revision')
    .option('--author <name>', 'who has made it')
    .option('--final', 'it is final: no reading may come any more, 95 % is known, a second person has released it')
    .option('--released-by <name>', 'the second person')
    .option('--incomplete <reason>', 'final, though less than 95 % is known')
    .option(
      '--fleet <pack...>',
      'instead: sums over the packs of several sites, each verified; needs --key or --fingerprint',
    )
    .option(...KEY_OPTION)
    .option(...FINGERPRINT_OPTION)
    .action(async (options: ReportArguments) => {
      process.stdout.write(await runReport(options))
    })
}

/** Gives what is printed: the report, or the path of its pack. */
async function runReport(options: ReportArguments): Promise<string> {
  const { config, period: name, fleet, rules, recording, out, sign, reason, zip = false } = options
  if (fleet !== undefined) return await runFleet(fleet, trustOf(options), options.format === 'json' ? 'json' : 'text')
  if (name === undefined) throw new BadInput('say with --period of when: 2026, 2026-Q3, 2026-10 or 2026-10-05')
  const site = siteOf(config)
  assertReadable(recording ?? [])
  if ((out === undefined) !== (sign === undefined)) throw new BadInput('--out and --sign go together')
  if (zip && out === undefined) throw new BadInput('--zip needs --out: a folder for the packs of this site')
  const key = sign === undefined ? undefined : readSigningKey(sign)
  const period = readPeriod(name, site.config.site.timezone)
  const ruleSet = ruleSetNamed(rules)
  const nowMs = Date.now()
  const pages =
    recording === undefined ? await pagesKept(site, period) : await pagesOfRecordings(site, recording, period)
  const built = buildReport({
    config: site.config,
    rules: ruleSet,
    period,
    pageOf: (day) => pages.get(day),
    madeAtMs: nowMs,
    software: programVersion(),
  })
  const { final = false, incomplete, author, releasedBy } = options
  const report = withStatus(built, { final, incomplete, author, releasedBy, nowMs, backlogMs: site.plan.backlogMs })
  if (out === undefined || key === undefined) return renderedReport(report, options)
  const files = packFiles(report, [...pages.values()], ruleSet, site.config)
  return `${await writePack(out, { report, files, key, reason, form: zip ? 'zip' : 'folder' }).catch(failWriting)}\n`
}

/** What the disk refuses is told without a stack. */
function failWriting(error: unknown): never {
  const { cause } = error instanceof Error ? error : {}
  throw cause instanceof Error && 'syscall' in cause
    ? new CommandFailed(FAILED, `${messageOf(error)} (${cause.message})`, error)
    : error
}

function renderedReport(
  report: EnergyReport,
  { format = 'json', language }: Pick<ReportArguments, 'format' | 'language'>,
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
