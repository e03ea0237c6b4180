import { isOfSilence, type AlarmKind } from '../../core/contract/alarm-kinds.ts'
import { englishCondition, englishLimit } from './english-condition.ts'
import { unitBehind, type AlarmPlace, type Unseen } from './facts.ts'
import { createFormat, type Format } from './format.ts'
import type { AlarmFacts, Phrases } from './phrases.ts'
import { called, TYPESET } from './typography.ts'

/** What is said of alarms, in English. Every sentence has its French twin in french.ts. */
export function english(timezone: string): Phrases {
  const format = createFormat(timezone, { decimal: '.', day: 'd', unknown: 'an unknown amount' })
  return {
    format,
    typeset: TYPESET.en,
    colon: ': ',
    alarm: ALARM,
    title: TITLE,
    stateName: STATE_NAME,
    severity: { critical: 'Critical', high: 'High', warning: 'Warning', low: 'Low' },
    place: placeText,
    condition: (facts) => englishCondition(format, facts),
    limit: (facts) => englishLimit(format, facts),
    lasts: (facts) => lasts(format, facts),
    lasted: (facts) => lasted(format, facts),
    list: listText,
    unseen: unseenText,
    by: byText,
    state: {
      late: (what, at) => `${what}, at ${at}. This was found too late to page anybody.`,
      acked: (by) => `Acknowledged ${by}.`,
      latched: 'The alarm is latched: it waits until somebody resets it.',
      normal: (alarm, by) => `${alarm} is over${by === '' ? '' : `, reset ${by}`}.`,
      notRaised: (alarm) => `${alarm} is in use again and not raised.`,
      retired: (alarm) =>
        `${alarm} is no longer monitored: the configuration has changed. Whether it is over is not known.`,
      shelved: (alarm, until, by) =>
        `${alarm} is shelved${until === '' ? '' : ` until ${until}`} ${by}`.trimEnd() + '.',
      present: (what) => `At present: ${what}.`,
      unshelved: (alarm, by) => `${alarm} is unshelved${by === '' ? ': its time is over' : ` ${by}`}.`,
      suppressed: (by) => `No notice of its own: ${by} stands for this one.`,
      chattering: (times) =>
        `Chattering alarm: raised ${times} times within an hour. No further notice until it has been quiet for 30 min, unless it lasts 5 min.`,
      cycling: (times) => `Chattering alarm: raised ${times} times by now.`,
      quiet: (alarm, times) => `${alarm} has been quiet for 30 min, after being raised ${times} times.`,
      takenOut: (alarm, by) =>
        `${alarm} is taken out of service ${by === '' ? 'by the configuration' : by}: no notice of it until it is back in service.`,
      stale: ({ row }, alarm, what) =>
        `no valid reading since ${format.time(row.newestMs)} while ${alarm} stands; whether it still holds is not known. Last reading: ${what}.`,
      began: (at) => `It began at ${at}.`,
      reclassified: (alarm, severity) => `${alarm} has the severity "${severity.toLowerCase()}" from now on.`,
      returned: ({ row, offDelayMs }, what) =>
        `heard again at ${format.time(row.newestMs)}: ${what}. ${row.verdict === 'near' ? 'The alarm stands until the value has left the deadband.' : `The alarm ends once this has lasted ${format.span(offDelayMs)}.`}`,
    },
    group: GROUP,
    advice: {
      cause: 'Likely cause',
      consequence: 'If nothing is done',
      action: 'What to do',
      respond: (minutes) => `Time to respond: ${format.span(minutes * 60_000)}`,
    },
    links: { page: 'Page', dashboard: 'Dashboard' },
    gone: 'its source is no longer in the configuration',
  }
}

function byText({ who, why, work }: Parameters<Phrases['by']>[0]): string {
  return `by ${who}${work === undefined ? '' : ` for the planned work "${work}"`}${why === '' ? '' : ` (${why})`}`
}

const GROUP: Phrases['group'] = {
  where: (site, hall) => (hall === '' ? called('Site', site) : `${called('Hall', hall)} (${site})`),
  many: (title, count, list) => `${title}, ${count} at once: ${list}.`,
  worst: (name, what) => `Worst, ${name}: ${what}.`,
  first: (at) => `The first since ${at}.`,
  over: (alarm, most) => `${alarm} is over${most > 0 ? `; at most ${most} stood at once` : ''}.`,
  limit: (limit) => `Limit concerned: ${limit}.`,
}

const STATE_NAME: Phrases['stateName'] = {
  raised: 'raised',
  acked: 'acknowledged',
  cleared: 'cleared',
  normal: 'over',
  latched: 'latched',
  shelved: 'shelved',
  unshelved: 'off the shelf',
  suppressed: 'suppressed',
  out_of_service: 'out of service',
  stale: 'not seen any more',
  returned: 'seen again',
  retired: 'no longer monitored',
  late: 'found too late',
  reclassified: 'of another severity',
  chattering: 'chattering',
}

const ALARM: Phrases['alarm'] = {
  inlet_recommended: 'the alarm for the recommended temperature',
  inlet_allowable: 'the alarm for the allowable temperature',
  moisture: 'the moisture alarm',
  rate_of_change: 'the alarm for too fast a change of temperature',
  stale: 'the alarm for silence',
  gateway: 'the alarm for a silent gateway',
  pue_target: 'the alarm for the PUE target',
  coverage: 'the alarm for insufficient coverage of the PUE',
  register: 'the register alarm',
  drift: 'the alarm for meters that disagree',
  unit_slip: 'the alarm for a changed unit',
  it_above_facility: 'the alarm for IT consumption above that of the facility',
  journal: 'the alarm for the journal',
  outbox: 'the alarm for rows that are held back',
  clock: "the alarm for the host's clock",
  refused: 'the alarm for refused readings',
  gateway_refused: 'the alarm for a gateway whose readings are refused',
  uplink: 'the alarm for a lost uplink',
  messages_lost: 'the alarm for lost messages',
  gateway_messages_lost: 'the alarm for lost messages of a gateway',
  certificate: 'the alarm for an expiring certificate',
  sensor: 'the alarm for a sensor in doubt',
  uplink_refused: 'the alarm for an uplink whose readings are refused',
  skew: "the alarm for a device's clock",
  target: 'the alarm for this target',
  stream: 'the alarm for the stream',
}

const TITLE: Phrases['title'] = {
  inlet_recommended: 'Temperature outside the recommended range',
  inlet_allowable: 'Temperature outside the allowable range',
  moisture: 'Moisture outside its limits',
  rate_of_change: 'Temperature changes too fast',
  stale: 'Sensor or meter silent',
  gateway: 'Gateway silent',
  pue_target: 'PUE above its target',
  coverage: 'Coverage of the PUE is insufficient',
  register: 'Energy register is not continuous',
  drift: 'Meters disagree',
  unit_slip: 'Unit of a meter may have changed',
  it_above_facility: 'IT consumes more than the facility',
  journal: 'Journal takes no packets',
  outbox: 'Database takes no rows',
  clock: "Host's clock is wrong, or was set",
  refused: 'Readings are refused',
  gateway_refused: 'All readings of a gateway are refused',
  uplink: 'Uplink lost: nothing comes through it',
  messages_lost: 'Messages are lost on the way',
  gateway_messages_lost: 'Messages of a gateway are lost on the way',
  certificate: 'A certificate expires',
  sensor: 'Sensor in doubt',
  uplink_refused: 'All readings through an uplink are refused',
  skew: 'Clock of a device is behind',
  target: 'Indicator misses its target',
  stream: 'Stream lacks the journal of this site',
}

function placeText(kind: AlarmKind, { source, site, hall, rack }: AlarmPlace): string {
  const where = [
    site,
    hall === '' ? '' : called('hall', hall),
    rack === '' || rack === source ? '' : called('rack', rack),
  ]
  const at = where.filter((part) => part !== '').join(', ')
  switch (kind) {
    case 'inlet_recommended':
    case 'inlet_allowable':
    case 'moisture':
    case 'rate_of_change':
    case 'sensor':
      return `${called('Inlet', source)} (${at})`
    case 'stale':
    case 'refused':
    case 'messages_lost':
    case 'skew':
      return `${called('Point', source)} (${at})`
    case 'register':
    case 'drift':
    case 'unit_slip':
      return `${called('Meter', source)} (${at})`
    case 'gateway':
    case 'gateway_refused':
    case 'gateway_messages_lost':
      return `${called('Gateway', source)} (${at})`
    case 'uplink':
    case 'uplink_refused':
      return source === site ? called('Site', source) : `${called('Uplink', source)} (${at})`
    case 'pue_target':
    case 'coverage':
    case 'it_above_facility':
      return `${called('Boundary', source)} (${at})`
    case 'target':
      return `${called('Target', source)} (${at})`
    case 'journal':
    case 'outbox':
    case 'clock':
    case 'certificate':
    case 'stream':
      return `coldaisle at ${source}`
  }
}

function lasts(format: Format, facts: AlarmFacts): string {
  const { alarm, sinceMs, timeMs, value, peak } = facts.row
  if (isOfSilence(alarm) || Number.isNaN(sinceMs)) return ''
  const ms = timeMs - sinceMs
  const since = `Since ${format.time(sinceMs)}${ms >= 1000 ? `, for ${format.span(ms)}` : ''}`
  return Number.isNaN(peak) || peak === value ? `${since}.` : `${since}; ${peakText(format, facts)}.`
}

function lasted(format: Format, facts: AlarmFacts): string {
  const { alarm, sinceMs, timeMs, peak } = facts.row
  if (Number.isNaN(sinceMs)) return ''
  const what = alarm === 'stale' || alarm === 'gateway' || alarm === 'uplink' ? 'The silence' : 'It'
  const lasting = `${what} lasted ${format.span(timeMs - sinceMs)}, from ${format.time(sinceMs)}`
  return Number.isNaN(peak) ? `${lasting}.` : `${lasting}; ${peakText(format, facts)}.`
}

function peakText({ number }: Format, { row, unit }: AlarmFacts): string {
  const { alarm, side, peak, quantity } = row
  if (alarm === 'rate_of_change') return `largest ${number(peak, 2)} K`
  const word = side === 'below' ? 'lowest' : 'highest'
  if (alarm === 'coverage') return `${word} ${number(peak * 100, 1)} %`
  if (alarm === 'pue_target' || alarm === 'target') return `${word} ${number(peak, 3)}${unitBehind(unit)}`
  return `${word} ${number(peak, 2)} ${alarm === 'drift' || quantity === 'relative_humidity' ? '%' : '°C'}`
}

function listText(names: readonly string[], count: number): string {
  const others = count - names.length
  return `${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
}

function unseenText({ of, names, count }: Unseen, kind: AlarmKind): string {
  const word = of === 'boundary' ? 'PUE of' : `${of}${count === 1 ? '' : 's'}`
  return `${kind === 'coverage' ? 'Without valid readings' : 'Not seen meanwhile'}: ${word} ${listText(names, count)}.`
}
