import type { IndicatorFigure, EnergyReport } from '../../config/reporting/report-schema.ts'
import { J_IN_KWH } from '../../rows/numbers.ts'
import { escaped, list, paragraph, section, STYLE, htmlTable } from './markup.ts'
import { courseSection, dailySection } from './course.ts'
import { fieldRows, gapSection, meterSection, termSection } from './evidence.ts'
import { createPrinter, type Printer } from './print.ts'
import type { ReportLanguage } from './words.ts'

/** The report as a page to print on A4: no script, no request, its charts drawn in it. */
export function reportHtml(report: EnergyReport, language: ReportLanguage): string {
  const printer = createPrinter(language, report.period.timezone, report.words)
  const { word } = printer
  const title = `${word('title')} ${report.site} ${report.period.name}`
  const body = [
    headOf(report, printer),
    section(
      word('indicators'),
      tilesOf(report, printer) + maskedText(report, printer) + indicatorTable(report, printer),
    ),
    section(word('remarks'), list(report.remarks.map((each) => printer.remark(each)))),
    section(word('limits'), limitTable(report, printer)),
    courseSection(report, printer),
    section(word('fields'), fieldTable(report, printer)),
    termSection(report, printer),
    meterSection(report, printer),
    section(word('invoices'), invoiceTable(report, printer)),
    gapSection(report, printer),
    section(word('restatements'), restatementTable(report, printer)),
    dailySection(report, printer),
    section(word('sources'), sourcesOf(report, printer)),
  ]
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body.join('')}</body>
</html>
`
}

function headOf(report: EnergyReport, printer: Printer): string {
  const { word, instant } = printer
  const { period, rules, boundary, category, status, incompleteBecause } = report
  const facts: [string, string][] = [
    [word('period'), `${instant(period.startMs)} – ${instant(period.endMs)} (${period.timezone})`],
    [word('boundary'), `${boundary}, ${word('category')} ${category}`],
    [
      word('status'),
      [word(status), ...(incompleteBecause === undefined ? [] : [incompleteBecause])].join(printer.colon),
    ],
    [word('made'), instant(report.madeAtMs)],
    ...(report.author === undefined ? [] : [[word('author'), report.author] as [string, string]]),
    ...(report.releasedBy === undefined ? [] : [[word('released'), report.releasedBy] as [string, string]]),
    [word('coverage'), printer.percent(report.coverage)],
  ]
  const cells = facts.map(([name, text]) => `<div><b>${escaped(name)}</b>${escaped(text)}</div>`)
  return `<header><h1>${escaped(`${word('title')} ${report.site} · ${period.name}`)}</h1>
${paragraph(word('preview', rules.id, printer.said(rules.title)), 'preview')}<div class="facts">${cells.join('\n')}</div></header>
`
}

function tilesOf({ indicators }: EnergyReport, printer: Printer): string {
  const tiles = indicators.map((it) => {
    const error = it.plusMinus === undefined ? '' : ` ± ${printer.number(it.plusMinus, it.digits)}`
    const missing = it.missing.map((id) => printer.called(`field.${id}`, id)).join(', ')
    const below =
      it.value === undefined ? `${printer.word('missing')} – ${missing}` : `${error} ${unitOf(it.unit)}`.trim()
    const classes = it.classes.length === 0 ? '' : `<span>${escaped(classText(it, printer))}</span>`
    return `<div class="tile"><b>${escaped(`${it.name} = ${printer.said(it.basis)}`)}</b><strong>${printer.number(it.value, it.digits)}</strong><span>${escaped(below)}</span>${classes}</div>`
  })
  return tiles.length === 0 ? '' : `<div class="tiles">${tiles.join('\n')}</div>\n`
}

function classText({ classes }: IndicatorFigure, { word }: Printer): string {
  return `${word('class')} ${classes.join(' / ')}`
}

function unitOf(unit: string): string {
  return unit === '1' ? '' : unit
}

function maskedText({ masked }: EnergyReport, printer: Printer): string {
  const { value, ofSums, coverage = 0, apart } = masked ?? {}
  if (value === undefined || ofSums === undefined || apart === undefined) return ''
  return paragraph(printer.word('masked_is', value, ofSums, coverage, apart))
}

function indicatorTable({ indicators }: EnergyReport, printer: Printer): string {
  const { word, number, percent } = printer
  const hasClasses = indicators.some(({ classes }) => classes.length > 0)
  const heads = [word('indicator'), word('basis'), word('value'), '±', word('unit'), word('coverage')]
  const rows = indicators.map((it) => [
    it.name + (it.unverified ? ` (${word('unverified')})` : ''),
    printer.said(it.basis),
    { right: number(it.value, it.digits) },
    { right: number(it.plusMinus, it.digits) },
    unitOf(it.unit),
    { right: percent(it.coverage) },
    ...(hasClasses ? [it.classes.join(' / ')] : []),
  ])
  const notes = indicators.flatMap(({ remarks }) => remarks.map((each) => printer.remark(each)))
  return (
    htmlTable(hasClasses ? [...heads, word('class')] : heads, rows) +
    list(notes) +
    paragraph(word('plus_minus_note'), 'note')
  )
}

function limitTable({ limits, indicators }: EnergyReport, printer: Printer): string {
  const { word, number } = printer
  const heads = [word('indicator'), word('limit'), word('value'), word('margin'), word('verdict'), word('counts')]
  const rows = limits.map((limit) => {
    const { name = limit.indicator, digits = 3 } = indicators.find(({ id }) => id === limit.indicator) ?? {}
    const from = limit.from === undefined ? '' : ` (${word('from')} ${limit.from})`
    return [
      name + (limit.unverified ? ` (${word('unverified')})` : ''),
      `${word(limit.bound)} ${number(limit.limit, digits)}`,
      { right: number(limit.value, digits) },
      // A margin that would be printed as 0 shows on which side of the limit it lies
      { right: number(limit.margin, Math.abs(limit.margin ?? 1) < 10 ** -digits ? digits + 3 : digits) },
      word(limit.verdict),
      `${word(limit.due)}${from}${limit.note === undefined ? '' : `${printer.semicolon}${printer.said(limit.note)}`}`,
    ]
  })
  const body = htmlTable(heads, rows)
  return body === '' ? '' : body + paragraph(word('limits_note'), 'note')
}

function fieldTable(report: EnergyReport, printer: Printer): string {
  const { word } = printer
  const heads = [word('field'), word('symbol'), word('value'), word('unit'), '±', word('coverage'), word('how')]
  const groups = [...Map.groupBy(report.fields, ({ group }) => group)]
  return htmlTable(
    heads,
    groups.flatMap(([group, fields]) => [
      { heading: printer.called(`group.${group}`, group) },
      ...fieldRows(fields, printer),
    ]),
  )
}

function invoiceTable({ invoices }: EnergyReport, printer: Printer): string {
  const { word, number } = printer
  const heads = [word('field'), word('month'), word('invoice'), word('by_meters'), word('difference'), '%', word('how')]
  return htmlTable(
    heads,
    invoices.map(({ field, month, invoiced, measured, difference, differencePct, typed }) => [
      printer.called(`field.${field}`, field),
      month,
      { right: number(invoiced, 0) },
      { right: number(measured, 0) },
      { right: number(difference, 0) },
      { right: number(differencePct, 2) },
      { small: word('typed_by', typed.by, typed.on, typed.source) },
    ]),
  )
}

const MOST_ROWS = 60

function restatementTable({ restatements }: EnergyReport, printer: Printer): string {
  const { word, number } = printer
  const heads = [word('day'), word('value'), word('reason'), word('old'), word('new'), 'n']
  return htmlTable(
    heads,
    restatements.slice(0, MOST_ROWS).map(({ day, of, name, window, reason, old, new: now, count }) => {
      const [isEnergy, scale] = of === 'energy' ? [true, J_IN_KWH] : [false, 1]
      const valueText = (value: number | undefined) => number(value === undefined ? undefined : value / scale, 4)
      return [
        day,
        `${of} ${name} ${window}${isEnergy ? ', kWh' : ''}`,
        reason,
        { right: valueText(old) },
        { right: valueText(now) },
        { right: String(count) },
      ]
    }),
  )
}

function sourcesOf({ rules, software, configurations }: EnergyReport, printer: Printer): string {
  const { word, colon, said } = printer
  const unsure = (part: string) => (rules.unverified.includes(part) ? ` (${word('unverified')})` : '')
  const journal = rules.journal === undefined ? '' : `, ${rules.journal}`
  const since = rules.stateFrom === undefined ? '' : ` ${word('from')} ${rules.stateFrom}`
  const facts = [
    `${said(rules.title)} (${rules.jurisdiction}), ${rules.id}`,
    `${printer.called(rules.state, rules.state)}${since}${journal}${unsure('state')}`,
    `${word('binds')}${colon}${said(rules.scope)}${unsure('scope')}`,
    `${word('to_send')}${colon}${said(rules.due)}${unsure('due')}`,
    ...rules.source.map(
      (source) => `${word('source')}${colon}${said(source)} (${word('read_on', rules.read, said(rules.checkedBy))})`,
    ),
    `${word('software')}${colon}coldaisle ${software}`,
  ]
  const digests = [
    ...Object.entries(rules.digests).map(([id, digest]) => `${word('rule_file')} ${id}${colon}${digest}`),
    ...configurations.map(({ digest, from, until }) => `${word('configuration')} ${from} – ${until}${colon}${digest}`),
  ]
  return list(facts) + digests.map((digest) => `<p><code>${escaped(digest)}</code></p>\n`).join('')
}
