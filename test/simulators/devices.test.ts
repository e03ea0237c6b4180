/** Each family of devices as it speaks, through the way of every packet: what is counted is what the plant took. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DIALECTS, type DialectName } from '../../simulators/devices/families/families.ts'
import type { SentPacket } from '../../simulators/devices/packets.ts'
import { packetsOfRun, truthOf } from '../../simulators/run.ts'
import { parseEvent } from '../../simulators/scenarios/event-text.ts'
import type { Run } from '../../simulators/scenarios/life.ts'
import { siteConfigText } from '../../simulators/sites/generate.ts'
import { readSiteFile } from '../../simulators/sites/site-file.ts'
import { unexpected } from '../../src/commands/simulate/expected.ts'
import { observe, rowKey, type Observed } from '../../src/commands/simulate/observed.ts'
import { formatLine } from '../../src/ingest/recording.ts'
import type { Site } from '../../src/site/site.ts'
import { siteOf } from '../servers/daemon.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldaisle-devices-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const NAMES = Object.keys(DIALECTS) as DialectName[]
const FROM_MS = Date.parse('2026-07-14T08:00:00Z')
const NOTHING = { pue: [], bands: {}, outcomes: {}, coverage: {} }

/** A small site whose devices are all of one family, by the configuration that its file makes. */
function siteBy(name: DialectName): Site {
  const file = join(folder, `${name}.yaml`)
  writeFileSync(
    file,
    `about: One family
plant: free
timezone: Europe/Paris
halls: 1
racks: 2
rackKw: 40
outlets: true
device: ${name}
`,
  )
  return siteOf(siteConfigText('one', readSiteFile(file)))
}

function runAt(site: Site, minutes: number, events: string[] = []): Run {
  const scenario = { name: 'own', events: events.map((text) => parseEvent(text, { site, fromMs: FROM_MS })) }
  return { site, seed: 5, fromMs: FROM_MS, toMs: FROM_MS + minutes * 60_000, scenario, kind: 'free' }
}

/** What a point's whole intervals come to, against the truth: 1 is the same. */
function toldOf({ run, energies }: Observed, point: string): { share: number; intervals: number } {
  const truth = truthOf(run)
  let [toldJ, realJ, intervals] = [0, 0, 0]
  for (const [at, endMs] of truth.endsMs.entries()) {
    const row = energies.get(rowKey(point, endMs))
    if (at < 2 || row === undefined || row.coverage < 1) continue
    toldJ += row.energyJ
    realJ += truth.points[point]?.intervalsJ[at] ?? NaN
    intervals++
  }
  return { share: toldJ / realJ, intervals }
}

describe.for(NAMES)('%s', (name) => {
  const site = siteBy(name)
  const observed = observe(runAt(site, 40, ['inlet:h1-r1@+10m/12m,toC=29']))

  test('every reading counts, and energies, alarms and bands are those of the plant', () => {
    const { outcomes } = observed
    const told = Object.entries(outcomes).flatMap(([outcome, count]) => (count > 0 ? [outcome] : []))
    // A birth of a node itself has no reading; who is online is nothing to read
    expect(told.filter((outcome) => outcome !== 'unselected' && outcome !== 'ignored')).toEqual(['accepted'])
    expect(unexpected(observed, NOTHING)).toEqual([])
    const raised = observed.alarms.filter(({ kind, state }) => kind === 'inlet_recommended' && state === 'raised')
    expect(raised.map(({ source }) => source)).toEqual(['h1-r1'])
  })

  test('each meter is within its class, and none but a plain one is exact', () => {
    const told = ['utility', 'cooling', 'it-h1'].map((point) => {
      const { share, intervals } = toldOf(observed, point)
      const off = Math.abs(share - 1)
      const isWithin = off < (site.config.points[point]?.accuracyPct ?? NaN) / 100
      return { point, isWithin, isExact: off < 1e-4, isWhole: intervals > 30 }
    })
    expect(told.filter(({ isWithin, isWhole }) => !isWithin || !isWhole)).toEqual([])
    expect(told.filter(({ isExact }) => isExact)).toHaveLength(name === 'plain' ? 3 : 0)
  })

  test('the same seed gives the same bytes, another one others', () => {
    const lines = (seed: number) => [...packetsOfRun({ ...runAt(site, 5), seed })].map(formatLine)
    expect(lines(5)).toEqual(lines(5))
    expect(lines(6)).not.toEqual(lines(5))
  })
})

/** What arrives of a run in which the broker is away from minute 10 to 15, by the minute. */
function arrivals(name: DialectName): Map<number, SentPacket[]> {
  const run = runAt(siteBy(name), 20, ['broker-cut@+10m/5m'])
  const packets = [...packetsOfRun(run)].filter(({ topic }) => !topic.startsWith('BMS/v1/PUB/Metadata'))
  return Map.groupBy(packets, ({ nowMs }) => Math.floor((nowMs - FROM_MS) / 60_000))
}

test.for<[DialectName, 'lost' | 'kept']>([
  ['plain', 'kept'],
  ['modbus', 'kept'],
  ['sparkplug', 'kept'],
  ['dsx', 'lost'],
  ['shelly', 'lost'],
  ['tasmota', 'lost'],
  ['zigbee2mqtt', 'lost'],
  ['chirpstack', 'lost'],
])('while the broker is away, what %s devices send is %s', ([name, what]) => {
  const byMinute = arrivals(name)
  expect([10, 11, 12, 13, 14].filter((minute) => byMinute.has(minute))).toEqual([])
  const usual = byMinute.get(8)?.length ?? 0
  const burst = byMinute.get(15)?.length ?? 0
  expect(burst > 3 * usual ? 'kept' : 'lost').toBe(what)
})

const AT_LEAST_ONCE: readonly DialectName[] = ['plain', 'modbus']

test.for(NAMES)('%s: quality of service, and what is left at the broker', (name) => {
  const packets = [...packetsOfRun(runAt(siteBy(name), 3))]
  const kept = packets.filter(({ retain }) => retain)
  expect(new Set(packets.filter(({ retain }) => !retain).map(({ qos }) => qos))).toEqual(
    new Set([AT_LEAST_ONCE.includes(name) ? 1 : 0]),
  )
  const keeps = ['dsx', 'shelly', 'tasmota', 'zigbee2mqtt', 'modbus'].includes(name)
  expect(kept.length > 0).toBe(keeps)
  expect(kept.every(({ nowMs }) => nowMs === FROM_MS)).toBe(true)
})

test('devices on change are silent while nothing moves, and their hearts beat', () => {
  const site = siteBy('zigbee2mqtt')
  const run = runAt(site, 30)
  const times = [...packetsOfRun(run)]
    .filter(({ topic }) => topic === 'zigbee2mqtt/one-h1-r1')
    .map(({ nowMs }) => nowMs)
  const gaps = times.slice(1).map((nowMs, at) => (nowMs - (times[at] ?? NaN)) / 1000)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(65)
  expect(times.length).toBeLessThan((30 * 60) / 10)
  expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(3)
})

test('a short register of a gateway wraps in whole tenths of a kWh, and its energy does not', () => {
  siteBy('modbus')
  const text = siteConfigText('one', readSiteFile(join(folder, 'modbus.yaml')))
  const run = runAt(siteOf(text.replace('rolloverAt: 4294967296', 'rolloverAt: 128')), 60)
  const counts = [...packetsOfRun(run)].flatMap(({ topic, payload }) => {
    if (topic !== 'modbus/one/power-h1/poll' || typeof payload !== 'string') return []
    const { data } = JSON.parse(payload) as { data: { name: string; value: number }[] }
    return data.filter((record) => record.name === 'it-h1.energy').map(({ value }) => value)
  })
  expect(counts.every((count) => Number.isInteger(count) && count >= 0 && count < 128)).toBe(true)
  expect(counts.filter((count, at) => count < (counts[at - 1] ?? 0)).length).toBeGreaterThan(3)
  const observed = observe(run)
  const { share, intervals } = toldOf(observed, 'it-h1')
  expect(intervals).toBeGreaterThan(50)
  expect(Math.abs(share - 1)).toBeLessThan(0.01)
})

test('a Sparkplug node is silent: its broker says so, it is born again with another session and counts anew', () => {
  const site = siteBy('sparkplug')
  const topics = [...packetsOfRun(runAt(site, 20, ['gateway-down:h1@+5m/5m']))]
    .filter(({ topic }) => topic.includes('/h1') && !topic.includes('/DDATA/'))
    .map(({ topic, nowMs }) => `${Math.floor((nowMs - FROM_MS) / 60_000)} ${topic.split('/')[2]}`)
  expect(topics).toEqual(['0 NBIRTH', '0 DBIRTH', '0 DBIRTH', '5 NDEATH', '10 NBIRTH', '10 DBIRTH', '10 DBIRTH'])
})

test('faults that rewrite a payload are refused where it is Sparkplug, those that lose it are not', () => {
  const planned = (text: string) => parseEvent(text, { site: siteBy('sparkplug'), fromMs: FROM_MS })
  expect(planned('gap:h1-r1@+1m/2m')).toMatchObject({ fault: 'gap' })
  expect(() => planned('unit-slip:h1-r1@+1m/2m')).toThrow(
    'unit-slip changes JSON and plain numbers, and h1-r1 speaks Sparkplug B',
  )
})
