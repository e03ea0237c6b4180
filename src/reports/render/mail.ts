import type { EnergyReport } from '../../config/reporting/report-schema.ts'
import { createPrinter } from './print.ts'
import type { ReportLanguage } from './words.ts'

/** What a mail says of a report: its status, indicators and remarks; the report itself is attached. */
export function reportMail(report: EnergyReport, language: ReportLanguage): { subject: string; text: string } {
  const printer = createPrinter(language, report.period.timezone, report.words)
  const { word, number, said, colon } = printer
  const { site, period, rules, status, indicators, remarks, coverage } = report
  const indicatorLines = indicators.map((it) => {
    const error = it.plusMinus === undefined ? '' : ` ± ${number(it.plusMinus, it.digits)}`
    const unit = it.unit === '1' ? '' : ` ${it.unit}`
    return `${it.name} (${said(it.basis)})${colon}${number(it.value, it.digits)}${error}${unit}`
  })
  const lines = [
    word('preview', rules.id, said(rules.title)),
    '',
    `${word('status')}${colon}${word(status)}`,
    `${word('coverage')}${colon}${printer.percent(coverage)}`,
    '',
    ...indicatorLines,
    '',
    ...(remarks.length === 0
      ? []
      : [word('remarks') + colon.trimEnd(), ...remarks.map((it) => `- ${printer.remark(it)}`)]),
  ]
  return {
    subject: `${word('title')} ${site} ${period.name} (${word(status)})`,
    text: `${lines.join('\n')}\n`,
  }
}
