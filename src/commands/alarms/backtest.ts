import { alarmCounts } from '../../core/alarms/alarms.ts'
import { createReplay, type Replay } from '../../fold/replay.ts'
import type { Site } from '../../site/site.ts'
import type { NoticeBody } from '../../rows/alarm-rows.ts'
import type { Row } from '../../rows/rows.ts'

/** The alarm rules of a configuration at work on a recording: transitions, and how often somebody would be paged. */
interface Backtest {
  readonly replay: Replay
  transitions: number
  readonly states: Map<string, number>
  /** Notices that would have woken somebody (`raised`), by alarm and hall; of those, of whole groups. */
  readonly pages: Map<string, number>
  groups: number
  /** Raised by alarm and source. */
  readonly sources: Map<string, number>
  firstMs: number
}

const TOP = 10

/** `emit` is given each transition, as the daemon would have written it. */
export function createBacktest(site: Site, emit: (row: Row) => void): Backtest {
  const backtest: Backtest = {
    replay: createReplay(
      site,
      (row) => {
        if (row.measurement !== 'alarm') return
        noteRow(backtest, row)
        emit(row)
      },
      ({ payload }) => notePage(backtest, JSON.parse(payload) as NoticeBody),
    ),
    transitions: 0,
    states: new Map(),
    pages: new Map(),
    groups: 0,
    sources: new Map(),
    firstMs: NaN,
  }
  return backtest
}

function noteRow(backtest: Backtest, { tags, fields, timeMs }: Row): void {
  backtest.transitions++
  if (Number.isNaN(backtest.firstMs)) backtest.firstMs = timeMs
  add(backtest.states, String(fields['state']))
  if (fields['state'] === 'raised') add(backtest.sources, `${tags['alarm']} ${tags['source']}`)
}

function notePage(backtest: Backtest, { alarm, hall, state, count }: NoticeBody): void {
  if (state !== 'raised') return
  add(backtest.pages, hall === '' ? alarm : `${alarm} in ${hall}`)
  if (count !== undefined) backtest.groups++
}

/** What it came to, as lines of text. */
export function backtestText(backtest: Backtest): string {
  const { replay, transitions, states, pages, groups, sources } = backtest
  const { alarms } = replay.pipeline.core
  const sum = [...pages.values()].reduce((all, n) => all + n, 0)
  const { floods, chattering, standing, stood } = alarmCounts(alarms, replay.pipeline.nowMs)
  const lines = [
    `transitions ${transitions}: ${listOf(states) || 'none'}`,
    `pages ${sum}, of which ${groups} of groups`,
    ...[...pages].map(([name, n]) => `  ${String(n).padStart(6)}  ${name}`),
    `floods ${floods}, chattering ${chattering}, standing more than 24 h ${standing + stood}`,
    ...(sources.size === 0 ? [] : ['raised most often:']),
    ...top(sources).map(([name, n]) => `  ${String(n).padStart(6)}  ${name}`),
  ]
  return `${lines.join('\n')}\n`
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
