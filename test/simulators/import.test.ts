import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readMap } from '../../simulators/import/map.ts'
import type { ImportCounts } from '../../simulators/import/rows.ts'
import { createImportCounts, importRows } from '../../simulators/import/rows.ts'
import { openRecording, parseLine } from '../../src/ingest/recording.ts'

const ROOT = join(import.meta.dirname, '../..')
const DATA = join(ROOT, '../shared/data')
const PROGRAM = join(ROOT, 'simulators/import.ts')
const folder = mkdtempSync(join(tmpdir(), 'import-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Written {
  tMs: number
  topic: string
  payload: Record<string, number>
}

function write(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** Imports files by a map; every packet must arrive at its own event time. */
async function importFiles(mapPath: string, csv: string[]): Promise<{ packets: Written[]; counts: ImportCounts }> {
  const read = readMap(mapPath)
  if ('faults' in read) throw new Error(read.faults.join('\n'))
  const counts = createImportCounts()
  const packets: Written[] = []
  for await (const text of importRows(read.map, csv, counts)) {
    for (const line of text.trimEnd().split('\n')) {
      const packet = parseLine(line)
      if (typeof packet === 'string' || typeof packet.payload !== 'string')
        throw new Error(`not a packet with text: ${line}`)
      const { ts, ...payload } = JSON.parse(packet.payload)
      if (packet.nowMs !== ts) throw new Error(`does not arrive at its event time: ${line}`)
      packets.push({ tMs: ts, topic: packet.topic, payload })
    }
  }
  return { packets, counts }
}

/** Imports a table: packets as `2016-11-06T08:30Z topic {…}`, refusals as `bad_time 2 @3` (how many, at which line first). */
async function importTable(map: string, table: string): Promise<{ packets: string[]; refused: string[] }> {
  const csv = write('table.csv', table)
  const { packets, counts } = await importFiles(write('map.yaml', map), [csv])
  return {
    packets: packets.map(({ tMs, topic, payload }) => {
      return `${new Date(tMs).toISOString().replace(/(:00)?\.000Z$/, 'Z')} ${topic} ${JSON.stringify(payload)}`
    }),
    refused: [...counts.refused].map(
      ([refusal, { count, first }]) => `${refusal} ${count} @${first.slice(csv.length + 1)}`,
    ),
  }
}

const DENVER = `
timezone: America/Denver
time: { column: Time, form: [M/D/YY H:mm, M/D/YYYY H:mm] }
values:
  - { column: kW, topic: t, member: kw }`
const FIRST = DENVER.replace('values:', 'sameStamp: first\nvalues:')

describe('times', () => {
  test('a repeated local hour is two hours: where the local time goes back, the later offset begins', async () => {
    const table =
      'Time,kW\n11/6/16 0:59,1\n11/6/16 1:00,2\n11/6/16 1:30,3\n11/6/16 1:00,4\n11/6/16 1:59,5\n11/6/16 2:00,6\n'
    expect(await importTable(DENVER, table)).toEqual({
      packets: [
        '2016-11-06T06:59Z t {"kw":1}',
        '2016-11-06T07:00Z t {"kw":2}',
        '2016-11-06T07:30Z t {"kw":3}',
        '2016-11-06T08:00Z t {"kw":4}',
        '2016-11-06T08:59Z t {"kw":5}',
        '2016-11-06T09:00Z t {"kw":6}',
      ],
      refused: [],
    })
  })

  test('hourly rows of a repeated hour are its two passes, not a double stamp', async () => {
    const table = 'Time,kW\n11/5/16 23:00,0\n11/6/16 0:00,1\n11/6/16 1:00,2\n11/6/16 1:00,3\n11/6/16 2:00,4\n'
    const { packets } = await importTable(FIRST, table)
    expect(packets.map((it) => it.slice(11, 16))).toEqual(['05:00', '06:00', '07:00', '08:00', '09:00'])
  })

  test('a double stamp inside the repeated hour stays in its pass', async () => {
    const table = 'Time,kW\n11/6/16 0:59,1\n11/6/16 1:00,2\n11/6/16 1:00,3\n11/6/16 1:01,4\n'
    expect(await importTable(FIRST, table)).toEqual({
      packets: ['2016-11-06T06:59Z t {"kw":1}', '2016-11-06T07:00Z t {"kw":2}', '2016-11-06T07:01Z t {"kw":4}'],
      refused: ['same_stamp 1 @4'],
    })
  })

  test('a repeated hour that was sorted by local time: the second of a double stamp is of the second pass', async () => {
    const table =
      'Time,kW\n11/6/16 0:59,0\n11/6/16 1:00,1\n11/6/16 1:00,2\n11/6/16 1:01,3\n11/6/16 1:01,4\n11/6/16 1:02,5\n11/6/16 2:00,6\n'
    expect(await importTable(FIRST, table)).toEqual({
      packets: [
        '2016-11-06T06:59Z t {"kw":0}',
        '2016-11-06T07:00Z t {"kw":1}',
        '2016-11-06T07:01Z t {"kw":3}',
        '2016-11-06T07:02Z t {"kw":5}',
        '2016-11-06T08:00Z t {"kw":2}',
        '2016-11-06T08:01Z t {"kw":4}',
        '2016-11-06T09:00Z t {"kw":6}',
      ],
      refused: [],
    })
  })

  test('a skipped local hour never was', async () => {
    const table = 'Time,kW\n3/12/17 1:59,1\n3/12/17 2:00,2\n3/12/17 2:59,3\n3/12/17 3:00,4\n'
    expect(await importTable(DENVER, table)).toEqual({
      packets: ['2017-03-12T08:59Z t {"kw":1}', '2017-03-12T09:00Z t {"kw":4}'],
      refused: ['skipped_hour 2 @3'],
    })
  })

  test('two date forms in one file; what fits none is refused', async () => {
    const table =
      'Time,kW\n1/2/17 3:04,1\n1/2/2017 3:05,2\n2017-01-02 03:06,3\n13/2/17 0:00,4\n2/30/17 0:00,5\n1/2/17 24:00,6\n,7\n'
    expect(await importTable(DENVER, table)).toEqual({
      packets: ['2017-01-02T10:04Z t {"kw":1}', '2017-01-02T10:05Z t {"kw":2}'],
      refused: ['bad_time 5 @4'],
    })
  })

  test.each([
    ['epoch_s', '1479988800.25', '2016-11-24T12:00:00.250Z'],
    ['epoch_ms', '1479988800250', '2016-11-24T12:00:00.250Z'],
    ['iso', '2016-11-24T13:00:00+01:00', '2016-11-24T12:00Z'],
    ['iso', '2016-11-24 13:00:00.25+0100', '2016-11-24T12:00:00.250Z'],
    ['D/M/YYYY', '1/2/2007', '2007-02-01T07:00Z'],
    ['DD.MM.YYYY HH:mm:ss', '01.02.2007 00:00:30', '2007-02-01T07:00:30Z'],
    ['YYYY-MM-DDTHH:mm:ss.SSS', '2007-02-01T00:00:30.1', '2007-02-01T07:00:30.100Z'],
  ])('%s: %s', async (form, written, expected) => {
    const map = DENVER.replace(/form: .*]/, `form: "${form}"`)
    expect((await importTable(map, `Time,kW\n${written},1\n`)).packets).toEqual([`${expected} t {"kw":1}`])
  })

  test('a date and a time column', async () => {
    const map = DENVER.replace(/time: .*/, 'time: { column: [Date, Time], form: D/M/YYYY HH:mm:ss }\ndelimiter: ";"')
    const { packets } = await importTable(map, 'Date;Time;kW\n1/2/2007;00:01:00;0.326\n')
    expect(packets).toEqual(['2007-02-01T07:01Z t {"kw":0.326}'])
  })
})

describe('values', () => {
  test('several members share one packet; other topics have their own; what is left out is counted', async () => {
    const map = `
timezone: UTC
skipLines: 2
time: { column: 1, form: YYYY-MM-DD HH:mm }
values:
  - { column: 2, topic: air, member: kw, min: 1, max: 1000 }
  - { column: 3, topic: air, member: t }
  - { column: "Q, liquid [kW]", topic: liquid, scale: 0.001 }`
    const table = `\ufeffexported by hand\r
\r
Time,"Q, air [kW]",T,"Q, liquid [kW]"\r
2017-01-01 00:00,157.40,20.5,638620\r
2017-01-01 00:01,0,20.5,\r
2017-01-01 00:02,1000.5,n/a,1e3\r
2017-01-01 00:03,-1,,Infinity\r
\r
2017-01-01 00:04,"1","2","3000"\r
2017-01-01 00:05,1,"2,3\r
2017-01-01 00:06,1\r
2017-01-01 00:07,1,2,3,4\r
2017-01-01 00:08,1,2,0x10,\r
`
    expect(await importTable(map, table)).toEqual({
      packets: [
        '2017-01-01T00:00Z air {"kw":157.4,"t":20.5}',
        '2017-01-01T00:00Z liquid {"value":638.62}',
        '2017-01-01T00:01Z air {"t":20.5}',
        '2017-01-01T00:02Z liquid {"value":1}',
        '2017-01-01T00:04Z air {"kw":1,"t":2}',
        '2017-01-01T00:04Z liquid {"value":3}',
        '2017-01-01T00:08Z air {"kw":1,"t":2}',
      ],
      refused: ['below_min 2 @5', 'empty 2 @5', 'above_max 1 @6', 'not_a_number 3 @6', 'bad_row 3 @10'],
    })
  })

  const DOUBLE = 'Time,kW\n1/1/17 0:00,1\n1/1/17 0:01,\n1/1/17 0:01,2\n1/1/17 0:01,3\n1/1/17 0:02,4\n'
  test('sameStamp first: the first that counts', async () => {
    const { packets, refused } = await importTable(FIRST, DOUBLE)
    expect(packets.map((it) => it.slice(20))).toEqual(['{"kw":1}', '{"kw":2}', '{"kw":4}'])
    expect(refused).toEqual(['empty 1 @3', 'same_stamp 1 @5'])
  })
  test('sameStamp all: whoever folds them decides', async () => {
    const { packets } = await importTable(DENVER, DOUBLE)
    expect(packets.map((it) => it.slice(20))).toEqual(['{"kw":1}', '{"kw":2}', '{"kw":3}', '{"kw":4}'])
  })

  test('a daily mean is as many hourly means as it covers hours, at the end of each, from local midnight', async () => {
    const map = `
timezone: America/Denver
time: { column: day, form: YYYY-MM-DD }
kind: mean
spanS: 86400
hoursColumn: n
values:
  - { column: it, topic: it }
  - { column: hvac, topic: hvac }`
    const table =
      'day,n,it,hvac\n2016-11-05,3,100,9\n2016-11-06,25,200,\n2016-11-07,0,1,1\n2016-11-08,2.5,1,1\n2016-11-09,-1,1,1\n2016-11-10,,1,1\n'
    const { packets, refused } = await importTable(map, table)
    expect(packets.slice(0, 7)).toEqual([
      '2016-11-05T07:00Z it {"value":100}',
      '2016-11-05T07:00Z hvac {"value":9}',
      '2016-11-05T08:00Z it {"value":100}',
      '2016-11-05T08:00Z hvac {"value":9}',
      '2016-11-05T09:00Z it {"value":100}',
      '2016-11-05T09:00Z hvac {"value":9}',
      '2016-11-06T07:00Z it {"value":200}',
    ])
    expect(packets.at(-1)).toBe('2016-11-07T07:00Z it {"value":200}')
    expect(packets).toHaveLength(6 + 25)
    expect(refused).toEqual(['empty 1 @3', 'bad_hours 3 @5'])
  })
})

describe('the map', () => {
  test.each<[string, string, string[]]>([
    ['a missing zone', DENVER.replace(/timezone.*/, ''), ['3:1 timezone: is missing: these times are written without']],
    ['an unknown zone', DENVER.replace('Denver', 'Devner'), ['2:11 timezone: is not an IANA time zone']],
    ['not a map', '- 1', ['1:1: is not a map']],
    ['a fault of YAML', 'a: [', ['1:5']],
    [
      'everything at once',
      `
delimiter: ", "
skipLines: -1
header: perhaps
timezone: UTC
tiem: 1
time: { column: 0, form: [D/M H:mm, QQ/M/D, YYYY-M-D-YYYY, 7] }
kind: sample
spanS: 86400
values:
  - { column: a, topic: a/+, min: 2, max: 1, scale: 0 }
  - { topic: b, member: ts }
  - { column: 1, topic: c }
  - { column: 2, topic: c }
  - 5`,
      [
        '2:12 delimiter: is not one character',
        '3:12 skipLines: is not a number that fits',
        '4:9 header: is none of true, false',
        '6:1 tiem: is not known here',
        '7:17 time.column: is neither a place',
        '7:27 time.form[0]: needs a year',
        '7:37 time.form[1]: does not know QQ',
        '7:45 time.form[2]: has Y twice',
        '7:60 time.form[3]: is not text',
        '9:8 spanS: needs kind: mean',
        '11:25 values[0].topic: is not a topic',
        '11:35 values[0].min: is above max',
        '11:53 values[0].scale: is not a number that fits',
        '12:5 values[1].column: is missing',
        '12:25 values[1].member: may not be ts',
        '14:5 values[3]: gives member value of topic c a second time',
        '15:5 values[4]: is not a map',
      ],
    ],
  ])('%s', (_, map, expected) => {
    const path = write('faulty.yaml', map)
    const read = readMap(path)
    const faults = 'faults' in read ? read.faults : []
    expect(faults.map((fault, i) => fault.slice(path.length + 1).slice(0, expected[i]?.length))).toEqual(expected)
  })

  test('the maps that come with it are without faults', () => {
    for (const name of readdirSync(join(ROOT, 'simulators/maps'))) {
      expect(readMap(join(ROOT, 'simulators/maps', name))).not.toHaveProperty('faults')
    }
  })
})

describe('the program', () => {
  const map = () => write('good.yaml', DENVER)
  const csv = () => write('good.csv', 'Time,kW\n1/1/17 0:00,157.40\n1/1/17 0:01,x\n')
  const LINE =
    '{"tst":"2017-01-01T07:00:00.000000Z+0000","topic":"t","qos":0,"retain":0,"payloadlen":31,' +
    '"payload":"{\\"ts\\":1483254000000,\\"kw\\":157.4}"}\n'
  function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' })
    return { status, stdout, stderr }
  }

  test('recording on standard output, summary on standard error, 0', () => {
    expect(run('--map', map(), csv())).toEqual({
      status: 0,
      stdout: LINE,
      stderr: `rows read 2, values written 1, packets written 1\nleft out not_a_number 1 (first at ${csv()}:3)\n`,
    })
  })

  test('--out writes a file, packed by its name', async () => {
    for (const name of ['out.ndjson', 'out.ndjson.gz']) {
      const out = join(folder, name)
      expect(run('--map', map(), '--out', out, csv())).toMatchObject({ status: 0, stdout: '' })
      expect(readFileSync(out)[0] === 0x1f).toBe(name.endsWith('.gz'))
      for await (const lines of openRecording(out)) expect(lines).toEqual([LINE.trimEnd()])
    }
  })

  test('2 for the map or the arguments, 1 for files; nothing half written', () => {
    const absent = join(folder, 'absent')
    const bad = write('bad.yaml', DENVER.replace('column: kW', 'column: kw'))
    const doubled = write('doubled.csv', 'Time,kW,kW\n1/1/17 0:00,1,2\n')
    const out = join(folder, 'half.ndjson')
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('usage:') })
    expect(run('--map')).toMatchObject({ status: 2, stderr: expect.stringContaining('usage:') })
    expect(run('--map', map(), '--what', csv())).toMatchObject({ status: 2, stderr: expect.stringContaining('--what') })
    expect(run('--map', absent, csv())).toMatchObject({ status: 2, stderr: expect.stringContaining('cannot be read') })
    expect(run('--map', bad, csv())).toMatchObject({
      status: 2,
      stderr: `${bad}:5:15 values[0].column: ${csv()} has no column kw; it has Time | kW\n`,
    })
    expect(run('--map', map(), doubled)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('columns 2 and 3'),
    })
    expect(run('--map', map(), '--out', out, csv(), absent)).toMatchObject({
      status: 1,
      stderr: `${absent}: no such file\n`,
    })
    expect(readdirSync(folder).filter((name) => name.startsWith('half'))).toEqual([])
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('usage:') })
  })

  test('a reader who leaves early is no fault', async () => {
    const rows = Array.from(
      { length: 100_000 },
      (_, i) => `1/1/17 ${Math.trunc(i / 60) % 24}:${String(i % 60).padStart(2, '0')},${i}`,
    )
    const child = spawn(process.execPath, [PROGRAM, '--map', map(), write('long.csv', `Time,kW\n${rows.join('\n')}\n`)])
    let stderr = ''
    child.stderr.on('data', (piece) => (stderr += String(piece)))
    child.stdout.once('data', () => child.stdout.destroy())
    const status = await new Promise((done) => child.once('close', done))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

/** Trapezoid energy; more than 600 s between neighbours is a gap. */
function energyOf(packets: readonly Written[]): { coveredS: number; kwh: number } {
  const found = { coveredS: 0, kwh: 0 }
  let before: { tMs: number; kw: number } | undefined
  for (const { tMs, payload } of packets) {
    const kw = payload['kw']
    if (kw === undefined) continue
    const lengthS = before === undefined ? Infinity : (tMs - before.tMs) / 1000
    if (before !== undefined && lengthS <= 600) {
      found.coveredS += lengthS
      found.kwh += ((before.kw + kw) / 2) * (lengthS / 3600)
    }
    before = { tMs, kw }
  }
  return found
}

const absent = existsSync(join(DATA, 'ground-truth-A.json')) ? '' : ' (skipped: ../shared/data is absent)'

describe(`real records${absent}`, () => {
  const skipped = absent !== ''
  const truth = skipped ? {} : JSON.parse(readFileSync(join(DATA, 'ground-truth-A.json'), 'utf8'))

  test.skipIf(skipped).each(['201610', '201612', '201704'])('a month of minutes: %s', async (month) => {
    const csv = join(DATA, 'esif-nrel-1min', `NREL_HPCDC_${month}.csv`)
    const { packets, counts } = await importFiles(join(ROOT, 'simulators/maps/esif-nrel-1min.yaml'), [csv])
    const expected = truth['esif-nrel-1min'].months[month]
    expect(counts.rows).toBe(expected.rows)
    expect(['bad_row', 'bad_time', 'skipped_hour'].map((it) => counts.refused.has(it as 'bad_row'))).not.toContain(true)
    const localDay = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Denver' })
    const stampsOf = new Map<string, Set<number>>()
    for (const { tMs } of packets) {
      const day = localDay.format(tMs)
      stampsOf.set(day, (stampsOf.get(day) ?? new Set()).add(tMs))
    }
    const days = readFileSync(join(DATA, 'esif-nrel-1min', `daily-truth-${month}.csv`), 'utf8')
      .trim()
      .split('\n')
    const truths = days.slice(1).map((line) => line.split(','))
    expect([...stampsOf.keys()]).toEqual(truths.map(([day]) => day))
    const sum = (column: number) => truths.reduce((total, cells) => total + Number(cells[column]), 0)
    expect(packets.length / 2).toBeLessThanOrEqual(sum(1) - expected.duplicate_timestamps)
    for (const [topic, coveredS, kwh] of [
      ['esif/air', sum(2), sum(4)],
      ['esif/liquid', sum(3), sum(6)],
    ] as const) {
      const found = energyOf(packets.filter((it) => it.topic === topic))
      expect(found.coveredS).toBe(coveredS)
      expect(found.kwh).toBeCloseTo(kwh, 1)
    }
  })

  test.skipIf(skipped)('daily means by their hours give the published energies', async () => {
    const csv = join(DATA, 'esif-nlr/esif_daily_2016-06-12_2016-08-28.csv')
    const { packets, counts } = await importFiles(join(ROOT, 'simulators/maps/esif-nlr.yaml'), [csv])
    const expected = truth['esif-daily-excerpt']
    expect(counts.rows).toBe(expected.rows)
    expect(packets).toHaveLength(5 * expected.hours_present)
    const kwh = (wanted: (topic: string) => boolean) => {
      return packets.filter((it) => wanted(it.topic)).reduce((sum, it) => sum + (it.payload['kw'] ?? Number.NaN), 0)
    }
    expect(kwh((topic) => topic === 'esif/it')).toBeCloseTo(expected.it_kwh, 2)
    expect(kwh(() => true) / expected.total_kwh).toBeCloseTo(1, 5) // the file's auxiliaries are rounded one by one
  })

  test.skipIf(skipped)('semicolons, d/m/yyyy and a time column: a household of two days', async () => {
    const map = write(
      'household.yaml',
      `
delimiter: ";"
timezone: Europe/Paris
time: { column: [Date, Time], form: "D/M/YYYY HH:mm:ss" }
values:
  - { column: Global_active_power, topic: home, member: kw }`,
    )
    const csv = join(DATA, 'household-uci-2days/household_power_consumption.txt')
    const { packets } = await importFiles(map, [csv])
    const expected = truth['household-uci-2days']
    expect(packets).toHaveLength(expected.rows)
    expect(new Date(packets[0]?.tMs ?? 0).toISOString()).toBe('2007-01-31T23:00:00.000Z')
    const kwh = packets.reduce((sum, it) => sum + (it.payload['kw'] ?? Number.NaN) / 60, 0)
    expect(kwh).toBeCloseTo(expected.total_kwh.minute_average_sum, 5)
  })
})
