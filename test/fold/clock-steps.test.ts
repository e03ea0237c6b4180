/**
 * A host's clock is set, wrongly or rightly, while a site of devices without clocks goes on as ever. What alarms say
 * and when is the same as if nothing had happened, and a replay of the journal gives what the daemon gave.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportJournal } from '../../src/commands/journal.ts'
import { foldEntry, openFold } from '../../src/fold/fold.ts'
import { outcomeCounts } from '../../src/fold/pipeline.ts'
import { createReplay, replayLine } from '../../src/fold/replay.ts'
import {
  arrivalMs,
  clockConditions,
  createSteadyClock,
  followWallClock,
  startFrom,
  type ClockChange,
} from '../../src/fold/steady-clock.ts'
import { OWN_TOPIC, ownPayload, type OwnEntry } from '../../src/ingest/own-entry.ts'
import type { Row } from '../../src/rows/rows.ts'
import { openStore } from '../../src/store/store.ts'
import type { JournalEntry } from '../../src/store/types.ts'
import { NO_ROWS, takeOpenRows } from '../rows/new-rows.ts'
import { siteOf } from '../scenarios/scenario.ts'

const SITE = siteOf(`
site: { id: s, timezone: UTC }
core: { latenessS: 900, windows: [5m, 1h] }
points:
  main: { topic: main, unit: kW, everyS: 10 }
  it: { topic: it, unit: kW, everyS: 10 }
  t: { topic: t, unit: °C, everyS: 30, gateway: g }
  rh: { topic: rh, unit: '%', everyS: 30, gateway: g }
  cold: { topic: cold, unit: °C, everyS: 30 }
boundaries:
  s: { facility: [main], it: [it] }
inlets:
  a: { dryBulb: t, humidity: rh, class: A2, hall: h }
alarms: { rate_of_change: { onDelayS: 0 } }
`)
const START_MS = Date.UTC(2026, 2, 2)
const MINUTES = 75

/** What the devices say, by the true minute: an inlet is hot from 20 to 40, one point is silent from 30 to 50. */
function readingsAt(s: number): [topic: string, value: number][] {
  const minute = s / 60
  const said: [string, number][] = []
  if (s % 10 === 0) said.push(['main', 150], ['it', 100])
  if (s % 30 === 5) said.push(['t', minute >= 20 && minute < 40 ? 38 : 24], ['rh', 45])
  if (s % 30 === 6 && (minute < 30 || minute >= 50)) said.push(['cold', 18])
  return said
}

/** How far the host's clock is ahead, in s, by true seconds. `lastS`: when an earlier run of the daemon ended. */
interface Host {
  aheadS: (s: number) => number
  lastS?: number
}

interface Told {
  /** True time of each alarm's row; those of the alarm `clock` apart. */
  alarms: string[]
  clock: string[]
  refused: Record<string, number>
  steps: string[]
  rows: Row[]
  replayed: Row[]
}

async function play({ aheadS, lastS }: Host): Promise<Told> {
  const path = mkdtempSync(join(tmpdir(), 'coldaisle-clock-'))
  try {
    await using store = await openStore({ path, journalDays: 1e5, journalBytes: 1e9, rowReceivers: [] })
    const fold = await openFold(SITE, store)
    let s = 0
    const clock = createSteadyClock({
      wallMs: () => START_MS + (s + aheadS(s)) * 1000,
      monotonicMs: () => 12_345 + s * 1000,
    })
    const told: Told = { alarms: [], clock: [], refused: {}, steps: [], rows: [], replayed: [] }
    const packets: JournalEntry[] = []
    let nowMs = -Infinity
    const enter = (topic: string, payload: Uint8Array, atMs: number) => {
      nowMs = atMs
      const entry = { seq: packets.length + 1, nowMs, topic, payload, retain: false }
      packets.push(entry)
      foldEntry(fold, entry)
      const rows = takeOpenRows(fold)
      told.rows.push(...rows)
      for (const { measurement, tags, fields } of rows) {
        if (measurement !== 'alarm') continue
        const at = (s / 60).toFixed(2)
        if (tags['alarm'] === 'clock') told.clock.push(`${at} ${String(fields['state'])} ${String(fields['value'])}`)
        else told.alarms.push(`${at} ${tags['alarm']} ${tags['source']} ${String(fields['state'])}`)
      }
    }
    const own = (entry: OwnEntry) => {
      if ('step' in entry) told.steps.push(`${s} s ${(entry.step.toMs - entry.step.fromMs) / 1000}`)
      enter(OWN_TOPIC, ownPayload(entry), arrivalMs(clock))
    }
    if (lastS !== undefined) enter('main', Buffer.from('150'), START_MS + lastS * 1000)
    const noteClock = (change: ClockChange | undefined) => {
      if (change === undefined) return
      if (change.kind === 'stepped') {
        own({ step: { fromMs: change.fromMs, toMs: change.toMs, lastedMs: change.lastedMs } })
      }
      for (const entry of clockConditions(change)) own(entry)
    }
    noteClock(startFrom(clock, nowMs))
    own({ start: { offsetMs: clock.offsetMs } })
    for (; s <= MINUTES * 60; s++) {
      noteClock(followWallClock(clock))
      for (const [topic, value] of readingsAt(s)) enter(topic, Buffer.from(String(value)), arrivalMs(clock))
      const tickMs = Math.floor(arrivalMs(clock) / 1000) * 1000
      if (tickMs > nowMs) enter(OWN_TOPIC, new Uint8Array(), tickMs)
    }
    const counts = Object.entries(outcomeCounts(fold.pipeline))
    told.refused = Object.fromEntries(counts.filter(([outcome, count]) => count > 0 && outcome !== 'accepted'))
    await store.commit({ packets, foldedSeq: packets.length, rows: NO_ROWS, notices: [] })
    const replay = createReplay(SITE, (row) => told.replayed.push(row))
    await exportJournal(store, 's', (lines) => {
      for (const line of lines.trimEnd().split('\n')) replayLine(replay, line, 'line')
    })
    expect(replay.badLines).toEqual([])
    return told
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

/** The last row of each key: a fold gathers those of one moment in frames, in another order than a replay emits them. */
function lastRows(rows: readonly Row[]): string[] {
  const last = new Map<string, string>()
  for (const { measurement, tags, timeMs, fields } of rows) {
    const key = JSON.stringify([measurement, ...sorted(tags), timeMs])
    last.set(key, sorted(fields).join(' '))
  }
  return [...last].map(([key, fields]) => `${key} ${fields}`).sort()
}

function sorted(members: object): string[] {
  return Object.entries(members)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
}

/** Alarms on temperature and silence, by arrival; all of them beside these are judged by what sums have taken. */
const BY_ARRIVAL = `
  21.08 inlet_allowable a raised
  21.08 inlet_recommended a suppressed
  34.60 stale cold raised
  41.08 inlet_allowable a cleared
  41.08 inlet_recommended a normal
  50.10 stale cold cleared`
const ALL = `
  20.58 rate_of_change a suppressed
  21.08 inlet_allowable a raised
  21.08 inlet_recommended a suppressed
  21.08 moisture a raised
  34.60 stale cold raised
  36.08 rate_of_change a normal
  40.58 rate_of_change a suppressed
  41.08 inlet_allowable a cleared
  41.08 rate_of_change a normal
  41.08 inlet_recommended a normal
  41.08 moisture a cleared
  50.10 stale cold cleared`

const HOUR_S = 3600
const YEAR_S = 8760 * HOUR_S

interface Case {
  title: string
  host: Host
  /** True time of each step, and its size in seconds. */
  steps: string[]
  /** Rows of the alarm `clock`. */
  clock?: string[]
  /** Then no reading is refused either. Absent: alarms by arrival are as ever. */
  alarms?: 'all as ever'
}

const CASES: Case[] = [
  { title: 'is right all the time', host: { aheadS: () => 0 }, steps: [], alarms: 'all as ever' },
  {
    title: 'is ahead by an hour for 4 s',
    host: { aheadS: (s) => (s >= 1210 && s < 1214 ? HOUR_S : 0) },
    steps: [],
    clock: ['20.17 raised 3600', '21.23 cleared 0'],
    alarms: 'all as ever',
  },
  {
    title: 'is ahead by a year for 4 s',
    host: { aheadS: (s) => (s >= 1210 && s < 1214 ? YEAR_S : 0) },
    steps: [],
    clock: ['20.17 raised 31536000', '21.23 cleared 0'],
    alarms: 'all as ever',
  },
  {
    title: 'is set back by an hour',
    host: { aheadS: (s) => (s >= 1210 ? -HOUR_S : 0) },
    steps: ['1270 s -3600'],
    clock: ['20.17 raised -3600', '22.17 cleared 0'],
  },
  {
    title: 'is set forward by an hour',
    host: { aheadS: (s) => (s >= 1210 ? HOUR_S : 0) },
    steps: ['1270 s 3600'],
    clock: ['20.17 raised 3600', '22.17 cleared 0'],
  },
  {
    title: 'is ahead by the minute for which the machine was suspended, while its steady clock stood still',
    host: { aheadS: (s) => (s >= 1210 ? 60 : 0) },
    steps: ['1270 s 60'],
    clock: ['20.17 raised 60', '22.17 cleared 0'],
  },
  {
    title: 'is wrong by an hour for 5 min, and is corrected',
    host: { aheadS: (s) => (s >= 1210 && s < 1510 ? HOUR_S : 0) },
    steps: ['1270 s 3600', '1570 s -3600'],
    clock: ['20.17 raised 3600', '22.17 cleared 0', '25.17 raised -3600', '27.17 cleared 0'],
  },
  {
    title: 'gets its first time from the network 10 min after a boot',
    host: { aheadS: (s) => (s < 600 ? -20 * YEAR_S : 0) },
    steps: [`660 s ${20 * YEAR_S}`],
    clock: [`10.00 raised ${20 * YEAR_S}`, '12.00 cleared 0'],
  },
  {
    title: 'is 40 min behind the last arrival of the run before',
    host: { aheadS: () => 0, lastS: 2400 },
    steps: ['0 s -2400'],
    clock: ['0.00 raised -2400', '1.00 cleared 0'],
  },
]

for (const { title, host, steps, clock = [], alarms } of CASES) {
  test(`the host's clock ${title}`, async () => {
    const told = await play(host)
    const isByArrival = (line: string) => / (inlet_recommended|inlet_allowable|stale|gateway) /.test(line)
    const heard = alarms === undefined ? told.alarms.filter(isByArrival) : told.alarms
    const expected = alarms === undefined ? BY_ARRIVAL : ALL
    const said = { alarms: heard, clock: told.clock, steps: told.steps }
    expect.soft(said).toEqual({ alarms: expected.trim().split(/\n +/), clock, steps })
    expect.soft(alarms === undefined ? {} : told.refused).toEqual({})
    expect(lastRows(told.replayed)).toEqual(lastRows(told.rows))
  })
}
