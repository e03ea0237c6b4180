import type { Config } from '../../config/config.ts'
import { SEVERITIES } from '../../core/contract/alarm-kinds.ts'
import { formatInstant } from '../../ingest/times.ts'
import { INLET_BANDS, metersByRole, pueKey, type Figures } from './figures.ts'

/** A number as others are told it; null: it is not known. */
type Told = number | string | boolean | null

/** Members of a state topic's payload, with their JSON types and what they are. Relied on from outside: append only. */
export const STATE_PAYLOADS = {
  pue: {
    time: ['string', 'end of the window, ISO 8601; null: not known now, as are all others'],
    pue: ['number', 'ratio of energies, facility over IT'],
    coverage: ['number', 'share of the window in which both are known'],
    uncertainty: ['number', 'the true PUE lies within plus or minus this (k = 2)'],
    name: ['string', 'PUE, iPUE (less than 12 months) or pPUE (a part of a site)'],
    state: ['string', 'live, provisional, settled or restated'],
    suspect: ['boolean', 'the value is not to be believed'],
  },
  power: {
    time: ['string', 'end of the oldest interval in the sum, ISO 8601'],
    power_w: ['number', 'mean power of all meters of the role, W; null while one of them is not known'],
    meters: ['number', 'meters of the role'],
    known: ['number', 'those of them whose power is known now'],
  },
  inlets: {
    time: ['string', "end of the worst inlet's interval, ISO 8601"],
    recommended: ['number', 'inlets within the recommended envelope'],
    allowable: ['number', 'inlets within the allowable envelope alone'],
    out: ['number', 'inlets beyond the allowable envelope'],
    unknown: ['number', 'inlets whose air is not known'],
    worst_inlet: ['string', 'the inlet whose dry bulb is nearest to a recommended limit, or furthest beyond'],
    worst_rack: ['string', 'its rack'],
    headroom_k: ['number', 'from its dry bulb to the nearest recommended limit, K; negative beyond'],
    dry_bulb_c: ['number', 'its dry bulb, °C'],
  },
  alarms: {
    active: ['number', 'alarms that stand'],
    low: ['number', 'those of severity low'],
    warning: ['number', 'those of severity warning'],
    high: ['number', 'those of severity high'],
    critical: ['number', 'those of severity critical'],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly [type: string, what: string]>>>>

/** A kind of state topic. */
export type StateKind = keyof typeof STATE_PAYLOADS

/** Below `coldaisle/SITE/state/`, with what stands in braces. */
export const STATE_ADDRESSES: Readonly<Record<StateKind, string>> = {
  pue: 'pue/{boundary}/{window}',
  power: 'power/{role}',
  inlets: 'inlets/{hall}',
  alarms: 'alarms',
}

/** A topic that others may show. */
export interface StateTopic {
  readonly topic: string
  readonly kind: StateKind
  /** What fills the braces of its address, in their order. */
  readonly names: readonly string[]
  /** Its payload by the figures of now, in the order of `STATE_PAYLOADS`. */
  readonly tell: (figures: Figures) => Readonly<Record<string, Told>>
}

/** All state topics of a site, known as soon as its configuration is. */
export function stateTopics(config: Config): StateTopic[] {
  const windows = windowsOf(config)
  const topicOf = (kind: StateKind, ...names: string[]) => ({
    topic: [`coldaisle/${config.site.id}/state/${kind}`, ...names].join('/'),
    kind,
    names,
  })
  return [
    ...Object.keys(config.boundaries).flatMap((boundary) =>
      windows.map((window) => ({
        ...topicOf('pue', boundary, window),
        tell: (figures: Figures) => tellPue(figures, boundary, window),
      })),
    ),
    ...[...metersByRole(config.points).keys()].map((role) => ({
      ...topicOf('power', role),
      tell: (figures: Figures) => tellPower(figures, role),
    })),
    ...[...new Set(Object.values(config.inlets).map(({ hall }) => hall))].map((hall) => ({
      ...topicOf('inlets', hall),
      tell: (figures: Figures) => tellInlets(figures, hall),
    })),
    { ...topicOf('alarms'), tell: tellAlarms },
  ]
}

/** Windows that `publish` names and the site has: rolling ones, those that run, and the live value. */
function windowsOf({ publish, core }: Config): string[] {
  const known = new Set(core.windows.map((window) => (/\d/.test(window) ? window : `${window}_to_date`)))
  return (publish?.windows ?? []).filter((window) => window === 'live' || known.has(window))
}

function tellPue({ pues }: Figures, boundary: string, window: string) {
  const found = pues.get(pueKey(boundary, window))
  if (found === undefined || Number.isNaN(found.pue)) {
    const coverage = numberOrNull(found?.coverage)
    return { time: null, pue: null, coverage, uncertainty: null, name: null, state: null, suspect: null }
  }
  const { timeMs, pue, coverage, uncertainty, name, state, suspect } = found
  return {
    time: formatInstant(timeMs),
    pue,
    coverage: numberOrNull(coverage),
    uncertainty: numberOrNull(uncertainty),
    name,
    state,
    suspect,
  }
}

function tellPower({ powers }: Figures, role: string) {
  const { powerW = NaN, meters = 0, known = 0, timeMs = NaN } = powers.find((it) => it.role === role) ?? {}
  return { time: Number.isNaN(powerW) ? null : formatInstant(timeMs), power_w: numberOrNull(powerW), meters, known }
}

function tellInlets({ halls }: Figures, hall: string) {
  const found = halls.find((it) => it.hall === hall)
  const worst = found?.worst
  return {
    time: worst === undefined ? null : formatInstant(worst.timeMs),
    ...Object.fromEntries(INLET_BANDS.map((band) => [band, found?.inlets[band] ?? null])),
    worst_inlet: worst?.inlet ?? null,
    worst_rack: worst?.rack ?? null,
    headroom_k: numberOrNull(worst?.headroomK),
    dry_bulb_c: numberOrNull(worst?.dryBulbC),
  }
}

/** Null while the core is behind the journal. */
function tellAlarms({ alarms }: Figures) {
  const counts = SEVERITIES.map((severity, place): [string, Told] => {
    if (alarms === undefined) return [severity, null]
    return [severity, [...alarms.values()].reduce((sum, counted) => sum + (counted[place] || 0), 0)]
  })
  const active = alarms === undefined ? null : counts.reduce((sum, [, count]) => sum + Number(count), 0)
  return { active, ...Object.fromEntries(counts) }
}

function numberOrNull(number: number | undefined): number | null {
  return number === undefined || Number.isNaN(number) ? null : number
}
