import { isOfDevice, roleInWords } from './words.ts'
import { everyOf, type PointDraft, type Known, type Measured, type PointRole } from '../draft.ts'
import { maybeShared, type Ear, type NumberSeries, type TopicHeard } from '../heard/ear.ts'
import type { NumberPlace } from '../heard/members.ts'

/** What a source of knowledge says of one number; what it leaves out is found out from what was heard. */
export interface Told {
  readonly measured: Measured
  /** Undefined: nobody says. */
  readonly unit: Known<string> | undefined
  readonly factor?: number
  readonly isRegister?: boolean
  readonly hold?: boolean
  readonly everyS?: Known<number>
  readonly part: string
  /** The device's own names, most telling first. */
  readonly names: readonly string[]
  readonly wish?: string
  readonly gateway?: Known<string> | undefined
  readonly role?: Known<PointRole> | undefined
  readonly questions?: readonly string[]
}

/** Numbers as they were heard, of a topic's series or of a metric. */
export interface Numbers {
  readonly topic: string
  readonly place: NumberPlace
  readonly decimal: '.' | ','
  readonly samples: readonly { tMs: number; value: number }[]
  readonly least: number
  readonly most: number
  readonly falls: number
  readonly time: Known<string> | undefined
  readonly isPartial: boolean
}

/** Names of members that are the time of a reading, where it stands elsewhere than in the usual ones. */
const TIME_NAMES =
  /(?:^|\/)(?:ts|time|timestamp|date_?time|last_?seen|received_at|measured_?at|sampled_?at|utc|gwTime|zeit|zeitstempel|horodatage|heure)$/i

/** The numbers of a series, and where their time is. */
export function numbersOfSeries(heard: TopicHeard, series: NumberSeries): Numbers {
  const { place, newest, samples, least, most, falls, readings } = series
  const isPartial = place.where === undefined && readings < heard.live + heard.retained
  const time = timeOf(heard, place)
  return { topic: heard.topic, place, decimal: newest.decimal, samples, least, most, falls, time, isPartial }
}

function timeOf(heard: TopicHeard, { format }: NumberPlace): Known<string> | undefined {
  if (format !== undefined) return undefined
  const { times, badTimes } = heard
  if (badTimes.length > 0) {
    const why = `${badTimes[0]} is no time with its offset, or its clock is wrong: arrival counts`
    return { is: 'none', trust: 'guess', why }
  }
  if (times.some((at) => /^\/(?:ts|time|timestamp)$/.test(at))) return undefined
  const byDepth = times.filter((at) => TIME_NAMES.test(at)).sort((a, b) => a.split('/').length - b.split('/').length)
  const [at] = byDepth
  return at === undefined ? undefined : { is: at, trust: 'guess', why: `${at} is a time near the arrival` }
}

/** A draft of what was heard and is told of a number. */
export function draftOf(ear: Ear, numbers: Numbers, told: Told): PointDraft {
  const { topic, place, samples, least, most, decimal, time } = numbers
  const isRegister = told.measured === 'energy' && (told.isRegister ?? true)
  const questions = [...(told.questions ?? [])]
  if (told.unit === undefined) questions.push(unitQuestion(told.measured, numbers))
  if (isRegister && numbers.falls > 0)
    questions.push('does this count fall, as that of a day does (register: { resets: daily })?')
  if (samples.length === 0 && place.format !== 'dsx') {
    questions.push('is it alive? Only a copy that the broker had kept was heard: --for 10m tells')
  }
  const gapsMs = samples.slice(1).map(({ tMs }, n) => tMs - (samples[n]?.tMs ?? tMs))
  return {
    wish: told.wish ?? wishOf(told),
    topic,
    place,
    part: told.part,
    measured: told.measured,
    unit: told.unit,
    factor: told.factor ?? 1,
    decimal,
    isRegister,
    hold: told.hold ?? false,
    time,
    everyS: told.everyS ?? everyOf(gapsMs, ear.lastMs - ear.firstMs),
    role: told.role ?? roleOf(told),
    words: told.names,
    gateway: told.gateway,
    samples,
    least,
    most,
    isPartial: numbers.isPartial,
    questions,
    meter: undefined,
    parent: undefined,
  }
}

function wishOf({ names, measured, unit }: Told): string {
  const short: Record<Measured, string> = {
    power: 'kw',
    energy: 'kwh',
    temperature: 't',
    humidity: 'rh',
    'dew point': 'dp',
  }
  const end = measured === 'power' ? (unit?.is ?? 'power') : short[measured]
  return `${names[0] ?? 'point'}-${end.toLowerCase()}`
}

function unitQuestion(measured: Measured, { least, most }: Numbers): string {
  const range = least === most ? String(least) : `${least} to ${most}`
  if (measured === 'power') return `in which unit is it, W or kW? It was ${range}`
  if (measured === 'energy') return `in which unit is it, Wh, kWh or MWh, and is it a running count? It was ${range}`
  if (measured === 'humidity') return `is it in % (a share takes factor: 100)? It was ${range}`
  return `in which unit is it, °C or °F, or tenths of one (factor: 0.1)? It was ${range}`
}

/** A role that the names tell: always a guess. */
function roleOf({ names, measured }: Told): Known<PointRole> | undefined {
  const found = roleInWords(names)
  if (found === undefined) return undefined
  const isOfAir = found.role === 'inlet' || found.role === 'outlet' || found.role === 'outdoor'
  const isAir = measured !== 'power' && measured !== 'energy'
  if (isOfAir !== isAir) return undefined
  return { is: found.role, trust: 'guess', why: `named “${found.word}”` }
}

/** Whether the texts around a number say that it is of the device itself, as the temperature of a chip is. */
export function isDeviceOwn(texts: readonly string[]): boolean {
  return texts.some((text) => isOfDevice(text))
}

/** A question about a topic that devices may share without having been told apart. */
export function sharedQuestion(heard: TopicHeard, { where, records }: NumberPlace): string[] {
  const pointer = maybeShared(heard)
  if (pointer === undefined || where !== undefined || records !== undefined) return []
  return [
    `several devices may share this topic, as ${pointer} differs: whose messages are these (where: { ${pointer}: … })?`,
  ]
}
