import type { AlarmRow, GroupRow } from '../core/contract/sink.ts'
import type { Site } from '../site/site.ts'
import { alarmMessage, groupMessage, SEVERITY, sourceName, type Severity } from './alarm-text.ts'
import type { Notice } from './notice.ts'
import type { Transition } from './tables/alarm.ts'

/** The JSON in a notice's payload: a contract with every receiver. Times in epoch ms. */
export interface NoticeBody {
  site: string
  alarm: string
  /** Name of the source; in a group's notice, of the source farthest beyond its limit. */
  source: string
  severity: Severity
  /** The source's hall; empty: it has none. */
  hall: string
  state: string
  value?: number
  limit?: number
  message: string
  /** Stays the same from raised to cleared. */
  id: string
  /** When the state began. */
  timeMs: number
  /** When the alarm was raised, and when it ended; without `endsAtMs` it has not ended. */
  startsAtMs: number
  endsAtMs?: number
  /** In a flood group's notice: how many of its alarms stand. */
  count?: number
  who?: string
  why?: string
  /** End of a shelf. */
  untilMs?: number
}

/** States that end the notice: nobody has to act on the alarm any more. */
const OVER = new Set<string>(['normal', 'shelved', 'suppressed', 'out_of_service'])

/** The tags of an alarm's rows beside the site. */
export function alarmSeries(site: Site, { alarm, source }: AlarmRow): Record<string, string> {
  return { alarm, source: sourceName(site, alarm, source), severity: SEVERITY[alarm] }
}

/** What one transition of an alarm says in its row. */
export function alarmTransition(site: Site, row: AlarmRow): Transition {
  const source = sourceName(site, row.alarm, row.source)
  return { row, message: alarmMessage(row, source), id: idOf(row, source) }
}

/** One transition of an alarm as a notice, on a retained topic of the alarm's own. */
export function alarmNotice(site: Site, row: AlarmRow, hall: number): Notice {
  const { alarm, state, value, limit, timeMs, raisedMs, by } = row
  const source = sourceName(site, alarm, row.source)
  const body: NoticeBody = {
    site: site.config.site.id,
    alarm,
    source,
    severity: SEVERITY[alarm],
    hall: hallName(site, hall),
    state,
    ...(Number.isFinite(value) ? { value } : {}),
    ...(Number.isFinite(limit) ? { limit } : {}),
    message: alarmMessage(row, source),
    id: idOf(row, source),
    timeMs,
    startsAtMs: raisedMs,
    ...(OVER.has(state) || state === 'cleared' ? { endsAtMs: timeMs } : {}),
    ...(by === undefined ? {} : { who: by.who, ...(by.why === '' ? {} : { why: by.why }) }),
    ...(by === undefined || Number.isNaN(by.untilMs) ? {} : { untilMs: by.untilMs }),
  }
  const topic = `coldaisle/${site.config.site.id}/alarm/${alarm}/${source}`
  return { id: body.id, topic, payload: JSON.stringify(body) }
}

/** A flood group as one notice, on a retained topic of its kind and hall. */
export function groupNotice(site: Site, row: GroupRow): Notice {
  const { alarm, count, timeMs, raisedMs, value, limit } = row
  const hall = hallName(site, row.hall)
  const worst = row.worst < 0 ? '' : sourceName(site, alarm, row.worst)
  const body: NoticeBody = {
    site: site.config.site.id,
    alarm,
    source: worst,
    severity: SEVERITY[alarm],
    hall,
    state: count > 0 ? 'raised' : 'cleared',
    ...(Number.isFinite(value) ? { value } : {}),
    ...(Number.isFinite(limit) ? { limit } : {}),
    message: groupMessage(row, hall, worst),
    id: `flood:${alarm}:${hall}:${raisedMs}`,
    timeMs,
    startsAtMs: raisedMs,
    ...(count > 0 ? {} : { endsAtMs: timeMs }),
    count,
  }
  const topic = `coldaisle/${site.config.site.id}/flood/${alarm}/${hall === '' ? 'site' : hall}`
  return { id: body.id, topic, payload: JSON.stringify(body) }
}

function idOf({ alarm, raisedMs }: AlarmRow, source: string): string {
  return `${alarm}:${source}:${raisedMs}`
}

function hallName({ scopes }: Site, hall: number): string {
  return hall < 0 ? '' : (scopes[hall] ?? '')
}
