import { knownUnit } from '../../../config/points/spellings.ts'
import { UNITS, type Quantity } from '../../../ingest/units.ts'
import { draftOf, isDeviceOwn, numbersOfSeries, sharedQuestion, type Told } from './build.ts'
import type { PointDraft, Known, Measured } from '../draft.ts'
import type { NumberPlace } from '../heard/members.ts'
import type { Ear, NumberSeries, TopicHeard } from '../heard/ear.ts'
import { isSomethingElse, measuredInWords, unitInName, plainWords } from './words.ts'

/** Last levels of a topic that say nothing of what it is. */
const EMPTY_LEVELS =
  /^(?:fields|state|v|value|val|wert|messwert|valeur|mesure|status|presentvalue|present-value|present_value|data|json|telemetry|up|reading|measurement)$/i
const TARIFF = /^(?:t[1-4]|ht|nt|hp|hc|tarif[1-4]?|rate[1-4]|peak|offpeak)$/
const MEASURED_OF: Readonly<Record<Quantity, Measured | undefined>> = {
  power: 'power',
  energy: 'energy',
  temperature: 'temperature',
  humidity: 'humidity',
  pressure: undefined,
  flow: undefined,
  volume: undefined,
  intensity: undefined,
}

/** Who sent a number, where a family's documents tell that much. */
interface Whose {
  readonly family: string
  readonly device: string
  readonly gateway: Known<string> | undefined
}

/** A number of which no device and no document tells what it is: its name, the unit beside it, and its range may. */
export function draftByName(ear: Ear, heard: TopicHeard, series: NumberSeries, whose?: Whose): PointDraft | undefined {
  const name = nameIn(heard.topic, series.place)
  if (isDeviceOwn([name.own, ...(series.place.records === undefined ? [] : name.chosen)])) return undefined
  const { least, most, newest } = series
  const by = series.place.format === 'senml' ? 'its record' : 'the message'
  const told = draftable(name.own, { written: newest.unit, by, least, most })
  if (told === undefined) return undefined
  const device = whose === undefined || whose.device === '' ? name.device : whose.device
  return draftOf(ear, numbersOfSeries(heard, series), {
    ...told,
    part: name.part,
    names: [device, ...name.levels, name.own],
    gateway: whose?.gateway,
    questions: [...sharedQuestion(heard, series.place), ...tariffQuestion(told.measured, name.own)],
  })
}

/** A meter of several tariffs has a count for each: one of them alone is a part of its energy. */
function tariffQuestion(measured: Measured, own: string): string[] {
  const tariff = plainWords(own).find((word) => TARIFF.test(word))
  return measured === 'energy' && tariff !== undefined
    ? [`is it the count of one tariff, ${tariff}? Then the others belong to it: plus: [{ at: … }]`]
    : []
}

interface NameOf {
  /** Its own name: the member's, or that of its record, or the last level of its topic. */
  readonly own: string
  /** What else its topic says. */
  readonly levels: readonly string[]
  /** Texts that tell its record, or its device, from others of the topic. */
  readonly chosen: readonly string[]
  readonly device: string
  readonly part: string
}

function nameIn(topic: string, { at, where = {} }: NumberPlace): NameOf {
  const all = topic.split('/').filter((level) => level !== '')
  while (all.length > 1 && EMPTY_LEVELS.test(all.at(-1) ?? '')) all.pop()
  const tokens = at.split('/').filter((token) => token !== '' && !EMPTY_LEVELS.test(token))
  const chosen = Object.entries(where).flatMap(([pointer, text]) => (pointer === '/model' ? [] : [text]))
  const isMember = tokens.length > 0
  const record = isMember ? undefined : chosen.at(-1)
  const own = isMember ? tokens.slice(-2).join(' ') : (record?.split(/[/:]/).at(-1) ?? all.at(-1) ?? topic)
  const levels = isMember || record !== undefined ? all : all.slice(0, -1)
  const path = (levels.length > 0 ? levels : all).slice(-3)
  const above = isMember ? at.slice(0, at.lastIndexOf('/')) : ''
  const whose = record === undefined ? (isMember ? chosen : []) : [record.slice(0, -own.length)]
  return {
    own,
    levels,
    chosen,
    device: [...path, ...(isMember ? chosen : whose)].filter((it) => it !== '').join('-'),
    // What has its numbers in one message is one part; so is what has a topic for each, below one level
    part: JSON.stringify([isMember || record !== undefined ? topic : levels.join('/'), above, whose]),
  }
}

/** What a name and the unit that is told with it come to; undefined for what is of no use to a site. */
export function draftable(
  own: string,
  { written, by, least, most }: { written: string | undefined; by: string; least: number; most: number },
): Pick<Told, 'measured' | 'unit' | 'factor'> | undefined {
  const named = measuredInWords(own)
  if (written !== undefined && written !== '') {
    const known = knownUnit(written)
    if (known === undefined || isSomethingElse(own)) return undefined
    const measured = measuredIn(known.unit, named?.measured)
    if (measured === undefined) return undefined
    return {
      measured,
      factor: known.factor,
      unit: { is: known.unit, trust: 'announced', why: `${by} says ${written}` },
    }
  }
  if (named === undefined) return undefined
  const { measured, word } = named
  const suffix = unitInName(own)
  if (suffix !== undefined && fits(measured, suffix)) {
    return {
      measured,
      unit: { is: suffix, trust: 'guess', why: `its name ends with “${plainWords(own).at(-1) ?? ''}”` },
    }
  }
  return { measured, unit: unitByRange(measured, word, { least, most }) }
}

/** What a unit measures; per cent are many things, so the name must say that it is moisture. */
function measuredIn(unit: string, named: Measured | undefined): Measured | undefined {
  const quantity = UNITS[unit]?.quantity
  if (quantity === undefined) return undefined
  if (quantity === 'humidity') return named === 'humidity' ? 'humidity' : undefined
  return quantity === 'temperature' && named === 'dew point' ? 'dew point' : MEASURED_OF[quantity]
}

function fits(measured: Measured, unit: string): boolean {
  const quantity = UNITS[unit]?.quantity
  return quantity === (measured === 'dew point' ? 'temperature' : measured)
}

/** Only where the range leaves one unit: no room is at 20 °F or at 60 °C; of a power it says nothing. */
function unitByRange(
  measured: Measured,
  word: string,
  { least, most }: Pick<NumberSeries, 'least' | 'most'>,
): Known<string> | undefined {
  const why = `named “${word}”, ${least === most ? least : `${least} to ${most}`} fits no other`
  if (measured === 'temperature' || measured === 'dew point') {
    if (least >= 5 && most <= 40) return { is: '°C', trust: 'guess', why }
    return least >= 273 && most <= 318 ? { is: 'K', trust: 'guess', why } : undefined
  }
  return measured === 'humidity' && least > 1.5 && most <= 105 ? { is: '%', trust: 'guess', why } : undefined
}
