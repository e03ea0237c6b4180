import type { Severity } from '../core/contract/alarm-kinds.ts'
import type { AlarmRow, GroupRow } from '../core/contract/sink.ts'
import type { Site } from '../site/site.ts'
import type { Notice } from './notice.ts'
import type { Transition } from './tables/alarm.ts'
import { helpOf, type Help } from './words/advice.ts'
import { ownerOf, placeOf, rowUnit, sourceName, unseenOf, type LimitOwner } from './words/facts.ts'
import { alarmMessage, CALLING_STATES, fullText, groupMessage, phrasesOf, type Links } from './words/message.ts'

/** The JSON in a notice's payload: a contract with every receiver. Times in epoch ms. */
export interface NoticeBody extends Particulars {
  site: string
  alarm: string
  /** Name of the source; in a group's notice, of the source farthest beyond its limit. */
  source: string
  severity: Severity
  /** All that this alarm has had since it was raised, the present one included; absent: no other. */
  severities?: readonly Severity[]
  /** Whom its rule tells, by the words in `routes` of receivers; absent: the rule names none. */
  routes?: readonly string[]
  /** Those of the rule alone, without escalations, parted by commas. */
  route?: string
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

/** What a message says, as members of their own; absent: not known, or the kind has none. */
interface Particulars {
  rack?: string
  /** Of `value`, `limit` and `peak`; absent: a factor or a share. */
  unit?: string
  /** The side on which the limit was broken; of a change, above is warmer. */
  side?: 'above' | 'below'
  limitOf?: LimitOwner
  /** When the breach began, how long it has lasted at `timeMs`, and the value farthest beyond the limit. */
  sinceMs?: number
  durationS?: number
  peak?: number
  /** Over how long a change was found. */
  spanS?: number
  /** What cannot be seen meanwhile: up to five names, and how many there are. Of a group: which of it stand. */
  unseen?: readonly string[]
  unseenCount?: number
  names?: readonly string[]
  /** How often it was raised since it began to chatter; absent: it does not. */
  cycles?: number
  /** Headline, then message, advice and links in lines of text; `language` is that of all texts. */
  title?: string
  /** The state in the words of that language. */
  stateName?: string
  text?: string
  help?: Help
  links?: Links
  language?: string
}

/** States that end the notice: nobody has to act on the alarm any more. */
const OVER = new Set<string>(['normal', 'retired', 'shelved', 'suppressed', 'out_of_service'])

const HOUR_MS = 3_600_000

/** The tags of an alarm's rows beside the site. */
export function alarmSeries(site: Site, { alarm, source, severity }: AlarmRow): Record<string, string> {
  return { alarm, source: sourceName(site, alarm, source), severity }
}

/** What one transition of an alarm says in its row. */
export function alarmTransition(site: Site, row: AlarmRow): Transition {
  const { alarm, source } = row
  const { hall, rack, source: name } = placeOf(site, alarm, source)
  return {
    row,
    message: alarmMessage(site, row),
    id: idOf(row, name),
    hall,
    rack,
    unit: rowUnit(site, row),
    owner: ownerOf(site, row),
    unseen: row.verdict === 'breached' ? unseenOf(site, row) : undefined,
  }
}

/** One transition of an alarm as a notice, on a retained topic of the alarm's own. */
export function alarmNotice(site: Site, row: AlarmRow, hall: number): Notice {
  const { alarm, state, value, timeMs, raisedMs, by } = row
  const { id, message, rack, unseen } = alarmTransition(site, row)
  const source = sourceName(site, alarm, row.source)
  const body: NoticeBody = {
    site: site.config.site.id,
    alarm,
    source,
    severity: row.severity,
    ...told(row.severities, site.rules.of(alarm, row.source).routes, escalatedTo(site, row)),
    hall: hallName(site, hall),
    state,
    ...(Number.isFinite(value) ? { value } : {}),
    ...(Number.isFinite(row.limit) ? { limit: row.limit } : {}),
    message,
    id,
    timeMs,
    startsAtMs: raisedMs,
    ...(OVER.has(state) || state === 'cleared' ? { endsAtMs: timeMs } : {}),
    ...(by === undefined ? {} : { who: by.who, ...(by.why === '' ? {} : { why: by.why }) }),
    ...(by === undefined || Number.isNaN(by.untilMs) ? {} : { untilMs: by.untilMs }),
    ...(rack === '' ? {} : { rack }),
    ...(row.cycles > 0 ? { cycles: row.cycles } : {}),
    ...(unseen === undefined ? {} : { unseen: unseen.names, unseenCount: unseen.count }),
    ...measured(site, row, ownerOf(site, row)),
    ...advised(site, row, message),
  }
  const topic = `coldaisle/${site.config.site.id}/alarm/${alarm}/${source}`
  return { id: body.id, topic, payload: JSON.stringify(body) }
}

/** A flood group as one notice, on a retained topic of its kind and hall. */
export function groupNotice(site: Site, row: GroupRow): Notice {
  const { alarm, count, timeMs, raisedMs, value, limit } = row
  const hall = hallName(site, row.hall)
  const worst = row.worst < 0 ? '' : sourceName(site, alarm, row.worst)
  const message = groupMessage(site, row, hall)
  const owner = row.worst < 0 ? undefined : ownerOf(site, { ...row, source: row.worst })
  const body: NoticeBody = {
    site: site.config.site.id,
    alarm,
    source: worst,
    severity: row.severity,
    ...told(row.severities, row.worst < 0 ? [] : site.rules.of(alarm, row.worst).routes, []),
    hall,
    state: count > 0 ? 'raised' : 'cleared',
    ...(Number.isFinite(value) ? { value } : {}),
    ...(Number.isFinite(limit) ? { limit } : {}),
    message,
    id: `flood:${alarm}:${hall}:${raisedMs}`,
    timeMs,
    startsAtMs: raisedMs,
    ...(count > 0 ? {} : { endsAtMs: timeMs }),
    count,
    ...(count > 0 ? { names: row.sources.map((source) => sourceName(site, alarm, source)) } : {}),
    ...measured(site, { ...row, source: row.worst }, owner),
    ...advised(site, { ...row, source: row.worst, state: count > 0 ? 'raised' : 'cleared' }, message),
  }
  const topic = `coldaisle/${site.config.site.id}/flood/${alarm}/${hall === '' ? 'site' : hall}`
  return { id: body.id, topic, payload: JSON.stringify(body) }
}

function told(
  severities: readonly Severity[],
  own: readonly string[],
  escalated: readonly string[],
): Pick<NoticeBody, 'severities' | 'routes' | 'route'> {
  const routes = [...new Set([...own, ...escalated])]
  return {
    ...(severities.length > 1 ? { severities } : {}),
    ...(routes.length === 0 ? {} : { routes }),
    ...(own.length === 0 ? {} : { route: own.join(',') }),
  }
}

/** Routes of the escalations that an alarm has seen: whoever was told of it hears how it ends. */
function escalatedTo({ rules }: Site, { alarm, source, escalated }: AlarmRow): string[] {
  const inOrder = rules.of(alarm, source).escalate.toSorted((a, b) => a.afterMin - b.afterMin)
  return inOrder.slice(0, escalated).flatMap(({ routes = [] }) => routes)
}

/** What both kinds of row were measured by. */
type Measured = Pick<AlarmRow, 'alarm' | 'source' | 'quantity' | 'side' | 'sinceMs' | 'timeMs' | 'peak' | 'spanMs'>

function measured(
  site: Site,
  { alarm, source, quantity, side, sinceMs, timeMs, peak, spanMs }: Measured,
  owner: LimitOwner | undefined,
): Particulars {
  const unit = rowUnit(site, { alarm, source, quantity })
  return {
    ...(unit === '' ? {} : { unit }),
    ...(side === 'none' ? {} : { side }),
    ...(owner === undefined ? {} : { limitOf: owner }),
    ...(Number.isNaN(sinceMs) ? {} : { sinceMs, durationS: Math.round((timeMs - sinceMs) / 1000) }),
    ...(Number.isNaN(peak) ? {} : { peak }),
    ...(Number.isNaN(spanMs) ? {} : { spanS: spanMs / 1000 }),
    language: site.config.notify.language,
  }
}

function advised(
  { config, rules }: Site,
  { alarm, source, state, side, sinceMs, timeMs }: Measured & Pick<AlarmRow, 'state'>,
  message: string,
): Particulars {
  const phrases = phrasesOf(config)
  const rule = source < 0 ? rules.kind(alarm) : rules.of(alarm, source)
  const help = helpOf(rule, config.notify.language, { alarm, side })
  const { pageUrl, dashboardUrl } = config.notify
  const fromMs = (Number.isNaN(sinceMs) ? timeMs : sinceMs) - HOUR_MS
  const query = new URLSearchParams({ 'var-site': config.site.id, from: String(fromMs), to: 'now' })
  const links: Links = {
    ...(pageUrl === undefined ? {} : { page: `${trimmed(pageUrl)}/#alarms` }),
    ...(dashboardUrl === undefined
      ? {}
      : { dashboard: `${trimmed(dashboardUrl)}/d/coldaisle-alarms?${query.toString()}` }),
  }
  const text = fullText(phrases, message, CALLING_STATES.has(state) ? help : undefined, links)
  const title = phrases.typeset(phrases.title[alarm])
  const stateName = phrases.typeset(phrases.stateName[state])
  return { title, stateName, text, help, ...(Object.keys(links).length === 0 ? {} : { links }) }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '')
}

function idOf({ alarm, raisedMs }: AlarmRow, source: string): string {
  return `${alarm}:${source}:${raisedMs}`
}

function hallName({ scopes }: Site, hall: number): string {
  return hall < 0 ? '' : (scopes[hall] ?? '')
}
