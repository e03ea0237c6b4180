/** Which configuration is in force is in the journal: intervals that closed under one keep its sums, live and replayed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportJournal } from '../../src/commands/journal.ts'
import { openIntake } from '../../src/fold/intake.ts'
import { createReplay, replayLine, type Counts } from '../../src/fold/replay.ts'
import type { Row } from '../../src/rows/rows.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { packetsOf, type Packet } from '../recompute/stage.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { clockAt } from './clock-at.ts'

const START_MS = Date.UTC(2026, 2, 2)
const MINUTE_MS = 60_000

function siteWith(it: string, more = ''): string {
  return `
site: { id: s, timezone: UTC }
core: { latenessS: 900, windows: [1m, 5m, 1h] }
points:
  main: { topic: s/main, unit: kW, everyS: 30 }
  it: { topic: s/it, unit: kW, everyS: 30 }
  more: { topic: s/more, unit: kW, everyS: 30 }
  t: { topic: s/t, unit: °C, everyS: 30 }
  rh: { topic: s/rh, unit: "%", everyS: 30 }
boundaries:
  s: { facility: [main], it: ${it} }
inlets: { a: { dryBulb: t, humidity: rh } }
${more}`
}

/** A daemon that starts with a configuration, takes packets, and may take another configuration before some more. */
interface Run {
  yaml: string
  table: string
  reload?: string
  behind?: string
}

const OPTIONS = { journalDays: 3650, journalBytes: 1e12, rowReceivers: [] }

async function live(folder: string, runs: readonly Run[]): Promise<void> {
  for (const { yaml, table, reload, behind = '' } of runs) {
    await using store = await openStore({ path: folder, ...OPTIONS })
    const site = siteOf(yaml)
    const packets = packetsOf(site, table)
    let nowMs = packets[0]?.nowMs ?? 0
    const clock = clockAt(() => nowMs)
    const intake = await openIntake(site, { store, clock, onFull() {}, onCommit() {}, onOutputs() {} })
    const deliver = (all: readonly Packet[]) => {
      for (const packet of all) {
        nowMs = packet.nowMs
        intake.deliver(packet, () => packet)
      }
    }
    deliver(packets)
    if (reload !== undefined) await intake.reload(siteOf(reload))
    deliver(packetsOf(site, behind))
    await intake.close()
  }
}

const MEASUREMENTS = ['energy', 'pue', 'climate', 'compliance', 'restatement'] as const

/** The last rows of a store, and those of a replay of its journal, up to a minute. */
async function both(runs: readonly Run[], upTo: number, replayed: string, counts?: Counts) {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-configurations-'))
  try {
    await live(folder, runs)
    await using store = await openStore({ path: folder, ...OPTIONS })
    const lines: string[] = []
    await exportJournal(store, 's', (text) => void lines.push(...text.trimEnd().split('\n')))
    const again = new Map<string, Row['fields']>()
    const replay = createReplay(siteOf(replayed), (row) => again.set(keyOf(row), row.fields), undefined, counts)
    for (const line of lines) replayLine(replay, line, 'line')
    return { stored: await storedRows(store, upTo), again, lines, badLines: replay.badLines }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function storedRows(store: Store, upTo: number): Promise<Map<string, unknown>> {
  const rows = new Map<string, unknown>()
  for (const measurement of MEASUREMENTS) {
    const toMs = START_MS + upTo * MINUTE_MS
    for (const row of await store.history(measurement, { fromMs: START_MS, toMs, limit: 20_000 })) {
      rows.set(keyOf({ ...row, measurement }), row.fields)
    }
  }
  return rows
}

function keyOf({ measurement, tags, timeMs }: { measurement: string; tags: object; timeMs: number }): string {
  const sorted = Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${measurement} ${JSON.stringify(sorted)} ${(timeMs - START_MS) / MINUTE_MS}`
}

function pueOf(rows: ReadonlyMap<string, unknown>, minute: number): unknown {
  const found = rows.get(`pue [["boundary","s"],["category","1"],["site","s"],["window","1m"]] ${minute}`)
  return (found as { pue?: number } | undefined)?.pue
}

const ALL = 'main 120~20  it 100~9  more 20  t 22~4  rh 50'

test('an hour with a step, restarts and reloads: a replay of the journal gives the rows of the daemon', async () => {
  const stepped = siteWith('[{ point: it, factors: [{ from: "2026-03-02T00:12Z", factor: 0.8 }] }]')
  const reloaded = siteWith('[it, more]', 'rows: { readings: all }')
  const restarted = siteWith('[{ point: more, factor: 5 }]')
    .replace(/ {2}rh: .*\n/, '')
    .replace(', humidity: rh', '')
  const { stored, again, lines, badLines } = await both(
    [
      { yaml: stepped, table: `0:00 to 0:15 every 30 s  ${ALL}` },
      {
        yaml: stepped,
        table: `0:15:30 to 0:22 every 30 s  ${ALL}\n0:23 to 0:25 every 30 s ${ALL}`,
        reload: reloaded,
        behind: `0:22:30  it 60  heard 0:25:10\n0:25:30 to 0:40 every 30 s  ${ALL}\n0:24:15  it 30  heard 0:31`,
      },
      {
        yaml: restarted,
        table: `0:40:30 to 1:02 every 30 s  main 120~20  it 90  more 20  t 22~4\n0:39:45  it 5  heard 0:50`,
      },
    ],
    60,
    stepped,
  )
  expect(badLines).toEqual([])
  expect(lines.filter((line) => line.includes('"configuration"'))).toHaveLength(4)
  expect(stored.size).toBeGreaterThan(800)
  expect([...stored].filter(([key, fields]) => JSON.stringify(again.get(key)) !== JSON.stringify(fields))).toEqual([])
}, 60_000)

test('a late reading behind a reload corrects its minute by the sums under which it closed', async () => {
  const run: Run = {
    yaml: siteWith('[it]'),
    table: `0:00 to 0:10 every 30 s  main 120  it 100  more 50`,
    reload: siteWith('[{ point: it, factor: 0.5 }]'),
    behind: `0:05:15  it 40  heard 0:10:10\n0:10:30 to 0:15 every 30 s  main 120  it 100  more 50`,
  }
  const { stored } = await both([run], 14, run.yaml)
  const around = [5, 6, 7, 10, 12, 13].map((minute) => Number(pueOf(stored, minute)).toFixed(4))
  // With the present factor the sixth minute would be 2.8235
  expect(around).toEqual(['1.2000', '1.4118', '1.2000', '2.4000', '2.4000', '2.4000'])
})

test('the same where the daemon was restarted with another configuration, and then once more', async () => {
  const before = siteWith('[it]')
  const next = siteWith('[{ point: it, factor: 0.5 }]')
  const table = (from: string, to: string) => `${from} to ${to} every 30 s  main 120  it 100  more 50`
  const { stored, again } = await both(
    [
      { yaml: before, table: table('0:00', '0:10') },
      { yaml: next, table: table('0:10:30', '0:12') },
      { yaml: next, table: `${table('0:12:30', '0:16')}\n0:05:15  it 40  heard 0:14` },
    ],
    15,
    next,
  )
  for (const rows of [stored, again]) {
    const around = [5, 6, 7, 13].map((minute) => Number(pueOf(rows, minute)).toFixed(4))
    expect(around).toEqual(['1.2000', '1.4118', '1.2000', '2.4000'])
  }
})

test('asked to, a replay takes the present configuration for all', async () => {
  const run: Run = { yaml: siteWith('[it]'), table: '0:00 to 0:10 every 30 s  main 120  it 100' }
  const { again } = await both([run], 8, siteWith('[{ point: it, factor: 0.5 }]'), 'present')
  expect(pueOf(again, 5)).toBe(2.4)
})

test('a line whose configuration is none is a bad line, and what was in force stays so', () => {
  const yaml = siteWith('[it]')
  const replay = createReplay(siteOf(yaml), () => {})
  const of = { site: { id: 's', timezone: 'UTC' }, points: {}, boundaries: { s: { facility: ['main'], it: ['it'] } } }
  const configuration = { digest: '0'.repeat(64), of }
  replayLine(replay, `{"tst":"2026-03-02T00:00:05Z","coldaisle":${JSON.stringify({ configuration })}}`, 'line 1')
  expect(replay.badLines).toEqual([
    'line 1 has a configuration that cannot be taken: boundaries.s.facility[0]: there is no point "main"',
  ])
  expect(replay.pipeline.site.points).toHaveLength(5)
})
