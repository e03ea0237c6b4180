/**
 * Brokers of strangers: what their devices say, and which loads each meter carries. A load is a letter; `abc` is a meter
 * of the three. Capitals are loads of IT.
 */
import type { Payload } from '../../../src/ingest/root.ts'
import type { Message, Rounds } from './found.ts'

export interface ForeignSite {
  name: string
  says: (n: number, nowMs: number) => readonly Message[]
  /** By topic, or topic and pointer: the loads whose energy a meter carries. */
  carries: Readonly<Record<string, string>>
  rounds?: Rounds
  /** Lines that a person has to edit until all of it counts. */
  edits: number
  /** The boundaries that are written without a question. */
  written: number
}

const SIZE_KW: Readonly<Record<string, number>> = { A: 60, B: 35, C: 22, D: 14, k: 21, l: 4, p: 9, q: 13, x: 7 }

/** What some loads take together, kW: each goes up and down in its own way. */
export function kw(loads: string, n: number): number {
  return loads.split('').reduce((sum, load) => {
    const own = load.charCodeAt(0)
    return sum + (SIZE_KW[load] ?? 5) * (1 + 0.05 * Math.sin((n * (own % 7)) / 5 + own))
  }, 0)
}

const fixed = (number: number, digits = 2): number => Number(number.toFixed(digits))
const comma = (number: number, digits = 2): string => number.toFixed(digits).replace('.', ',')
const air = (n: number, place: number): number => 22 + place / 5 + Math.sin(n / 3 + place)

function each(
  carries: Readonly<Record<string, string>>,
  say: (topic: string, kw: number) => Payload | object,
  n: number,
) {
  return Object.entries(carries).map(([topic, loads]): Message => [topic, say(topic, kw(loads, n))])
}

const LONG: Rounds = { count: 40, everyS: 2 }

const FRENCH = {
  'site/tgbt/arrivee/puissance_kw': 'ABkl',
  'site/salle-1/baies/puissance_kw': 'A',
  'site/salle-2/baies/puissance_kw': 'B',
  'site/production/climatisation/puissance_kw': 'k',
  'site/services/eclairage/puissance_kw': 'l',
}
const GERMAN = {
  'RZ1/Netz/Leistung': 'ABkl',
  'RZ1/Serverraum1/Leistung': 'A',
  'RZ1/Serverraum2/Leistung': 'B',
  'RZ1/Kälte/Leistung': 'k',
  'RZ1/Beleuchtung/Leistung': 'l',
}
const TAGS = {
  'plc/S7/DB10.DBD4': 'ABkl',
  'plc/S7/DB10.DBD8': 'A',
  'plc/S7/DB10.DBD12': 'B',
  'plc/S7/EM24_1.P_tot': 'k',
  'plc/S7/40123': 'l',
}
const TREE = {
  'dc9/main/power_kw': 'ABCDkl',
  'dc9/board-it/power_kw': 'ABCD',
  'dc9/board-cooling/power_kw': 'kl',
  'dc9/pdu-1/power_kw': 'AB',
  'dc9/pdu-2/power_kw': 'CD',
  'dc9/rack-11/power_kw': 'A',
  'dc9/rack-12/power_kw': 'B',
  'dc9/rack-21/power_kw': 'C',
  'dc9/rack-22/power_kw': 'D',
  'dc9/chiller/power_kw': 'k',
  'dc9/pumps/power_kw': 'l',
}
const SUN = { 'dc/it/power_kw': 'AB', 'dc/hvac/power_kw': 'k', 'dc/lights/power_kw': 'l' }
const TWO = {
  'paris/main/power_kw': 'Akl',
  'paris/it/power_kw': 'A',
  'paris/cooling/power_kw': 'kl',
  'lyon/main/power_kw': 'Bpq',
  'lyon/it/power_kw': 'B',
  'lyon/cooling/power_kw': 'pq',
}
const BARE = { 'meters/main': 'ABk', 'meters/it-a': 'A', 'meters/it-b': 'B', 'meters/chiller': 'k' }
const KEPT = { 'dc/main/power_kw': 'ABk', 'dc/it-1/power_kw': 'A', 'dc/it-2/power_kw': 'B', 'dc/chiller/power_kw': 'k' }
const MANY = {
  'hall/main/power_kw': 'ABk',
  'hall/it-1/power_kw': 'A',
  'hall/it-2/power_kw': 'B',
  'hall/crah/power_kw': 'k',
}
const MAKES = {
  'haus/main/status/em:0 /total_act_power': 'ABkl',
  'shellies/server-a/emeter/0/power': 'A',
  'tele/server-b/SENSOR /ENERGY/Power': 'B',
  'zigbee2mqtt/chiller /power': 'k',
  'zigbee2mqtt/lighting /power': 'l',
}
const FEEDS = {
  'dc/utility-a/power_kw': 'Ak',
  'dc/utility-b/power_kw': 'Bl',
  'dc/ups-a-in/power_kw': 'A',
  'dc/ups-a-out/power_kw': 'A',
  'dc/ups-b-in/power_kw': 'B',
  'dc/ups-b-out/power_kw': 'B',
  'dc/chiller-1/power_kw': 'k',
  'dc/chiller-2/power_kw': 'l',
}
const PHASES = { 'gw/main': 'ABk', 'gw/it-1': 'A', 'gw/it-2': 'B', 'gw/chiller': 'k' }

export const FOREIGN: readonly ForeignSite[] = [
  {
    name: 'a French building: numbers as text with a comma and their unit, names with accents, alarms beside them',
    carries: FRENCH,
    rounds: LONG,
    says: (n) => [
      ...each(FRENCH, (_, power) => `${comma(power)} kW`, n),
      ...[1, 2].flatMap((room): Message[] => [
        [`site/salle-${room}/allée froide/température`, `${comma(air(n, room), 1)} °C`],
        [`site/salle-${room}/allée froide/hygrométrie`, `${comma(45 + room)} %`],
        [`site/salle-${room}/porte`, n % 7 === 0 ? 'ouverte' : 'fermée'],
      ]),
      ['site/tgbt/defaut', '0'],
    ],
    edits: 0,
    written: 1,
  },
  {
    name: 'a German one: unit and time in words of their own, counts beside powers',
    carries: {
      ...GERMAN,
      ...Object.fromEntries(Object.entries(GERMAN).map(([it, of]) => [it.replace('Leistung', 'Zählerstand'), of])),
    },
    rounds: LONG,
    says: (n, nowMs) => [
      ...each(
        GERMAN,
        (_, power) => ({ Wert: fixed(power), Einheit: 'kW', Zeitstempel: new Date(nowMs).toISOString() }),
        n,
      ),
      ...Object.keys(GERMAN).map((topic, place): Message => [
        topic.replace('Leistung', 'Zählerstand'),
        { Wert: 120_000 * (place + 1) + n * (place + 1), Einheit: 'kWh', Zeitstempel: new Date(nowMs).toISOString() },
      ]),
      ['RZ1/Serverraum1/Zuluft', { Wert: fixed(air(n, 1)), Einheit: '°C', Zeitstempel: new Date(nowMs).toISOString() }],
      ['RZ1/Serverraum1/Feuchte', { Wert: 44, Einheit: '%rF', Zeitstempel: new Date(nowMs).toISOString() }],
      ['RZ1/Sollwert', { Wert: 22, Einheit: '°C' }],
    ],
    edits: 2,
    written: 0,
  },
  {
    name: 'tags of a controller that tell nothing',
    carries: TAGS,
    rounds: LONG,
    says: (n) => each(TAGS, (_, power) => power.toFixed(3), n),
    edits: 6,
    written: 0,
  },
  {
    name: 'parents beside their children in four levels',
    carries: TREE,
    rounds: LONG,
    says: (n) => each(TREE, (_, power) => power.toFixed(2), n),
    edits: 0,
    written: 1,
  },
  {
    name: 'solar power and export beside the grid',
    carries: { ...SUN, 'dc/grid/import_kw': 'ABkl', 'dc/grid/export_kw': '', 'dc/pv/power_kw': '' },
    rounds: LONG,
    says(n) {
      const [load, sun] = [kw('ABkl', n), 90 + 60 * Math.sin(n / 8)]
      return [
        ...each(SUN, (_, power) => power.toFixed(2), n),
        ['dc/grid/import_kw', Math.max(0, load - sun).toFixed(2)],
        ['dc/grid/export_kw', Math.max(0, sun - load).toFixed(2)],
        ['dc/pv/power_kw', sun.toFixed(2)],
      ]
    },
    edits: 2,
    written: 0,
  },
  {
    name: 'two sites on one broker',
    carries: TWO,
    rounds: LONG,
    says: (n) => each(TWO, (_, power) => power.toFixed(2), n),
    edits: 1,
    written: 0,
  },
  {
    name: 'units missing',
    carries: Object.fromEntries(Object.entries(BARE).map(([it, of]) => [`${it} /power`, of])),
    rounds: LONG,
    says: (n) => [
      ...each(BARE, (_, power) => ({ power: fixed(power), energy: 5000 + n, voltage: 230 }), n),
      ['sensors/rack-1/inlet', { temp: fixed(air(n, 1)), hum: 45 }],
      ['sensors/rack-2/inlet', { temp: fixed(71.6 + n / 10), hum: 44 }],
    ],
    edits: 5,
    written: 0,
  },
  {
    name: '5,000 topics',
    carries: MANY,
    rounds: { count: 12, everyS: 5 },
    says: (n) => [
      ...each(MANY, (_, power) => power.toFixed(2), n),
      ...(n % 6 === 0
        ? Array.from({ length: 2_500 }, (_, rack): Message[] => [
            [`hall/row-${rack % 50}/rack-${rack}/inlet/temperature`, fixed(air(n, rack % 9)).toString()],
            [`hall/row-${rack % 50}/rack-${rack}/inlet/humidity`, String(40 + (rack % 9))],
          ]).flat()
        : []),
    ],
    edits: 0,
    written: 1,
  },
  {
    name: '100,000 retained messages of what was once there',
    carries: KEPT,
    rounds: { count: 40, everyS: 2, limits: { messages: 1e6, bytes: 1e9, topics: 20_000 } },
    says: (n) => [
      ...(n === 0
        ? Array.from({ length: 100_000 }, (_, old): Message => [
            `old/${old % 400}/it-${old}/power_kw`,
            '5.5',
            'retained',
          ])
        : []),
      ...each(KEPT, (_, power) => power.toFixed(2), n),
    ],
    edits: 0,
    written: 1,
  },
  {
    name: 'devices of six makes',
    carries: MAKES,
    rounds: LONG,
    says: (n) => [
      [
        'haus/main/status/em:0',
        { id: 0, a_act_power: 500 * kw('ABkl', n), total_act_power: 1000 * kw('ABkl', n), total_aprt_power: 2e5 },
      ],
      ['shellies/server-a/emeter/0/power', (1000 * kw('A', n)).toFixed(1)],
      ['shellies/server-a/emeter/0/total', String(900_000 + n)],
      [
        'tele/server-b/SENSOR',
        {
          Time: '2026-03-02T10:00:00',
          ENERGY: { Total: 900 + n / 10, Today: 3, Yesterday: 9, Power: fixed(1000 * kw('B', n)) },
        },
      ],
      ['zigbee2mqtt/chiller', { power: fixed(1000 * kw('k', n)), linkquality: 90, voltage: 231 }],
      ['zigbee2mqtt/lighting', { power: fixed(1000 * kw('l', n)), linkquality: 12 }],
      [
        'homeassistant/sensor/inlet1/temperature/config',
        {
          stat_t: 'inlet1/sensor/temperature/state',
          unit_of_meas: '°C',
          dev_cla: 'temperature',
          dev: { name: 'rack 1 inlet' },
        },
        'retained',
      ],
      ['inlet1/sensor/temperature/state', fixed(air(n, 1)).toString()],
      [
        'application/5/device/a84041/event/up',
        {
          deviceInfo: { devEui: 'a84041' },
          object: { temperature: fixed(air(n, 2)), humidity: 44.5, battery: 3.3 },
          rxInfo: [{ rssi: -90 }],
        },
      ],
    ],
    edits: 0,
    written: 1,
  },
  {
    name: 'two feeds, a UPS measured before and behind',
    carries: FEEDS,
    rounds: LONG,
    says: (n) =>
      each(
        FEEDS,
        (topic, power) => (topic.includes('ups-') && topic.includes('-in/') ? power * 1.04 : power).toFixed(2),
        n,
      ),
    edits: 1,
    written: 0,
  },
  {
    name: 'a gateway of Modbus meters: phases beside their sum, reactive and apparent power, two tariffs',
    carries: Object.fromEntries(Object.entries(PHASES).map(([it, of]) => [`${it} /P_kW`, of])),
    rounds: LONG,
    says: (n) =>
      each(
        PHASES,
        (_, power) => ({
          P_kW: fixed(power),
          P_L1_kW: fixed(power / 3),
          P_L2_kW: fixed(power / 3),
          P_L3_kW: fixed(power / 3),
          Q_kvar: fixed(power / 10),
          S_kVA: fixed(power * 1.02),
          PF: 0.98,
          E_T1_kWh: fixed(50 * power + n, 0),
          E_T2_kWh: 3000,
          U_L1: 231,
          I_L1: fixed(power * 1.5),
        }),
        n,
      ),
    edits: 0,
    written: 1,
  },
]
