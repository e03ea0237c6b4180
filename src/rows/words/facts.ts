import { pointsOf, termsOf } from '../../core/contract/formula.ts'
import { sidesOf } from '../../config/alarms.ts'
import { isOfSilence, SOURCE_OF, type AlarmKind, type LimitQuantity } from '../../core/contract/alarm-kinds.ts'
import type { AlarmRow } from '../../core/contract/sink.ts'
import { rangeOf, sourceNames } from '../../site/alarms.ts'
import type { Site } from '../../site/site.ts'

/** Whose limit it is: a range of ASHRAE's guidelines, or the site's own by a key or a rule of its configuration. */
export type LimitOwner =
  | { by: 'ashrae'; range: Range | undefined; edition: string; class: string; altitudeM?: number }
  | { by: 'site'; rule: string }

type Range = 'recommended' | 'allowable'

/** Where an alarm's source is; empty texts where it has no hall or rack, or several. */
export interface AlarmPlace {
  readonly source: string
  readonly site: string
  readonly hall: string
  readonly rack: string
}

/** What depends on a silent source and cannot be seen meanwhile: up to five names, and how many there are. */
export interface Unseen {
  readonly of: 'inlet' | 'point' | 'boundary'
  readonly names: readonly string[]
  readonly count: number
}

/** Classes lose height above this: the highest dry bulb of the allowable range falls. */
const DERATED_ABOVE_M = 900
const MOST_NAMES = 5

/** Name of an alarm's source; the daemon's own alarms have the site. */
export function sourceName(site: Site, kind: AlarmKind, source: number): string {
  const names = sourceNames(site, kind)
  const name = names[source]
  if (name === undefined) throw new Error(`no name ${source} in a list of ${names.length}`)
  return name
}

export function placeOf(site: Site, kind: AlarmKind, source: number): AlarmPlace {
  const inlets = inletsOf(site, kind, source).map((inlet) => site.config.inlets[site.inlets[inlet] ?? ''])
  return {
    source: sourceName(site, kind, source),
    site: site.config.site.id,
    hall: onlyOf(inlets.map((inlet) => inlet?.hall)),
    rack: onlyOf(inlets.map((inlet) => inlet?.rack)),
  }
}

/** Inlets that an alarm is about: its own, or those that its point or gateway measures. */
function inletsOf(site: Site, kind: AlarmKind, source: number): readonly number[] {
  switch (SOURCE_OF[kind]) {
    case 'inlet':
      return [source]
    case 'point':
      return site.inletsOf[source] ?? []
    case 'gateway':
      return joined(site.plan.gateways[source], site.inletsOf)
    case 'uplink':
      return joined(site.plan.uplinks[source]?.points, site.inletsOf)
    case 'boundary':
    case 'target':
    case 'site':
      return []
  }
}

/** What any of the points is in, each once, rising. */
function joined(points: readonly number[] = [], listsOf: readonly (readonly number[])[]): number[] {
  return [...new Set(points.flatMap((point) => listsOf[point] ?? []))].sort((a, b) => a - b)
}

function onlyOf(names: readonly (string | undefined)[]): string {
  const [only = '', ...others] = new Set(names)
  return others.length === 0 ? only : ''
}

/** A unit behind its number; nothing where there is none. */
export function unitBehind(unit: string): string {
  return unit === '' ? '' : ` ${unit}`
}

/** Unit of an alarm's value and limit; empty: a factor, or no number at all. */
export function unitOf(kind: AlarmKind, quantity: LimitQuantity): string {
  switch (kind) {
    case 'inlet_recommended':
    case 'inlet_allowable':
    case 'sensor':
      return '°C'
    case 'moisture':
      return quantity === 'relative_humidity' ? '%' : '°C'
    case 'rate_of_change':
      return 'K'
    case 'stale':
    case 'gateway':
    case 'uplink':
    case 'clock':
    case 'skew':
      return 's'
    case 'refused':
    case 'gateway_refused':
    case 'uplink_refused':
      return quantity === 'future' || quantity === 'too_late' || quantity === 'stuck' ? 's' : ''
    case 'certificate':
      return 'd'
    case 'drift':
      return '%'
    case 'register':
    case 'it_above_facility':
      return 'kWh'
    case 'pue_target':
    case 'target':
    case 'coverage':
    case 'unit_slip':
    case 'messages_lost':
    case 'gateway_messages_lost':
    case 'journal':
    case 'outbox':
    case 'stream':
      return ''
  }
}

/** Unit of the numbers of an alarm's row: a count of water is told in m³, a target in the unit of its indicator. */
export function rowUnit({ plan }: Site, { alarm, source, quantity }: Pick<AlarmRow, 'alarm' | 'source' | 'quantity'>) {
  if (alarm === 'target') return plan.alarms.targets[source]?.of.unit ?? ''
  return alarm === 'register' && plan.points[source]?.amount === 'water' ? 'm³' : unitOf(alarm, quantity)
}

/** Whose limit an alarm's is; undefined where it has none. */
export function ownerOf(
  site: Site,
  { alarm, source, side, limit }: Pick<AlarmRow, 'alarm' | 'source' | 'side' | 'limit'>,
): LimitOwner | undefined {
  if (Number.isNaN(limit)) return undefined
  const settings = site.rules.of(alarm, source)
  const by = (rule: string, key: string): LimitOwner => ({ by: 'site', rule: ruled(rule, settings.givenBy.get(key)) })
  switch (alarm) {
    case 'inlet_recommended':
    case 'inlet_allowable': {
      const { high, low } = sidesOf(settings, alarm === 'inlet_allowable' ? 'allowable' : 'recommended')
      const chosen = side === 'below' ? low : high
      const key =
        settings[side === 'below' ? 'low' : 'high'] === undefined ? 'limit' : side === 'below' ? 'low' : 'high'
      if (chosen.kind === 'fixed') return by('', key)
      if (chosen.shiftK === 0) return ashrae(site, source, chosen.of)
      return by(`${chosen.of} ${chosen.shiftK < 0 ? '−' : '+'} ${Math.abs(chosen.shiftK)} K`, key)
    }
    case 'moisture':
      return ashrae(site, source, rangeOf(settings))
    case 'rate_of_change':
      return ashrae(site, source, undefined)
    case 'stale':
      return by(settings.afterS === undefined || settings.givenBy.has('afterS') ? '' : 'alarms.stale.afterS', 'afterS')
    case 'gateway':
    case 'uplink':
      return { by: 'site', rule: '' }
    case 'refused':
    case 'gateway_refused':
    case 'uplink_refused':
      return { by: 'site', rule: 'core.skewS' }
    case 'pue_target':
      return { by: 'site', rule: 'targetPue' }
    case 'target':
      return { by: 'site', rule: `targets.${site.plan.alarms.targets[source]?.of.name ?? ''}` }
    case 'coverage':
      return by(settings.givenBy.has('least') ? '' : 'alarms.coverage.least', 'least')
    case 'certificate':
      return { by: 'site', rule: 'alarms.certificate.days' }
    case 'drift':
      return { by: 'site', rule: 'driftPct' }
    case 'register':
    case 'unit_slip':
    case 'it_above_facility':
    case 'messages_lost':
    case 'gateway_messages_lost':
    case 'journal':
    case 'outbox':
    case 'clock':
    case 'sensor':
    case 'skew':
    case 'stream':
      return undefined
  }
}

/** A rule with what `alarms.rules` selects it by, where it stands there. */
function ruled(rule: string, selector: string | undefined): string {
  if (selector === undefined) return rule
  return `${rule === '' ? 'alarms.rules' : rule}: ${selector}`
}

function ashrae({ plan, config }: Site, inlet: number, range: Range | undefined): LimitOwner | undefined {
  const envelope = plan.inlets[inlet]?.envelope
  if (envelope === undefined) return undefined
  const { altitudeM } = config.site
  return {
    by: 'ashrae',
    range,
    edition: envelope.edition,
    class: envelope.class,
    ...(range === 'allowable' && altitudeM > DERATED_ABOVE_M ? { altitudeM } : {}),
  }
}

/** What cannot be seen while an alarm of silence or coverage stands; undefined: nothing depends on its source. */
export function unseenOf(site: Site, { alarm, source, unseen }: AlarmRow): Unseen | undefined {
  const { inlets, boundaries, points } = site
  if (alarm === 'coverage')
    return namesOf(
      'point',
      unseen.map((point) => points[point] ?? ''),
    )
  if (!isOfSilence(alarm)) return undefined
  const isGateway = SOURCE_OF[alarm] !== 'point'
  const silent = silentPoints(site, alarm, source, unseen)
  const blind = joined(silent, site.inletsOf)
  if (blind.length > 0)
    return namesOf(
      'inlet',
      blind.map((inlet) => inlets[inlet] ?? ''),
    )
  const unknown = joined(silent, site.boundariesOf)
    .filter((boundary) => isOfPue(site, boundary, silent))
    .map((boundary) => boundaries[boundary] ?? '')
  if (unknown.length > 0) return namesOf('boundary', unknown)
  return isGateway
    ? namesOf(
        'point',
        silent.map((point) => points[point] ?? ''),
      )
    : undefined
}

/** Whether the PUE of a boundary goes by one of these points; its water and its losses may go by others. */
function isOfPue({ plan }: Site, boundary: number, points: readonly number[]): boolean {
  const of = plan.boundaries[boundary]
  if (of === undefined) return false
  const counted = pointsOf([...of.before, of].flatMap((formula) => termsOf(formula, ['facility', 'it'])))
  return points.some((point) => counted.includes(point))
}

/** Points of which nothing is heard. */
function silentPoints({ plan }: Site, alarm: AlarmKind, source: number, others: readonly number[]): readonly number[] {
  switch (SOURCE_OF[alarm]) {
    case 'gateway':
      return plan.gateways[source] ?? []
    case 'uplink':
      return plan.uplinks[source]?.points ?? []
    case 'inlet':
    case 'point':
    case 'boundary':
    case 'target':
    case 'site':
      return [source, ...others]
  }
}

function namesOf(of: Unseen['of'], names: readonly string[]): Unseen | undefined {
  return names.length === 0 ? undefined : { of, names: names.slice(0, MOST_NAMES), count: names.length }
}
