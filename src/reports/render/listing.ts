import type { KeptReport } from '../scheduled/list.ts'
import { escaped, linkTo, paragraph, section, STYLE, htmlTable, type Cell } from './markup.ts'
import { createPrinter, type Printer } from './print.ts'
import { LANGUAGES, type ReportLanguage } from './words.ts'

interface Listing {
  readonly site: string
  readonly timezone: string
  readonly reports: readonly KeptReport[]
  /** Names of daily and monthly tables. */
  readonly tables: readonly string[]
}

const LANGUAGE_NAMES: Readonly<Record<ReportLanguage, string>> = { en: 'English', fr: 'français', de: 'Deutsch' }
const MOST_TABLES = 120

/** The page that lists what is reported: no script, all its links below /reports. */
export function listingHtml({ site, timezone, reports, tables }: Listing, language: ReportLanguage): string {
  const printer = createPrinter(language, timezone)
  const { word } = printer
  const others = LANGUAGES.filter((it) => it !== language)
  const ways = others.map((it) => linkTo(`/reports?language=${it}`, LANGUAGE_NAMES[it]))
  const table = htmlTable(
    [word('report'), word('status'), word('revision'), word('made'), word('read'), word('pack')],
    reports.map((report) => rowOf(report, printer)),
  )
  const files = tables.slice(0, MOST_TABLES).map((name) => `<li>${linkTo(`/reports/${name}`, name)}</li>`)
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(`${word('reports')} ${site}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escaped(`${word('reports')} ${site}`)}</h1>
<p>${[linkTo('/', word('live_page')), ...ways].join(' · ')}</p></header>
${section(word('energy_reports'), table === '' ? paragraph(word('none_kept')) : table + paragraph(word('verify_note'), 'note'))}
${section(word('tables'), files.length === 0 ? '' : `<ul class="files">${files.join('\n')}</ul>\n`)}</body>
</html>
`
}

function rowOf({ chain, manifest, archives }: KeptReport, printer: Printer): Cell[] {
  const { period, rules, status, revision, signedAtByMachine } = manifest
  const at = `/reports/${chain}/r${revision}`
  return [
    `${period} · ${rules}`,
    printer.called(status, status),
    { right: String(revision) },
    printer.instant(Date.parse(signedAtByMachine)),
    {
      html: [
        ...LANGUAGES.map((it) => linkTo(`${at}/report.${it}.html`, it)),
        ...['json', 'csv'].map((it) => linkTo(`${at}/report.${it}`, it)),
      ].join(' '),
    },
    {
      html: archives.map((it) => linkTo(`/reports/${chain}/r${it}.zip`, `r${it}.zip`)).join(' '),
    },
  ]
}
