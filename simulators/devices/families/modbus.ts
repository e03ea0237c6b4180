import type { Dialect } from '../dialect.ts'

/**
 * A gateway that polls Modbus meters and sends all registers of a poll as one list of names, values and times, the
 * usual tree of such gateways. Registers are whole numbers: tenths, and energies that wrap at 32 bits.
 */
export const MODBUS_DIALECT: Dialect = {
  speaks: (topic) => topic.startsWith('modbus/'),
  qos: 1,
  errs: true,
  steps: { power: 1, energy: 1, temperature: 1, humidity: 1 },
  around: ({ topic }) => ({ gateway: topic.split('/')[2] ?? topic }),
  retained: (topic) => ({ topic: `${topic}/state`, payload: 'online' }),
  ignore: () => ['modbus/+/+/+/state'],
  wires({ site, id, node }) {
    const told = (name: string, unit: string) => ({
      topic: `modbus/${site}/${node}/poll`,
      records: '/data',
      where: `{ /name: '${id}.${name}' }`,
      at: '/value',
      timeAt: '/ts',
      unit,
      factor: '0.1',
    })
    return {
      power: told('power', 'kW'),
      energy: { ...told('energy', 'kWh'), register: '{ rolloverAt: 4294967296 }' },
      t: told('temperature', '°C'),
      rh: told('humidity', "'%'"),
      out: told('outlet', '°C'),
    }
  },
}
