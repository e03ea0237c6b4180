import type { Family } from './family.ts'

/** ChirpStack 4 (chirpstack.io/docs): `object` is what the device's codec makes of its bytes; its names tell. */
export const CHIRPSTACK: Family = {
  name: 'ChirpStack',
  topic: /^application\/[^/]+\/device\/(?<device>[^/]+)\/event\/(?<rest>up)$/,
  numbers: [],
  others: 'by name',
}

/** The Things Stack 3 (thethingsindustries.com/docs): `decoded_payload` likewise. */
export const THINGS_STACK: Family = {
  name: 'The Things Stack',
  topic: /^v3\/[^/]+\/devices\/(?<device>[^/]+)\/(?<rest>up)$/,
  numbers: [],
  others: 'by name',
}

/**
 * Victron's Venus (github.com/victronenergy/dbus-flashmq, dbus wiki): `{"value": …}` by service and instance. What
 * `system` publishes are sums over the others, and are left out.
 */
export const VICTRON: Family = {
  name: 'Victron',
  topic: /^N\/(?<gateway>[^/]+)\/(?<device>(?:grid|acload|genset|pvinverter|temperature)\/\d+)\/(?<rest>.+)$/,
  numbers: [
    { at: /^Ac\/Power\/value$/, measured: 'power', unit: 'W' },
    { at: /^Ac\/Energy\/Forward\/value$/, measured: 'energy', unit: 'kWh', isRegister: true },
    { at: /^Temperature\/value$/, measured: 'temperature', unit: '°C' },
    { at: /^Humidity\/value$/, measured: 'humidity', unit: '%' },
  ],
  others: 'nothing',
}
export const VICTRON_OTHERS: Family = {
  name: 'Victron',
  topic: /^N\/(?<gateway>[^/]+)\/(?<device>[a-z]+\/\d+)\/(?<rest>.+)$/,
  numbers: [],
  others: 'nothing',
}

/** Redfish (DMTF DSP0268), as gateways republish its resources. Its names have their units. */
export const REDFISH: Family = {
  name: 'Redfish',
  topic: /^(?:[^/]+\/)*?redfish\/v1\/(?<device>.+)$/,
  numbers: [
    { at: /^\/PowerWatts\/Reading$/, measured: 'power', unit: 'W' },
    { at: /^(?:\/PowerControl)?\/PowerConsumedWatts$/, measured: 'power', unit: 'W' },
    { at: /^\/EnergykWh\/Reading$/, measured: 'energy', unit: 'kWh', isRegister: true },
    { at: /^\/TemperatureCelsius\/Reading$/, measured: 'temperature', unit: '°C' },
    { at: /^\/HumidityPercent\/Reading$/, measured: 'humidity', unit: '%' },
    { at: /^\/Temperatures\/ReadingCelsius$/, measured: 'temperature', unit: '°C' },
  ],
  others: 'nothing',
}

/** emonPi and emonTx (docs.openenergymonitor.org): powers in W; emonTH: °C and %. */
export const EMON: Family = {
  name: 'emonCMS',
  topic: /^emon\/(?<device>[^/]+)\/(?<rest>[^/]+)$/,
  numbers: [
    { at: /^(?<part>power\d+)$/, measured: 'power', unit: 'W' },
    { at: /^temperature$/, measured: 'temperature', unit: '°C' },
    { at: /^humidity$/, measured: 'humidity', unit: '%' },
  ],
  others: 'nothing',
}
