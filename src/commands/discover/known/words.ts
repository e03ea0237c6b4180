import type { Measured, PointRole } from '../draft.ts'

/** Words in English, French and German, small and without accents, as they stand in topics and names of members. */
const ROLES: readonly [role: PointRole, words: string][] = [
  [
    'generation',
    'pv solar solaire photovoltaik photovoltaic inverter wechselrichter battery batterie bess generator genset export exported returned ret injection einspeisung feedin',
  ],
  ['outdoor', 'outdoor outside exterieur exterieure aussen weather meteo wetter'],
  ['inlet', 'inlet intake coldaisle froide kaltgang zuluft einlass'],
  ['outlet', 'outlet exhaust hotaisle chaude warmgang abluft auslass'],
  ['ups', 'ups usv onduleur asi'],
  [
    'cooling',
    'cooling chiller crac crah hvac ahu cdu pump pumps tower clim climatisation froid refroidissement kuehlung kuhlung kaelte kalte klima kaltwasser pumpe pumpen pompe pompes luftung lueftung',
  ],
  ['it', 'it server servers serveur serveurs rack racks baie baies informatique edv rechner compute'],
  ['distribution', 'pdu pdus busbar rpp'],
  ['other', 'light lights lighting eclairage beleuchtung office offices bureau bureaux buro buero'],
  [
    'facility',
    'utility main mains incomer incoming grid facility tgbt reseau arrivee netz netzbezug hauptzaehler hauptzahler',
  ],
]

const MEASURED: readonly [measured: Measured, words: string][] = [
  ['dew point', 'dewpoint dewp rosee taupunkt'],
  ['humidity', 'humidity hum rh hygro humidite feuchte luftfeuchte feuchtigkeit airhumidity hygrometrie humi'],
  ['temperature', 'temperature temp tempc tempf tc tf t airtemperature temperatur temperatuur celsius fahrenheit'],
  ['energy', 'energy energie kwh wh mwh megawh zaehlerstand zahlerstand arbeit'],
  ['power', 'power kw w mw megaw watt watts watts kilowatt kilowatts puissance leistung wirkleistung apower'],
]

/** What makes a number something else than its other words say. */
const NOT_MEASURED =
  'apparent reactive factor pf cosphi va kva var kvar setpoint sp target consigne sollwert soll limit threshold seuil min max alarm alarme fault error ' +
  'today yesterday daily tariff battery rssi snr lqi linkquality voltage current frequency blink uptime wifi period duration count counter_reset ' +
  'time timestamp ts date datetime state cost price calibration offset resolution apparente blindleistung scheinleistung spannung strom previous predicted forecast rated nominal'
/** Temperatures of a device itself. */
const OF_DEVICE =
  'chip cpu cpu1 cpu2 gpu internal board soc esp32 mcu device_temperature devicetemperature core dimm heatsink transformer'
const PHASE = /^(?:l[1-3]|[abc]|phase|phase[a-c1-3]|l[1-3]n)$/

const ROLE_OF = new Map(ROLES.flatMap(([role, words]) => words.split(' ').map((word) => [word, role] as const)))
const MEASURED_OF = new Map(
  MEASURED.flatMap(([measured, words]) => words.split(' ').map((word) => [word, measured] as const)),
)
const NOT = new Set(NOT_MEASURED.split(' '))
const DEVICE = new Set(OF_DEVICE.split(' '))

/** Units that a member's name ends with, as in `power_kw` or `tempF`. */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  kw: 'kW',
  w: 'W',
  watt: 'W',
  watts: 'W',
  kilowatt: 'kW',
  kilowatts: 'kW',
  kwh: 'kWh',
  wh: 'Wh',
  megaw: 'MW',
  megawh: 'MWh',
  c: '°C',
  degc: '°C',
  celsius: '°C',
  tempc: '°C',
  tc: '°C',
  f: '°F',
  degf: '°F',
  tempf: '°F',
  tf: '°F',
  fahrenheit: '°F',
  pct: '%',
}

/** The words of a text, small, without accents; `coldAisle/T_1` is cold, aisle, t, 1, and their neighbours joined. */
export function plainWords(text: string): string[] {
  const plain = text
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/kWh?(?!\p{Ll})/gu, (unit) => ` ${unit.toLowerCase()} `)
    .replaceAll(/MW(h?)(?!\p{Ll})/gu, ' megaw$1 ')
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
}

function withJoined(words: readonly string[]): string[] {
  return [
    ...words,
    ...words.slice(1).map((word, n) => `${words[n]}${word}`),
    ...words.slice(1).map((word, n) => `${words[n]}_${word}`),
  ]
}

/** Without the number behind it: `ups1` is `ups`. */
function stem(word: string): string {
  return word.length > 2 ? word.replace(/\d+$/, '') : word
}

/** The role that words tell, with the word; undefined where none is, or where they tell several. */
export function roleInWords(texts: readonly string[]): { role: PointRole; word: string } | undefined {
  const found = new Map<PointRole, string>()
  for (const word of texts.flatMap((text) => withJoined(plainWords(text)))) {
    const role = ROLE_OF.get(word) ?? ROLE_OF.get(stem(word))
    if (role !== undefined && !found.has(role)) found.set(role, word)
  }
  // The rack of an inlet, and the outlet of a rack, are places of air; what makes power is told before what takes it
  for (const role of ['generation', 'outdoor', 'inlet', 'outlet'] as const) {
    const word = found.get(role)
    if (word !== undefined) return { role, word }
  }
  // IT at the PDU's output, and a UPS of the IT, are told by the narrower word; a rack's PDU is the rack's input
  if (found.get('it') === 'it' && found.size === 2 && (found.has('distribution') || found.has('ups')))
    found.delete('it')
  if (found.has('it') && found.size === 2) found.delete('distribution')
  const [first, ...others] = found
  return first === undefined || others.length > 0 ? undefined : { role: first[0], word: first[1] }
}

/** What a number is by its own name; `undefined` where it is nothing that a site has a use for. */
export function measuredInWords(name: string): { measured: Measured; word: string } | undefined {
  const words = withJoined(plainWords(name))
  if (isSomethingElse(name)) return undefined
  for (const [measured] of MEASURED) {
    const word = words.find((it) => MEASURED_OF.get(it) === measured || MEASURED_OF.get(stem(it)) === measured)
    if (word !== undefined) return { measured, word }
  }
  return undefined
}

/** Whether a name says that its number is of no use to a site: a limit, a voltage, the day's part of a count … */
export function isSomethingElse(name: string): boolean {
  return withJoined(plainWords(name)).some((word) => NOT.has(word) || DEVICE.has(word))
}

/** The unit that the end of a member's name tells. */
export function unitInName(name: string): string | undefined {
  const last = plainWords(name).at(-1) ?? ''
  return Object.hasOwn(UNIT_WORDS, last) ? UNIT_WORDS[last] : undefined
}

/** Whether a name says that its number is of the device itself and of no air. */
export function isOfDevice(name: string): boolean {
  return withJoined(plainWords(name)).some((word) => DEVICE.has(word))
}

/** Whether a name is of one phase. */
export function isOfPhase(name: string): boolean {
  return plainWords(name).some((word) => PHASE.test(word))
}
