import type { Config } from '../../config/config.ts'
import { localMs } from '../../config/duties/local-time.ts'
import { createRecurrence, type Recurrence } from '../../config/duties/recurrence.ts'
import { ALARM_KINDS, SOURCE_OF, type AlarmKind } from '../../core/contract/alarm-kinds.ts'
import type { Planned } from '../../core/contract/planned.ts'
import { zonedToUtcMs, zoneOffsetMs } from '../../ingest/time-zones.ts'
import { commandedBy } from '../../site/commanded.ts'
import type { Site } from '../../site/site.ts'

/** Planned work as the configuration or a command says it. */
export type WrittenWork = Config['planned'][number]

/** Planned work, its place as sources and its times as a rule. */
export interface PlannedWork {
  readonly name: string
  readonly recurrence: Recurrence
  readonly lengthMs: number
  /** Alarms that are shelved meanwhile: by kind their sources; -1: all. */
  readonly shelved: readonly { readonly alarm: AlarmKind; readonly sources: readonly number[] }[]
  readonly inlets: ReadonlySet<number>
  readonly who: string
  readonly why: string
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Clocks are put back by less. */
const MOST_BACK_MS = 3 * HOUR_MS

/** One time for which work goes on. */
export interface WorkStretch {
  readonly fromMs: number
  readonly untilMs: number
}

/** The stretch that goes on at an instant; undefined: none does. */
export function stretchAt(
  { recurrence, lengthMs }: PlannedWork,
  timezone: string,
  nowMs: number,
): WorkStretch | undefined {
  let begin = recurrence.atOrBefore(nowMs + zoneOffsetMs(nowMs, timezone) + MOST_BACK_MS)
  while (begin !== undefined && utcMs(begin, timezone) > nowMs) begin = recurrence.atOrBefore(begin - 1)
  if (begin === undefined) return undefined
  const fromMs = utcMs(begin, timezone)
  return fromMs + lengthMs > nowMs ? { fromMs, untilMs: fromMs + lengthMs } : undefined
}

/** The next begin behind an instant; Infinity: there is none. */
export function nextBeginMs({ recurrence }: PlannedWork, timezone: string, nowMs: number): number {
  let begin = recurrence.after(nowMs + zoneOffsetMs(nowMs, timezone) - MOST_BACK_MS)
  while (begin !== undefined && utcMs(begin, timezone) <= nowMs) begin = recurrence.after(begin)
  return begin === undefined ? Infinity : utcMs(begin, timezone)
}

/** Of two instants of a local time the first; of a time that clocks skip what they show by the offset before. */
function utcMs(local: number, timezone: string): number {
  return zonedToUtcMs(local, timezone)[0] ?? local - zoneOffsetMs(local - DAY_MS, timezone)
}

/** All works that are planned; of one name that of the configuration. */
export function writtenWorks(site: Site, planned: Planned | undefined): WrittenWork[] {
  const commanded = [...(planned?.commanded.values() ?? [])].map((json) => JSON.parse(json) as WrittenWork)
  const inFile = new Set(site.config.planned.map(({ name }) => name))
  return [...site.config.planned, ...commanded.filter(({ name }) => !inFile.has(name))]
}

/** All works that are planned and have a place here. */
export function worksOf(site: Site, planned: Planned): PlannedWork[] {
  return writtenWorks(site, planned).flatMap((work) => {
    const compiled = workOf(site, work)
    return 'fault' in compiled ? [] : [compiled] // a place that a new configuration no longer has
  })
}

/** Work by its place and times, or why this site has no such place. */
export function workOf(site: Site, work: WrittenWork): PlannedWork | { fault: string } {
  const { name, from, hours, rrule, alarms, compliance, who, why, hall, rack, gateway } = work
  const where = Object.fromEntries(
    Object.entries({ hall, rack, gateway, class: work.class }).filter(([, at]) => at !== undefined),
  ) as Partial<Record<'hall' | 'rack' | 'gateway' | 'class', string>>
  const by = { who, why, untilMs: NaN }
  const all = commandedBy(site, { command: 'shelve', alarm: '*', source: '*', where, by })
  if ('fault' in all) return all
  const inlets = site.rules.places('inlet_allowable').flatMap((place, inlet) => {
    const isIn = Object.entries(where).every(([key, at]) => place[key as keyof typeof where] === at)
    return compliance && isIn ? [inlet] : []
  })
  // What the daemon says of itself is nobody's work, unless it is named
  const usual = ALARM_KINDS.filter((kind) => SOURCE_OF[kind] !== 'site')
  const kinds = new Set<AlarmKind>(alarms === 'none' ? [] : (alarms ?? usual))
  return {
    name,
    recurrence: createRecurrence(localMs(from), rrule),
    lengthMs: hours * HOUR_MS,
    shelved: all.filter(({ alarm }) => kinds.has(alarm) && site.plan.alarms.rules[alarm].enabled),
    inlets: new Set(inlets),
    who,
    why,
  }
}
