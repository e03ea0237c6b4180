/** A first configuration from ten answers: by options, through a pipe, and on a terminal. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { readConfig, type Config } from '../../src/config/config.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const DRIVER = fileURLToPath(new URL('../servers/terminal.py', import.meta.url))
const PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0
const why = PYTHON ? '' : ': skipped, there is no python3, which opens the terminal'
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-init-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let sites = 0
function newFolder(): string {
  const made = join(folder, String(++sites))
  mkdirSync(made)
  return made
}

function init(cwd: string, args: readonly string[], input = '') {
  const all = [COLDAISLE, 'init', ...args]
  const env = { ...process.env, COLDAISLE_CONFIG: undefined }
  const { status, stderr } = spawnSync(process.execPath, all, { cwd, env, input, encoding: 'utf8' })
  return { status, err: stderr }
}

function siteIn(cwd: string): Config {
  const read = readConfig(join(cwd, 'site.yaml'), {})
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.config
}

const TEN = [
  'dc7',
  'Europe/Paris',
  '120',
  'mqtts://broker.dc7',
  'http://10.0.0.9:8086',
  'A1',
  'dc7/main W',
  'dc7/ups/{1,2} kWh',
  'racks.csv',
  'dc7/{hall}/{rack}/air',
]

test('options alone make a site that passes the checks, for its owner alone, with the schema for editors', () => {
  const cwd = newFolder()
  expect(init(cwd, ['--yes', '--name', 'dc5', '--racks', 'r{01..40}, spare'])).toMatchObject({ status: 0 })
  const text = readFileSync(join(cwd, 'site.yaml'), 'utf8')
  const [, schema = ''] = /^# yaml-language-server: \$schema=(.+)$/m.exec(text) ?? []
  expect(JSON.parse(readFileSync(schema, 'utf8'))).toHaveProperty('properties.points')
  expect(statSync(join(cwd, 'site.yaml')).mode & 0o777).toBe(0o600)
  const { site, mqtt, influx, inlets, boundaries } = siteIn(cwd)
  expect([site.id, mqtt?.url, influx, Object.keys(inlets).length]).toEqual([
    'dc5',
    'mqtt://127.0.0.1:1883',
    undefined,
    41,
  ])
  expect(boundaries['dc5']?.it).toEqual([{ point: 'it', factor: 1 }])
})

test('ten lines of a pipe answer the ten questions, an empty one as usual', () => {
  const cwd = newFolder()
  writeFileSync(join(cwd, 'racks.csv'), 'hall,rack\nh1,r1\nh2,r1\n')
  expect(init(cwd, [], `${TEN.join('\n')}\n`)).toMatchObject({ status: 0 })
  const { site, mqtt, influx, points, inlets } = siteIn(cwd)
  expect(site).toMatchObject({ id: 'dc7', timezone: 'Europe/Paris', altitudeM: 120 })
  expect([mqtt?.url, influx?.url]).toEqual(['mqtts://broker.dc7', 'http://10.0.0.9:8086'])
  expect(points['facility']).toMatchObject({ topic: 'dc7/main', unit: 'W', kind: 'power' })
  expect(points['it-2']).toMatchObject({ topic: 'dc7/ups/2', unit: 'kWh', kind: 'register' })
  expect(inlets['h2-r1']).toMatchObject({ dryBulb: 'h2-r1-t', hall: 'h2', class: 'A1' })
  expect(points['h2-r1-rh']?.topic).toBe('dc7/h2/r1/air')

  const usual = newFolder()
  expect(init(usual, ['--name', 'x'], '\n\nembedded\n')).toMatchObject({ status: 0 })
  expect(siteIn(usual)).toMatchObject({
    site: { id: 'x', altitudeM: 0 },
    mqtt: { listen: '127.0.0.1:1883' },
    inlets: {},
  })
})

test('what is there already stays as it is', () => {
  const cwd = newFolder()
  writeFileSync(join(cwd, 'site.yaml'), 'mine')
  expect(init(cwd, ['--yes'])).toEqual({ status: 2, err: expect.stringMatching(/site.yaml is there already/) })
  expect(readFileSync(join(cwd, 'site.yaml'), 'utf8')).toBe('mine')
  expect(init(cwd, ['--yes', '--config', 'none/site.yaml'])).toMatchObject({
    status: 2,
    err: expect.stringMatching(/no folder none/),
  })
})

test.each<[what: string, args: string[], input: string, says: RegExp]>([
  ['an option', ['--yes', '--timezone', 'Mars/Olympus'], '', /^--timezone: "Mars\/Olympus" is not a time zone/],
  [
    'an option of another kind',
    ['--yes', '--facility', 'dc5/main hPa'],
    '',
    /^--facility: "dc5\/main hPa" is not a topic and a unit/,
  ],
  ['a wildcard', ['--yes', '--it', 'dc5/+'], '', /^--it: the topic has a wildcard/],
  ['a line of a pipe', [], 'dc 5\n', /^name: "dc 5" is not a valid name/],
  [
    'a table that is not there',
    ['--yes', '--racks', 'gone.csv'],
    '',
    /gone.csv: there is no such file[^]*nothing was written/,
  ],
  [
    'the password in an address',
    ['--yes', '--broker', 'mqtt://a:secret@b'],
    '',
    /^--broker: the URL holds an account or a password/,
  ],
])('an answer that cannot be used, by %s, is refused and nothing is written', (_, args, input, says) => {
  const cwd = newFolder()
  const { status, err } = init(cwd, args, input)
  expect(status).toBe(2)
  expect(err).toMatch(says)
  expect(err).not.toContain('secret')
  expect(readdirSync(cwd)).toEqual([])
})

/** What a person sees who types this on a terminal, and how the command ends. */
function typing(cwd: string, steps: readonly ({ wait: string } | { type: string })[]): { code: number; heard: string } {
  const args = [DRIVER, JSON.stringify(steps), process.execPath, MAIN, 'init']
  const { stdout, stderr } = spawnSync('python3', args, { cwd, encoding: 'utf8' })
  if (stderr !== '') throw new Error(stderr)
  return JSON.parse(stdout) as { code: number; heard: string }
}

test.skipIf(!PYTHON)(`on a terminal it asks, says what is wrong, and asks again${why}`, () => {
  const cwd = newFolder()
  const asked = [
    'Name of the site',
    'Time zone',
    'Metres',
    'MQTT broker',
    'InfluxDB',
    'ASHRAE class',
    'whole site',
    'IT power',
    'Racks',
  ]
  const { code, heard } = typing(cwd, [
    { wait: 'Name of the site.*\\[dc1\\]: ' },
    { type: 'my site\r' },
    { wait: 'is not a valid name[\\s\\S]*Name of the site.*: ' },
    { type: 'dc9\r' },
    ...asked.slice(1).flatMap((text) => [{ wait: `${text}.*: ` }, { type: '\r' }]),
    { wait: 'is written' },
  ])
  expect(code).toBe(0)
  expect(heard).not.toMatch(/inlet's temperature/)
  expect(siteIn(cwd).site.id).toBe('dc9')
})

test.skipIf(!PYTHON).each(['\u0003', '\u0004'])(
  `on a terminal Ctrl-C and Ctrl-D (%j) leave nothing behind${why}`,
  (key) => {
    const cwd = newFolder()
    const { code, heard } = typing(cwd, [
      { wait: 'Name of the site.*: ' },
      { type: 'dc9\r' },
      { wait: 'Time zone.*: ' },
      { type: key },
      { wait: 'nothing was written' },
    ])
    expect(code).toBe(2)
    expect(heard).toContain('nothing was written')
    expect(existsSync(join(cwd, 'site.yaml'))).toBe(false)
  },
)
