import {
  givesNothing,
  NOWHERE_IN_SITE,
  selecting,
  selectorText,
  settingsOf,
  type RulePlace,
  type RuleSettings,
} from '../config/alarm-rules.ts'
import type { Config } from '../config/config.ts'
import { targetsOf } from '../config/sums/targets.ts'
import { sourcesOf } from '../core/alarms/sources.ts'
import { ALARM_KINDS, SOURCE_OF, type AlarmKind, type SourceKind } from '../core/contract/alarm-kinds.ts'
import { sourceNames } from './alarms.ts'
import { reachedThrough } from './gateways.ts'
import type { Site } from './site.ts'
import { createMemo } from './memo.ts'

/** Which rule holds for which source. */
export interface AlarmRules {
  /** What holds for an alarm; sources of the same rules have the same object. */
  of(kind: AlarmKind, source: number): RuleSettings
  /** Where the sources of a kind are. */
  places(kind: AlarmKind): readonly RulePlace[]
  /** What holds where none of `alarms.rules` does. */
  kind(kind: AlarmKind): RuleSettings
  /** Sources of a kind that rules of `alarms.rules` select, by these rules' places, the least specific first. */
  selected(kind: AlarmKind): ReadonlyMap<number, readonly number[]>
}

/** Finds them once, at start. Without `alarms.rules` nothing is looked for: a site may have 100,000 points. */
export function alarmRules(config: Config): AlarmRules {
  const { alarms } = config
  const made = createMemo<RuleSettings>()
  let known: ReturnType<typeof placesOf> | undefined
  const places = (kind: AlarmKind) => (known ??= placesOf(config))[SOURCE_OF[kind]]
  const byKind = new Map<AlarmKind, ReadonlyMap<number, readonly number[]>>()
  const selected = (kind: AlarmKind): ReadonlyMap<number, readonly number[]> => {
    const before = byKind.get(kind)
    if (before !== undefined) return before
    const found = new Map<number, readonly number[]>()
    for (const [source, place] of alarms.rules.length === 0 ? [] : places(kind).entries()) {
      const indices = selecting(alarms, kind, place)
      if (indices.length > 0) found.set(source, indices)
    }
    byKind.set(kind, found)
    return found
  }
  const settings = (kind: AlarmKind, indices: readonly number[]) =>
    made(`${kind} ${indices.join(' ')}`, () => settingsOf(alarms, kind, indices))
  return {
    of: (kind, source) => settings(kind, selected(kind).get(source) ?? []),
    kind: (kind) => settings(kind, []),
    selected,
    places,
  }
}

/**
 * Which of `alarms.rules` holds where, as lines for people: of each kind the sources that the same rules select, and by
 * which rule each key is given.
 */
export function rulesText({ config, rules, ...site }: Site): string[] {
  const used = new Set<number>()
  const lines = ALARM_KINDS.filter((kind) => config.alarms[kind].enabled).flatMap((kind) => {
    const names = sourceNames({ config, ...site }, kind)
    const possible = new Set(sourcesOf(site.plan, kind))
    const selected = [...rules.selected(kind)].filter(([source]) => possible.has(source))
    const groups = Map.groupBy(selected, ([, indices]) => indices.join(' '))
    return [...groups.values()].flatMap((members) => {
      const [[source, indices] = [0, []]] = members
      for (const index of indices) used.add(index)
      const given = [...rules.of(kind, source).givenBy].map(([key, selector]) => `${key} (${selector})`)
      if (given.length === 0) return []
      const some = members.slice(0, MOST_NAMES).map(([member]) => names[member] ?? '')
      const where = `${members.length} of ${possible.size}: ${some.join(', ')}${members.length > MOST_NAMES ? ' …' : ''}`
      return [`${kind}, ${where}: ${given.join('; ')}`]
    })
  })
  const idle = config.alarms.rules.flatMap((rule, n) => {
    if (!used.has(n)) return [`${selectorText(rule)}: selects nothing`]
    return givesNothing(rule) ? [`${selectorText(rule)}: changes nothing`] : []
  })
  return [...lines, ...idle, ...unheardRoutes(config)]
}

/** Routes that rules or escalations name and no receiver asks for. Alertmanager has routes of its own. */
function unheardRoutes({ alarms, notify }: Config): string[] {
  if (notify.alertmanager !== undefined) return []
  const heard = new Set([...notify.webhooks, ...notify.emails].flatMap(({ routes = [] }) => routes))
  const rules = [...ALARM_KINDS.map((kind) => alarms[kind]), ...alarms.rules]
  const named = rules.flatMap(({ routes = [], escalate = [] }) => [
    ...routes,
    ...escalate.flatMap((step) => step.routes ?? []),
  ])
  return [...new Set(named)]
    .filter((route) => !heard.has(route))
    .map((route) => `route ${route}: no receiver asks for it`)
}

const MOST_NAMES = 3

/** Where the sources of each sort are, in their order. */
function placesOf(config: Config): Readonly<Record<SourceKind, readonly RulePlace[]>> {
  const { points, boundaries } = config
  const reached = reachedThrough(config)
  const inlets = Object.entries(config.inlets).map(([inlet, { hall, rack, class: itClass, dryBulb }]) => ({
    ...NOWHERE_IN_SITE,
    inlet,
    hall,
    rack,
    class: itClass,
    gateway: points[dryBulb]?.gateway ?? '',
  }))
  const measured = new Map<string, RulePlace[]>()
  for (const [n, { dryBulb, humidity, dewPoint }] of Object.values(config.inlets).entries()) {
    for (const point of new Set([dryBulb, humidity, dewPoint])) {
      const place = inlets[n]
      if (point === undefined || place === undefined) continue
      measured.set(point, [...(measured.get(point) ?? []), place])
    }
  }
  const names = Object.keys(points)
  const of = (members: readonly number[]) => commonOf(members.flatMap((it) => measured.get(names[it] ?? '') ?? []))
  return {
    inlet: inlets,
    point: Object.entries(points).map(([point, { gateway = '' }]) => ({
      ...commonOf(measured.get(point) ?? []),
      gateway,
      point,
    })),
    gateway: reached.gateways.map((gateway, n) => ({ ...of(reached.plan.gateways[n] ?? []), gateway })),
    uplink: reached.plan.uplinks.map((uplink) => ({ ...of(uplink.points), gateway: '' })),
    boundary: Object.keys(boundaries).map((boundary) => ({ ...NOWHERE_IN_SITE, boundary })),
    target: targetsOf(config).map(({ boundary, indicator }) => ({ ...NOWHERE_IN_SITE, boundary, indicator })),
    site: [NOWHERE_IN_SITE],
  }
}

/** What inlets have in common; a name that is not the same at all of them selects nothing. */
function commonOf(inlets: readonly RulePlace[]): RulePlace {
  const [first] = inlets
  if (first === undefined) return NOWHERE_IN_SITE
  const common = (name: keyof RulePlace) => (inlets.every((it) => it[name] === first[name]) ? first[name] : '')
  return {
    ...NOWHERE_IN_SITE,
    inlet: common('inlet'),
    hall: common('hall'),
    rack: common('rack'),
    class: common('class'),
    gateway: common('gateway'),
  }
}
