import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { fileDrafts } from '../../src/config/files/named-files.ts'
import { OUTCOMES } from '../../src/core/contract/outcome.ts'
import { formatLine } from '../../src/ingest/recording.ts'
import { type Row } from '../../src/rows/rows.ts'
import { MEASUREMENTS } from '../../src/rows/tables/measurements.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SITE = write(
  'site.yaml',
  `
site: { id: dc, timezone: Europe/Paris }
core: { boundS: 30, windows: [5m] }
points:
  main: { topic: dc/main, unit: kW, everyS: 30, role: facility, max: 500 }
  it: { topic: dc/it, unit: kW, everyS: 30, role: it }
  t: { topic: dc/air, at: /t, unit: °C, everyS: 30 }
  rh: { topic: dc/air, at: /rh, unit: '%', everyS: 30 }
boundaries:
  dc: { facility: [main], it: [it] }
inlets:
  r1: { dryBulb: t, humidity: rh }
`,
)
const BASE_MS = Date.UTC(2026, 2, 2)

/** Packets of some minutes of a quiet site. */
function linesOf(fromMin: number, toMin: number): string[] {
  const lines: string[] = []
  for (let tMs = BASE_MS + fromMin * 60_000; tMs < BASE_MS + toMin * 60_000; tMs += 30_000) {
    for (const [topic, payload] of [
      ['dc/main', `{"ts":${tMs},"value":120}`],
      ['dc/it', `{"ts":${tMs},"value":80}`],
      ['dc/air', `{"ts":${tMs},"t":25,"rh":40}`],
    ] as const) {
      lines.push(formatLine({ nowMs: tMs, topic, payload, retain: false }))
    }
  }
  return lines
}

function write(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

/** Runs the command as a user does; gives exit code and what it printed. */
function coldaisle(args: readonly string[], input = ''): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COLDAISLE, ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return { status, out: stdout, err: stderr }
}

function rowsOf(out: string): Row[] {
  return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Row]))
}

/** Counts of the summary by the word before them. */
function summaryOf(err: string): Record<string, number> {
  const counts = [...err.matchAll(/^ {2}(\w+) +([\d,]+)$/gm)]
  return Object.fromEntries(counts.map(([, word = '', count = '']) => [word, Number(count.replaceAll(',', ''))]))
}

const TEN = `${linesOf(0, 10).join('\n')}\n`
const WHOLE = write('ten.ndjson', TEN)

describe('check', () => {
  test('tells what a sound configuration comes to', () => {
    const { status, out, err } = coldaisle(['check', '--config', SITE])
    expect([status, err]).toEqual([0, ''])
    expect(out).toMatch(/^points +4 \(power 2, gauge 2\) on 3 topics$/m)
    expect(out).toMatch(/^memory +[\d.]+ MB /m)
    // Two meters, one inlet, one boundary with one window: each has a row a minute. What two gauges say the inlet says,
    // and the one window is none of an inlet: hall and site have it.
    expect(out).toMatch(
      /^rows a day +[\d,]+ \(energy 2,880, pue 18,720, climate 1,440, compliance 2,880, reading 0, skew 72\)$/m,
    )
    expect(out).toMatch(/^ok$/m)
  })

  test('tells every fault of a bad one with its place, and exits with 2', () => {
    const bad = write(
      'bad.yaml',
      `site: { id: dc, timezone: Europe/Pariss }
points:
  main: { topic: dc/main, unit: kV, evryS: 30 }
  it: { topic: dc/#, unit: kWh }
boundaries:
  dc: { facility: [mian], it: [it] }
`,
    )
    const { status, out, err } = coldaisle(['check', '--config', bad])
    expect([status, out]).toEqual([2, ''])
    for (const place of ['bad.yaml:1:', 'bad.yaml:3:', 'bad.yaml:4:', 'bad.yaml:6:']) expect(err).toContain(place)
    for (const word of ['Europe/Pariss', 'kV', 'evryS', 'everyS', 'mian', 'register']) expect(err).toContain(word)
    expect(err).toMatch(/^[6-9] faults$/m)
  })

  test('a file that the configuration names and that cannot be read is a fault; a replay needs none', () => {
    chmodSync(write('password', 'secret'), 0o600)
    const named = write(
      'named.yaml',
      readFileSync(SITE, 'utf8') +
        `mqtt: { url: "mqtts://127.0.0.1", username: u, passwordFile: password, caFile: none/ca.pem, certFile: ., keyFile: k }
influx: { url: "https://127.0.0.1", database: d, tokenFile: token, caFile: ca }
dc: {}
`,
    )
    const { status, out, err } = coldaisle(['check', '--config', named])
    expect([status, out]).toEqual([2, ''])
    expect(err.replaceAll(folder, '')).toBe(`/named.yaml:13:80 mqtt.caFile: there is no file /none/ca.pem
  hint: a relative path begins in the folder of the configuration
/named.yaml:13:103 mqtt.certFile:  is a folder
  hint: name a file in it
/named.yaml:13:115 mqtt.keyFile: there is no file /k
  hint: a relative path begins in the folder of the configuration
/named.yaml:14:61 influx.tokenFile: there is no file /token
  hint: a relative path begins in the folder of the configuration
/named.yaml:14:76 influx.caFile: there is no file /ca
  hint: a relative path begins in the folder of the configuration
/named.yaml:15:1 dc: unknown key
  hint: known keys: include, site, mqtt, sparkplug, influx, edge, core, store, points, templates, ignore, limits, virtual, boundaries, intensities, heats, allocations, inlets, outdoor, halls, gateways, alarms, rows, http, language, log, notify, publish, planned, disclosure, schedule, security
6 faults
`)
    const sound = write('sound.yaml', readFileSync(named, 'utf8').replace('dc: {}\n', ''))
    expect(coldaisle(['replay', '--config', sound, WHOLE])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^{/),
    })
  })

  const isRoot = process.getuid?.() === 0
  test.skipIf(isRoot)(`a file of someone else is a fault${isRoot ? ': skipped, root may read any' : ''}`, () => {
    const locked = write('locked', 'secret')
    chmodSync(locked, 0o000)
    const text = `${readFileSync(SITE, 'utf8')}mqtt: { url: "mqtt://127.0.0.1", username: u, passwordFile: locked }\n`
    const { status, err } = coldaisle(['check', '--config', write('locked.yaml', text)])
    expect(status).toBe(2)
    expect(err).toContain(`locked.yaml:13:61 mqtt.passwordFile: ${locked} cannot be read: permission denied`)
  })

  test.each(['mqtt', 'influx'])('every file that %s can name is looked for', (section) => {
    const { properties } = JSON.parse(coldaisle(['schema']).out)
    const keys = Object.keys(properties[section].properties).filter((key) => key.endsWith('File'))
    const written = { [section]: Object.fromEntries(keys.map((key) => [key, `no-${key}`])) }
    expect(new Set(fileDrafts({ written }, folder, 0).map(({ path }) => path[1]))).toEqual(new Set(keys))
  })

  test('a configuration that is not there is a fault', () => {
    const { status, err } = coldaisle(['check', '--config', join(folder, 'none.yaml')])
    expect(status).toBe(2)
    expect(err).toContain('there is no such file')
  })

  test.each<[options: string[], words: string]>([
    [[], 'gap: a run without end takes no faults of packets: give --hours, or record them with --out'],
    [['--history-hours', '1'], 'gap: --history-hours takes no faults of packets: record them with --out'],
  ])('faults of packets need a run that ends: simulate --to … %j', (options, words) => {
    const example = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url))
    const fault = ['--to', 'mqtt://127.0.0.1:1', '--fault', 'gap@+20m/10m']
    const { status, err } = coldaisle(['simulate', '--config', example, ...fault, ...options])
    expect(status).toBe(2)
    expect(err).toContain(`${words}, and play that with \`coldaisle replay --to mqtt://127.0.0.1:1\``)
  })

  test('points whose payloads hold no time are named where a past is asked for', () => {
    const point = (more: string) => `{ topic: m, ${more}unit: kW, everyS: 30 }`
    const file = write(
      'bare.yaml',
      `site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1 }
points:
  bare: ${point('')}
  stamped: ${point('at: /v, ')}
  arriving: ${point('at: /w, timeAt: none, ')}
`,
    )
    const { err } = coldaisle(['simulate', '--config', file, '--to', 'mqtt://127.0.0.1:1', '--history-hours', '1'])
    expect(err).toMatch(/^bare, arriving: no past, as their payloads hold no time: give them at and timeAt, such as/)
  })

  test('the example is sound', () => {
    const example = fileURLToPath(new URL('../../config/example.yaml', import.meta.url))
    const { status, out } = coldaisle(['check', '--config', example])
    expect(status).toBe(0)
    expect(out).toMatch(/^inlets +200$/m)
  })
})

describe('replay', () => {
  test('prints rows as NDJSON and the summary beside them', () => {
    const { status, out, err } = coldaisle(['replay', '--config', SITE, WHOLE])
    expect(status).toBe(0)
    const rows = rowsOf(out)
    for (const { measurement, tags, fields, timeMs } of rows) {
      expect(Object.keys(MEASUREMENTS)).toContain(measurement)
      expect(Object.keys(tags)).toEqual([...MEASUREMENTS[measurement].tags])
      expect(Object.keys(fields).length).toBeGreaterThan(0)
      expect(timeMs).toBeGreaterThan(BASE_MS)
    }
    const last = rows.findLast(
      ({ tags, timeMs }) => tags['boundary'] && tags['window'] === '5m' && timeMs === BASE_MS + 9 * 60_000,
    )
    expect(last?.fields).toMatchObject({ pue: 1.5, coverage: 1, state: 'settled', name: 'iPUE' })
    expect(Object.keys(summaryOf(err))).toEqual([...OUTCOMES])
    expect(summaryOf(err)).toMatchObject({ accepted: 80, duplicate: 0, bad_line: 0 })
    expect(err).toMatch(new RegExp(`^lines 60, packets 60, rows ${rows.length.toLocaleString('en-US')}$`, 'm'))
    expect(err).toMatch(/^readings 80 in [\d.]+ s: [\d,]+ readings\/s$/m)
  })

  test('of a gzipped file, of two files, and of standard input gives the same rows', () => {
    const { out } = coldaisle(['replay', '--config', SITE, WHOLE])
    const zipped = write('ten.ndjson.gz', gzipSync(TEN))
    const first = write('first.ndjson', `${linesOf(0, 4).join('\n')}\n`)
    const second = write('second.ndjson', linesOf(4, 10).join('\n'))
    expect(coldaisle(['replay', '--config', SITE, zipped]).out).toBe(out)
    expect(coldaisle(['replay', '--config', SITE, first, second]).out).toBe(out)
    expect(coldaisle(['replay', '--config', SITE, '-'], TEN).out).toBe(out)
    expect(coldaisle(['replay', '--config', SITE, first, '-'], linesOf(4, 10).join('\r\n')).out).toBe(out)
  })

  test('twice gives the same bytes', () => {
    const once = coldaisle(['replay', '--config', SITE, WHOLE])
    expect(coldaisle(['replay', '--config', SITE, WHOLE]).out).toBe(once.out)
  })

  test('counts every reading in one outcome and names the bad lines', () => {
    const strange = [
      ...linesOf(0, 2),
      'this is no packet',
      formatLine({ nowMs: BASE_MS + 120_000, topic: 'dc/other', payload: '1', retain: false }),
      formatLine({ nowMs: BASE_MS + 120_000, topic: 'dc/main', payload: '1', retain: true }),
      formatLine({
        nowMs: BASE_MS + 120_000,
        topic: 'dc/main',
        payload: `{"ts":${BASE_MS},"value":120}`,
        retain: false,
      }),
      formatLine({
        nowMs: BASE_MS + 120_000,
        topic: 'dc/main',
        payload: `{"ts":${BASE_MS},"value":121}`,
        retain: false,
      }),
      formatLine({ nowMs: BASE_MS + 120_000, topic: 'dc/main', payload: '501', retain: false }),
      formatLine({ nowMs: BASE_MS + 120_000, topic: 'dc/main', payload: '{"value":1,"ts":"noon"}', retain: false }),
      formatLine({ nowMs: BASE_MS + 120_000, topic: 'dc/it', payload: '-1', retain: false }),
      formatLine({
        nowMs: BASE_MS + 120_000,
        topic: 'dc/it',
        payload: `{"ts":${BASE_MS + 9e6},"value":1}`,
        retain: false,
      }),
      formatLine({ nowMs: BASE_MS + 120_000, topic: 'dc/it', payload: 'offline', retain: false }),
      formatLine({ nowMs: BASE_MS + 120_000, topic: 'dc/air', payload: '{"t":null}', retain: false }),
      '{"tst":"2026-03-02T00:02:00.000000Z+0000"}',
    ]
    const file = write('strange.ndjson', strange.join('\n'))
    const { status, err } = coldaisle(['replay', '--config', SITE, file])
    expect(status).toBe(0)
    expect(summaryOf(err)).toEqual({
      accepted: 16,
      duplicate: 1,
      conflict: 1,
      retained: 1,
      future: 1,
      too_late: 0,
      negative: 1,
      out_of_range: 1,
      non_finite: 0,
      no_value: 2,
      bad_payload: 1,
      bad_time: 1,
      oversize: 0,
      unknown_topic: 1,
      bad_line: 2,
      command: 0,
      ignored: 0,
      unselected: 0,
      before_birth: 0,
      orphan: 0,
    })
    expect(err).toContain(`bad line: ${file}:13 is not JSON`)
    expect(err).toContain(`bad line: ${file}:24 has no topic`)
  })

  test('of a file that is not there exits with 2 and prints nothing', () => {
    const { status, out, err } = coldaisle(['replay', '--config', SITE, WHOLE, join(folder, 'none.ndjson')])
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain('none.ndjson')
  })

  test('of a gzipped file that was cut replays what can be read and exits with 1', () => {
    const text = linesOf(0, 240).join('\n')
    const cut = write('cut.ndjson.gz', gzipSync(text).subarray(0, -1000))
    const { status, out, err } = coldaisle(['replay', '--config', SITE, cut])
    expect(status).toBe(1)
    expect(err).toContain('the gzip stream ends early')
    const { accepted = 0 } = summaryOf(err)
    expect(accepted).toBeGreaterThan(400)
    expect(accepted).toBeLessThan(240 * 8)
    const known = rowsOf(out).filter(({ fields, tags }) => tags['point'] === 'it' && fields['state'] === 'settled')
    expect(known.length).toBeGreaterThan(50)
  })

  test('an empty recording gives no rows', () => {
    const { status, out, err } = coldaisle(['replay', '--config', SITE, '-'])
    expect([status, out]).toEqual([0, ''])
    expect(summaryOf(err)['accepted']).toBe(0)
  })

  test('stops quietly when its reader has seen enough (| head)', async () => {
    const long = write('long.ndjson', linesOf(0, 1440).join('\n'))
    const child = spawn(process.execPath, [COLDAISLE, 'replay', '--config', SITE, long])
    let err = ''
    child.stderr.on('data', (piece) => (err += String(piece)))
    const closed = new Promise((resolve) => child.once('close', resolve))
    const first = await new Promise<string>((resolve) => {
      child.stdout.once('data', (piece) => resolve(String(piece)))
      void closed.then(() => resolve(''))
    })
    child.stdout.destroy()
    const status = await closed
    expect(rowsOf(first.slice(0, first.indexOf('\n')))).toHaveLength(1)
    expect([status, err]).toEqual([0, ''])
  })
})

describe('arguments', () => {
  test('--help tells the commands', () => {
    const { status, out } = coldaisle(['--help'])
    expect(status).toBe(0)
    for (const word of ['check', 'replay', 'schema']) expect(out).toContain(word)
    expect(coldaisle(['replay', '--help']).out).toContain('--config')
  })

  test.each([
    [['bake']],
    [[]],
    [['check']],
    [['replay', '--config', SITE]],
    [['check', '--config', SITE, '--fast']],
    [['replay', '--config']],
  ])('%j is a fault of the arguments: exit code 2, nothing on standard output', (args) => {
    const { status, out, err } = coldaisle(args)
    expect([status, out]).toEqual([2, ''])
    expect(err).not.toBe('')
  })

  test('schema prints the JSON Schema that is shipped', () => {
    const { status, out } = coldaisle(['schema'])
    const shipped = readFileSync(new URL('../../config/schema.json', import.meta.url), 'utf8')
    expect(status).toBe(0)
    expect(JSON.parse(out)).toEqual(JSON.parse(shipped))
  })
})
