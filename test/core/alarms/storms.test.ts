/**
 * Seeded days of a site with three gateways and six heads, each day with one trouble, such as a sensor that comes and goes
 * or a lost uplink. What is told is held against what was done to the site: the first page names the trouble in time, none
 * ends while it lasts, none stands when it is over. The day is played again with kills: what is told is the same.
 */
import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { createRandom, type Random } from '../../../simulators/random.ts'
import { restoreCore, saveCore } from '../../../src/core/snapshot/snapshot.ts'
import { accept, createPipeline, type Pipeline } from '../../../src/fold/pipeline.ts'
import { commandTopic } from '../../../src/ingest/command.ts'
import type { AlarmKind } from '../../../src/core/contract/alarm-kinds.ts'
import type { NoticeBody } from '../../../src/rows/alarm-rows.ts'
import { createRowSink } from '../../../src/rows/rows.ts'
import { siteOf } from '../../scenarios/scenario.ts'
import { seedCount, seedsOf } from '../../seeds.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
core: { windows: [1h] }
points:
  "t{1,2}": { topic: "head{1,2}", at: /t, unit: °C, everyS: 60, gateway: g1 }
  "dp{1,2}": { topic: "head{1,2}", at: /dp, unit: °C, everyS: 60, gateway: g1 }
  "t{3,4}": { topic: "head{3,4}", at: /t, unit: °C, everyS: 60, gateway: g2 }
  "dp{3,4}": { topic: "head{3,4}", at: /dp, unit: °C, everyS: 60, gateway: g2 }
  "t{5,6}": { topic: "head{5,6}", at: /t, unit: °C, everyS: 60, gateway: g3 }
  "dp{5,6}": { topic: "head{5,6}", at: /dp, unit: °C, everyS: 60, gateway: g3 }
inlets:
  "in{1..6}": { dryBulb: "t{1..6}", dewPoint: "dp{1..6}", class: A2 }
`)
const START_MS = Date.UTC(2026, 2, 2)
const DAY_MIN = 1440
const HEADS = [1, 2, 3, 4, 5, 6]
/** On-delay, the five minutes of a breach that comes again, and one reading. */
const TOLD_MIN = 1 + 5 + 1
/** In these the first page of a trouble comes: the silence that is allowed, its delay, and a gateway's waits. */
const FIRST_MIN = 8
/** In these all is over behind it: half an hour of quiet behind what came and went, and an hour of a fast change. */
const OVER_MIN = 65

const TROUBLES = ['cycling', 'uplink', 'head', 'gateway', 'stays', 'ahead', 'planned', 'hot', 'dips', 'behind'] as const
type Trouble = (typeof TROUBLES)[number]

/** Of each trouble: what the first page is about, and how many pages of a day are allowed. */
const ALLOWED: Readonly<Record<Trouble, { first: AlarmKind; pages: number }>> = {
  cycling: { first: 'inlet_recommended', pages: 2 },
  uplink: { first: 'uplink', pages: 1 },
  head: { first: 'stale', pages: 1 },
  gateway: { first: 'gateway', pages: 1 },
  stays: { first: 'inlet_recommended', pages: 3 },
  ahead: { first: 'uplink_refused', pages: 1 },
  planned: { first: 'inlet_recommended', pages: 1 },
  hot: { first: 'inlet_recommended', pages: 3 }, // recommended, allowable, and that by more than 1 K
  dips: { first: 'inlet_recommended', pages: 1 },
  behind: { first: 'gateway_refused', pages: 1 },
}

/** What is done to the site, by the minute. */
interface Day {
  readonly trouble: Trouble
  readonly head: number
  /** The trouble lasts from … to. */
  readonly from: number
  readonly to: number
  isSilent(head: number, minute: number): boolean
  /** The dry bulb, °C. */
  dryBulbC(head: number, minute: number): number
  /** By how much the stamps are off, minutes. */
  offMin(head: number, minute: number): number
  /** Planned work, given as an order at its begin; NaN: there is none. */
  readonly workFrom: number
  readonly workMin: number
  /** A breach that stays; NaN: there is none. */
  readonly staysFrom: number
}

const COOL_C = 23
const WARM_C = 29
const RECOMMENDED_C = 27

function dayOf(seed: number, random: Random): Day {
  const trouble = TROUBLES[seed % TROUBLES.length] ?? 'cycling'
  const head = random.int(1, 6)
  const [from, length] = [random.int(60, 900), random.int(10, 200)]
  const [warm, cold] = [random.int(2, 4), random.int(2, 5)]
  const staysFrom = trouble === 'stays' ? from + 200 : trouble === 'planned' ? from + length : NaN
  const isIn = (minute: number) => minute >= from && minute < from + length
  const isBehind = (other: number) => Math.ceil(other / 2) === Math.ceil(head / 2)
  return {
    trouble,
    head,
    from,
    to: Number.isNaN(staysFrom) ? (trouble === 'cycling' ? DAY_MIN : from + length) : staysFrom + 60,
    staysFrom,
    workFrom: trouble === 'planned' ? from - 5 : NaN,
    workMin: length + 5,
    offMin(other, minute) {
      if (!isIn(minute)) return 0
      if (trouble === 'ahead') return 60
      return trouble === 'behind' && isBehind(other) ? -DAY_MIN : 0
    },
    isSilent(other, minute) {
      if (!isIn(minute)) return false
      if (trouble === 'uplink') return true
      return trouble === 'head' ? other === head : trouble === 'gateway' && isBehind(other)
    },
    dryBulbC(other, minute) {
      if (other !== head || minute < from) return COOL_C
      const past = minute - from
      switch (trouble) {
        case 'hot': // warm K a minute, up to what is allowable or far beyond
          return isIn(minute) ? Math.min(COOL_C + warm * (past + 1), WARM_C + 2 * cold) : COOL_C
        case 'dips': // one minute inside now and then, but for the first few
          return isIn(minute) && (past < 5 || past % (warm + cold) > 0) ? WARM_C : COOL_C
        case 'cycling':
          return minute % (warm + cold) < warm ? WARM_C : COOL_C
        case 'stays':
          if (minute >= staysFrom) return minute < staysFrom + 60 ? WARM_C : COOL_C
          return minute % (warm + cold) < warm ? WARM_C : COOL_C
        case 'planned':
          return minute < staysFrom + 60 ? WARM_C : COOL_C
        case 'uplink':
        case 'head':
        case 'gateway':
        case 'ahead':
        case 'behind':
          return COOL_C
      }
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
      const stampMs = nowMs + day.offMin(head, minute) * 60_000
      const payload = `{"ts":${stampMs},"t":${day.dryBulbC(head, minute)},"dp":10}`
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

/** Nobody is woken by what is of low severity. */
const isPage = ({ body: { state, severity } }: Told) =>
  severity !== 'low' && (state === 'raised' || state === 'chattering')

/** What is wrong with what was told of a day, in words. */
function faultsOf(day: Day, told: readonly Told[]): string[] {
  const { trouble, from, to, head, staysFrom, workFrom, workMin } = day
  const faults: string[] = []
  const paged = told.filter(isPage)
  const pages = paged.map(({ atMin, body }) => `${body.alarm} of ${body.source} ${body.state} ${atMin}`)
  if (pages.length > ALLOWED[trouble].pages) faults.push(`${pages.length} pages: ${pages.join(', ')}`)
  const [first] = paged
  const begin = trouble === 'planned' ? staysFrom : from
  if (first?.body.alarm !== ALLOWED[trouble].first || first.atMin < begin || first.atMin > begin + FIRST_MIN)
    faults.push(`the trouble from ${begin} on is not the first page: ${pages[0] ?? 'none'}`)
  const isWarm = (minute: number) => day.dryBulbC(head, minute) > RECOMMENDED_C
  for (const { atMin, body } of told) {
    if (atMin >= workFrom && atMin < workFrom + workMin) faults.push(`told in planned work at ${atMin}`)
    if (body.state !== 'cleared' && body.state !== 'normal') continue
    if (body.source === `in${head}` && isWarm(atMin) && isWarm(atMin - 1)) faults.push(`false end at ${atMin}`)
    if (HEADS.some((it) => day.isSilent(it, atMin) || day.offMin(it, atMin) !== 0))
      faults.push(`end in a silence at ${atMin}`)
  }
  const standing = new Map(told.map(({ body }) => [body.id, body.state]))
  for (const [id, state] of standing) {
    if (to + OVER_MIN < DAY_MIN && state !== 'cleared' && state !== 'normal') faults.push(`${id} is left ${state}`)
  }
  if (Number.isNaN(staysFrom)) return faults
  const last = told.findLast(({ atMin }) => atMin <= staysFrom + TOLD_MIN)
  if (last?.body.state !== 'raised') faults.push(`the breach at ${staysFrom} is not told: ${last?.body.state}`)
  return faults
}

/** A minute is more than enough for the gate's two days of each kind, so more seeds have as much each. */
const timeout = 60_000 * Math.max(1, seedCount('storms') / 20)

test.each(TROUBLES)(
  '%s: no more pages than one can answer, none missed, none ended falsely',
  { timeout },
  (trouble) => {
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
  },
)
