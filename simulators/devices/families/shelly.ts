import type { Dialect } from '../dialect.ts'

const EVENTS = /^(?<device>.+)\/events\/rpc$/

/**
 * Shelly of generation 2 (shelly-api-docs.shelly.cloud/gen2): `NotifyStatus` with its time on `events/rpc`. The count
 * of a Pro 3EM is on `status/emdata:0` and has none. A second probe is at an add-on, `temperature:100`.
 */
export const SHELLY_DIALECT: Dialect = {
  speaks: (topic) => /\/(?:events\/rpc|status\/[a-z0-9]+:\d+)$/.test(topic),
  qos: 0,
  errs: true,
  steps: { power: 0.1, energy: 0.01, temperature: 0.1, humidity: 0.1 },
  around({ topic }) {
    const device = EVENTS.exec(topic)?.groups?.['device']
    if (device === undefined) return { id: Number(topic.slice(topic.lastIndexOf(':') + 1)) }
    return { src: device, dst: `${device}/events`, method: 'NotifyStatus' }
  },
  retained(topic) {
    const device = EVENTS.exec(topic)?.groups?.['device']
    return device === undefined ? undefined : { topic: `${device}/online`, payload: 'true' }
  },
  ignore: (site) => [`${site}/+/online`],
  wires({ site, id }) {
    const told = (at: string, unit: string) => ({
      topic: `${site}/${id}/events/rpc`,
      at: `/params/${at}`,
      timeAt: '/params/ts',
      timeUnit: 's',
      unit,
    })
    return {
      power: told('em:0/total_act_power', 'W'),
      energy: {
        topic: `${site}/${id}/status/emdata:0`,
        at: '/total_act',
        timeAt: 'none',
        unit: 'Wh',
        register: '{}',
      },
      t: told('temperature:0/tC', '°C'),
      rh: told('humidity:0/rh', "'%'"),
      out: told('temperature:100/tC', '°C'),
    }
  },
}
