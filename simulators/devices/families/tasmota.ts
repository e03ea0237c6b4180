import type { Dialect } from '../dialect.ts'

/** Tasmota's telemetry (tasmota.github.io/docs/MQTT): local times in whole seconds, watts, thousandths of a kWh. */
export const TASMOTA_DIALECT: Dialect = {
  speaks: (topic) => /^tele\/.+\/SENSOR$/.test(topic),
  qos: 0,
  errs: true,
  steps: { power: 1, energy: 0.001, temperature: 0.1, humidity: 0.1 },
  around: () => ({ TempUnit: 'C' }),
  retained: (topic) => ({ topic: topic.replace(/SENSOR$/, 'LWT'), payload: 'Online' }),
  ignore: () => ['tele/+/LWT'],
  wires({ site, id, timezone }) {
    const told = (at: string, unit: string) => ({
      topic: `tele/${site}-${id}/SENSOR`,
      at,
      timeAt: '/Time',
      timezone,
      unit,
    })
    return {
      power: told('/ENERGY/Power', 'W'),
      energy: { ...told('/ENERGY/Total', 'kWh'), register: '{}' },
      t: told('/AM2301/Temperature', '°C'),
      rh: told('/AM2301/Humidity', "'%'"),
      out: told('/DS18B20/Temperature', '°C'),
    }
  },
}
