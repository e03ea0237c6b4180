/** Events as scenario files and the command line write them; what can be written stands in event-kinds.ts. */
import { zonedToUtcMs, zoneOffsetMs } from '../../src/ingest/time-zones.ts'
import { parseInstant } from '../../src/ingest/times.ts'
import type { Site } from '../../src/site/site.ts'
import { memberPlace } from '../devices/devices.ts'
import { EVENT_KINDS, type EventKind, type Target } from './event-kinds.ts'
import type { Event } from './scenario.ts'

const FORM = /^(?<kind>[\w-]+)(?::(?<target>.+))?@(?<begin>[^@/]+)\/(?<length>[^@/,]+)(?:,(?<settings>.*))?$/
const DAY_MS = 86_400_000
const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 }

/** When an event begins: `+1h30m` after the start, `10:00` by the site's clocks, or an instant with its offset. */
export interface Beginning {
  readonly site: Site
  readonly fromMs: number
  /** End of the run; absent: it has none that is known. */
  readonly toMs?: number
}

/** Reads `NAME[:TARGET]@BEGIN/LENGTH[,SETTING=NUMBER…]`. Throws with the text, the reason and what to write. */
export function parseEvent(text: string, beginning: Beginning): Event {
  const refuse = (reason: string): never => {
    throw new Error(`${text}: ${reason}`)
  }
  const parts = FORM.exec(text)?.groups
  if (parts === undefined) {
    return refuse('write NAME[:TARGET]@BEGIN/LENGTH[,SETTING=NUMBER], such as gateway-down:h1@+1h/30m')
  }
  const { kind: name = '', target: written, begin = '', length = '' } = parts
  const kind =
    (Object.hasOwn(EVENT_KINDS, name) ? EVENT_KINDS[name] : undefined) ??
    refuse(`there is no ${name}; there are ${Object.keys(EVENT_KINDS).join(', ')}`)
  if (kind.target === 'needed' && written === undefined) refuse(`${name} needs a target: ${name}:NAME@…`)
  if (kind.target === 'none' && written !== undefined) refuse(`${name} is of the whole site and takes no target`)
  const fromS = (beginMs(begin, beginning) - beginning.fromMs) / 1000
  if (Number.isNaN(fromS)) refuse(`${begin} is no beginning: write +20m, 10:00 or 2026-07-14T10:00Z`)
  const lengthS = lengthSOf(length)
  if (!(lengthS > 0)) refuse(`${length} is no length: write 90s, 20m, 1h30m`)
  const runS = ((beginning.toMs ?? Infinity) - beginning.fromMs) / 1000
  if (fromS >= runS)
    refuse(`it begins ${begin}, when the run of ${runS} s has ended: let it begin earlier, or run longer`)
  if (fromS + lengthS <= 0) refuse('it has ended before the run begins: let it begin later, or the run earlier')
  try {
    const target = written === undefined ? undefined : targetNamed(beginning.site, written)
    return { ...kind.make(target, settingsOf(kind, parts['settings'])), fromS, toS: fromS + lengthS }
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

/** Seconds; NaN for what is no length of time. */
export function lengthSOf(text: string): number {
  const units = [...text.matchAll(/(\d+(?:\.\d+)?)(min|[smhd])/gy)]
  if (units.length === 0 || units.map(([whole]) => whole).join('') !== text) return NaN
  return units.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNIT_S[unit] ?? NaN), 0)
}

/** Epoch ms; NaN for what is no beginning. A time of day is the first one at or after the start. */
export function beginMs(text: string, { site, fromMs }: Beginning): number {
  if (text.startsWith('+')) return fromMs + lengthSOf(text.slice(1)) * 1000
  const {
    hour,
    minute,
    second = '0',
  } = /^(?<hour>[01]?\d|2[0-3]):(?<minute>[0-5]\d)(?::(?<second>[0-5]\d))?$/.exec(text)?.groups ?? {}
  if (hour === undefined) return parseInstant(text)
  const ownMs = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  const { timezone } = site.config.site
  const localMs = fromMs + zoneOffsetMs(fromMs, timezone)
  const midnightMs = Math.floor(localMs / DAY_MS) * DAY_MS
  const candidates = [0, 1, 2].flatMap((day) => zonedToUtcMs(midnightMs + day * DAY_MS + ownMs, timezone))
  return candidates.find((tMs) => tMs >= fromMs) ?? NaN
}

function settingsOf({ settings: usual, signed = [] }: EventKind, written: string | undefined): Record<string, number> {
  const told = (written ?? '').split(',').filter((one) => one !== '')
  const settings = Object.fromEntries(Object.entries(usual).filter(([, number]) => !Number.isNaN(number)))
  for (const one of told) {
    const [name = '', number = '', ...rest] = one.split('=')
    if (!Object.hasOwn(usual, name)) {
      const known = Object.keys(usual)
      throw new Error(`there is no setting ${name}${known.length === 0 ? '' : `; there are ${known.join(', ')}`}`)
    }
    if (number.trim() === '' || rest.length > 0 || !Number.isFinite(Number(number))) {
      throw new Error(`${one} is no setting with a number, such as ${name}=2`)
    }
    if (Number(number) < 0 && !signed.includes(name)) throw new Error(`${one}: ${name} cannot be less than 0`)
    if (name === 'share' && Number(number) > 1) throw new Error(`${one}: share is from 0 to 1`)
    settings[name] = Number(number)
  }
  return settings
}

/** A gateway, point, inlet, hall or topic of the site by its name; in this order, should names be the same. */
function targetNamed(site: Site, name: string): Target {
  const { config } = site
  const points = Object.entries(config.points)
  const whole = (isMeant: (point: string, topic: string) => boolean): Target => ({
    name,
    topics: [...new Set(points.filter(([point, { topic }]) => isMeant(point, topic)).map(([, { topic }]) => topic))],
    member: undefined,
    point: undefined,
  })
  const partsOf = ({ dryBulb, humidity, dewPoint, outlet }: Site['config']['inlets'][string]) =>
    [dryBulb, humidity, dewPoint, outlet].filter((point) => point !== undefined)
  const ofGateway = whole((point) => config.points[point]?.gateway === name)
  if (ofGateway.topics.length > 0) return ofGateway
  const own = config.points[name]
  if (own !== undefined) {
    return { name, topics: [own.topic], member: memberPlace(site, name), point: name }
  }
  const inlet = config.inlets[name]
  if (inlet !== undefined) return { ...whole((point) => partsOf(inlet).includes(point)), point: inlet.dryBulb }
  const inHall = new Set(Object.values(config.inlets).flatMap((one) => (one.hall === name ? partsOf(one) : [])))
  if (inHall.size > 0) return whole((point) => inHall.has(point))
  const ofTopic = whole((_, topic) => topic === name)
  if (ofTopic.topics.length > 0) return ofTopic
  throw new Error(`the site has no gateway, point, inlet, hall or topic ${name}`)
}
