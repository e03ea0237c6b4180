import type { Family } from './family.ts'

/** Generation 1, by topic (shelly-api-docs.shelly.cloud/gen1): a number each. Energies of relays are watt-minutes. */
export const SHELLY_GEN1: Family = {
  name: 'Shelly generation 1',
  topic: /^shellies\/(?<device>[^/]+)\/(?<rest>(?:emeter|relay|light|roller|sensor)\/.+)$/,
  numbers: [
    { at: /^(?<part>emeter\/\d+)\/power$/, measured: 'power', unit: 'W' },
    { at: /^(?<part>emeter\/\d+)\/total$/, measured: 'energy', unit: 'Wh', isRegister: true },
    { at: /^(?<part>(?:relay|light|roller)\/\d+)\/power$/, measured: 'power', unit: 'W' },
    {
      at: /^(?<part>(?:relay|light|roller)\/\d+)\/energy$/,
      measured: 'energy',
      unit: 'J',
      factor: 60,
      isRegister: true,
    },
    { at: /^(?<part>sensor)\/temperature$/, measured: 'temperature', unit: undefined },
    { at: /^(?<part>sensor)\/humidity$/, measured: 'humidity', unit: '%' },
  ],
  others: 'nothing',
}

/**
 * Generations 2, 3 and 4 with RPC (shelly-api-docs.shelly.cloud/gen2): the status of a component on a topic of its own,
 * or its changes as `NotifyStatus` on `events/rpc`. `em` counts three phases together, `em1` each for itself.
 */
export const SHELLY_RPC: Family = {
  name: 'Shelly with RPC',
  topic:
    /^(?<device>[^/]+(?:\/[^/]+){0,4}?)\/(?<rest>status\/(?:em|em1|emdata|em1data|switch|pm1|cover|light|temperature|humidity):\d+|events\/rpc)$/,
  numbers: [
    { at: rpc('em:(?<part>\\d+)', '/total_act_power'), measured: 'power', unit: 'W' },
    { at: rpc('emdata:(?<part>\\d+)', '/total_act'), measured: 'energy', unit: 'Wh', isRegister: true },
    { at: rpc('em1:(?<part>\\d+)', '/act_power'), measured: 'power', unit: 'W' },
    { at: rpc('em1data:(?<part>\\d+)', '/total_act_energy'), measured: 'energy', unit: 'Wh', isRegister: true },
    { at: rpc('(?<part>(?:switch|pm1|cover|light):\\d+)', '/apower'), measured: 'power', unit: 'W' },
    {
      at: rpc('(?<part>(?:switch|pm1|cover|light):\\d+)', '/aenergy/total'),
      measured: 'energy',
      unit: 'Wh',
      isRegister: true,
    },
    { at: rpc('(?:temperature):(?<part>\\d+)', '/tC'), measured: 'temperature', unit: '°C' },
    { at: rpc('(?:humidity):(?<part>\\d+)', '/rh'), measured: 'humidity', unit: '%' },
  ],
  others: 'nothing',
}

function rpc(component: string, member: string): RegExp {
  return new RegExp(`^(?:status|events/rpc/params)/${component}${member}$`)
}
