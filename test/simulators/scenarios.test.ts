/** Scenario files, the events they are written in, and what comes of each: judged by its file and by the plant's truth. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { packetsOfRun } from '../../simulators/run.ts'
import { EVENT_KINDS } from '../../simulators/scenarios/event-kinds.ts'
import { beginMs, parseEvent } from '../../simulators/scenarios/event-text.ts'
import type { Run } from '../../simulators/scenarios/life.ts'
import { unwritable } from '../../simulators/devices/writable.ts'
import { siteOf as siteFrom } from '../servers/daemon.ts'
import { readScenarioFile, runOfFile } from '../../simulators/scenarios/scenario-file.ts'
import { siteConfigs } from '../../simulators/sites/generate.ts'
import { unexpected } from '../../src/commands/simulate/expected.ts'
import { observe } from '../../src/commands/simulate/observed.ts'
import { siteOf } from '../../src/commands/arguments.ts'
import { formatLine } from '../../src/ingest/recording.ts'

const SIMULATORS = fileURLToPath(new URL('../../simulators/', import.meta.url))
const FILES = readdirSync(join(SIMULATORS, 'scenarios')).filter((name) => name.endsWith('.yaml'))
const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-scenarios-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const START = '2026-07-14T08:00:00Z' // ten o'clock in Paris

const free = siteOf(join(SIMULATORS, 'sites', 'free.site.yaml'))
const beginning = { site: free, fromMs: Date.parse(START) }

function fileNamed(name: string) {
  return readScenarioFile(join(SIMULATORS, 'scenarios', `${name}.yaml`))
}

/** A run of a built site; the events as a scenario file writes them. */
function runOf(minutes: number, events: string[]): Run {
  const { fromMs } = beginning
  const scenario = { name: 'own', events: events.map((text) => parseEvent(text, beginning)) }
  return { site: free, seed: 5, fromMs, toMs: fromMs + minutes * 60_000, scenario, kind: 'free' }
}

/** The values that a member of a topic's payloads shows, in order. */
function shown(run: Run, topic: string, member: string): number[] {
  return [...packetsOfRun(run)]
    .filter((packet) => packet.topic === topic)
    .map(({ payload }) => {
      if (typeof payload !== 'string') throw new Error('a payload that is no text')
      return (JSON.parse(payload) as Record<string, number>)[member] ?? NaN
    })
}

test('there are at least sixteen scenarios, each with what must come of it', () => {
  expect(FILES.length).toBeGreaterThanOrEqual(16)
  const untold = FILES.filter((file) => readScenarioFile(join(SIMULATORS, 'scenarios', file)).expect === undefined)
  expect(untold).toEqual([])
})

test.for(FILES)('%s comes to what its file and the truth of the plant say', (name) => {
  const file = readScenarioFile(join(SIMULATORS, 'scenarios', name))
  const site = siteOf(file.site?.config ?? '')
  expect(unexpected(observe(runOfFile(file, site)), file.expect!)).toEqual([])
})

test('what differs is told: the quotient, an alarm too few, one too many, a band, a count', () => {
  const file = fileNamed('breach')
  const observed = observe(runOfFile(file, siteOf(file.site!.config)))
  const wrong = {
    ...file.expect!,
    pue: [{ boundary: 'free', window: '1h', at: '+1h55m', within: [1.3, 1.4], coverage: [1, 1] }] as never,
    alarms: { rows: file.expect!.alarms!.rows.slice(1).concat('+5m raised gateway h1'), many: {} },
    bands: { 'h1-r03': { out: 20 }, 'h9-r1': { out: 1 } },
    outcomes: { accepted: 1, lost: 0 },
  }
  expect(unexpected(observed, wrong)).toEqual([
    expect.stringMatching(/^PUE of free, 1h at \+1h55m: 1\.1\d+, expected 1\.3 to 1\.4$/),
    'no alarm +5m raised gateway h1',
    'alarm +21m38s raised inlet_allowable h1-r03 was not expected',
    'h1-r03: 21 min out, expected 20',
    'bands of h9-r1: it has no row',
    'outcome accepted: 14160, expected 1',
    'outcome lost: there is none of this name, expected 0',
  ])
})

test('an alarm that the plant’s air does not explain is told, whatever the file expects', () => {
  const run = runOf(60, ['inlet:h1-r03@+10m/20m,toC=37'])
  const observed = observe(run)
  const sound = { ...run, scenario: { name: 'sound', events: [] } }
  const faults = unexpected({ ...observed, run: sound }, { pue: [], bands: {}, outcomes: {}, coverage: {} })
  expect(faults).toContainEqual(
    expect.stringMatching(/^false, by the plant's own air: \+11m\d+s raised inlet_allowable/),
  )
  const missed = unexpected({ ...observed, alarms: [] }, { pue: [], bands: {}, outcomes: {}, coverage: {} })
  expect(missed).toContainEqual(expect.stringMatching(/^missed, by the plant's own air: \+11m\d+s raised/))
})

test.for([
  ['+20m', '2026-07-14T08:20:00Z'],
  ['+1h2m3s', '2026-07-14T09:02:03Z'],
  ['10:30', '2026-07-14T08:30:00Z'],
  ['09:00', '2026-07-15T07:00:00Z'],
  ['2026-07-13T12:00Z', '2026-07-13T12:00:00Z'],
] as const)('an event at %s begins at %s, for a run from ten in the morning in Paris', ([text, at]) => {
  expect(new Date(beginMs(text, beginning)).toISOString()).toBe(new Date(at).toISOString())
})

test.for([
  ['gateway-down@+1h/30m', /needs a target/],
  ['gateway-down:h9@+1h/30m', /no gateway, point, inlet, hall or topic h9/],
  ['chiller-trip:h1@+1h/30m', /takes no target/],
  ['chiller-tripp@+1h/30m', /there is no chiller-tripp; there are inlet, load/],
  ['chiller-trip@+1h/30', /30 is no length/],
  ['chiller-trip@25 past/30m', /no beginning/],
  ['chiller-trip@+1h', /write NAME/],
  ['chiller-trip@+1h/30m,left=2', /share from 0 to 1/],
  ['chiller-trip@+1h/30m,right=0', /there is no setting right; there are left/],
  ['load@+1h/30m,times=much', /no setting with a number/],
  ['inlet:h1-r01@+1h/30m', /either toC or addK/],
  ['inlet:h1-r01@+1h/30m,toC=30,addK=2', /either toC or addK/],
  ['hot-aisle:h1@+1h/30m', /named by its inlet or its point/],
  ['inlet:h1@+1h/30m,toC=35', /h1 is no inlet/],
  ['load@10:75/10m', /no beginning/],
  ['load@24:00/10m', /no beginning/],
  ['constructor@+1m/1m', /there is no constructor/],
  ['load@+1m/1m,toString=2', /there is no setting toString/],
  ['load@+1m/1m,times=-1', /times cannot be less than 0/],
  ['duplicate@+1m/1m,byS=-5', /byS cannot be less than 0/],
  ['gap@+1m/1m,share=1.5', /share is from 0 to 1/],
  ['load@+3h/10m', /begins \+3h, when the run of 7200 s has ended/],
  ['load@2026-01-13T12:00Z/10m', /has ended before the run begins/],
] as const)('%s is refused with its reason', ([text, reason]) => {
  const within = { ...beginning, toMs: beginning.fromMs + 7_200_000 }
  expect(() => parseEvent(text, within)).toThrow(reason)
  expect(() => parseEvent(text, within)).toThrow(text)
})

const linesOf = (run: Run): string[] => [...packetsOfRun(run)].map(formatLine)
let quiet: string[] | undefined

/** Every kind does something to what is sent, and nothing before it begins. */
const TARGETS: Record<string, string> = { inlet: ':h1-r01', 'gateway-down': ':h1', silence: ':utility' }
const SETTINGS: Record<string, string> = { inlet: ',addK=4', load: ',times=1.5' }
const SENSORS = ['sensor-drift', 'hot-aisle', 'swapped']
/** Its plant has neither: a humidifier, and a generator matters only without mains. */
const WITHOUT_TRACE = ['humidifier-stuck', 'generator-fail']

test.for(Object.keys(EVENT_KINDS).filter((kind) => !WITHOUT_TRACE.includes(kind)))('%s leaves its trace', (kind) => {
  const target = TARGETS[kind] ?? (SENSORS.includes(kind) ? ':h1-r02' : '')
  const beginM = kind === 'heat-wave' ? 0 : 20
  const text = `${kind}${target}@+${beginM}m/${kind === 'heat-wave' ? '24h' : '30m'}${SETTINGS[kind] ?? ''}`
  quiet ??= linesOf(runOf(60, []))
  const faulty = linesOf(runOf(60, [text]))
  expect(faulty).not.toEqual(quiet)
  const beganAt = new Date(beginning.fromMs + beginM * 60_000 - 60_000).toISOString()
  const before = (lines: string[]): string[] =>
    lines.filter((line) => (/"tst":"([^"]+)/.exec(line)?.[1] ?? '') < beganAt)
  expect(before(faulty)).toEqual(before(quiet))
})

test('a sensor that drifts is off by its rate, and sound again at the end; the hot aisle is warmer', () => {
  const sound = shown(runOf(180, []), 'free/h1/r02/air', 't')
  const drifting = shown(runOf(180, ['sensor-drift:h1-r02@+1h/1h,kPerHour=6']), 'free/h1/r02/air', 't')
  const off = drifting.map((value, at) => value - (sound[at] ?? NaN))
  expect(off.slice(0, 59).every((k) => Math.abs(k) < 1e-9)).toBe(true)
  expect(off[89]).toBeCloseTo(3, 0)
  expect(off[118]).toBeCloseTo(5.9, 0)
  expect(off.slice(121).every((k) => Math.abs(k) < 1e-9)).toBe(true)
  const hot = shown(runOf(180, ['hot-aisle:h1-r02@+1h/1h']), 'free/h1/r02/air', 't')
  expect(hot[89]! - sound[89]!).toBeGreaterThan(5)
})

test('a stuck device repeats each of its numbers, not one for all; new firmware of a point renames its member alone', () => {
  const stuck = runOf(60, ['stuck:h1-r02@+20m/20m'])
  const [t, rh] = [shown(stuck, 'free/h1/r02/air', 't'), shown(stuck, 'free/h1/r02/air', 'rh')]
  expect(new Set(t.slice(21, 39)).size).toBe(1)
  expect(new Set(rh.slice(21, 39)).size).toBe(1)
  expect(rh[25]).not.toBe(t[25])
  const renamed = runOf(60, ['firmware:h1-r02-t@+20m/20m'])
  expect(shown(renamed, 'free/h1/r02/air', 't_v2').filter((value) => !Number.isNaN(value))).toHaveLength(20)
  expect(shown(renamed, 'free/h1/r02/air', 'rh')).toEqual(shown(runOf(60, []), 'free/h1/r02/air', 'rh'))
})

test('a fault of one point leaves the other members of its payload alone', () => {
  const zero = runOf(60, ['zero:it-h1@+20m/20m'])
  const counts = shown(zero, 'free/it/h1', 'kwh')
  expect(counts.filter((count) => count === 0)).toHaveLength(120)
  expect(shown(zero, 'free/it/h1', 'kw')).toEqual(shown(runOf(60, []), 'free/it/h1', 'kw'))
})

test('the configurations of the simulated sites are those that their files make', () => {
  for (const [name, text] of Object.entries(siteConfigs())) {
    expect(readFileSync(join(SIMULATORS, 'sites', name), 'utf8'), `${name}: run npm run generate`).toBe(text)
  }
})

test('no two of the simulated sites have a topic or an id in common: they may share a broker', () => {
  const sites = Object.keys(siteConfigs()).map((name) => siteOf(join(SIMULATORS, 'sites', name)))
  const names = sites.flatMap((site) => [site.config.site.id, ...site.routes.keys()])
  expect(new Set(names).size).toBe(names.length)
})

test.for(Object.keys(siteConfigs()))('%s passes the check', (name) => {
  const site = siteOf(join(SIMULATORS, 'sites', name))
  expect(site.points.length).toBeGreaterThan(name === 'large.site.yaml' ? 50_000 : 30)
})

/** A short scenario of one's own, as a file. */
function written(lines: string): string {
  const file = join(folder, 'own.yaml')
  writeFileSync(
    file,
    `about: One’s own\nsite: ${join(SIMULATORS, 'sites', 'edge.yaml')}\nfrom: 2026-04-15T08:00Z\n${lines}`,
  )
  return file
}

function simulate(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COLDAISLE, 'simulate', ...args], { encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

test('what --observe prints is what --check expects; anything else ends with 1', () => {
  const lines = 'for: 40m\nevents: [gateway-down:h1@+10m/10m]\n'
  const { out } = simulate('--scenario', written(lines), '--observe')
  expect(out).toMatch(/^expect:\n.*raised gateway h1/s)
  expect(simulate('--scenario', written(lines + out), '--check')).toMatchObject({ status: 0 })
  const late = simulate(
    '--scenario',
    written(lines + out.replace(/\+\S+ raised gateway/, '+1m raised gateway')),
    '--check',
  )
  expect(late.status).toBe(1)
  expect(late.err).toMatch(
    /own\.yaml: not as expected\nno alarm \+1m raised gateway h1\nalarm \+\S+ raised gateway h1 was/,
  )
  const more = simulate('--scenario', written(lines + out), '--fault', 'inlet:h1-r01@+5m/10m,toC=37', '--check')
  expect(more.status).toBe(1)
})

test.for([
  ['for: 40 minutes\n', 2, /own\.yaml:4:6 for: is no length of time/],
  ['for: 40m\nevents: [gateway-down:h7@+10m/10m]\n', 2, /gateway-down:h7@\+10m\/10m: the site has no gateway/],
  ['for: 40m\nexpects: {}\n', 2, /own\.yaml:5:1 expects: unknown key.*\n.*expect/],
  ['for: 40m\n', 2, /own\.yaml: --check needs `expect` in it/],
] as const)('%j is refused with its place, and exit code %i', ([lines, status, reason]) => {
  const found = simulate('--scenario', written(lines), '--check')
  expect(found.err).toMatch(reason)
  expect(found.status).toBe(status)
})

test('faults of the command line are planted at any site, and help names them', () => {
  const config = join(SIMULATORS, 'sites', 'edge.site.yaml')
  const out = join(folder, 'day.ndjson')
  const from = ['--config', config, '--from', '2026-04-15T08:00Z', '--hours', '0.5', '--out', out]
  expect(simulate(...from, '--fault', 'silence:utility@+10m/10m', '--plant', 'edge').status).toBe(0)
  const stamps = readFileSync(out, 'utf8')
    .split('\n')
    .filter((line) => line.includes('edge/utility'))
  expect(stamps).toHaveLength(120)
  expect(simulate('--help').out).toMatch(/gateway-down:TARGET +nothing comes from a gateway/)
  expect(simulate(...from, '--scenario', 'nonsense').err).toMatch(/no scenario nonsense: name a file, or one of steady/)
})

const HEAD = 'site: { id: dc, timezone: UTC }\n'

test.for([
  ['{ topic: a, cells: ",", at: /0, unit: kW }', /point p is read in a line of cells \(`cells`\)/],
  ['{ topic: a, format: line-protocol, at: /fields/p, unit: kW }', /as line-protocol \(`format`\)/],
  ['{ topic: a, format: dsx, unit: kW }', undefined],
  ['{ topic: spBv1.0/g/DDATA/n/d, at: /P, unit: kW }', undefined],
  ['{ topic: a, at: /em/p, timeAt: /meta/t, timeUnit: s, unit: kW, factor: 10, offset: 1 }', undefined],
] as const)('a simulation of %s', ([point, reason]) => {
  const fault = unwritable(siteFrom(`${HEAD}points: { p: ${point} }`))
  expect(fault ?? '').toMatch(reason ?? /^$/)
})

/** What a configuration may say of a message's form, and the simulator writes so. */
test.for([
  '{ topic: a, records: /list, at: /p, unit: kW }',
  '{ topic: a, where: { /id: 7, /kind: meter }, at: /p, unit: kW }',
  '{ topic: a, records: /list, where: { /n: p }, at: /v, timeAt: /t, timeUnit: s, unit: W }',
  '{ topic: a, at: /p, plus: [{ at: /q }, { at: /r, factor: 100 }], unit: kW }',
  '{ topic: a, timeAt: /t, timeForm: "DD.MM.YYYY HH:mm:ss", timezone: Europe/Paris, at: /p, unit: kW }',
  '{ topic: a, timeAt: /t, timeForm: "M/D/YYYY h:mm:ss A", timezone: America/Denver, at: /p, unit: kW }',
  '{ topic: a, timeAt: /t, timezone: Europe/Paris, at: /p, unit: kW }',
  '{ topic: a, timeAt: [/d, /t], timezone: UTC, at: /p, unit: kW }',
  '{ topic: a, timeAt: /t, epoch: "2000-01-01T00:00:00Z", timeUnit: s, at: /p, unit: kW }',
  '{ topic: a, timeAt: none, at: /p, unit: kW }',
  '{ topic: a, kind: mean, stamp: start, timeAt: /t, at: /p, unit: kW }',
] as const)('a simulation of %s is read at the times of its plant', (point) => {
  const site = siteFrom(`${HEAD}points: { p: ${point} }`)
  const { fromMs } = beginning
  const scenario = { name: 'steady', events: [] }
  const observed = observe({ site, seed: 5, fromMs, toMs: fromMs + 1_800_000, scenario })
  expect(observed.outcomes).toMatchObject({ accepted: 30, bad_time: 0, no_value: 0, unselected: 0 })
  expect(unexpected(observed, { pue: [], bands: {}, outcomes: {}, coverage: {} })).toEqual([])
})

test('faults of packets find members and stamps at any depth and by any name', () => {
  const site = siteFrom(`${HEAD}points:
  p: { topic: a, at: /em/0/p, timeAt: /em/0/t, timeUnit: s, unit: kW, everyS: 60 }
  q: { topic: a, at: /em/1/p, timeAt: /em/0/t, timeUnit: s, unit: kW, everyS: 60 }`)
  const { fromMs } = beginning
  const told = (...texts: string[]) => {
    const events = texts.map((text) => parseEvent(text, { site, fromMs }))
    const run: Run = { site, seed: 5, fromMs, toMs: fromMs + 600_000, scenario: { name: 'own', events } }
    return [...packetsOfRun(run)].map(({ payload }) => JSON.parse(typeof payload === 'string' ? payload : '').em)
  }
  const sound = told()
  expect(told('unit-slip:p@+0m/1h')).toEqual(sound.map(([a, b]) => [{ ...a, p: a.p * 1000 }, b]))
  expect(told('skew@+0m/1h,byS=-90')).toEqual(sound.map(([a, b]) => [{ ...a, t: a.t - 90 }, b]))
  expect(told('firmware:q@+0m/1h')).toEqual(sound.map(([a, b]) => [a, { p_v2: b.p }]))
})
