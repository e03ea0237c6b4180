import type { OwnAlarm } from '../../core/contract/alarm-kinds.ts'
import type { AlarmRow } from '../../core/contract/sink.ts'
import { unitBehind, unitOf, type LimitOwner } from './facts.ts'
import type { Format } from './format.ts'
import type { AlarmFacts } from './phrases.ts'

/** A limit with its unit, and whose it is. */
export function englishLimit({ number }: Format, { row, owner, unit }: AlarmFacts): string {
  const { alarm, limit, quantity, side } = row
  if (alarm === 'pue_target' || alarm === 'target') {
    return `the site's own target of ${number(limit, 3)}${unitBehind(unit)}${owner?.by === 'site' ? ` (${owner.rule})` : ''}`
  }
  const isRange = alarm === 'inlet_recommended' || alarm === 'inlet_allowable' || alarm === 'moisture'
  const which = isRange ? `${side === 'below' ? 'lower' : 'upper'} limit` : 'limit'
  return limitOf(`${which} of ${number(limit, 2)} ${unitOf(alarm, quantity)}`, owner)
}

function limitOf(value: string, owner: LimitOwner | undefined): string {
  if (owner === undefined) return `the ${value}`
  if (owner.by === 'site') return `the site's own ${value}${owner.rule === '' ? '' : ` (${owner.rule})`}`
  const { range, edition, altitudeM } = owner
  const height = altitudeM === undefined ? '' : `, at ${altitudeM} m`
  return `the ${range === undefined ? '' : `${range} `}${value} (ASHRAE ${edition}, class ${owner.class}${height})`
}

/** How an alarm's condition stands, by the verdict on its newest sample. */
export function englishCondition(format: Format, facts: AlarmFacts): string {
  const { number, beside } = format
  const { row } = facts
  const { alarm, value, limit, verdict, side } = row
  const isBroken = verdict === 'breached'
  switch (alarm) {
    case 'inlet_recommended':
    case 'inlet_allowable':
      return againstLimit(format, facts, `${beside(value, limit)} °C`)
    case 'moisture':
      return row.quantity === 'relative_humidity'
        ? againstLimit(format, facts, `relative humidity ${beside(value, limit)} %`)
        : againstLimit(format, facts, `dew point ${beside(value, limit)} °C`)
    case 'rate_of_change': {
      const change = `${beside(value, limit)} K in ${number(row.spanMs / 60_000, 0)} min`
      const whose = englishLimit(format, facts)
      if (!isBroken) return `changed by ${change}, within ${whose}`
      const went = side === 'none' ? 'changed' : side === 'below' ? 'cooled' : 'warmed'
      return `${went} by ${change}, more than ${whose}`
    }
    case 'stale':
    case 'gateway':
    case 'uplink':
      return isBroken ? silentText(format, facts) : 'heard again'
    case 'refused':
    case 'gateway_refused':
    case 'uplink_refused':
      return isBroken ? refusedText(format, facts) : 'its readings are accepted again'
    case 'pue_target':
    case 'target':
      return againstLimit(format, facts, targetText(format, facts))
    case 'coverage':
      return coverageText(format, row)
    case 'register':
      return isBroken ? brokenCount(format, facts) : 'its count has risen normally for an hour'
    case 'drift':
      if (!isBroken) return `agrees again with the meters it is compared with, to within ${number(value, 2)} %`
      if (!(value > limit)) return 'disagrees with the meters it is compared with'
      return `differs by ${beside(value, limit)} % over an hour from the meters it is compared with, more than ${englishLimit(format, facts)}`
    case 'unit_slip':
      return unitSlip(format, row)
    case 'it_above_facility':
      return itBesideFacility(format, row)
    case 'messages_lost':
    case 'gateway_messages_lost':
      return lostText(format, row)
    case 'certificate':
      return certificateText(format, row)
    case 'sensor':
      return sensorText(format, row)
    case 'skew':
      return skewText(format, facts)
    case 'journal':
    case 'outbox':
    case 'clock':
    case 'stream':
      return ownText(format, alarm, value, isBroken)
  }
}

/** `WUE of 0.312 L/kWh over 30 d`, or over the month that has ended. */
function targetText({ number, span }: Format, { row, target, unit }: AlarmFacts): string {
  if (row.alarm === 'pue_target') return `PUE of ${number(row.value, 3)} over 24 h`
  const over =
    target === undefined ? '' : ` over ${typeof target.over === 'number' ? span(target.over) : `the ${target.over}`}`
  return `${target?.name ?? 'an indicator'} of ${number(row.value, 3)}${unitBehind(unit)}${over}`
}

function itBesideFacility({ number }: Format, { value, limit, verdict }: AlarmRow): string {
  const it = `IT consumed ${number(value, 3)} kWh in an hour`
  const facility = `${number(limit, 3)} kWh`
  return verdict === 'breached' ? `${it}, more than the facility's ${facility}` : `${it}, the facility ${facility}`
}

function lostText({ number }: Format, { value, verdict }: AlarmRow): string {
  const lost = value === 1 ? '1 of its messages was' : `${number(value, 0)} of its messages were`
  return verdict === 'breached'
    ? `${lost} lost on the way, by its own sequence numbers`
    : 'its messages arrive without a gap again'
}

function skewText({ span }: Format, { row: { value, limit, verdict } }: AlarmFacts): string {
  const behind = `the newest stamps of its clock are ${span(Math.abs(value) * 1000)} ${value < 0 ? 'ahead of' : 'behind'} ours`
  return verdict === 'breached'
    ? `for an hour ${behind}, more than ${span(limit * 1000)} (core.skewS and everyS)`
    : `${behind}, ${value < 0 ? 'no longer behind' : 'as is allowed'}`
}

/** Means of an hour: of an inlet, and what it is compared with. */
function sensorText({ number, beside }: Format, { value, limit, quantity, verdict }: AlarmRow): string {
  if (verdict !== 'breached') return `its hourly mean, ${number(value, 2)} °C, agrees again with the readings around it`
  const mean = `its hourly mean is ${beside(value, limit)} °C`
  if (quantity === 'swapped') return `${mean}, above the ${number(limit, 2)} °C behind the equipment`
  const apart = `${number(Math.abs(value - limit), 1)} K ${value < limit ? 'below' : 'above'}`
  return `${mean}, ${apart} the median of the inlets next to it (${number(limit, 2)} °C)`
}

/** What the daemon tells of itself. */
function ownText(format: Format, alarm: Exclude<OwnAlarm, 'certificate'>, value: number, isBroken: boolean): string {
  switch (alarm) {
    case 'journal':
      return isBroken
        ? 'the disk takes no more packets; none is acknowledged, so the broker has to keep them'
        : 'the journal takes packets again'
    case 'outbox':
      return isBroken ? 'the database takes no more rows; they are kept here' : 'the database takes rows again'
    case 'clock':
      return isBroken ? clockText(format, value) : 'arrivals are stamped by the clock of its host'
    case 'stream':
      return isBroken
        ? 'the stream does not have the journal of this site as it should; all of it is kept here and sent from here'
        : 'the stream has the journal of this site again'
  }
}

function coverageText({ number }: Format, { value, limit, verdict }: AlarmRow): string {
  const required = `the site requires ${number(limit * 100, 1)} % (alarms.coverage.least)`
  const known = `${number(value * 100, 1)} % of the last hour is known`
  return verdict === 'breached' ? `only ${known} for the PUE; ${required}` : `${known} again; ${required}`
}

/** Whole days until the first certificate ends, beside how many are asked for. */
function certificateText({ number }: Format, { value, limit, verdict }: AlarmRow): string {
  if (verdict !== 'breached') return `no certificate expires within ${number(limit, 0)} days`
  if (value < 0) return 'a certificate has expired: connections that need it are refused'
  const days = value < 1 ? 'less than a day' : `${number(value, 0)} day${value === 1 ? '' : 's'}`
  return `a certificate expires in ${days}; it is to be renewed ${number(limit, 0)} days before (alarms.certificate.days)`
}

/** How far the clock is ahead, in s. */
function clockText({ span }: Format, aheadS: number): string {
  const apart = `${span(Math.abs(aheadS) * 1000)} ${aheadS < 0 ? 'behind' : 'ahead of'} the times by which arrivals are stamped`
  return `its host's clock is ${apart}; these follow it once it has stayed so for 1 min`
}

function againstLimit(format: Format, facts: AlarmFacts, what: string): string {
  const { verdict, side, value, limit } = facts.row
  const whose = englishLimit(format, facts)
  switch (verdict) {
    case 'breached':
      return `${what}, ${apartText(format, facts, Math.abs(value - limit))}${side === 'below' ? 'below' : 'above'} ${whose}`
    case 'near':
      return `${what}, within ${whose}, but by less than the deadband of ${apartText(format, facts, facts.deadband).trim()}`
    case 'inside':
      return `${what}, within ${whose}`
  }
}

/** How far two values are apart, with a blank behind; empty if that rounds to nothing. */
function apartText({ number }: Format, { row, unit: own }: AlarmFacts, apart: number): string {
  const { alarm, quantity } = row
  if (alarm === 'pue_target' || alarm === 'target') return `${number(apart, 3)}${unitBehind(own)} `
  const told = number(apart, apart < 0.05 ? 2 : 1)
  const unit = unitOf(alarm, quantity) === '°C' ? 'K' : `percentage point${told === '1' ? '' : 's'}`
  return apart < 0.005 ? '' : `${told} ${unit} `
}

function silentText(format: Format, facts: AlarmFacts): string {
  const { alarm } = facts.row
  if (alarm === 'stale') return silentPoint(format, facts)
  return alarm === 'gateway' ? silentGateway(format, facts) : silentUplink(format, facts)
}

function silentPoint({ time, span }: Format, { row, everyMs }: AlarmFacts): string {
  const silent = `no valid reading since ${time(row.sinceMs)} (${span(row.value * 1000)})`
  if (Number.isNaN(row.limit)) return `its device has announced its disconnection; ${silent}`
  const allowed = `one is due every ${span(everyMs)}, and silence is allowed for ${span(row.limit * 1000)}`
  return `${silent}; ${allowed}`
}

function silentGateway({ time, span }: Format, { row, members }: AlarmFacts): string {
  const points = members === 1 ? 'its only point has not been heard' : `none of its ${members} points has been heard`
  const silent = `${points} since ${time(row.sinceMs)} (${span(row.value * 1000)})`
  if (Number.isNaN(row.limit)) return `its node has announced its disconnection; ${silent}`
  // The limit is of the point that was heard least recently
  return `${silent}; a point may be silent for ${span(row.limit * 1000)}`
}

function silentUplink({ time, span }: Format, { row, members }: AlarmFacts): string {
  const behind = members === 1 ? 'the only branch behind it' : `any of the ${members} gateways and devices behind it`
  return `nothing heard since ${time(row.sinceMs)} (${span(row.value * 1000)}) from ${behind}; silence is allowed for ${span(row.limit * 1000)}`
}

/** Counts to the watt-hour or litre, because an operator may copy them into `register.swaps`. */
function brokenCount({ number }: Format, { row: { value, limit }, unit }: AlarmFacts): string {
  if (Number.isNaN(limit)) return `its count is not continuous any more: it is now ${number(value, 3)} ${unit}`
  const step = `from ${number(limit, 3)} ${unit} to ${number(value, 3)} ${unit}`
  return value < limit ? `its count fell ${step}` : `its count rose ${step}, which its rating does not explain`
}

function unitSlip({ number }: Format, { value, verdict }: AlarmRow): string {
  const times = value >= 1 ? `${number(value, 0)} times` : `1/${number(1 / value, 0)} of`
  if (verdict === 'breached') return `reads about ${times} what it read before: its unit may have changed`
  if (value > 0.1 && value < 10) return 'reads as before again'
  return `has for a day read about ${times} what it read before: that is now accepted as right`
}

function refusedText(format: Format, facts: AlarmFacts): string {
  const { row } = facts
  const { time, span } = format
  if (row.quantity === 'stuck') {
    return `the sensor seems stuck: it has repeated one value for ${span(row.value * 1000)}; that value is taken as unknown`
  }
  const since = `none has been accepted since ${time(row.sinceMs)} (${span(row.timeMs - row.sinceMs)})`
  return `readings arrive, but are refused: ${reasonText(format, facts)}; ${since}`
}

/** Why the newest reading was refused. */
function reasonText({ span }: Format, { row, birth }: AlarmFacts): string {
  const { quantity, value, limit } = row
  switch (quantity) {
    case 'future':
      return `their clock is ${span(value * 1000)} ahead of ours, more than the allowed ${span(limit * 1000)} (core.skewS)`
    case 'too_late':
      return `they are stamped ${span(-value * 1000)} ago, too late to be counted`
    case 'conflict':
      return 'they have the stamp of an earlier one, but another value'
    case 'negative':
      return 'they are negative, which consumption cannot be'
    case 'out_of_range':
      return 'they lie outside the min and max of the point, or far above its rating'
    case 'non_finite':
      return 'they are not finite numbers'
    case 'bad_payload':
      return 'their messages do not match what the configuration says of the point'
    case 'bad_time':
      return 'their stamps cannot be read'
    case 'oversize':
      return 'their messages are too large'
    case 'before_birth':
      return `waiting for birth, as only a birth of their node tells what they mean: ${rebirthText(birth)}`
    case 'only':
    case 'stuck':
    case 'neighbours':
    case 'swapped':
    case 'dew_point':
    case 'relative_humidity':
      return 'the list of refused packets says why'
  }
}

/** What brings a birth, and what it takes. */
function rebirthText(birth: AlarmFacts['birth']): string {
  if (birth === undefined) return 'ask it for a rebirth'
  if (birth.asks === 'we') return `we ask for it, which takes permission to publish to ${birth.topic}`
  return `we only listen and ask for none, so start the node again, or set sparkplug.primaryHost and permit us to publish to ${birth.topic}`
}
