import type { Config } from '../config/config.ts'
import { refusalOf } from '../core/placing.ts'
import { ACCEPTED } from '../core/contract/outcome.ts'
import { createNearestReadings, keepNewest, keepOldest, type NearestReadings } from '../core/energy/past.ts'
import { JUDGING_SAMPLES } from '../core/energy/restate.ts'
import { isOwnStep, OWN_TOPIC } from '../ingest/own-entry.ts'
import { decode, type Take } from '../ingest/payload.ts'
import type { Past } from '../ingest/stamp.ts'
import { configurationIn, loadedConfig } from '../fold/configurations.ts'
import type { Site } from '../site/site.ts'
import type { Store } from '../store/types.ts'
import { readerOf } from './reader.ts'

/** Gets every reading that is sound by itself, in the order of the journal: base units, epoch ms. */
type TakeReading = (point: number, tMs: number, value: number) => void

/** Gets how far a walk through the journal has come: the entries behind it, and all. */
export type ReportWalked = (done: number, all: number) => void

/** By which configuration a journal is read. */
export interface JournalReading {
  readonly site: Site
  /** The oldest configuration that is known to have been in force. Undefined: the present one counts for all. */
  readonly first: Config | undefined
}

/**
 * Reads the whole journal, only the topics of points that are `wanted`. Each entry is read by the configuration that
 * was in force then, and the dates of the present one.
 */
export async function walkJournal(
  reading: JournalReading,
  store: Pick<Store, 'start' | 'journal' | 'depth'>,
  wanted: (point: number) => boolean,
  hear: TakeReading,
  walked: ReportWalked,
): Promise<void> {
  const { site } = reading
  let reader = readerOf(site, reading.first ?? site.config, wanted)
  const all = store.depth().journal
  let nowMs = -Infinity
  let done = 0
  const newestMs = new Float64Array(site.plan.points.length).fill(-Infinity)
  const take: Take = {
    reading(place, tMs, value) {
      const point = reader.points[place] ?? -1
      if (point < 0 || refusalOf(site.plan, point, tMs, value, nowMs) !== ACCEPTED) return
      newestMs[point] = Math.max(newestMs[point] ?? -Infinity, tMs)
      hear(point, tMs, value)
    },
    refused() {},
  }
  const past: Past = {
    newestMs: (place) => newestMs[reader.points[place] ?? -1] ?? -Infinity,
    skewMs: site.plan.skewMs,
    doubt() {},
  }
  for await (const entries of store.journal(store.start().firstSeq)) {
    for (const entry of entries) {
      const { topic, payload, nowMs: heardMs, retain } = entry
      nowMs = isOwnStep(entry) ? heardMs : Math.max(nowMs, heardMs)
      const exact = topic === OWN_TOPIC ? undefined : reader.routes.get(topic)
      const routes = topic === OWN_TOPIC ? [] : [...(exact === undefined ? [] : [exact]), ...reader.wild(topic)]
      for (const route of routes) decode(route, { payload, nowMs, retain }, take, past)
      if (topic !== OWN_TOPIC || payload.length === 0 || reading.first === undefined) continue
      const loaded = configurationIn(payload)
      const read = loaded && loadedConfig(loaded, site.config)
      if (read !== undefined && 'config' in read) reader = readerOf(site, read.config, wanted)
    }
    done += entries.length
    walked(done, all)
  }
}

/** What it holds of gauges. */
interface AirSurvey {
  /** Oldest and newest stamp of each gauge; ±Infinity where there is none. */
  readonly oldestMs: Float64Array
  readonly newestMs: Float64Array
  /** By gauge the intervals with readings that came late. */
  readonly late: Map<number, Set<number>>
}

/** What the journal holds of each energy point: it tells how far back that point can be folded again. */
export interface Survey {
  /** Whether the journal goes back to the very first packet. If not, readings up to `gapMs` may be missing. */
  readonly whole: boolean
  readonly gapMs: number
  /** Oldest and newest stamp of each point; ±Infinity where there is none. */
  readonly oldestMs: Float64Array
  readonly newestMs: Float64Array
  /** The first readings after `gapMs`, and the last ones before `keepMs`. */
  readonly sure: NearestReadings
  readonly recent: NearestReadings
  readonly air: AirSurvey
  /**
   * Readings in the asked time, and how many of them came late. They were behind a newer one of their
   * point by more than the lateness, or behind all others by more than a backlog may be. In an open gap they were taken
   * all the same.
   */
  readings: number
  tooLate: number
}

/** Walks the journal once. `keepMs`: a late reading can no longer change what lies before it. */
export async function surveyJournal(
  reading: JournalReading,
  store: Pick<Store, 'start' | 'journal' | 'depth'>,
  span: { fromMs: number; toMs: number; keepMs: number },
  walked: ReportWalked,
): Promise<Survey> {
  const { plan } = reading.site
  const points = plan.points.length
  const { firstSeq } = store.start()
  const whole = firstSeq === 1
  const survey: Survey = {
    whole,
    gapMs: whole ? -Infinity : (await firstArrivalMs(store, firstSeq)) + plan.skewMs,
    oldestMs: new Float64Array(points).fill(Infinity),
    newestMs: new Float64Array(points).fill(-Infinity),
    sure: createNearestReadings(points, JUDGING_SAMPLES + 1),
    recent: createNearestReadings(points, JUDGING_SAMPLES),
    air: {
      oldestMs: new Float64Array(points).fill(Infinity),
      newestMs: new Float64Array(points).fill(-Infinity),
      late: new Map(),
    },
    readings: 0,
    tooLate: 0,
  }
  const oldestMs = plan.boundMs + Math.max(plan.latenessMs, plan.backlogMs)
  let allMs = -Infinity
  const hear: TakeReading = (point, tMs, value) => {
    const isGauge = plan.points[point]?.kind === 'gauge'
    const newestMs = (isGauge ? survey.air : survey).newestMs[point] ?? -Infinity
    const late = tMs < Math.max(newestMs - plan.latenessMs, allMs - oldestMs)
    allMs = Math.max(allMs, tMs)
    if (isGauge) noteGauge(survey.air, point, tMs, late ? Math.floor(tMs / plan.lengthMs) : NaN)
    else noteReading(survey, point, tMs, value, span.keepMs)
    if (tMs < span.fromMs || tMs >= span.toMs) return
    survey.readings++
    if (late) survey.tooLate++
  }
  await walkJournal(reading, store, () => true, hear, walked)
  return survey
}

function noteReading(survey: Survey, point: number, tMs: number, value: number, keepMs: number): void {
  survey.oldestMs[point] = Math.min(survey.oldestMs[point] ?? Infinity, tMs)
  survey.newestMs[point] = Math.max(survey.newestMs[point] ?? -Infinity, tMs)
  if (tMs > survey.gapMs) keepOldest(survey.sure, point, tMs, value)
  if (tMs < keepMs) keepNewest(survey.recent, point, tMs, value)
}

/** `lateIn`: the interval of a reading that came late; NaN: it did not. */
function noteGauge({ oldestMs, newestMs, late }: AirSurvey, point: number, tMs: number, lateIn: number): void {
  oldestMs[point] = Math.min(oldestMs[point] ?? Infinity, tMs)
  newestMs[point] = Math.max(newestMs[point] ?? -Infinity, tMs)
  if (Number.isNaN(lateIn)) return
  const known = late.get(point) ?? new Set()
  known.add(lateIn)
  late.set(point, known)
}

async function firstArrivalMs(store: Pick<Store, 'journal'>, firstSeq: number): Promise<number> {
  for await (const [first] of store.journal(firstSeq)) return first?.nowMs ?? Infinity
  return Infinity
}
