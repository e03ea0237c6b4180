/** Messages as devices send them, and the points that `discover` makes of them. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseLine, openRecording } from '../../../src/ingest/recording.ts'
import { newsText } from '../../../src/commands/discover/news.ts'
import { parseConfig } from '../../../src/config/config.ts'
import { siteOf } from '../../servers/daemon.ts'
import { heardFrom, pointWords, siteFrom, textOf, type Message } from './found.ts'

const DATA = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))

/** What one message makes: its points in words, those that ask among them. */
function pointsOf(...messages: Message[]): string[] {
  return siteFrom(() => messages, { count: 3 }).drafts.map(pointWords)
}

/** Of each family a message in the form that its makers document. */
const FAMILIES: [family: string, messages: Message[], points: string[]][] = [
  [
    'Shelly generation 1: the energy of a relay is in watt-minutes',
    [
      ['shellies/shellyem-B9/emeter/0/power', '812.5'],
      ['shellies/shellyem-B9/emeter/0/total', '120345.1'],
      ['shellies/shellyem-B9/emeter/0/voltage', '230.1'],
      ['shellies/shellyplug-1/relay/0/energy', '5400'],
      ['shellies/shellyht-3/sensor/temperature', '22.5'],
      ['shellies/shellyht-3/sensor/humidity', '41'],
    ],
    [
      'shellies/shellyem-B9/emeter/0/power: power W documented',
      'shellies/shellyem-B9/emeter/0/total: count Wh documented',
      'shellies/shellyplug-1/relay/0/energy: count J documented',
      'shellies/shellyht-3/sensor/temperature: temperature °C documented',
      'shellies/shellyht-3/sensor/humidity: humidity % documented',
    ],
  ],
  [
    'Shelly with RPC: what is told twice counts once',
    [
      ['pro3em-1/status/em:0', { id: 0, a_act_power: 10.5, b_act_power: 20, total_act_power: 30.5 }],
      [
        'pro3em-1/events/rpc',
        {
          src: 'pro3em-1',
          method: 'NotifyStatus',
          params: { ts: 1772445600, 'em:0': { id: 0, total_act_power: 30.5 } },
        },
      ],
      [
        'plus1pm/status/switch:0',
        { id: 0, apower: 55.1, aenergy: { total: 1234.5, by_minute: [1, 2, 3] }, temperature: { tC: 55.1 } },
      ],
    ],
    [
      'pro3em-1/status/em:0 /total_act_power: power W documented',
      'pro3em-1/events/rpc /params/em:0/total_act_power: power asks',
      'plus1pm/status/switch:0 /apower: power W documented',
      'plus1pm/status/switch:0 /aenergy/total: count Wh documented',
    ],
  ],
  [
    'Tasmota: its time is local, °F is told',
    [
      [
        'tele/pdu-7/SENSOR',
        {
          Time: '2026-03-02T11:00:00',
          ENERGY: { Total: 28.412, Today: 0.4, Power: 182, ApparentPower: 190, Voltage: 231 },
        },
      ],
      [
        'tele/rack-3/SENSOR',
        { Time: '2026-03-02T11:00:00', AM2301: { Temperature: 75.2, Humidity: 44.1, DewPoint: 52 }, TempUnit: 'F' },
      ],
    ],
    [
      'tele/pdu-7/SENSOR /ENERGY/Total: count kWh documented',
      'tele/pdu-7/SENSOR /ENERGY/Power: power W documented',
      'tele/rack-3/SENSOR /AM2301/Temperature: temperature °F documented',
      'tele/rack-3/SENSOR /AM2301/Humidity: humidity % documented',
    ],
  ],
  [
    'Zigbee2MQTT',
    [
      [
        'zigbee2mqtt/rack 4 inlet',
        { temperature: 23.4, humidity: 45.2, battery: 90, linkquality: 120, last_seen: '2026-03-02T10:00:00.000Z' },
      ],
    ],
    [
      'zigbee2mqtt/rack 4 inlet /temperature: temperature °C documented',
      'zigbee2mqtt/rack 4 inlet /humidity: humidity % documented',
    ],
  ],
  [
    'ESPHome says no unit on its topics: a power asks for it',
    [
      ['cold-aisle/sensor/temperature/state', '24.1'],
      ['pdu/sensor/power/state', '812'],
    ],
    ['cold-aisle/sensor/temperature/state: temperature °C guess', 'pdu/sensor/power/state: power asks'],
  ],
  [
    'Victron: what `system` adds up counts once, where it is measured',
    [
      ['N/c0619ab1/grid/30/Ac/Power', { value: 5120 }],
      ['N/c0619ab1/grid/30/Ac/Energy/Forward', { value: 8123.4 }],
      ['N/c0619ab1/system/0/Ac/Consumption/L1/Power', { value: 5120 }],
      ['N/c0619ab1/temperature/24/Temperature', { value: 21.5 }],
    ],
    [
      'N/c0619ab1/grid/30/Ac/Power /value: power W documented',
      'N/c0619ab1/grid/30/Ac/Energy/Forward /value: count kWh documented',
      'N/c0619ab1/temperature/24/Temperature /value: temperature °C documented',
    ],
  ],
  [
    'OpenMQTTGateway',
    [
      [
        'home/OMG_1/BTtoMQTT/A4C138000001',
        { id: 'A4:C1:38:00:00:01', name: 'ATC', rssi: -70, tempc: 23.1, tempf: 73.6, hum: 45, batt: 90 },
      ],
    ],
    [
      'home/OMG_1/BTtoMQTT/A4C138000001 /tempc: temperature °C documented',
      'home/OMG_1/BTtoMQTT/A4C138000001 /hum: humidity % documented',
    ],
  ],
  [
    'rtl_433: all devices on one topic',
    [
      [
        'rtl_433/gw/events',
        { time: '2026-03-02 10:00:00', model: 'LaCrosse-TX', id: 17, temperature_C: 23.1, humidity: 44 },
      ],
      [
        'rtl_433/gw/events',
        { time: '2026-03-02 10:00:01', model: 'LaCrosse-TX', id: 18, temperature_C: 24.1, humidity: 45 },
      ],
    ],
    Array.from({ length: 2 }, () => [
      'rtl_433/gw/events /temperature_C: temperature °C documented',
      'rtl_433/gw/events /humidity: humidity % documented',
    ]).flat(),
  ],
  [
    'a Home Assistant announcement, in its short form',
    [
      [
        'homeassistant/sensor/node/p/config',
        {
          '~': 'meters/7',
          stat_t: '~/state',
          val_tpl: "{{ value_json['em']['p'] | float }}",
          unit_of_meas: 'kW',
          dev_cla: 'power',
          dev: { name: 'Chiller 2', ids: ['7'] },
        },
        'retained',
      ],
      ['meters/7/state', { em: { p: 12.5, q: 3 } }],
    ],
    ['meters/7/state /em/p: power kW announced'],
  ],
  [
    'announcements that contradict each other, or the documents, ask',
    [
      [
        'homeassistant/sensor/a/config',
        { stat_t: 'meters/9', val_tpl: '{{ value_json.p }}', unit_of_meas: 'kW', dev_cla: 'power' },
        'retained',
      ],
      [
        'homeassistant/sensor/b/config',
        { stat_t: 'meters/9', val_tpl: "{{ value_json['p'] }}", unit_of_meas: 'W', dev_cla: 'power' },
        'retained',
      ],
      [
        'homeassistant/sensor/c/config',
        { stat_t: 'meters/9', val_tpl: '{{ value_json.q }}', unit_of_meas: 'W', dev_cla: 'power' },
        'retained',
      ],
      [
        'homeassistant/sensor/d/config',
        { stat_t: 'meters/9', val_tpl: '{{ value_json.q | float }}', unit_of_meas: 'W', dev_cla: 'power' },
        'retained',
      ],
      [
        'homeassistant/sensor/e/config',
        { stat_t: 'tele/pdu-7/SENSOR', val_tpl: '{{ value_json.ENERGY.Power }}', unit_of_meas: 'kW', dev_cla: 'power' },
        'retained',
      ],
      ['meters/9', { p: 12.5, q: 300 }],
      ['tele/pdu-7/SENSOR', { Time: '2026-03-02T11:00:00', ENERGY: { Total: 28.412, Power: 182 } }],
    ],
    [
      'meters/9 /p: power asks',
      'meters/9 /q: power W announced',
      'tele/pdu-7/SENSOR /ENERGY/Power: power asks',
      'tele/pdu-7/SENSOR /ENERGY/Total: count kWh documented',
    ],
  ],
  [
    'a template that calculates is not guessed around',
    [
      [
        'homeassistant/sensor/p/config',
        { stat_t: 'meters/8', val_tpl: '{{ value_json.power_kw / 10 }}', unit_of_meas: 'kW', dev_cla: 'power' },
        'retained',
      ],
      ['meters/8', { power_kw: 125 }],
    ],
    [],
  ],
  [
    'BACnet and Modbus gateways: the unit stands beside the value',
    [
      ['bacnet/1201/analogInput/3', { name: 'CH-1 power', presentValue: 88.5, units: 'kilowatts' }],
      ['bacnet/1201/analogInput/4', { name: 'Room temperature', presentValue: 22.5, units: 'degrees-celsius' }],
      ['modbus/meter-3/energy_kwh', '1234.5'],
      ['modbus/meter-3/voltage', '230'],
    ],
    [
      'bacnet/1201/analogInput/3 /presentValue: power kW announced',
      'bacnet/1201/analogInput/4 /presentValue: temperature °C announced',
      'modbus/meter-3/energy_kwh: count kWh guess',
    ],
  ],
  [
    'DSX: metadata tell the unit, setpoints are none of ours',
    [
      [
        'BMS/v1/PUB/Metadata/PowerMeter/ActivePower/pm1',
        {
          objectType: 'PowerMeter',
          pointType: 'ActivePower',
          objectName: 'PM 1',
          objectId: 'pm-1',
          servesId: [],
          engUnit: 'kW',
        },
        'retained',
      ],
      [
        'BMS/v1/PUB/Metadata/CDU/LiquidTemperature/c1',
        { objectType: 'CDU', objectId: 'c1', objectName: 'CDU', engUnit: 'C', isSetpoint: true },
        'retained',
      ],
      ['BMS/v1/PUB/Value/PowerMeter/ActivePower/pm1', { value: 812.5, timestamp: 1772445600000, quality: 1 }],
    ],
    ['BMS/v1/PUB/Value/PowerMeter/ActivePower/pm1: power kW announced'],
  ],
]

describe('families of devices', () => {
  test.each(FAMILIES)('%s', (_, messages, points) => expect(pointsOf(...messages)).toEqual(points))
})

test('phases are counted by their sum; where there is none, each stands for itself', () => {
  expect(pointsOf(['dc/m1', { l1_power_w: 10, l2_power_w: 20, power_w: 30 }])).toEqual([
    'dc/m1 /power_w: power W guess',
  ])
  expect(pointsOf(['dc/m2', { l1_power_w: 10, l2_power_w: 20 }])).toHaveLength(2)
})

test('a time that cannot be read gives way to that of arrival; one that can is pointed at', () => {
  const { config } = siteFrom((_, nowMs) => [
    ['rtl_433/gw/events', { time: '2026-03-02 10:00:00', model: 'X', id: 1, temperature_C: 23.1 }],
    ['dc/far', { power_w: 5, ts: Math.floor(nowMs / 1000) - 86_400 }],
    ['dc/near', { power_w: 6, last_seen: new Date(nowMs).toISOString() }],
    ['dc/usual', { power_w: 7, ts: nowMs }],
  ])
  const times = Object.values(config.points).map(({ topic, timeAt }) => [topic, timeAt])
  expect(times).toEqual([
    ['dc/far', 'none'],
    ['dc/near', '/last_seen'],
    ['dc/usual', undefined],
    ['rtl_433/gw/events', 'none'],
  ])
})

test('what else comes on the topic of a point is ignored by what it lacks', () => {
  const { config } = siteFrom((n) => [
    [
      'pm/events/rpc',
      { src: 'pm', method: 'NotifyStatus', params: { ts: 1772445600 + 5 * n, 'em:0': { total_act_power: 30 + n } } },
    ],
    [
      'pm/events/rpc',
      { src: 'pm', method: 'NotifyEvent', params: { ts: 1772445600 + 5 * n, events: [{ component: 'em:0' }] } },
    ],
    ['pm/online', 'true'],
  ])
  expect(config.points).toMatchObject({ 'pm-w': { at: '/params/em:0/total_act_power', timeAt: '/params/ts' } })
  expect(config.ignore).toEqual([
    { topic: 'pm/online' },
    { topic: 'pm/events/rpc', without: '/params/em:0/total_act_power' },
  ])
})

test('devices that share a topic are told apart once each came again; before that the topic asks', () => {
  const says = (n: number): Message[] => [
    ['bus/meters', { id: n % 2 === 0 ? 'a' : 'b', power_w: n % 2 === 0 ? 100 : 700 }],
  ]
  const { config } = siteFrom(says, { count: 20 })
  expect(Object.values(config.points).map(({ where }) => where)).toEqual([{ '/id': 'a' }, { '/id': 'b' }])
  expect(siteFrom(says, { count: 2 }).drafts.map(pointWords)).toEqual(['bus/meters /power_w: power asks'])
})

/** Words of three languages, and what a missing unit makes. */
test.each<[topic: string, payload: string, point: string[]]>([
  ['salle/baie-3/puissance_kw', '4.2', ['salle/baie-3/puissance_kw: power kW guess']],
  ['salle/baie-3/puissance', '4.2', ['salle/baie-3/puissance: power asks']],
  ['raum/schrank-1/Leistung_kW', '4.2', ['raum/schrank-1/Leistung_kW: power kW guess']],
  ['raum/luftfeuchte', '44', ['raum/luftfeuchte: humidity % guess']],
  ['salle/humidité', '44', ['salle/humidité: humidity % guess']],
  ['salle/humidité', '0.44', ['salle/humidité: humidity asks']],
  ['room/temperature', '71', ['room/temperature: temperature asks']],
  ['room/temperature', '231', ['room/temperature: temperature asks']],
  ['room/temperature', '296.1', ['room/temperature: temperature K guess']],
  ['room/temperature_setpoint', '22', []],
  ['room/cpu_temp', '22', []],
  ['meter/apparent_power_kw', '22', []],
  ['meter/energy', '5123.4', ['meter/energy: count asks']],
])('%s %s', (topic, payload, point) => expect(pointsOf([topic, payload])).toEqual(point))

describe.skipIf(!existsSync(DATA))('public payloads', () => {
  const rows = existsSync(DATA)
    ? readFileSync(`${DATA}payloads/payloads.jsonl`, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { id: string; topic: string; payload?: string; payload_base64?: string })
    : []
  const EXPECTED: Record<string, string[]> = {
    'ttn-v3-lobaro-th': [
      'v3/app@ttn/devices/meins/up /uplink_message/decoded_payload/airhumidity: humidity % guess',
      'v3/app@ttn/devices/meins/up /uplink_message/decoded_payload/airtemperature: temperature °C guess',
    ],
    'chirpstack-v4-dragino-lt22222': [],
    'shelly-pro3em-em0': ['shellypro3em-aabbccddeeff/status/em:0 /total_act_power: power W documented'],
    'shelly-pro3em-emdata0': ['shellypro3em-aabbccddeeff/status/emdata:0 /total_act: count Wh documented'],
    'milesight-em300-th-codec': [],
    'milesight-ct310-codec': [],
    'redfish-pdu-metrics': [
      'redfish/v1/PowerEquipment/RackPDUs/1/Metrics /PowerWatts/Reading: power W documented',
      'redfish/v1/PowerEquipment/RackPDUs/1/Metrics /EnergykWh/Reading: count kWh documented',
      'redfish/v1/PowerEquipment/RackPDUs/1/Metrics /TemperatureCelsius/Reading: temperature °C documented',
      'redfish/v1/PowerEquipment/RackPDUs/1/Metrics /HumidityPercent/Reading: humidity % documented',
    ],
    'senml-rfc8428-5.1.2': [],
    'emoncms-scalar': ['emon/emonpi/power1: power W documented'],
    'emoncms-emonth': ['emon/emonth1/temperature: temperature °C documented'],
  }
  test.each(rows)('$id', ({ id, topic, payload, payload_base64: bytes }) => {
    expect(pointsOf([topic, payload ?? new Uint8Array(Buffer.from(bytes ?? '', 'base64'))])).toEqual(EXPECTED[id])
  })

  test('shapes of the field: what its message or its name tells becomes a point', async () => {
    const messages: Message[] = []
    for await (const lines of openRecording(`${DATA}field/shapes/recording.ndjson.gz`)) {
      for (const line of lines) {
        const packet = parseLine(line)
        if (typeof packet !== 'string') messages.push([packet.topic, packet.payload ?? ''])
      }
    }
    expect(pointsOf(...messages).map((it) => it.replace(/^.*: /, `${it.split(/[ :]/)[0]} `))).toEqual([
      'v/unit-in-text temperature °C announced',
      'v/line-protocol temperature °C guess',
      'v/json-in-json temperature °C guess',
      'v/senml temperature °C announced',
      'v/senml humidity % announced',
      'v/by-name humidity % guess',
      'v/by-name temperature °C guess',
      'v/openhab-quantity temperature °C announced',
      'v/history temperature °C guess',
    ])
  })
})

test('what a member of a template reads by a wildcard is not new', () => {
  const says = (): Message[] => [
    ['tele/a/pdu-7/SENSOR', { ENERGY: { Power: 182 } }],
    ['tele/b/pdu-8/SENSOR', { ENERGY: { Power: 90 } }],
  ]
  const { config } = siteOf(`
site: { id: dc, timezone: UTC }
points: {}
templates:
  - members: [{ pdu: pdu-7 }]
    topic: 'tele/+/{pdu}/SENSOR'
    points: { '{pdu}': { at: /ENERGY/Power, unit: W } }
`)
  const told = newsText(heardFrom(says), config)
  expect([told.includes('pdu-7'), told.includes('pdu-8')]).toEqual([false, true])
})

test('a written site may be gone on with at its end', () => {
  const text = textOf(siteFrom(() => [['tele/pdu-7/SENSOR', { ENERGY: { Power: 182 } }]]))
  expect(parseConfig(`${text}rows: { readings: all }\n`)).toHaveProperty('config.rows.readings', 'all')
})
