import { SOURCE_OF, type AlarmKind, type AlarmRowState } from '../../core/contract/alarm-kinds.ts'
import { ruleOf } from '../../core/contract/alarm-plan.ts'
import type { AlarmRow, GroupRow } from '../../core/contract/sink.ts'
import type { Config } from '../../config/config.ts'
import { parseSparkplugTopic } from '../../ingest/sparkplug/topics.ts'
import type { Site } from '../../site/site.ts'
import type { Help } from './advice.ts'
import { english } from './english.ts'
import { ownerOf, placeOf, rowUnit, sourceName, unseenOf } from './facts.ts'
import { french } from './french.ts'
import type { AlarmFacts, Phrases } from './phrases.ts'

const LANGUAGES = { en: english, fr: french } as const

/** All that is said of alarms, in the language of the site. */
export function phrasesOf({ site, notify }: Pick<Config, 'site' | 'notify'>): Phrases {
  return LANGUAGES[notify.language](site.timezone)
}

/**
 * A transition in some sentences, for the person who is woken by it: where, what, since when, by whom, and what cannot
 * be seen. All words follow from the verdict that the machine gave, none from a comparison made here.
 */
export function alarmMessage(site: Site, row: AlarmRow): string {
  const phrases = phrasesOf(site.config)
  const facts = factsOf(site, row)
  const said = sentencesOf(phrases, facts).filter((it) => it !== '')
  const place = phrases.place(row.alarm, facts.place)
  const calling = CALLING_STATES.has(row.state) ? [phrases.severity[row.severity]] : []
  return phrases.typeset([...calling, place, said.join(' ')].join(phrases.colon))
}

/** States in which somebody may have to act: the message begins with the severity, the text has advice. */
export const CALLING_STATES = new Set<AlarmRowState>([
  'raised',
  'chattering',
  'acked',
  'latched',
  'stale',
  'returned',
  'late',
])

/** The sentences behind the place; the first begins in the middle of a sentence. */
function sentencesOf(phrases: Phrases, facts: AlarmFacts): string[] {
  const { row, unseen } = facts
  const { state, format } = phrases
  const alarm = phrases.alarm[row.alarm]
  const what = phrases.condition(facts)
  const by = row.by === undefined ? '' : phrases.by(row.by)
  const acked = by === '' ? '' : state.acked(by)
  const blind = unseen === undefined || row.verdict !== 'breached' ? '' : phrases.unseen(unseen, row.alarm)
  switch (row.state) {
    case 'raised':
    case 'acked':
      return [`${what}.`, phrases.lasts(facts), acked, row.cycles > 0 ? state.cycling(row.cycles) : '', blind]
    case 'chattering':
      return [`${what}.`, phrases.lasts(facts), state.chattering(row.cycles), blind]
    case 'late':
      return [state.late(what, format.time(row.timeMs))]
    case 'cleared':
      return [`${what}.`, phrases.lasted(facts)]
    case 'latched':
      return [`${what}.`, phrases.lasted(facts), state.latched]
    case 'normal':
      return normalText(phrases, facts, alarm, by)
    case 'retired':
      return [state.retired(alarm)]
    case 'shelved':
      return [state.shelved(alarm, untilOf(phrases, row), by), presentOf(phrases, facts)]
    case 'unshelved':
      return [state.unshelved(alarm, by), presentOf(phrases, facts)]
    case 'suppressed':
      return [`${what}.`, state.suppressed(phrases.alarm[row.instead ?? 'gateway'])]
    case 'out_of_service':
      return [state.takenOut(alarm, by)]
    case 'stale':
      return [state.stale(facts, alarm, what), state.began(format.time(row.sinceMs)), acked]
    case 'reclassified':
      return [state.reclassified(alarm, phrases.severity[row.becomes ?? row.severity])]
    case 'returned':
      return [state.returned(facts, what), acked]
  }
}

/** An alarm that was set aside meanwhile need not have been raised: then its row knows of no breach that is over. */
function normalText(phrases: Phrases, facts: AlarmFacts, alarm: string, by: string): string[] {
  const { state } = phrases
  const { cycles, sinceMs } = facts.row
  if (cycles > 0) return [state.quiet(alarm, cycles)]
  const isOver = by !== '' || !Number.isNaN(sinceMs)
  return isOver ? [state.normal(alarm, by)] : [state.notRaised(alarm), presentOf(phrases, facts)]
}

function untilOf({ format }: Phrases, { by }: AlarmRow): string {
  return by === undefined || Number.isNaN(by.untilMs) ? '' : format.time(by.untilMs)
}

/** What is broken while an alarm is set aside; nothing if nothing is. */
function presentOf(phrases: Phrases, facts: AlarmFacts): string {
  return facts.row.verdict === 'breached' ? phrases.state.present(phrases.condition(facts)) : ''
}

function factsOf(site: Site, row: AlarmRow): AlarmFacts {
  const { plan } = site
  const { alarm, source, quantity } = row
  const rule = ruleOf(plan.alarms, alarm, source)
  const isHumidity = quantity === 'relative_humidity'
  return {
    row,
    place: placeOf(site, alarm, source),
    owner: ownerOf(site, row),
    unseen: unseenOf(site, row),
    unit: rowUnit(site, row),
    deadband: isHumidity ? rule.deadbandPct : rule.deadband * (alarm === 'target' ? row.limit : 1),
    offDelayMs: rule.offDelayMs,
    everyMs: alarm === 'stale' ? (plan.points[source]?.everyMs ?? NaN) : NaN,
    members: membersOf(site, alarm, source),
    birth: birthOf(site, row),
    target: targetOf(site, row),
  }
}

function targetOf({ plan }: Site, { alarm, source }: AlarmRow): AlarmFacts['target'] {
  const target = alarm === 'target' ? plan.alarms.targets[source] : undefined
  const window = plan.windows.find(({ name }) => name === target?.window)
  if (target === undefined || window === undefined) return undefined
  return { name: target.of.names[0], over: window.kind === 'rolling' ? window.lengthMs : window.name }
}

/** A passive listener asks no node; a primary host does, where the broker lets it publish. */
function birthOf({ config, plan, points }: Site, { alarm, source, quantity }: AlarmRow): AlarmFacts['birth'] {
  const ofGateway = alarm === 'gateway_refused' ? plan.gateways[source]?.[0] : undefined
  const point = alarm === 'refused' ? source : ofGateway
  const topic = quantity === 'before_birth' ? config.points[points[point ?? -1] ?? '']?.topic : undefined
  const [group, name] = parseSparkplugTopic(topic ?? '')?.node.split('/') ?? []
  if (group === undefined || name === undefined) return undefined
  return { topic: `spBv1.0/${group}/NCMD/${name}`, asks: config.sparkplug === undefined ? 'nobody' : 'we' }
}

/** Of a gateway how many points are behind it, of an uplink how many branches. */
function membersOf({ plan }: Site, alarm: AlarmKind, source: number): number {
  if (alarm === 'uplink') return plan.uplinks[source]?.branches.length ?? 0
  return alarm === 'gateway' ? (plan.gateways[source]?.length ?? 0) : 0
}

/** Kinds of which the condition of the worst source says more than its name. */
const WITH_WORST = new Set<AlarmKind>(['inlet_recommended', 'inlet_allowable', 'moisture', 'rate_of_change', 'drift'])

/** A flood group in some sentences: how many and which, the worst of them, since when; or that none is left. */
export function groupMessage(site: Site, row: GroupRow, hall: string): string {
  const phrases = phrasesOf(site.config)
  const { group, format } = phrases
  const { alarm, count, most, sinceMs } = row
  const at = group.where(site.config.site.id, hall)
  const where = count === 0 ? at : `${phrases.severity[row.severity]}${phrases.colon}${at}`
  const pseudo = memberRow(site, row)
  if (count === 0) {
    const facts = factsOf(site, pseudo)
    // Inlets of several classes have several limits, and the worst of them is not known any more
    const isOne = SOURCE_OF[alarm] !== 'inlet' || classesIn(site, row.hall).size === 1
    const limit = isOne && !Number.isNaN(row.peak) ? group.limit(phrases.limit(facts)) : ''
    return joined(phrases, where, [group.over(phrases.alarm[alarm], most), phrases.lasted(facts), limit])
  }
  const names = row.sources.map((source) => sourceName(site, alarm, source))
  const what = WITH_WORST.has(alarm) ? phrases.condition(factsOf(site, pseudo)) : ''
  return joined(phrases, where, [
    group.many(phrases.title[alarm], count, phrases.list(names, count)),
    what === '' ? '' : group.worst(names[0] ?? '', what),
    Number.isNaN(sinceMs) ? '' : group.first(format.time(sinceMs)),
  ])
}

function classesIn({ plan }: Site, hall: number): Set<string> {
  return new Set((plan.scopes[hall]?.inlets ?? []).map((inlet) => plan.inlets[inlet]?.envelope.class ?? ''))
}

function joined({ colon, typeset }: Phrases, where: string, sentences: readonly string[]): string {
  return typeset(`${where}${colon}${sentences.filter((it) => it !== '').join(' ')}`)
}

/** The row that the worst member of a group could have. */
function memberRow({ plan }: Site, row: GroupRow): AlarmRow {
  const { timeMs, alarm, worst, value, limit, verdict, quantity, side, sinceMs, peak, spanMs, raisedMs, count } = row
  const { severity, severities } = row
  return {
    timeMs,
    alarm,
    source: worst >= 0 ? worst : (plan.scopes[row.hall]?.inlets[0] ?? 0),
    state: count > 0 ? 'raised' : 'cleared',
    severity,
    severities,
    escalated: 0,
    value,
    limit,
    quantity,
    verdict,
    newestMs: timeMs,
    side,
    sinceMs,
    peak,
    spanMs,
    unseen: [],
    cycles: 0,
    raisedMs,
  }
}

/** Where a notice leads: the live page, and the dashboard of alarms as of the breach. */
export interface Links {
  page?: string
  dashboard?: string
}

/** The whole of a notice in lines of text: its message, what to do unless nobody has to act, and where to look. */
export function fullText(phrases: Phrases, message: string, help: Help | undefined, links: Links): string {
  const { colon, typeset } = phrases
  const lines = [
    message,
    ...(help === undefined ? [] : adviceLines(phrases, help)),
    ...(links.page === undefined ? [] : [`${phrases.links.page}${colon}${links.page}`]),
    ...(links.dashboard === undefined ? [] : [`${phrases.links.dashboard}${colon}${links.dashboard}`]),
  ]
  return typeset(lines.join('\n'))
}

function adviceLines({ advice, colon }: Phrases, { cause, consequence, action, respondMin }: Help): string[] {
  return [
    `${advice.cause}${colon}${cause}.`,
    `${advice.consequence}${colon}${consequence}.`,
    `${advice.action}${colon}${action}.`,
    `${advice.respond(respondMin)}.`,
  ]
}
