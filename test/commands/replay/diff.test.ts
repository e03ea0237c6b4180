/** What differs between two runs over one recording, as a table for people, and as an exit code. */
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { compareRows, runDifferenceText } from '../../../src/commands/replay/difference.ts'
import { createKeptRows, keepRow } from '../../../src/commands/replay/kept-rows.ts'
import { LINES, minute, RECORDING, replay, SITE, siteText, write } from './replaying.ts'

const OTHER = write('other.yaml', siteText(1.25))
const ROWS = replay(['--config', SITE, RECORDING]).out

/** The lines of a table with the blanks between columns made one. */
function linesIn(out: string): string[] {
  return out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))
}

test('two configurations: each value that differs, with here, there and the step between', () => {
  const { status, out, err } = replay(['--config', SITE, '--diff', OTHER, '--until', minute(10), RECORDING])
  expect(status).toBe(1)
  const lines = linesIn(out)
  expect(lines.slice(0, 2)).toEqual([
    `here: ${SITE}, there: ${OTHER}`,
    'measurement | tags | time | field | here | there | difference',
  ])
  const pue = `pue | boundary=dc category=1 site=dc window=5m | ${minute(9)}`
  expect(lines).toContain(`${pue} | pue | 1.5 | 1.2 | -0.3`)
  expect(lines).toContain(`${pue} | it_j | 24000000 | 30000000 | +6000000`)
  expect(lines.filter((line) => line.startsWith('climate | h'))).toEqual([])
  expect(lines.find((line) => line.startsWith('climate'))).toBe('climate | 10 | 0 | 0 | 0')
  expect(lines.find((line) => line.startsWith('energy | 1'))).toBe('energy | 10 | 10 | 0 | 0 | energy_j 10, mean_w 10')
  expect(lines.at(-2)).toBe('the rows differ')
  expect(err.match(/^lines 60, packets 60/gm)).toHaveLength(2)
})

test('a configuration that gives the same rows: exit code 0', () => {
  const same = write('same.yml', `# Other words, the same site.\n${siteText()}`)
  const { status, out } = replay(['--config', SITE, '--diff', same, RECORDING])
  expect(status).toBe(0)
  expect(linesIn(out)[1]).toBe('rows | same | differ | only here | only there | fields that differ')
  expect(out).toMatch(/\nno row differs\n$/)
})

test('the rows of an earlier run, also gzipped, and the recording on standard input', () => {
  const rows = write('rows.ndjson.gz', gzipSync(ROWS))
  const { status, out } = replay(['--config', SITE, '--diff', rows, '-'], LINES.join('\n'))
  expect(status).toBe(0)
  expect(out).toMatch(/\nno row differs\n$/)
})

test('rows of another release: other orders of tags and fields are the same, a number in its last digit is not', () => {
  const lines = ROWS.trimEnd().split('\n')
  const at = lines.findIndex((line) => line.includes('"measurement":"climate"'))
  const dropped = lines.findLastIndex((line) => line.includes('"alarm":"inlet_allowable"'))
  const row = JSON.parse(lines[at] ?? '') as { tags: object; fields: { dew_point_c: number } }
  const dewPointC = row.fields.dew_point_c
  const turned = {
    ...row,
    tags: Object.fromEntries(Object.entries(row.tags).toReversed()),
    fields: Object.fromEntries(Object.entries({ ...row.fields, dew_point_c: dewPointC + 1e-5 }).toReversed()),
  }
  const other = write(
    'release.ndjson',
    lines.flatMap((line, n) => (n === dropped ? [] : [n === at ? JSON.stringify(turned) : line])).join('\n'),
  )
  const { status, out } = replay(['--config', SITE, '--diff', other, RECORDING])
  expect(status).toBe(1)
  const table = linesIn(out)
  // Each measurement has a table of its own
  const shown = table.slice(
    1,
    table.findIndex((line) => line.startsWith('rows | same')),
  )
  expect(shown.filter((line) => line !== '' && !line.startsWith('measurement'))).toEqual([
    expect.stringMatching(/^alarm \| alarm=inlet_allowable .* state=raised \| .* \| \(row\) \| present \| -$/),
    expect.stringMatching(/^climate \| .* \| dew_point_c \| [\d.]+ \| [\d.]+ \| \+0.00001$/),
  ])
})

test.for([
  ['lines that are no rows', [SITE, '--diff', RECORDING], 2, `${RECORDING}:1: is no row such as`],
  ['a file that is not there', [SITE, '--diff', 'nowhere.ndjson'], 2, 'nowhere.ndjson: cannot be read'],
  ['a configuration with faults', [SITE, '--diff', write('bad.yaml', 'site: {}')], 2, 'bad.yaml:1:'],
  ['a chart at the same time', [SITE, '--diff', OTHER, '--plot'], 2, 'cannot be used with option'],
] as const)('refused: %s', ([, args, code, reason]) => {
  const { status, err } = replay(['--config', ...args, RECORDING])
  expect(status).toBe(code)
  expect(err).toContain(reason)
})

test('standard input cannot be folded twice', () => {
  const { status, err } = replay(['--config', SITE, '--diff', OTHER, '-'], LINES.join('\n'))
  expect(status).toBe(2)
  expect(err).toContain('standard input can be read once only')
})

/** Rows of one meter. */
function rowsWith(meanW: (n: number) => number, count: number) {
  const rows = createKeptRows()
  for (let n = 0; n < count; n++) keepRow(rows, lineOf(n, meanW(n)))
  return rows
}

function lineOf(n: number, meanW: number): string {
  return `{"measurement":"energy","tags":{"point":"it"},"fields":{"mean_w":${meanW},"state":"settled"},"timeMs":${n * 60_000}}`
}

test('of a correction the last row counts, as in a database', () => {
  const corrected = rowsWith(() => 5, 1)
  keepRow(corrected, lineOf(0, 7))
  expect(
    compareRows(
      corrected,
      rowsWith(() => 7, 1),
    ).differs,
  ).toBe(false)
  expect(
    compareRows(
      corrected,
      rowsWith(() => 5, 1),
    ).differs,
  ).toBe(true)
})

test('many differences: the first are shown, all are counted', () => {
  const text = runDifferenceText(
    compareRows(
      rowsWith((n) => n, 1_000),
      rowsWith((n) => n + 1, 1_002),
    ),
  )
  const lines = linesIn(text)
  expect(lines.filter((line) => line.startsWith('energy | point=it'))).toHaveLength(200)
  expect(lines).toContain('energy: 802 more values differ')
  expect(lines).toContain('energy | 0 | 1,000 | 0 | 2 | mean_w 1,000')
})

test('long texts are shown from shortly before where they differ', () => {
  const [here, there] = ['2021r', '2011'].map((edition) => {
    const rows = createKeptRows()
    const message = `Inlet h1-r1 is above its limit (ASHRAE ${edition}, class A2) for a quarter of an hour by now`
    keepRow(rows, `{"measurement":"alarm","tags":{},"fields":{"message":"${message}"},"timeMs":0}`)
    return rows
  })
  const [, line] = linesIn(runDifferenceText(compareRows(here ?? createKeptRows(), there ?? createKeptRows())))
  expect(line).toMatch(
    /message \| ….{0,12}ASHRAE 2021r, class A2\).{9,22}… \| ….{0,12}ASHRAE 2011, class A2\).{9,22}…$/,
  )
})

test('more rows than there is memory for are refused, and how to ask for less', () => {
  const rows = createKeptRows()
  keepRow(rows, lineOf(0, 1), 2)
  keepRow(rows, lineOf(1, 1), 2)
  keepRow(rows, lineOf(1, 2), 2)
  expect(() => keepRow(rows, lineOf(2, 1), 2)).toThrow('narrow them by --from and --until')
})
