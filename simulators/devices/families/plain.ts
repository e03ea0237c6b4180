import type { Dialect } from '../dialect.ts'

/** JSON with a stamp, at fixed times, of meters without error: what a person would let his own gateway send. */
export const PLAIN_DIALECT: Dialect = {
  speaks: () => true,
  qos: 1,
  ignore: () => [],
  wires: ({ site, path }) => ({
    power: { topic: `${site}/${path}`, at: '/kw', timeAt: '/ts', unit: 'kW' },
    energy: {
      topic: `${site}/${path}`,
      at: '/kwh',
      timeAt: '/ts',
      unit: 'kWh',
      register: '{ rolloverAt: 100000000 }',
    },
    t: { topic: `${site}/${path}`, at: '/t', timeAt: '/ts', unit: '°C' },
    rh: { topic: `${site}/${path}`, at: '/rh', timeAt: '/ts', unit: "'%'" },
    out: { topic: `${site}/${path}`, at: '/out', timeAt: '/ts', unit: '°C' },
  }),
}
