/** The sum behind a PUE: from a recording, from the store of a stopped daemon, and from a running one. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import mqtt from 'mqtt'
import { explain, type ExplainedSum, type Explanation } from '../../src/explain/explain.ts'
import { runExplain } from '../../src/commands/explain.ts'
import { formatLine } from '../../src/ingest/recording.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createReplay, endReplay, replayLine } from '../../src/fold/replay.ts'
import type { Row } from '../../src/rows/rows.ts'
import { startDaemon } from '../servers/daemon.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { freePort } from '../servers/servers.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const START_MS = Date.UTC(2026, 2, 2)
const HOURS = 5

const SITE = `
site: { id: dc, timezone: Europe/Paris }
core: { intervalS: 60, latenessS: 900, boundS: 30, bridgeS: 1800, windows: [5m, 1h, 24h, 10d, day] }
points:
  main: { topic: main, unit: kW, everyS: 30, maxGapS: 90, accuracyPct: 0.5 }
  "{north,south}": { topic: "{north,south}", unit: kW, everyS: 30, maxGapS: 90, accuracyPct: 1 }
  ups: { topic: ups, unit: kWh, register: {}, everyS: 60, maxKw: 1000, accuracyPct: 1, meter: ups }
  ups-kw: { topic: ups-kw, unit: kW, everyS: 30, maxGapS: 90, accuracyPct: 1, meter: ups }
virtual: { boards: { sum: [north, south] } }
boundaries:
  dc: { facility: [{ point: main, fallback: [boards] }, { constantKw: 2 }], it: [ups-kw], losses: { cooling: [south] } }
`

/**
 * Five hours in which the main meter is silent from 1:00 to 1:15 and from 2:40 to 2:50, and all of IT from 2:00 to 3:00:
 * then its power is back, its register is not.
 */
function packets(baseMs: number): { nowMs: number; topic: string; payload: string; retain: boolean }[] {
  const all: { nowMs: number; topic: string; payload: string; retain: boolean }[] = []
  for (let s = 0; s <= HOURS * 3600; s += 30) {
    const tMs = baseMs + s * 1000
    const tell = (topic: string, value: number) =>
      all.push({ nowMs: tMs + 500, topic, payload: JSON.stringify({ ts: tMs, value }), retain: false })
    if (s < 3600 || (s >= 4500 && s < 9600) || s >= 10_200) tell('main', 120)
    tell('north', 70)
    tell('south', 45)
    if (s <= 7200 || s >= 10_800) tell('ups-kw', 78)
    if (s % 60 === 0 && s <= 7200) tell('ups', 500 + (80 * s) / 3600)
  }
  return all
}

let folder = ''
let recording = ''
let config = ''
const rows: Row[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldaisle-explain-'))
  recording = join(folder, 'day.ndjson')
  config = join(folder, 'site.yaml')
  const lines = packets(START_MS).map(formatLine)
  writeFileSync(recording, `${lines.join('\n')}\n`)
  writeFileSync(config, SITE)
  const replay = createReplay(siteOf(SITE), (row) => rows.push(row))
  for (const [n, line] of lines.entries()) replayLine(replay, line, String(n))
  endReplay(replay)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'explain', ...args], { encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

function explained(args: readonly string[]): Explanation {
  const { stdout, stderr } = run([...args, '--json'])
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as Explanation
}

/** As the command does it, without the seconds that a process takes to start. */
async function replayed(boundary: string, window: string, at?: string): Promise<Explanation> {
  const options = { json: true, recording: [recording], ...(at === undefined ? {} : { at: Date.parse(at) }) }
  return JSON.parse(await runExplain(siteOf(SITE), boundary, window, options)) as Explanation
}

function linesOf({ lines }: ExplainedSum): string[] {
  return lines.map(({ term, by, class: kind, energyKwh }) => `${term} by ${by}: ${energyKwh.toFixed(3)} kWh ${kind}`)
}

/** The lines add up to the sum, and the sums are those of the row that was told last for this end. */
function expectExact(told: Explanation, from: readonly Row[]): void {
  const row = from.findLast(
    ({ measurement, tags, timeMs }) =>
      measurement === 'pue' &&
      tags['window'] === told.window &&
      tags['boundary'] === told.boundary &&
      timeMs === told.endMs,
  )
  for (const [sum, field] of [
    [told.facility, 'facility_j'],
    [told.it, 'it_j'],
  ] as const) {
    expect(sum.lines.reduce((joules, line) => joules + line.energyJ, 0)).toBe(sum.energyJ)
    expect(sum.energyJ).toBe(row?.fields[field])
  }
  const { pue, uncertainty, coverage, revision, state } = row?.fields ?? {}
  expect({ pue, uncertainty, coverage, revision, state }).toEqual({
    pue: told.pue,
    uncertainty: told.uncertainty,
    coverage: told.coverage,
    revision: told.revision,
    state: told.state,
  })
  const squares = told.uncertaintyBy.reduce((sum, by) => sum + by.uncertainty ** 2, 0)
  expect(Math.sqrt(squares)).toBeCloseTo(told.uncertainty ?? 0, 12)
}

describe('from a recording', () => {
  test('an hour with a fallback: who counted, for how long, measured or estimated', async () => {
    const told = await replayed('dc', '1h', '2026-03-02T02:00Z')
    expectExact(told, rows)
    // From 1:01 to 1:15 the boards counted: until 1:00 the main meter's last reading reaches, from 1:15 it is back.
    expect(linesOf(told.facility)).toEqual([
      'main by main: 90.000 kWh measured',
      'main by boards: 28.750 kWh estimated',
      '2 kW by 2 kW: 2.000 kWh estimated',
    ])
    expect(linesOf(told.it)).toEqual(['ups-kw by ups: 80.000 kWh measured'])
    expect(told.it.lines[0]).toMatchObject({ factor: 1, share: 1, coverage: 1 })
    expect(told.facility.lines[0]?.coverage).toBeCloseTo(0.75)
    expect(told).toMatchObject({ countedIntervals: 60, masked: [], losses: { coolingJ: 45_000 * 3600 } })
  })

  test('an hour that is masked: by whom and when', async () => {
    const told = await replayed('dc', '1h', '2026-03-02T03:30Z')
    expectExact(told, rows)
    expect(told.countedIntervals).toBe(30)
    expect(told.masked).toEqual([
      {
        intervals: 30,
        reason: 'no_reading',
        points: ['ups', 'ups-kw'],
        spans: [{ fromMs: START_MS + 2.5 * 3_600_000, toMs: START_MS + 3 * 3_600_000 }],
        spanCount: 1,
      },
    ])
    expect(linesOf(told.it)).toEqual(['ups-kw by ups: 0.000 kWh measured', 'ups-kw by ups-kw: 39.000 kWh measured'])
  })

  test('every window at its newest end, long ones too', async () => {
    for (const window of ['5m', '1h', '24h', '10d', 'day_to_date']) expectExact(await replayed('dc', window), rows)
    const { masked } = await replayed('dc', '24h')
    expect(masked.map(({ intervals, reason }) => `${intervals} ${reason}`)).toEqual([
      '1139 before_first',
      '60 no_reading',
      '1 no_reading', // the last interval has begun
    ])
  })

  test('the keys are those of the contract, whatever else a row and its quotient hold', async () => {
    const site = siteOf(SITE)
    const replay = createReplay(site, () => undefined)
    const laterMs = START_MS + 9 * 86_400_000 // the core has forgotten the revision: the row is asked
    for (const packet of [...packets(START_MS), ...packets(laterMs)]) accept(replay.pipeline, packet)
    endReplay(replay)
    const row = { revision: 4, state: 'settled', source: 'ups', facility_j: 5 }
    const history = { coverage: async () => new Map<number, number>(), row: async () => row, heldFromMs: -Infinity }
    const told = await explain(site, replay.pipeline.core, history, {
      boundary: 'dc',
      window: '1h',
      atMs: START_MS + 2 * 3_600_000,
    })
    expect(told).toMatchObject({ revision: 4, state: 'settled' })
    const keys = `site boundary window category startMs endMs intervalS intervals countedIntervals facility it losses
      pue uncertainty uncertaintyBy facilityJ itJ coverage estimatedShare name suspect revision state masked notes`
    expect(Object.keys(told)).toEqual(keys.split(/\s+/))
    for (const sum of [told.facility, told.it]) {
      expect(Object.keys(sum)).toEqual(['energyJ', 'energyKwh', 'estimatedJ', 'lines'])
    }
  })

  test('for people: columns, and the reason in a sentence', () => {
    const { stdout, code } = run([
      '--config',
      config,
      'dc',
      '1h',
      '--at',
      '2026-03-02T03:30Z',
      '--recording',
      recording,
    ])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}ups-kw +39\.00 +140,400,000 +100\.0 % +\d+\.\d % +measured +1$/m)
    expect(stdout).toContain('30 of 60: ups, ups-kw had no reading 2026-03-02 03:30–04:00') // in Paris
  })

  test.each([
    ['cd', '1h', undefined, 'no boundary is called cd: the site has dc'],
    ['dc', '2h', undefined, 'no window is called 2h: the site has 5m, 1h, 24h, 10d, day_to_date, day'],
    ['dc', 'day', undefined, 'no day has ended by that time: ask for day_to_date, the running one'],
    ['dc', '1h', '2026-03-01T00:00Z', 'nothing is known from before 2026-03-02T00:00:00.000Z'],
  ])('%s %s at %s: what there is instead', async (boundary, window, at, sentence) => {
    await expect(replayed(boundary, window, at)).rejects.toThrow(sentence)
  })

  test('without a store and a recording there is nothing to explain from', () => {
    const stderr = `there is no store in ${join(folder, 'data')}: the daemon makes it when it first runs\n`
    expect(run(['--config', config, 'dc', '1h'])).toEqual({ code: 2, stdout: '', stderr })
  })
})

test(
  'a daemon that runs explains what it holds, and its store the same once it has stopped',
  { timeout: 120_000 },
  async () => {
    const port = await freePort()
    await using daemon = await startDaemon(`${SITE}\nmqtt: { listen: "127.0.0.1:${port}" }\n`)
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`)
    const baseMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - HOURS * 3_600_000
    for (const { topic, payload } of packets(baseMs)) client.publish(topic, payload, { qos: 1 })
    await client.endAsync()
    const file = join(daemon.folder, 'site.yaml')
    const at = new Date(baseMs + 3.5 * 3_600_000).toISOString()
    const ask = () => explained(['--config', file, 'dc', '1h', '--at', at])
    const deadlineMs = Date.now() + 30_000
    while (Date.now() < deadlineMs && (await newestMs(daemon.url)) < baseMs + HOURS * 3_600_000 - 60_000)
      await sleep(100)
    const live = ask()
    const held = (await (
      await fetch(`${daemon.url}/api/v1/rows?measurement=pue&from=0&limit=5000&tag.window=1h`)
    ).json()) as Row[]
    expectExact(live, held)
    expect(live.masked).toMatchObject([{ intervals: 30, points: ['ups', 'ups-kw'], reason: 'no_reading' }])
    expect((await fetch(`${daemon.url}/api/v1/explain?boundary=dc&window=2h`)).status).toBe(400)
    expect(await daemon.stop()).toBe(0)
    expect(ask()).toEqual(live)
    expect(ask()).toEqual(live) // the first one has written nothing
  },
)

/** End of the newest hour that was told. */
async function newestMs(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/latest?measurement=pue&tag.window=1h`)
  const [row] = (await answer.json()) as Row[]
  return row?.timeMs ?? 0
}
