import { UNITS } from '../../ingest/units.ts'

/** Other ways to write the units that we know, without blanks and in small letters. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  '°C': [
    '°c',
    'ºc',
    '℃',
    'c',
    'degc',
    'deg.c',
    'cel',
    'celsius',
    'degreescelsius',
    'degreecelsius',
    'oc',
    'âºc',
    'â°c',
    'degrees-celsius',
  ],
  '°F': ['°f', 'ºf', '℉', 'f', 'degf', 'deg.f', 'fahrenheit', 'degreesfahrenheit', 'degrees-fahrenheit', 'of'],
  K: ['k', '°k', 'ºk', 'degk', 'kelvin'],
  W: ['w', 'watt', 'watts'],
  kW: ['kw', 'kilowatt', 'kilowatts'],
  MW: ['megawatt', 'megawatts'],
  J: ['j', 'joule', 'joules', 'ws'],
  Wh: ['wh', 'watthour', 'watthours', 'watt-hours'],
  kWh: ['kwh', 'kilowatthour', 'kilowatthours', 'kilowatt-hours', 'kw/h', 'kw.h', 'kw·h'],
  MWh: ['megawatthour', 'megawatthours', 'megawatt-hours'],
  '"%"': [
    '%rh',
    '%r.h.',
    '%hr',
    '%rf',
    '%r.f.',
    'percent-relative-humidity',
    'rh',
    'rh%',
    'percent',
    'pct',
    'prozent',
    'pourcent',
    '٪',
    '％',
  ],
  Pa: ['pa', 'pascal', 'pascals'],
  'm³': ['m3', 'm^3', 'cubicmetre', 'cubicmeter', 'cubicmetres', 'cubicmeters'],
  L: ['l', 'litre', 'liter', 'litres', 'liters'],
}

/** Units of which a number of ours is a multiple, as they are written: case tells milli from mega. */
const MULTIPLES: Readonly<Record<string, readonly [unit: string, factor: number | string]>> = {
  mW: ['W', 0.001],
  GW: ['MW', 1000],
  mWh: ['Wh', 0.001],
  GWh: ['MWh', 1000],
  kJ: ['J', 1000],
  MJ: ['J', '1e6'],
  GJ: ['J', '1e9'],
  hPa: ['Pa', 100],
  mbar: ['Pa', 100],
  kPa: ['Pa', 1000],
  bar: ['Pa', 100_000],
  'BTU/h': ['W', 0.293071],
  BTU: ['Wh', 0.293071],
  kBTU: ['kWh', 0.293071],
  hp: ['W', 745.7],
  TR: ['kW', 3.51685],
  RT: ['kW', 3.51685],
}

/** Words whose capitals leave open what is meant. */
const OPEN: Readonly<Record<string, string>> = {
  mw: 'did you mean `MW`? For milliwatts: `unit: W` with `factor: 0.001`',
  mwh: 'did you mean `MWh`? For milliwatt-hours: `unit: Wh` with `factor: 0.001`',
}

const APPARENT = /^[km]?va(?:h|r|rh)?$/i

/** What to write instead of a unit that we do not know. Milli is never taken for mega. */
export function unitHint(written: string): string | undefined {
  const bare = written.replaceAll(/\s/g, '')
  const multiple = MULTIPLES[bare] ?? MULTIPLES[Object.keys(MULTIPLES).find((it) => isAlike(it, bare)) ?? '']
  if (multiple !== undefined) return `write \`unit: ${multiple[0]}\` with \`factor: ${multiple[1]}\``
  if (/^M[wW][hH]?$/.test(bare)) return `did you mean \`${/h$/i.test(bare) ? 'MWh' : 'MW'}\`?`
  const open = OPEN[bare.toLowerCase()]
  if (open !== undefined) return open
  const unit = Object.keys(SPELLINGS).find((it) => SPELLINGS[it]?.includes(bare.toLowerCase()))
  if (unit !== undefined) return `did you mean \`${unit}\`?`
  return APPARENT.test(bare) ? 'energy is of the active power: have it sent, in W or kW' : undefined
}

/** The unit of ours that a text means without any doubt, with the factor that makes a number one of it. */
export function knownUnit(written: string): { unit: string; factor: number } | undefined {
  const bare = written.replaceAll(/\s/g, '')
  if (Object.hasOwn(UNITS, bare)) return { unit: bare, factor: 1 }
  const multiple = Object.keys(MULTIPLES).find((it) => it === bare || isAlike(it, bare))
  if (multiple !== undefined) {
    const [unit, factor] = MULTIPLES[multiple] ?? ['', NaN]
    // Tons of refrigeration and their kin are heat, or of no meter of ours
    return /^[a-zA-Z]?(?:W|Wh|J|Pa|bar)$/.test(multiple) ? { unit, factor: Number(factor) } : undefined
  }
  if (Object.hasOwn(OPEN, bare.toLowerCase())) return undefined
  const unit = Object.keys(SPELLINGS).find((it) => SPELLINGS[it]?.includes(bare.toLowerCase()))
  return unit === undefined ? undefined : { unit: unit === '"%"' ? '%' : unit, factor: 1 }
}

/** Whether two units differ in capitals only; those of one letter before W or J are told by their capitals alone. */
function isAlike(unit: string, written: string): boolean {
  return !/^[mM](?:W|Wh|J)$/.test(unit) && unit.toLowerCase() === written.toLowerCase()
}

const OFFSET = /^(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d\d))?$/i
const SEASONAL: Readonly<Record<string, string>> = {
  CEST: 'Europe/Paris',
  BST: 'Europe/London',
  WEST: 'Europe/Lisbon',
  EEST: 'Europe/Helsinki',
  EDT: 'America/New_York',
  CDT: 'America/Chicago',
  MDT: 'America/Denver',
  PDT: 'America/Los_Angeles',
  JST: 'Asia/Tokyo',
  IST: 'Asia/Kolkata',
  AEST: 'Australia/Brisbane',
  AEDT: 'Australia/Sydney',
}

/** What to write instead of a time zone that is none. */
export function zoneHint(written: string): string {
  const seasonal = SEASONAL[written.toUpperCase()]
  if (seasonal !== undefined) return `use an IANA name, such as ${seasonal}: it knows summer and winter`
  const [, sign, hours = '', minutes = '00'] = OFFSET.exec(written) ?? []
  if (sign === undefined) return 'use an IANA name such as Europe/Paris, or UTC'
  const isWhole = minutes === '00' && Number(hours) <= (sign === '+' ? 14 : 12)
  if (!isWhole) return 'use an IANA name, such as Asia/Kolkata for +05:30'
  if (Number(hours) === 0) return 'write UTC; Europe/London would change to summer time'
  const fixed = `Etc/GMT${sign === '+' ? '-' : '+'}${Number(hours)}`
  const offset = `${sign}${hours.padStart(2, '0')}:00`
  return `${fixed} is ${offset} all year (its sign is the other way round); an IANA name such as Europe/Paris has summer time`
}
