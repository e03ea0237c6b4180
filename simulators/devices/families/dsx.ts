import type { Dialect } from '../dialect.ts'

const VALUE = /^BMS\/v1\/PUB\/Value\//

/**
 * NVIDIA DSX Exchange (BMS event bus 1.0.0): a value a topic, on change and every 100 s at QoS 0. Metadata are
 * retained. It knows no running counts of energy.
 */
export const DSX_DIALECT: Dialect = {
  speaks: (_topic, format) => format === 'dsx',
  qos: 0,
  errs: true,
  leastEveryS: 100,
  steps: { power: 0.01, temperature: 0.01, humidity: 0.1 },
  onChange: { lookMs: 10_000, power: 0.002, temperature: 0.05, humidity: 0.5 },
  around: () => ({ quality: 1 }),
  retained(topic) {
    const [objectType, pointType, ...tag] = topic.replace(VALUE, '').split('/')
    const metadata = { objectType, pointType, objectId: tag.join('/'), engUnit: UNITS[pointType ?? ''], servesId: [] }
    return { topic: topic.replace(VALUE, 'BMS/v1/PUB/Metadata/'), payload: JSON.stringify(metadata) }
  },
  ignore: () => ['BMS/v1/PUB/Metadata/#'],
  wires({ site, id }) {
    const told = (path: string, unit: string) => ({
      topic: `BMS/v1/PUB/Value/${path}/${site}/${id}`,
      format: 'dsx',
      at: '/value',
      timeAt: '/timestamp',
      unit,
    })
    return {
      power: { ...told('PowerMeter/ActivePower', 'kW'), hold: 'true' },
      t: told('Rack/InletTemperature', '°C'),
      rh: told('Rack/InletHumidity', "'%'"),
      out: told('Rack/OutletTemperature', '°C'),
    }
  },
}

const UNITS: Readonly<Record<string, string>> = {
  ActivePower: 'kW',
  InletTemperature: 'Cel',
  InletHumidity: '%',
  OutletTemperature: 'Cel',
}
