/**
 * Seeded days of a site with three gateways and six heads, each day with one trouble: a sensor that comes and goes, a lost
 * uplink, one whose clock is an hour ahead, a dead head, a dead gateway, a breach that stays after hours of coming and
 * going, or planned work that a breach outlasts. Pages are counted against what was done to the site, and the day is
 * played again with kills: what is told is the same.
 */
import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { createRandom, type Random } from '../../../simulators/random.ts'
import { restoreCore, saveCore } from '../../../src/core/snapshot/snapshot.ts'
import { accept, createPipeline, type Pipeline } from '../../../src/fold/pipeline.ts'
import { commandTopic } from '../../../src/ingest/command.ts'
import type { NoticeBody } from '../../../src/rows/alarm-rows.ts'
import { createRowSink } from '../../../src/rows/rows.ts'
import { siteOf } from '../../scenarios/scenario.ts'
import { seedsOf } from '../../seeds.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
core: { windows: [1h] }
points:
  "t{1,2}": { topic: "head{1,2}", at: /t, unit: °C, everyS: 60, gateway: g1 }
  "rh{1,2}": { topic: "head{1,2}", at: /rh, unit: "%", everyS: 60, gateway: g1 }
  "t{3,4}": { topic: "head{3,4}", at: /t, unit: °C, everyS: 60, gateway: g2 }
  "rh{3,4}": { topic: "head{3,4}", at: /rh, unit: "%", everyS: 60, gateway: g2 }
  "t{5,6}": { topic: "head{5,6}", at: /t, unit: °C, everyS: 60, gateway: g3 }
  "rh{5,6}": { topic: "head{5,6}", at: /rh, unit: "%", everyS: 60, gateway: g3 }
inlets:
  "in{1..6}": { dryBulb: "t{1..6}", humidity: "rh{1..6}", class: A2 }
alarms: { rate_of_change: { enabled: false } }
`)
const START_MS = Date.UTC(2026, 2, 2)
const DAY_MIN = 1440
const HEADS = [1, 2, 3, 4, 5, 6]
/** On-delay, the five minutes of a breach that comes again, and one reading. */
const TOLD_MIN = 1 + 5 + 1

const TROUBLES = ['cycling', 'uplink', 'head', 'gateway', 'stays', 'ahead', 'planned'] as const
type Trouble = (typeof TROUBLES)[number]

/** What is done to the site, by the minute. */
interface Day {
  readonly trouble: Trouble
  readonly head: number
  isSilent(head: number, minute: number): boolean
  isWarm(head: number, minute: number): boolean
  isAhead(minute: number): boolean
  /** Planned work, given as an order at its begin; NaN: there is none. */
  readonly workFrom: number
  readonly workMin: number
  /** A breach that stays; NaN: there is none. */
  readonly staysFrom: number
}

function dayOf(seed: number, random: Random): Day {
  const trouble = TROUBLES[seed % TROUBLES.length] ?? 'cycling'
  const head = random.int(1, 6)
  const [from, length] = [random.int(60, 900), random.int(10, 200)]
  const [warm, cold] = [random.int(2, 4), random.int(2, 5)]
  const staysFrom = trouble === 'stays' ? from + 200 : trouble === 'planned' ? from + length : NaN
  const isIn = (minute: number) => minute >= from && minute < from + length
  return {
    trouble,
    head,
    staysFrom,
    workFrom: trouble === 'planned' ? from - 5 : NaN,
    workMin: length + 5,
    isAhead: (minute) => trouble === 'ahead' && isIn(minute),
    isSilent(other, minute) {
      if (!isIn(minute)) return false
      if (trouble === 'uplink') return true
      if (trouble === 'head') return other === head
      return trouble === 'gateway' && Math.ceil(other / 2) === Math.ceil(head / 2)
    },
    isWarm(other, minute) {
      if (other !== head || !(trouble === 'cycling' || trouble === 'stays' || trouble === 'planned')) return false
      if (minute >= staysFrom) return minute < staysFrom + 60
      return minute >= from && (trouble === 'planned' || minute % (warm + cold) < warm)
    },
  }
}

interface Told {
  readonly atMin: number
  readonly body: NoticeBody
}

/**
 * All notices of a day, and how often an alarm was raised or suppressed: pages, if each spoke for itself. At each of the
 * minutes `kills` the core is thrown away, and restored from what it had saved.
 */
function play(day: Day, kills: ReadonlySet<number>): { told: Told[]; activations: number } {
  const told: Told[] = []
  let activations = 0
  let minute = 0
  const open = (): Pipeline =>
    createPipeline(
      SITE,
      createRowSink(
        SITE,
        ({ measurement, fields }) => {
          if (measurement === 'alarm' && ACTIVATIONS.has(fields['state'])) activations++
        },
        ({ payload }) => told.push({ atMin: minute, body: JSON.parse(payload) as NoticeBody }),
      ),
    )
  let pipeline = open()
  for (; minute < DAY_MIN; minute++) {
    if (kills.has(minute)) {
      const { sections } = saveCore(pipeline.core, SITE, undefined)
      const { nowMs } = pipeline
      pipeline = open()
      pipeline.nowMs = nowMs
      assert(restoreCore(pipeline.core, SITE, sections))
    }
    const nowMs = START_MS + minute * 60_000
    if (minute === day.workFrom)
      accept(pipeline, { nowMs, topic: commandTopic('dc'), payload: workOf(day), retain: false })
    for (const head of HEADS) {
      if (day.isSilent(head, minute)) continue
      const stampMs = nowMs + (day.isAhead(minute) ? 3_600_000 : 0)
      const payload = `{"ts":${stampMs},"t":${day.isWarm(head, minute) ? 29 : 23},"rh":45}`
      accept(pipeline, { nowMs, topic: `head${head}`, payload, retain: false })
    }
    // The daemon's own tick, where nothing else comes
    accept(pipeline, { nowMs: nowMs + 30_000, topic: 'nothing', payload: '', retain: false })
  }
  return { told, activations }
}

const ACTIVATIONS = new Set<unknown>(['raised', 'suppressed', 'chattering'])

/** The order that plans the work of a day, from now on. */
function workOf({ head, workFrom, workMin }: Day): string {
  const from = new Date(START_MS + workFrom * 60_000).toISOString().slice(0, 16)
  const place = { rack: `in${head}`, from, hours: workMin / 60 }
  return JSON.stringify({ command: 'plan', name: 'work', ...place, who: 'anna', why: 'new fans' })
}

const isPage = ({ body: { state } }: Told) => state === 'raised' || state === 'chattering'

/** What is wrong with what was told of a day, in words. */
function faultsOf(day: Day, told: readonly Told[]): string[] {
  const faults: string[] = []
  const pages = told.filter(isPage).map(({ atMin, body }) => `${body.alarm} of ${body.source} ${body.state} ${atMin}`)
  const most = day.trouble === 'cycling' ? 2 : day.trouble === 'stays' ? 3 : 1
  if (pages.length > most || pages.length === 0) faults.push(`${pages.length} pages: ${pages.join(', ')}`)
  for (const { atMin, body } of told) {
    if (atMin >= day.workFrom && atMin < day.workFrom + day.workMin) faults.push(`told in planned work at ${atMin}`)
    const isOver = body.state === 'cleared' || body.state === 'normal'
    if (isOver && day.isWarm(day.head, atMin) && day.isWarm(day.head, atMin - 1)) faults.push(`false end at ${atMin}`)
    if (isOver && HEADS.some((head) => day.isSilent(head, atMin) || day.isAhead(atMin)))
      faults.push(`end in a silence at ${atMin}`)
  }
  if (Number.isNaN(day.staysFrom)) return faults
  const last = told.findLast(({ atMin }) => atMin <= day.staysFrom + TOLD_MIN)
  if (last?.body.state !== 'raised') faults.push(`the breach at ${day.staysFrom} is not told: ${last?.body.state}`)
  return faults
}

test.each(TROUBLES)('%s: no more pages than one can answer, none missed, none ended falsely', (trouble) => {
  const days: [pages: number, activations: number][] = []
  for (const seed of seedsOf('storms').filter((it) => TROUBLES[it % TROUBLES.length] === trouble)) {
    const random = createRandom(seed)
    const day = dayOf(seed, random)
    const { told, activations } = play(day, new Set())
    days.push([told.filter(isPage).length, activations])
    expect({ seed, faults: faultsOf(day, told) }).toEqual({ seed, faults: [] })
    const kills = new Set(Array.from({ length: 20 }, () => random.int(1, DAY_MIN - 1)))
    expect({ seed, told: play(day, kills).told }).toEqual({ seed, told })
  }
  const most = (n: 0 | 1) => Math.max(...days.map((it) => it[n]))
  console.log(`${trouble}: pages of a day at most ${most(0)}; if each alarm spoke for itself ${most(1)}`)
})
