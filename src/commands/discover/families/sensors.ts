import type { Family } from './family.ts'

/** Tasmota's telemetry (tasmota.github.io/docs/MQTT): sensors by their names; `TempUnit` says °C or °F. */
export const TASMOTA: Family = {
  name: 'Tasmota',
  topic: /^(?:tele\/(?<device>[^/]+(?:\/[^/]+)*)|(?<device2>[^/]+(?:\/[^/]+)*)\/tele)\/(?<rest>SENSOR)$/,
  numbers: [
    { at: /^SENSOR\/(?<part>ENERGY)\/Power$/, measured: 'power', unit: 'W' },
    { at: /^SENSOR\/(?<part>ENERGY)\/Total$/, measured: 'energy', unit: 'kWh', isRegister: true },
    { at: /^SENSOR\/(?<part>(?!ESP32|ENERGY)[^/]+)\/Temperature$/, measured: 'temperature', unit: undefined },
    { at: /^SENSOR\/(?<part>[^/]+)\/Humidity$/, measured: 'humidity', unit: '%' },
  ],
  others: 'nothing',
}

/** Zigbee2MQTT (zigbee2mqtt.io/guide/usage/exposes.html): units are those of its lists of exposes. */
export const ZIGBEE2MQTT: Family = {
  name: 'Zigbee2MQTT',
  topic: /^(?<gateway>zigbee2mqtt[^/]*)\/(?<device>(?!bridge\/)[^/]+(?:\/(?!set$|get$|availability$)[^/]+)*)$/,
  numbers: [
    { at: /^\/power$/, measured: 'power', unit: 'W' },
    { at: /^\/energy$/, measured: 'energy', unit: 'kWh', isRegister: true },
    { at: /^\/temperature$/, measured: 'temperature', unit: '°C' },
    { at: /^\/humidity$/, measured: 'humidity', unit: '%' },
  ],
  others: 'nothing',
}

/** OpenMQTTGateway (docs.openmqttgateway.com): beacons and radio sensors, through the gateway that hears them. */
export const OPENMQTTGATEWAY: Family = {
  name: 'OpenMQTTGateway',
  topic: /^(?:[^/]+\/)*(?<gateway>[^/]+)\/(?:BTtoMQTT|RTL_433toMQTT)(?:\/(?<device>.+))?$/,
  selectBy: ['/model', '/id', '/channel'],
  numbers: [
    { at: /^\/tempc$/, measured: 'temperature', unit: '°C' },
    { at: /^\/temperature_C$/, measured: 'temperature', unit: '°C' },
    { at: /^\/hum(?:idity)?$/, measured: 'humidity', unit: '%' },
    { at: /^\/power_W$/, measured: 'power', unit: 'W' },
    { at: /^\/energy_kWh$/, measured: 'energy', unit: 'kWh', isRegister: true },
  ],
  others: 'nothing',
}

/** rtl_433 (triq.org/rtl_433/DATA_FORMAT): all devices on `events`, or a topic for each number. */
export const RTL433: Family = {
  name: 'rtl_433',
  topic: /^rtl_433\/(?:(?<gateway>[^/]+)\/)?(?:(?<rest>events)|devices\/(?<device>.+)\/(?<rest2>[^/]+))$/,
  selectBy: ['/model', '/id', '/channel'],
  numbers: [
    { at: /^(?:events\/)?temperature_C$/, measured: 'temperature', unit: '°C' },
    { at: /^(?:events\/)?temperature_F$/, measured: 'temperature', unit: '°F' },
    { at: /^(?:events\/)?humidity$/, measured: 'humidity', unit: '%' },
    { at: /^(?:events\/)?power_W$/, measured: 'power', unit: 'W' },
    { at: /^(?:events\/)?energy_kWh$/, measured: 'energy', unit: 'kWh', isRegister: true },
  ],
  others: 'nothing',
}

/** ESPHome (esphome.io/components/mqtt): a bare number for each sensor; its unit is told by its announcement alone. */
export const ESPHOME: Family = {
  name: 'ESPHome',
  topic: /^(?<device>[^/]+)\/sensor\/(?<rest>[^/]+)\/state$/,
  numbers: [],
  others: 'by name',
}
