import { alarmCounts } from '../../core/alarms/alarms.ts'
import { createReplay, type Replay } from '../../fold/replay.ts'
import { zoneOffsetMs } from '../../ingest/time-zones.ts'
import type { Site } from '../../site/site.ts'
import type { NoticeBody } from '../../rows/alarm-rows.ts'
import type { Row } from '../../rows/rows.ts'

/** The alarm rules of a configuration at work on a recording: transitions, and how often somebody would be paged. */
export interface Backtest {
  readonly site: Site
  readonly replay: Replay
  transitions: number
  readonly states: Map<string, number>
  /** Notices that would have woken somebody (`raised`), by alarm and hall; of those, of whole groups. */
  readonly pages: Map<string, number>
  groups: number
  /** The same by hour of the day at the site. */
  readonly hours: number[]
  /** By alarm and source, how often it was raised and when. */
  readonly episodes: Map<string, Episode[]>
  /** Time of the first row of any kind. */
  firstMs: number
}

/** An alarm from raised until it was over or set aside. */
export interface Episode {
  readonly alarm: string
  readonly hall: string
  readonly sinceMs: number
  readonly fromMs: number
  /** Infinity: it still stands. */
  toMs: number
  /** When somebody was paged for it, alone or in a group; NaN: nobody was. */
  pagedMs: number
}

const TOP = 10
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** States of a notice that pages somebody. */
const PAGES = new Set(['raised', 'chattering'])
const ENDS = new Set(['cleared', 'latched', 'normal', 'retired', 'shelved', 'out_of_service'])

/** `emit` is given each transition, as the daemon would have written it. */
export function createBacktest(site: Site, emit: (row: Row) => void): Backtest {
  const backtest: Backtest = {
    site,
    replay: createReplay(
      site,
      (row) => {
        if (!(backtest.firstMs <= row.timeMs)) backtest.firstMs = row.timeMs
        if (row.measurement !== 'alarm') return
        noteRow(backtest, row)
        emit(row)
      },
      ({ payload }) => notePage(backtest, JSON.parse(payload) as NoticeBody),
      'present',
    ),
    transitions: 0,
    states: new Map(),
    pages: new Map(),
    groups: 0,
    hours: Array.from({ length: 24 }, () => 0),
    episodes: new Map(),
    firstMs: NaN,
  }
  return backtest
}

function noteRow(backtest: Backtest, { tags, fields, timeMs }: Row): void {
  const state = String(fields['state'])
  backtest.transitions++
  add(backtest.states, state)
  const key = `${tags['alarm']} ${tags['source']}`
  const episodes = backtest.episodes.get(key) ?? []
  const last = episodes.at(-1)
  const isOpen = last?.toMs === Infinity
  if (isOpen && ENDS.has(state)) last.toMs = timeMs
  if (!PAGES.has(state) || isOpen) return
  backtest.episodes.set(key, episodes)
  const [sinceMs, hall] = [fields['since_ms'], fields['hall']]
  episodes.push({
    alarm: tags['alarm'] ?? '',
    hall: String(hall ?? ''),
    sinceMs: typeof sinceMs === 'number' ? sinceMs : timeMs,
    fromMs: timeMs,
    toMs: Infinity,
    pagedMs: NaN,
  })
}

function notePage(backtest: Backtest, { alarm, source, hall, state, count }: NoticeBody): void {
  if (!PAGES.has(state)) return
  const { nowMs } = backtest.replay.pipeline
  add(backtest.pages, hall === '' ? alarm : `${alarm} in ${hall}`)
  const hour = hourOf(backtest.site, nowMs)
  backtest.hours[hour] = (backtest.hours[hour] ?? 0) + 1
  if (count !== undefined) backtest.groups++
  const told =
    count === undefined
      ? (backtest.episodes.get(`${alarm} ${source}`) ?? []).slice(-1)
      : [...backtest.episodes.values()].flatMap((all) => all.slice(-1).filter((it) => it.alarm === alarm))
  for (const episode of told) {
    const isMember = count === undefined || (episode.hall === hall && episode.toMs === Infinity)
    if (isMember && Number.isNaN(episode.pagedMs)) episode.pagedMs = nowMs
  }
}

function hourOf({ config }: Site, tMs: number): number {
  return Math.floor((tMs + zoneOffsetMs(tMs, config.site.timezone)) / HOUR_MS) % 24
}

export function pagesIn({ pages }: Backtest): number {
  return [...pages.values()].reduce((all, n) => all + n, 0)
}

/** What it came to, as lines of text. */
export function backtestText(backtest: Backtest): string {
  const { replay, transitions, states, pages, groups, episodes } = backtest
  const { alarms } = replay.pipeline.core
  const { floods, chattering, standing, stood } = alarmCounts(alarms, replay.pipeline.nowMs)
  const sources = new Map([...episodes].map(([key, all]) => [key, all.length]))
  const lines = [
    `transitions ${transitions}: ${listOf(states) || 'none'}`,
    `pages ${pagesIn(backtest)}, of which ${groups} of groups`,
    ...[...pages].map(([name, n]) => `  ${String(n).padStart(6)}  ${name}`),
    `how often: ${aDayText(backtest)}`,
    `time to page: ${timeToPageText(backtest)}`,
    ...hoursText(backtest),
    `floods ${floods}, chattering ${chattering}, standing more than 24 h ${standing + stood}`,
    ...(sources.size === 0 ? [] : ['raised most often:']),
    ...top(sources).map(([name, n]) => `  ${String(n).padStart(6)}  ${name}`),
  ]
  return `${lines.join('\n')}\n`
}

/** `3.2 a day`; less than a day is not made out to be one. */
export function aDayText(backtest: Backtest): string {
  const lengthMs = backtest.replay.pipeline.nowMs - backtest.firstMs
  if (!(lengthMs >= DAY_MS)) return 'the recording is shorter than a day'
  return `${(pagesIn(backtest) / (lengthMs / DAY_MS)).toFixed(1)} a day`
}

/** From the first sample of the breach to the page: median and most. */
export function timeToPageText({ episodes }: Backtest): string {
  const spans = [...episodes.values()]
    .flat()
    .flatMap(({ sinceMs, pagedMs }) => (Number.isNaN(pagedMs) ? [] : [pagedMs - sinceMs]))
    .toSorted((a, b) => a - b)
  if (spans.length === 0) return 'nobody was paged'
  return `median ${minutesText(medianOf(spans))}, most ${minutesText(spans.at(-1) ?? NaN)}`
}

export function medianOf(rising: readonly number[]): number {
  return rising[Math.floor((rising.length - 1) / 2)] ?? NaN
}

export function minutesText(ms: number): string {
  return `${(ms / 60_000).toFixed(1)} min`
}

/** Pages by hour of the day at the site, those hours in which there was one. */
function hoursText({ hours }: Backtest): string[] {
  const held = hours.flatMap((n, hour) => (n === 0 ? [] : [`${String(hour).padStart(2, '0')} h ${n}`]))
  return held.length === 0 ? [] : [`by hour of the day: ${held.join(', ')}`]
}

function top(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, TOP)
}

function listOf(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, n]) => `${name} ${n}`).join(', ')
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
