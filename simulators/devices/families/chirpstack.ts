import { createRandom, seedFor } from '../../random.ts'
import type { Dialect } from '../dialect.ts'

const APPLICATION = '0d3c2a57-6f0e-4a1b-8c55-2b6c7e11a0f4'
const UPLINK = /^application\/(?<application>[^/]+)\/device\/(?<address>[^/]+)\/event\/up$/

/**
 * Uplinks of ChirpStack 4 (chirpstack.io/docs/chirpstack/integrations/events.html): what a codec made of the bytes
 * stands in `object`. A radio band that many share lets each wait for its turn.
 */
export const CHIRPSTACK_DIALECT: Dialect = {
  speaks: (topic) => UPLINK.test(topic),
  qos: 0,
  errs: true,
  leastEveryS: 60,
  stamps: 'iso',
  jitterMs: 3_000,
  steps: { power: 10, energy: 0.1, temperature: 0.1, humidity: 0.5 },
  around({ topic, tMs, nth }) {
    const { application = '', address = '' } = UPLINK.exec(topic)?.groups ?? {}
    const random = createRandom(seedFor(nth, address))
    const hex = (digits: number) =>
      random
        .int(0, 16 ** digits - 1)
        .toString(16)
        .padStart(digits, '0')
    return {
      deduplicationId: `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
      deviceInfo: { applicationId: application, devEui: address, deviceClassEnabled: 'CLASS_A' },
      adr: true,
      dr: 5,
      fCnt: nth % 65_536,
      fPort: 2,
      rxInfo: [{ gatewayId: '00800000a00003f1', gwTime: new Date(tMs).toISOString(), rssi: -random.int(50, 110) }],
    }
  },
  ignore: () => [],
  wires({ address }) {
    const told = (member: string, unit: string) => ({
      topic: `application/${APPLICATION}/device/${address}/event/up`,
      at: `/object/${member}`,
      timeAt: '/time',
      unit,
    })
    return {
      power: told('active_power', 'W'),
      energy: { ...told('active_energy', 'kWh'), register: '{}' },
      t: told('temperature', '°C'),
      rh: told('humidity', "'%'"),
      out: told('temperature_external', '°C'),
    }
  },
}
