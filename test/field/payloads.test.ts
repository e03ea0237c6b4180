/**
 * Messages of real devices and gateways, as their projects publish them (`source` beside each). Each is read by the
 * keys of a point, or `check --live` says what to have sent instead.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { formatOfPayload } from '../../src/commands/check/formats.ts'
import { wayOfTime, wayOfValue } from '../../src/commands/check/ways.ts'
import { told } from '../ingest/told.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/data/payloads/', import.meta.url))
const hasPayloads = existsSync(FOLDER)

function payloadOf(id: string): string | Uint8Array {
  if (id.endsWith('.json')) return readFileSync(FOLDER + id, 'utf8')
  const lines = readFileSync(`${FOLDER}payloads.jsonl`, 'utf8').trim().split('\n')
  const found = lines
    .map((line) => JSON.parse(line) as { id: string; payload?: string; payload_base64?: string })
    .find((it) => it.id === id)
  return found?.payload ?? Buffer.from(found?.payload_base64 ?? '', 'base64')
}

/** Keys of points that read a message, and what they give, in base units; the times are the messages' own. */
const READ: [id: string, points: Record<string, string>, gives: string[]][] = [
  [
    'ttn-v3-lobaro-th',
    {
      t: 'at: /uplink_message/decoded_payload/airtemperature, unit: °C, timeAt: /uplink_message/received_at',
      rh: 'at: /uplink_message/decoded_payload/airhumidity, unit: "%", timeAt: none',
    },
    ['t 19.9 @ 07:06:25', 'rh 50.9'],
  ],
  ['chirpstack-v4-dragino-lt22222', { u: 'at: /object/AVI1_V, unit: W' }, ['u 0 @ 16:47:01']],
  [
    'shelly-pro3em-em0',
    {
      p: 'at: /total_act_power, unit: W',
      sum: 'at: /a_act_power, plus: [{ at: /b_act_power }, { at: /c_act_power }], unit: W',
    },
    ['p 2413.825', 'sum 2413.8'],
  ],
  ['shelly-pro3em-emdata0', { e: 'at: /total_act, unit: Wh, register: {}' }, ['e 19495491084']],
  [
    'redfish-pdu-metrics',
    {
      p: 'at: /PowerWatts/Reading, unit: W',
      e: 'at: /EnergykWh/Reading, unit: kWh, register: {}',
      t: 'at: /TemperatureCelsius/Reading, unit: °C',
      rh: 'at: /HumidityPercent/Reading, unit: "%"',
    },
    ['p 6438', 'e 203176800000', 't 26.3', 'rh 52.7'],
  ],
  [
    'senml-rfc8428-5.1.2', // volts are none of our units: the record names them, so it is refused
    { u: 'format: senml, where: { /n: "urn:dev:ow:10e2073a0108006:voltage" }, unit: W' },
    ['u bad_payload', ...Array<string>(6).fill('u unselected')],
  ],
  ['emoncms-scalar', { p: 'unit: W' }, ['p 623']],
  ['emoncms-emonth', { t: 'unit: °C' }, ['t 18.1']],
  ['redfish-dell_power.json', { p: 'at: /PowerControl/0/PowerConsumedWatts, unit: W' }, ['p 429']],
  [
    'redfish-dell_thermal.json',
    { t: 'records: /Temperatures, where: { /Name: CPU1 Temp }, at: /ReadingCelsius, unit: °C' },
    ['t 40'],
  ],
]

describe.skipIf(!hasPayloads)('payloads of devices', () => {
  test.each(READ)('%s is read', (id, points, gives) => {
    const text = Object.entries(points).map(([name, keys]) => `${name}: { topic: t, ${keys} }`)
    expect(told(text.join(', '), payloadOf(id))).toEqual(gives)
  })

  test.each(['milesight-em300-th-codec', 'milesight-ct310-codec'])('%s says who decodes it', (id) => {
    const payload = payloadOf(id)
    expect(told('a: { topic: t, unit: °C }', payload)).toEqual(['a bad_payload'])
    const text = Buffer.from(payload).toString('utf8')
    expect(formatOfPayload(text, 0) ?? wayOfValue(text)).toMatch(/network server or gateway decode them/)
  })
})

test.each([
  [
    'pdu,host=a temp=23.5,on=t 1772445600000000000',
    'line protocol (`format: line-protocol`); numbers: /fields/temp (23.5) where { /measurement: "pdu", /tags/host: "a" }',
  ],
  [
    '[{"bn":"urn:1/","n":"temperature","u":"Cel","v":23.5},{"n":"e","s":5}]',
    'SenML (`format: senml`); numbers: where: { /n: "urn:1/temperature" } (23.5 Cel), where: { /n: "urn:1/e" }, at: /s (5)',
  ],
  ['{"value":5,"timestamp":1772445600000,"quality":0}', 'a DSX value (`format: dsx`) of quality 0; 1 is good: 5'],
  ['23.5,45.2', 'a line of cells (`cells: ","`); numbers: /0 (23.5), /1 (45.2)'],
  ['rack;23,5;1', 'a line of cells (`cells: ";"`); numbers: /1 (23,5), /2 (1)'],
  ['23,5', undefined],
  ['{"kw":1}', undefined],
  ['[{"v":1}]', undefined],
  ['hello', undefined],
])('what takes %s', (payload, way) => expect(formatOfPayload(payload, 0)).toBe(way))

/** Shapes of the field that no key reads: what is said in place of a reading. */
test.each([
  ['{"value": true}', wayOfValue, /true and false are no numbers/],
  ["{'value': 23.5}", wayOfValue, /sent in double quotes/],
  ['{"value":23.5}\n{"value":23.6}', wayOfValue, /have a list sent/],
  ['23,5', wayOfValue, /declare `decimal: ','`/],
  ['23.5 °F', wayOfValue, /not the one that is declared/],
  ['{"time": "2026-03-02T10:00:00+0", "v": 23.5}', wayOfTime, /have it sent as \+00:00/],
  ['{"time": "02.03.2026 10:00:00", "v": 23.5}', wayOfTime, /timeForm: DD\.MM\.YYYY/],
  ['{"time": 36059, "v": 23.5}', wayOfTime, /`timeAt: none` takes the time of arrival/],
] as const)('%s', (payload, wayOf, says) => expect(wayOf(payload)).toMatch(says))
