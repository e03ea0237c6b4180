/**
 * `node test/bench/publish.ts REPORT.json [NOTE]`: puts the tables of a report into README.md, between its two marks. The
 * note says what else the machine did.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { headText, rowsOf, type Asking, type Report } from './report.ts'

const README = fileURLToPath(new URL('README.md', import.meta.url))
const [BEGIN, END] = ['<!-- results: publish.ts writes from here -->', '<!-- to here -->']
const [file = '', note = ''] = process.argv.slice(2)
const report = JSON.parse(readFileSync(file, 'utf8')) as Report
const readme = readFileSync(README, 'utf8')
const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)]
if (from < 0 || to < from) throw new Error(`${README} lacks its marks`)
const head = headText(report).split('\n').join('  \n')
const parts = [head, ...(note === '' ? [] : [note]), ...report.questions.map(askingMarkdown)]
writeFileSync(README, `${readme.slice(0, from + BEGIN.length)}\n\n${parts.join('\n\n')}\n\n${readme.slice(to)}`)

function askingMarkdown(asking: Asking): string {
  const reason = asking.skipped ?? asking.failed?.split('\n', 1)[0]
  const missed = Object.values(asking.answers).flatMap((answer) => answer.missed)
  return [
    `### ${asking.name}`,
    ...(reason === undefined ? [] : [`Not measured: ${reason}`]),
    ...missed.map(({ line, reason: why }) => `Not measured: ${line}: ${why}`),
    tableMarkdown(rowsOf(asking)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function tableMarkdown([head = [], ...rows]: string[][]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${'--|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
