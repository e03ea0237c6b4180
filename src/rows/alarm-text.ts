import type { AlarmKind } from '../core/contract/alarm-kinds.ts'
import type { AlarmRow, GroupRow } from '../core/contract/sink.ts'
import { formatInstant } from '../ingest/times.ts'
import { sourceNames } from '../site/alarms.ts'
import type { Site } from '../site/site.ts'
import { fourDigitsText, thousandthsText } from './numbers.ts'

export type Severity = 'warning' | 'critical'

/** How urgent an alarm is, by kind: critical is what harms equipment, or hides that it is harmed. */
export const SEVERITY: Readonly<Record<AlarmKind, Severity>> = {
  inlet_recommended: 'warning',
  inlet_allowable: 'critical',
  moisture: 'critical',
  rate_of_change: 'critical',
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
}

/** Name of an alarm's source; the daemon's own alarms have the site. */
export function sourceName(site: Site, kind: AlarmKind, source: number): string {
  const names = sourceNames(site, kind)
  const name = names[source]
  if (name === undefined) throw new Error(`no name ${source} in a list of ${names.length}`)
  return name
}

/** A transition in a sentence, for the person who is woken by it. */
export function alarmMessage(row: AlarmRow, source: string): string {
  const { state, by } = row
  const whose = by === undefined ? '' : ` by ${by.who}${by.why === '' ? '' : ` (${by.why})`}`
  switch (state) {
    case 'raised':
      return breach(row, source)
    case 'late':
      return `${breach(row, source)} (told late)`
    case 'cleared':
      return over(row, source)
    case 'latched':
      return `${over(row, source)}, and waits to be reset`
    case 'normal':
      return `${source}: nothing is left of ${SAY[row.alarm]}${whose}`
    case 'acked':
      return `${breach(row, source)}, acknowledged${whose}`
    case 'shelved':
      return `${source}: ${SAY[row.alarm]} is shelved${until(by?.untilMs)}${whose}`
    case 'unshelved':
      return `${source}: ${SAY[row.alarm]} is off the shelf${whose === '' ? ', its time is over' : whose}`
    case 'suppressed':
      return `${breach(row, source)}, which its gateway's silence explains`
    case 'out_of_service':
      return `${source}: ${SAY[row.alarm]} is out of service${whose}`
    case 'stale':
      return `${source} has fallen silent while ${SAY[row.alarm]} stood`
  }
}

/** A flood group in a sentence. */
export function groupMessage({ alarm, count, value, limit }: GroupRow, hall: string, worst: string): string {
  const where = hall === '' ? '' : ` in ${hall}`
  if (count === 0) return `${SAY[alarm]}${where}: none is left`
  return `${SAY[alarm]}${where}: ${count} at once, worst ${worst} at ${short(value)} (limit ${short(limit)})`
}

/** Each kind's name within a sentence. */
const SAY: Readonly<Record<AlarmKind, string>> = {
  inlet_recommended: 'the alarm of the recommended range',
  inlet_allowable: 'the alarm of the allowable range',
  moisture: 'the moisture alarm',
  rate_of_change: 'the alarm of too fast a change',
  stale: 'the alarm of silence',
  gateway: "the alarm of the gateway's silence",
  pue_target: 'the alarm of the PUE target',
  coverage: 'the alarm of too little coverage',
  register: "the register's alarm",
  drift: 'the alarm of meters that drift apart',
  unit_slip: 'the alarm of a wrong unit',
  it_above_facility: 'the alarm of IT above the facility',
  journal: "the journal's alarm",
  outbox: "the outbox' alarm",
}

function breach({ alarm, value, limit, quantity }: AlarmRow, source: string): string {
  const side = value > limit ? 'above' : 'below'
  switch (alarm) {
    case 'inlet_recommended':
    case 'inlet_allowable': {
      const range = alarm === 'inlet_allowable' ? 'allowable' : 'recommended'
      return `${source} is ${side} the ${range} limit of ${limit} °C at ${value} °C`
    }
    case 'moisture':
      return quantity === 'relative_humidity'
        ? `${source}: relative humidity of ${short(value)} % is ${side} its limit of ${short(limit)} %`
        : `${source}: dew point of ${short(value)} °C is ${side} its limit of ${short(limit)} °C`
    case 'rate_of_change':
      return `${source} changes by ${short(value)} K, more than ${short(limit)} K`
    case 'stale':
      return `${source} has been silent, or said nothing sound, for ${Math.floor(value)} s`
    case 'gateway':
      return `nothing behind gateway ${source} has been heard for ${Math.floor(value)} s`
    case 'pue_target':
      return `the PUE of ${source} over 24 h is ${short(value)}, above its target of ${short(limit)}`
    case 'coverage':
      return `only ${percent(value)} of the last hour is known for the PUE of ${source}; at least ${percent(limit)} is required`
    case 'register':
      return `the count of ${source} does not go on: ${count(value)} kWh after ${count(limit)} kWh`
    case 'drift':
      return `${source} is ${short(value)} % off what other meters give (limit ${short(limit)} %)`
    case 'unit_slip':
      return `${source} jumped by a factor of ${short(value)}: its unit may have changed`
    case 'it_above_facility':
      return `IT of ${source} took ${short(value)} kWh in an hour, more than the facility's ${short(limit)} kWh`
    case 'journal':
      return 'the journal takes no packets'
    case 'outbox':
      return 'rows are held: the database does not take them'
  }
}

function over({ alarm, value, limit }: AlarmRow, source: string): string {
  switch (alarm) {
    case 'inlet_recommended':
    case 'inlet_allowable': {
      const range = alarm === 'inlet_allowable' ? 'allowable' : 'recommended'
      return `${source} is back inside the ${range} range at ${value} °C (limit ${limit} °C)`
    }
    case 'stale':
      return `${source} reports again`
    case 'gateway':
      return `gateway ${source} reports again`
    case 'journal':
      return 'the journal takes packets again'
    case 'outbox':
      return 'rows get through again'
    case 'register':
      return `the register of ${source} has counted on for an hour`
    case 'unit_slip':
      return value > 0.1 && value < 10
        ? `${source} reads as before again`
        : `${source} has stayed at ${short(value)} times its old level for a day: it is taken as right`
    case 'moisture':
    case 'rate_of_change':
    case 'pue_target':
    case 'coverage':
    case 'drift':
    case 'it_above_facility':
      return `${source}: ${SAY[alarm]} is over at ${short(value)} (limit ${short(limit)})`
  }
}

function until(untilMs: number | undefined): string {
  return untilMs === undefined || Number.isNaN(untilMs) ? '' : ` until ${formatInstant(untilMs)}`
}

function short(amount: number): string {
  return Number.isNaN(amount) ? 'an unknown amount' : fourDigitsText(amount)
}

/** A register's count to the watt-hour, because an operator may copy it into `register.swaps`. */
function count(kWh: number): string {
  return Number.isNaN(kWh) ? 'an unknown count' : thousandthsText(kWh)
}

function percent(share: number): string {
  return `${short(share * 100)} %`
}
