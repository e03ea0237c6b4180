import { SELECTORS, type InletLimit } from './alarms.ts'
import type { Config } from './config.ts'
import { didYouMean, type Draft } from './faults.ts'
import { gatewayDrafts, uplinksIn } from './points/gateways.ts'
import type { Readable } from './readable.ts'
import { targetNames } from './sums/targets.ts'
import { ALARM_KINDS, type AlarmKind, type Severity } from '../core/contract/alarm-kinds.ts'
import { TARGETED } from '../core/contract/targets.ts'

type Alarms = Config['alarms']
type SelectedRule = Alarms['rules'][number]
type Selector = (typeof SELECTORS)[number]

/** Where an alarm's source is: names by which rules select it. Empty: it has none, or several. */
export type RulePlace = Readonly<Record<Exclude<Selector, 'kind'>, string>>

export const NOWHERE_IN_SITE: RulePlace = {
  inlet: '',
  point: '',
  boundary: '',
  indicator: '',
  rack: '',
  gateway: '',
  hall: '',
  class: '',
}

/** What holds for the alarms of one kind at one source: the rule of the kind, and over it those that select it. */
export interface RuleSettings {
  readonly enabled: boolean
  readonly onDelayS: number
  readonly offDelayS: number
  readonly latch: boolean
  readonly acknowledge: boolean
  readonly severity: Severity
  readonly routes: readonly string[]
  readonly escalate: Alarms['stale']['escalate']
  readonly steps: Alarms['inlet_allowable']['steps']
  readonly help: Alarms['stale']['help']
  readonly deadbandK: number
  readonly deadbandPct: number
  readonly deadband: number
  readonly limit?: InletLimit | undefined
  readonly high?: InletLimit | undefined
  readonly low?: InletLimit | undefined
  readonly afterS?: number | undefined
  readonly least?: number | undefined
  /** Of keys that a rule of some sources gives: how that rule selects them. */
  readonly givenBy: ReadonlyMap<string, string>
}

/**
 * How urgent an alarm is, by kind, unless a rule says so. Critical is what harms equipment now, or hides that it is
 * harmed; high is what will, unless somebody acts (D157).
 */
const SHIPPED: Readonly<Record<AlarmKind, Severity>> = {
  inlet_recommended: 'warning',
  inlet_allowable: 'high',
  moisture: 'high',
  rate_of_change: 'warning',
  stale: 'warning',
  gateway: 'critical',
  pue_target: 'warning',
  coverage: 'warning',
  register: 'warning',
  drift: 'warning',
  unit_slip: 'warning',
  it_above_facility: 'warning',
  journal: 'critical',
  outbox: 'warning',
  clock: 'warning',
  refused: 'warning',
  gateway_refused: 'critical',
  uplink: 'critical',
  messages_lost: 'warning',
  gateway_messages_lost: 'warning',
  certificate: 'warning',
  sensor: 'low',
  uplink_refused: 'critical',
  skew: 'warning',
  target: 'warning',
  stream: 'warning',
}

/** Keys of a rule that kinds have besides those that all have. */
const OWN_KEYS: Readonly<Partial<Record<AlarmKind, readonly (keyof SelectedRule)[]>>> = {
  inlet_recommended: ['limit', 'high', 'low', 'deadbandK', 'steps'],
  inlet_allowable: ['limit', 'high', 'low', 'deadbandK', 'steps'],
  moisture: ['limit', 'deadbandK', 'deadbandPct', 'steps'],
  stale: ['afterS'],
  pue_target: ['deadband'],
  target: ['deadband'],
  coverage: ['least'],
}
const ALL_KEYS = ['onDelayS', 'latch', 'acknowledge', 'severity', 'routes', 'escalate', 'help'] as const
/** Silence is over with the first reading. */
const WITHOUT_OFF_DELAY: ReadonlySet<AlarmKind> = new Set(['stale', 'gateway', 'uplink'])

/** The keys that a rule may have for a kind. */
function keysOf(kind: AlarmKind): readonly (keyof SelectedRule)[] {
  const off = WITHOUT_OFF_DELAY.has(kind) ? [] : (['offDelayS'] as const)
  return [...ALL_KEYS, ...off, ...(OWN_KEYS[kind] ?? [])]
}

/** Places of the rules in `alarms.rules` that select a source, the least specific first. */
export function selecting({ rules }: Pick<Alarms, 'rules'>, kind: AlarmKind, place: RulePlace): number[] {
  return rules
    .flatMap((rule, index) => (selects(rule, kind, place) ? [index] : []))
    .toSorted((a, b) => specificity(rules[a]) - specificity(rules[b]) || a - b)
}

function selects(rule: SelectedRule, kind: AlarmKind, place: RulePlace): boolean {
  return SELECTORS.every((selector) => {
    const names = namesIn(rule, selector)
    if (names.length === 0) return true
    return selector === 'kind' ? names.includes(kind) : place[selector] !== '' && names.includes(place[selector])
  })
}

/** The names that a rule has for a selector; none: it does not select by it. */
function namesIn(rule: SelectedRule, selector: Selector): readonly string[] {
  const named: string | readonly string[] | undefined = rule[selector]
  return named === undefined ? [] : typeof named === 'string' ? [named] : named
}

/** A rule is the more specific the narrower its narrowest selector is; then by the next. Of equals the later wins. */
function specificity(rule: SelectedRule | undefined): number {
  return SELECTORS.reduce((sum, selector) => 2 * sum + (rule?.[selector] === undefined ? 0 : 1), 0)
}

/**
 * What a value far beyond an allowable limit of moisture makes of it: twice what a usual sensor is off. Beyond
 * recommended it is a warning, however far.
 */
const MOISTURE_STEPS: RuleSettings['steps'] = [{ beyondK: 1, beyondPct: 5, severity: 'critical' }]

/** A change beyond its limit is critical at once. As its least is less, alarms of limits stand for it (D263). */
const RATE_STEPS: RuleSettings['steps'] = [{ beyondK: 0, severity: 'critical' }]

/** The settings of a kind with these rules over it, the least specific first. */
export function settingsOf(alarms: Alarms, kind: AlarmKind, indices: readonly number[]): RuleSettings {
  const isMoisture = kind === 'moisture'
  const settings: Record<string, unknown> = { ...alarms[kind] }
  if (isMoisture) settings['limit'] = { kind: 'class', of: alarms.moisture.limit, shiftK: 0 }
  let shipped = shippedSteps(alarms, kind)
  if (kind === 'certificate') {
    const { days, criticalDays } = alarms.certificate
    settings['steps'] = [{ beyondK: days - criticalDays, severity: 'critical' }]
  }
  const givenBy = new Map<string, string>()
  for (const index of indices) {
    const rule = alarms.rules[index]
    if (rule === undefined) continue
    for (const key of keysOf(kind)) {
      if (rule[key] === undefined) continue
      // A rule that says `limit` says both sides, and those of a less specific rule are over
      if (key === 'limit') for (const side of ['high', 'low']) delete settings[side]
      // Nor do steps of a less specific rule make another severity of the one that it says
      if (key === 'severity') {
        delete settings['steps']
        givenBy.delete('steps')
        shipped = []
      }
      settings[key] = key === 'help' ? { ...(settings['help'] as object), ...rule.help } : rule[key]
      givenBy.set(key, selectorText(rule))
    }
  }
  const limit = settings['limit'] as InletLimit | undefined
  const isMild = isMoisture && limit?.kind === 'class' && limit.of === 'recommended'
  return {
    offDelayS: 0,
    routes: [],
    steps: isMild ? [] : shipped,
    severity: isMild ? 'warning' : SHIPPED[kind],
    deadbandK: 0,
    deadbandPct: 0,
    deadband: 0,
    ...(settings as Partial<RuleSettings>),
    givenBy,
  } as RuleSettings
}

function shippedSteps({ moisture, rate_of_change }: Alarms, kind: AlarmKind): RuleSettings['steps'] {
  if (kind === 'rate_of_change') return rate_of_change.severity === undefined ? RATE_STEPS : []
  const isShipped = kind === 'moisture' && moisture.steps === undefined && moisture.severity === undefined
  return isShipped ? MOISTURE_STEPS : []
}

/** Whether a rule selects sources and says nothing of them. */
export function givesNothing(rule: SelectedRule): boolean {
  const selectors = new Set<string>(SELECTORS)
  return Object.keys(rule).every((key) => selectors.has(key))
}

/** What a rule selects its sources by: `hall h1, class A1`. */
export function selectorText(rule: SelectedRule): string {
  const parts = SELECTORS.flatMap((selector) => {
    const names = selector === 'kind' ? [] : namesIn(rule, selector)
    return names.length === 0 ? [] : [`${selector} ${names.slice(0, 3).join(' or ')}${names.length > 3 ? ' …' : ''}`]
  })
  return parts.length === 0 ? 'all' : parts.join(', ')
}

/** Rules of some sources that name what is not there, or what their kinds do not have. */
export function ruleDrafts({ written, points, inlets, boundaries }: Readable, rules: readonly SelectedRule[]): Draft[] {
  const all = [...inlets]
  const known: Readonly<Record<Exclude<Selector, 'kind'>, ReadonlySet<string>>> = {
    inlet: new Set(inlets.keys()),
    point: new Set(points.keys()),
    boundary: new Set(boundaries.keys()),
    indicator: new Set(TARGETED.keys()),
    rack: new Set(all.map(([name, { rack }]) => rack ?? name)),
    gateway: new Set([...points.values()].flatMap(({ gateway }) => gateway ?? [])),
    hall: new Set(all.map(([, { hall = 'hall' }]) => hall)),
    class: new Set(all.map(([, inlet]) => inlet.class ?? 'A1')),
  }
  return rules
    .flatMap((rule, index) => {
      const path = ['alarms', 'rules', index]
      return [
        ...SELECTORS.flatMap((selector) =>
          selector === 'kind'
            ? []
            : namesIn(rule, selector).flatMap((name) => nameDraft([...path, selector], name, known[selector])),
        ),
        ...keyDrafts(path, rule),
        ...stepDrafts(path, rule),
      ]
    })
    .filter(() => 'alarms' in written)
}

function nameDraft(path: PropertyKey[], name: string, known: ReadonlySet<string>): Draft[] {
  if (known.has(name)) return []
  const reason = `there is no ${String(path.at(-1))} "${name}" here`
  return [{ path, part: 'content', reason, hint: didYouMean(name, known) }]
}

/** A key that only some kinds have needs their names beside it, and each of them has to have it. */
function keyDrafts(path: PropertyKey[], rule: SelectedRule): Draft[] {
  const kinds = namesIn(rule, 'kind') as readonly AlarmKind[]
  const selectors = new Set<string>(SELECTORS)
  return (Object.keys(rule) as (keyof SelectedRule)[]).flatMap((key): Draft[] => {
    const isForAll = ALL_KEYS.some((it) => it === key) || key === 'offDelayS'
    if (selectors.has(key) || (isForAll && kinds.length === 0)) return []
    const having = ALARM_KINDS.filter((kind) => keysOf(kind).includes(key))
    const hint = `of ${having.join(', ')}`
    if (kinds.length === 0) {
      return [{ path: [...path, key], part: 'key', reason: `\`${key}\` needs a \`kind\` beside it`, hint }]
    }
    const without = kinds.find((kind) => !having.includes(kind))
    if (without === undefined) return []
    return [{ path: [...path, key], part: 'key', reason: `an alarm ${without} has no \`${key}\``, hint }]
  })
}

function stepDrafts(path: PropertyKey[], rule: SelectedRule): Draft[] {
  const isMoisture = namesIn(rule, 'kind').includes('moisture')
  const { limit } = rule
  if (!isMoisture || limit === undefined || (limit.kind === 'class' && limit.shiftK === 0)) return []
  const reason = 'the limits of moisture are those of the class'
  return [{ path: [...path, 'limit'], part: 'content', reason, hint: 'recommended or allowable' }]
}

/** Names out of service, and gateways, that are of nothing here. */
export function alarmDrafts(readable: Readable): Draft[] {
  return [...outDrafts(readable), ...gatewayDrafts(readable)]
}

function outDrafts(readable: Readable): Draft[] {
  const { written, points, boundaries, inlets } = readable
  const section = written['alarms']
  const names =
    typeof section === 'object' && section !== null && 'out_of_service' in section ? section.out_of_service : []
  if (!Array.isArray(names)) return []
  const gateways = [...points.values()].flatMap(({ gateway }) => gateway ?? [])
  const sources = [
    ...points.keys(),
    ...boundaries.keys(),
    ...inlets.keys(),
    ...gateways,
    ...uplinksIn(written),
    ...targetNames(readable),
  ]
  const known = new Set<string>([...ALARM_KINDS, ...sources])
  return names.flatMap((name, index): Draft[] => {
    if (typeof name !== 'string' || name === '' || known.has(name)) return []
    const path = ['alarms', 'out_of_service', index]
    const reason = `"${name}" is neither a point, inlet, boundary or gateway of this site nor an alarm`
    return [{ path, part: 'content', reason, hint: didYouMean(name, known) }]
  })
}
