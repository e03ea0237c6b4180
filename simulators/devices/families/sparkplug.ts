import type { Dialect } from '../dialect.ts'

/**
 * Sparkplug B 3.0.0: a node with its devices. Births tell names, aliases and types, data the aliases of what has moved;
 * all at QoS 0, so what a cut took away is sent again as historical. See `node.ts` for the order of its messages.
 */
export const SPARKPLUG_DIALECT: Dialect = {
  speaks: (topic) => topic.startsWith('spBv1.0/'),
  qos: 0,
  errs: true,
  leastEveryS: 60,
  steps: { power: 0.001, energy: 1, temperature: 0.01, humidity: 0.1 },
  onChange: { lookMs: 10_000, power: 0.002, temperature: 0.05, humidity: 0.5 },
  ignore: () => [],
  wires({ site, id, node }) {
    const told = (metric: string, unit: string) => ({
      topic: `spBv1.0/${site}/DDATA/${node}/${id}`,
      at: metric,
      unit,
    })
    return {
      power: { ...told('/Power/Active', 'kW'), hold: 'true' },
      energy: { ...told('/Energy/Active Import', 'Wh'), register: '{}' },
      t: told('/Air/Temperature', '°C'),
      rh: told('/Air/Humidity', "'%'"),
      out: told('/Air/Temperature Behind', '°C'),
    }
  },
}
