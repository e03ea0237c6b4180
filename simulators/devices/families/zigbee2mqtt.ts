import type { Dialect } from '../dialect.ts'

/**
 * Zigbee2MQTT (zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html): all that a device has last told, whenever
 * some of it has moved by its `reportable_change`, with `last_seen`; radio delays let the times wander.
 */
export const ZIGBEE2MQTT_DIALECT: Dialect = {
  speaks: (topic) => /^zigbee2mqtt[^/]*\//.test(topic),
  qos: 0,
  errs: true,
  leastEveryS: 60,
  stamps: 'iso',
  jitterMs: 2_000,
  steps: { power: 1, energy: 0.01, temperature: 0.01, humidity: 0.01 },
  onChange: { lookMs: 10_000, power: 0.005, temperature: 0.1, humidity: 1 },
  around: ({ nth }) => ({ linkquality: 60 + (nth % 60) }),
  retained: (topic) => ({ topic: `${topic}/availability`, payload: '{"state":"online"}' }),
  ignore: () => ['zigbee2mqtt/+/availability', 'zigbee2mqtt/bridge/#'],
  wires({ site, id }) {
    const told = (member: string, unit: string, name = id) => ({
      topic: `zigbee2mqtt/${site}-${name}`,
      at: `/${member}`,
      timeAt: '/last_seen',
      unit,
    })
    return {
      power: { ...told('power', 'W'), hold: 'true' },
      energy: { ...told('energy', 'kWh'), register: '{}' },
      t: told('temperature', '°C'),
      rh: told('humidity', "'%'"),
      out: told('temperature', '°C', `${id}-out`),
    }
  },
}
