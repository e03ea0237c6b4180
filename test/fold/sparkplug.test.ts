/** Sparkplug nodes in the fold: energy by aliases, deaths as one alarm, and what a snapshot and a journal keep of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { foldEntry, openFold, takeSnapshot } from '../../src/fold/fold.ts'
import { outcomeCounts } from '../../src/fold/pipeline.ts'
import { createReplay, endReplay, replayLine } from '../../src/fold/replay.ts'
import { formatLine } from '../../src/ingest/recording.ts'
import { openStore } from '../../src/store/store.ts'
import type { JournalPacket } from '../../src/store/types.ts'
import { DOUBLE, payloadOf, TYPES, type SentMetric } from '../ingest/sparkplug-bytes.ts'
import { NO_ROWS, takeOpenRows } from '../rows/new-rows.ts'
import { siteOf } from '../scenarios/scenario.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
core: { boundS: 30, windows: [5m] }
points:
  fac: { topic: spBv1.0/DC/DDATA/edge/meter, at: /Meter/Power, unit: kW, everyS: 10 }
  it: { topic: spBv1.0/DC/DDATA/edge/meter, at: /UPS/Power, unit: kW, everyS: 10 }
  air: { topic: spBv1.0/DC/DDATA/edge/head, at: /Temp, unit: °C, everyS: 10 }
  other: { topic: other, unit: °C, everyS: 10 }
boundaries:
  dc: { facility: [fac], it: [it], category: 1, shared: two views of one feed }
`)
const START_MS = Date.UTC(2026, 2, 2, 10)

/** A node at work, and a sensor beside it whose messages move the clock: packets in the order of their arrival. */
function createStory() {
  const packets: JournalPacket[] = []
  let [nowMs, seq] = [START_MS, 0]
  const send = (topic: string, payload: Uint8Array) => packets.push({ nowMs, topic, payload, retain: false })
  const say = (path: string, ...metrics: SentMetric[]) => {
    send(`spBv1.0/DC/${path}`, payloadOf({ tMs: nowMs, seq, metrics }))
    seq = (seq + 1) % 256
  }
  const story = {
    packets,
    born(bdSeq: number, aliases: { fac: number; it: number }): void {
      seq = 0
      say('NBIRTH/edge', { name: 'bdSeq', datatype: TYPES.UInt64, long: BigInt(bdSeq) })
      say(
        'DBIRTH/edge/meter',
        { name: 'Meter/Power', alias: aliases.fac, datatype: DOUBLE, double: 130 },
        { name: 'UPS/Power', alias: aliases.it, datatype: DOUBLE, double: 100 },
      )
      say('DBIRTH/edge/head', { name: 'Temp', alias: 9, datatype: DOUBLE, double: 21 })
    },
    /** Both powers and the air by alias, each ten seconds. */
    work(seconds: number, aliases: { fac: number; it: number }, devices = ['meter', 'head']): void {
      for (let n = 0; n < seconds; n += 10) {
        story.wait(10)
        if (devices.includes('meter')) {
          say('DDATA/edge/meter', { alias: aliases.fac, double: 130 }, { alias: aliases.it, double: 100 })
        }
        if (devices.includes('head')) say('DDATA/edge/head', { alias: 9, double: 21 })
      }
    },
    /** A message is lost on its way. */
    lose(): void {
      seq = (seq + 1) % 256
    },
    die(bdSeq: number): void {
      send('spBv1.0/DC/NDEATH/edge', payloadOf({ metrics: [{ name: 'bdSeq', long: BigInt(bdSeq) }] }))
    },
    deviceDies(device: string): void {
      say(`DDEATH/edge/${device}`)
    },
    historical(tMs: number, alias: number, double: number): void {
      say('DDATA/edge/meter', { alias, double, tMs, isHistorical: true })
    },
    wait(seconds: number): void {
      for (let n = 0; n < seconds; n++) {
        nowMs += 1000
        if (nowMs % 10_000 === 0) send('other', Buffer.from(`{"value":20,"ts":${nowMs}}`))
      }
    },
  }
  return story
}

/** What a recording of the packets gives: alarms as `10:05:01 gateway raised DC/edge`, PUE by time, outcomes. */
function replayed(packets: readonly JournalPacket[]) {
  const alarms: string[] = []
  const notices: string[] = []
  const pue = new Map<string, number>()
  const replay = createReplay(
    SITE,
    ({ measurement, tags, fields, timeMs }) => {
      const time = new Date(timeMs).toISOString().slice(11, 19)
      if (measurement === 'alarm') alarms.push(`${time} ${tags['alarm']} ${String(fields['state'])} ${tags['source']}`)
      if (measurement === 'pue' && tags['window'] === '5m' && fields['pue'] !== undefined) {
        pue.set(time, Number(Number(fields['pue']).toFixed(4)))
      }
    },
    (notice) => notices.push(JSON.stringify(notice)),
  )
  for (const packet of packets) replayLine(replay, formatLine(packet), '')
  const { outcomes, badLines } = endReplay(replay)
  expect(badLines).toEqual([])
  return { alarms, notices, pue, outcomes: Object.fromEntries(Object.entries(outcomes).filter(([, n]) => n > 0)) }
}

const FIRST = { fac: 1, it: 2 }
const SWAPPED = { fac: 2, it: 1 }

describe('a node', () => {
  test('is counted by its aliases', () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(600, FIRST)
    const { pue, alarms, outcomes } = replayed(story.packets)
    expect(pue.get('10:05:00')).toBe(1.3)
    expect(alarms).toEqual([])
    // Three of the birth and three each ten seconds, and the sensor beside it; the NBIRTH holds nothing that is read
    expect(outcomes).toEqual({ accepted: 3 + 3 * 60 + 60, unselected: 1 })
  })

  test('that dies is one alarm at once, and its rebirth ends it', () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(300, FIRST)
    story.die(1)
    story.wait(25)
    story.born(2, FIRST)
    story.work(120, FIRST)
    const { alarms, notices } = replayed(story.packets)
    expect(alarms).toEqual([
      '10:05:01 gateway raised DC/edge',
      '10:05:01 stale suppressed fac',
      '10:05:01 stale suppressed it',
      '10:05:01 stale suppressed air',
      '10:05:25 gateway cleared DC/edge',
      '10:05:25 stale normal fac',
      '10:05:25 stale normal it',
      '10:05:25 stale normal air',
    ])
    expect(notices.length).toBe(2)
    expect(notices[0]).toContain('its node has announced its disconnection; none of its 3 points has been heard since')
    expect(notices[0]).not.toContain('silence is allowed')
  })

  test('that dies while one of its devices has been silent for long: it has said so all the same', () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(60, FIRST)
    story.work(400, FIRST, ['meter'])
    story.die(1)
    story.wait(25)
    const { alarms, notices } = replayed(story.packets)
    expect(alarms.slice(0, 2)).toEqual(['10:06:00 stale raised air', '10:07:41 gateway raised DC/edge'])
    expect(notices[1]).toContain('its node has announced its disconnection')
  })

  test('the will of the session before, late, is no death', () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(60, FIRST)
    story.born(2, FIRST)
    story.die(1)
    story.work(60, FIRST)
    expect(replayed(story.packets).alarms).toEqual([])
  })

  test('whose device dies: an alarm of that device alone', () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(60, FIRST)
    story.deviceDies('head')
    story.work(60, FIRST, ['meter'])
    expect(replayed(story.packets).alarms).toEqual(['10:01:01 stale raised air'])
  })

  test('that lost a message: what comes by alias counts once a birth proves its session', () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(60, FIRST)
    story.lose()
    story.work(60, FIRST)
    const lost = replayed(story.packets).outcomes
    expect(lost).toMatchObject({ before_birth: 18 })
    story.wait(5)
    story.born(1, FIRST)
    story.work(60, FIRST)
    const { outcomes } = replayed(story.packets)
    // Six messages of both meters and six of the air count after all
    expect(outcomes).not.toHaveProperty('before_birth')
    expect(outcomes['accepted']).toBe((lost['accepted'] ?? 0) + 18 + 3 + 18 + 6)
  })

  test('of another session: it never counts', () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(60, FIRST)
    story.lose()
    story.work(60, FIRST)
    const { outcomes: lost } = replayed(story.packets)
    story.born(2, SWAPPED)
    story.work(60, SWAPPED)
    expect(replayed(story.packets).outcomes).toMatchObject({
      before_birth: 18,
      accepted: (lost['accepted'] ?? 0) + 3 + 18 + 6,
    })
  })

  test('history that comes behind a gap fills it and raises nothing', () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(300, FIRST)
    story.wait(300)
    story.born(2, FIRST)
    for (let n = 10; n < 300; n += 10) story.historical(START_MS + (300 + n) * 1000, 1, 130)
    story.work(300, FIRST)
    const { outcomes, alarms } = replayed(story.packets)
    expect(outcomes).not.toHaveProperty('too_late')
    expect(alarms.filter((alarm) => alarm.includes('raised')).map((alarm) => alarm.slice(9))).toEqual([
      'gateway raised DC/edge',
    ])
  })
})

const HALL = siteOf(`
site: { id: dc, timezone: UTC }
core: { boundS: 30, windows: [5m] }
points:
  air: { topic: spBv1.0/DC/DDATA/edge/head, at: /Temp, unit: °C, everyS: 10 }
inlets: { r1: { dryBulb: air, class: A1, hall: h, rack: r, moisture: unmeasured } }
`)

test.each([
  ['as it is', false, ['inlet_allowable raised r1', 'inlet_recommended suppressed r1']],
  ['as history', true, []],
])('45 °C that come with rising stamps of the last minutes, %s', (_, isHistorical, wanted) => {
  const alarms: string[] = []
  const replay = createReplay(HALL, ({ measurement, tags, fields }) => {
    if (measurement === 'alarm' && String(fields['state']) !== 'late') {
      alarms.push(`${tags['alarm']} ${String(fields['state'])} ${tags['source']}`)
    }
  })
  for (let second = 0; second <= 600; second += 10) {
    const nowMs = START_MS + second * 1000
    const name = { name: 'Temp', datatype: DOUBLE }
    const past = Array.from({ length: 24 }, (_, n) => ({
      ...name,
      double: 45,
      tMs: nowMs - 242_000 + n * 10_000,
      isHistorical,
    }))
    const isSilent = second > 300 && second < 550
    if (isSilent) continue
    const metrics = second === 550 ? past : [{ ...name, double: 22, tMs: nowMs }]
    const payload = payloadOf({ tMs: nowMs, seq: (second / 10) % 256, metrics })
    replayLine(replay, formatLine({ nowMs, topic: 'spBv1.0/DC/DDATA/edge/head', payload, retain: false }), '')
  }
  expect(endReplay(replay).outcomes.accepted).toBe(31 + 24 + 5)
  expect(alarms.filter((it) => it.startsWith('inlet')).slice(0, 2)).toEqual(wanted)
})

/** Accepted readings, and power of the last interval by point, after a snapshot in the middle and a start from it. */
async function restarted(packets: readonly JournalPacket[], snapshotAfter: number) {
  const path = mkdtempSync(join(tmpdir(), 'coldaisle-sparkplug-'))
  const options = { path, journalDays: 1e5, journalBytes: 1e9, rowReceivers: [] }
  const power = new Map<string, number>()
  try {
    for (const [from, to] of [
      [0, snapshotAfter],
      [snapshotAfter, packets.length],
    ] as const) {
      await using store = await openStore(options)
      const fold = await openFold(SITE, store)
      for (const packet of packets.slice(from, to)) {
        foldEntry(fold, { ...packet, seq: fold.foldedSeq + 1 })
        for (const { measurement, tags, fields } of takeOpenRows(fold)) {
          if (measurement === 'energy') power.set(tags['point'] ?? '', Number(fields['mean_w']))
        }
      }
      const snapshot = { seq: to, sections: takeSnapshot(fold) }
      await store.commit({ packets: packets.slice(from, to), foldedSeq: to, rows: NO_ROWS, notices: [], snapshot })
    }
    await using store = await openStore(options)
    return { power, counts: outcomeCounts((await openFold(SITE, store)).pipeline) }
  } finally {
    rmSync(path, { recursive: true })
  }
}

describe('a start', () => {
  test('knows the aliases of before while seq goes on', async () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(300, FIRST)
    const { counts, power } = await restarted(story.packets, 20)
    expect(counts.before_birth).toBe(0)
    expect(Object.fromEntries(power)).toEqual({ fac: 130_000, it: 100_000 })
  })

  test('takes nothing from a node that was born anew in our absence with other aliases', async () => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(60, FIRST)
    const heard = story.packets.length
    // Born while nobody listened
    story.wait(60)
    story.born(2, SWAPPED)
    story.work(120, SWAPPED)
    const missed = story.packets.splice(heard).slice(9)
    const { counts, power } = await restarted([...story.packets, ...missed], heard)
    expect(counts.before_birth).toBeGreaterThan(0)
    for (const [point, watts] of power) expect([point, watts]).not.toEqual(['it', 130_000])
  })

  test.each([1, 5, 40])('after %i packets gives the outcomes of a run without one', async (snapshotAfter) => {
    const story = createStory()
    story.born(1, FIRST)
    story.work(120, FIRST)
    story.lose()
    story.work(60, FIRST)
    story.born(2, SWAPPED)
    story.work(120, SWAPPED)
    const whole = await restarted(story.packets, story.packets.length)
    const { counts, power } = await restarted(story.packets, snapshotAfter)
    expect(counts).toEqual(whole.counts)
    expect(power).toEqual(whole.power)
  })
})
