import type { Config } from '../../config/config.ts'
import { ALARM_KINDS, SEVERITIES } from '../../core/contract/alarm-kinds.ts'
import { BadInput } from '../../config/bad-input.ts'
import { formatInstant } from '../../ingest/times.ts'
import type { HistoryRow } from '../../store/types.ts'
import { askDaemon } from '../ask-daemon.ts'
import { openFree } from '../free-store.ts'

/** States of a row in which there is something to see or to do. */
const SHOWN = new Set([
  'raised',
  'chattering',
  'acked',
  'latched',
  'cleared',
  'stale',
  'returned',
  'shelved',
  'suppressed',
  'out_of_service',
])
/** What asks nothing of anybody now: planned work alone sets aside hundreds. */
const SET_ASIDE = new Set(['shelved', 'suppressed', 'out_of_service'])
const MOST = 5_000
/** How many rows of one alarm are read to find its present state: as many as the daemon gives at once. */
const BACK = 100
const ANSWER_MS = 5_000

/** The newest `count` rows of each series with these tags, newest first. */
type Ask = (tags: Readonly<Record<string, string>>, count: number) => Promise<HistoryRow[]>

/**
 * The newest transition of every alarm in which there is something to see or to do, from the daemon or its store. The
 * worst comes first, what is set aside last.
 */
export async function listAlarms(config: Config): Promise<HistoryRow[]> {
  const store = await openFree(config)
  if (store === undefined) return listOf(config, (tags, count) => askLatest(config, tags, count))
  process.stderr.write('no daemon runs on this store: the alarms are as it left them\n')
  const span = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: MOST, newestFirst: true }
  try {
    return await listOf(config, (tags, perSeries) => store.history('alarm', { ...span, tags, perSeries }))
  } finally {
    await store.close()
  }
}

async function listOf(config: Config, ask: Ask): Promise<HistoryRow[]> {
  const list: HistoryRow[] = []
  for (const newest of await ask({}, 1)) {
    const rows = isEnough(config, newest) ? [newest] : await ask(newest.tags, BACK)
    const told = rows.filter((row) => stateOf(row) !== 'late')
    const [row] = told
    if (row === undefined || !SHOWN.has(stateOf(row))) continue
    if (stateOf(row) !== 'cleared' || (asksForAck(config, row) && isUnanswered(told))) list.push(row)
  }
  return list.toSorted((a, b) => rankOf(a) - rankOf(b) || b.timeMs - a.timeMs)
}

/** A `late` row changes no state: the state is in an earlier row, and so is whether anybody acknowledged. */
function isEnough(config: Config, newest: HistoryRow): boolean {
  const state = stateOf(newest)
  return state !== 'late' && (state !== 'cleared' || !asksForAck(config, newest))
}

function asksForAck({ alarms }: Config, { tags }: HistoryRow): boolean {
  const isAsking = ({ acknowledge }: { acknowledge?: boolean | undefined }) => acknowledge === true
  return ALARM_KINDS.some((kind) => kind === tags['alarm'] && (isAsking(alarms[kind]) || alarms.rules.some(isAsking)))
}

/** Whether nobody had acknowledged it when it was cleared. */
function isUnanswered(newestFirst: readonly HistoryRow[]): boolean {
  return newestFirst.map(stateOf).find((state) => state === 'raised' || state === 'acked') !== 'acked'
}

function stateOf({ fields }: HistoryRow): string {
  return String(fields['state'])
}

async function askLatest(config: Config, tags: Readonly<Record<string, string>>, count: number): Promise<HistoryRow[]> {
  const wanted = Object.fromEntries(Object.entries(tags).map(([name, word]) => [`tag.${name}`, word]))
  const parameters = { measurement: 'alarm', count: String(count), ...wanted }
  return (await askDaemon(config, { path: 'latest', parameters, limitMs: ANSWER_MS })) as HistoryRow[]
}

/** Which rows are asked for; tags that are absent do not matter. */
interface Stretch {
  readonly measurement: 'alarm' | 'alarm_figures'
  readonly fromMs: number
  readonly toMs: number
  readonly tags: Readonly<Record<string, string>>
}

/** All rows of a stretch of time, oldest first. Throws `BadInput` for more than can be given at once. */
export async function alarmHistory(config: Config, stretch: Stretch): Promise<HistoryRow[]> {
  const { measurement, fromMs, toMs, tags } = stretch
  const store = await openFree(config)
  let rows: HistoryRow[]
  if (store === undefined) {
    const wanted = Object.fromEntries(Object.entries(tags).map(([name, word]) => [`tag.${name}`, word]))
    const times = { from: formatInstant(fromMs), to: formatInstant(toMs), limit: String(MOST) }
    const parameters = { measurement, ...times, ...wanted }
    rows = (await askDaemon(config, { path: 'rows', parameters, limitMs: ANSWER_MS })) as HistoryRow[]
  } else {
    try {
      rows = await store.history(measurement, { fromMs, toMs, tags, limit: MOST })
    } finally {
      await store.close()
    }
  }
  if (rows.length < MOST) return rows.toSorted((a, b) => a.timeMs - b.timeMs)
  const narrower = measurement === 'alarm' ? ', or name --alarm or --source' : ''
  throw new BadInput(`${MOST} rows or more: ask for less time${narrower}`)
}

function rankOf(row: HistoryRow): number {
  const state = stateOf(row)
  const place = [...SHOWN].indexOf(state) + (SET_ASIDE.has(state) ? 1000 : 0)
  return place - 100 * SEVERITIES.findIndex((severity) => severity === row.tags['severity'])
}
