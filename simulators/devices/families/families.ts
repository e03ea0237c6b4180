import type { Dialect } from '../dialect.ts'
import { CHIRPSTACK_DIALECT } from './chirpstack.ts'
import { DSX_DIALECT } from './dsx.ts'
import { MODBUS_DIALECT } from './modbus.ts'
import { PLAIN_DIALECT } from './plain.ts'
import { SHELLY_DIALECT } from './shelly.ts'
import { SPARKPLUG_DIALECT } from './sparkplug.ts'
import { TASMOTA_DIALECT } from './tasmota.ts'
import { ZIGBEE2MQTT_DIALECT } from './zigbee2mqtt.ts'

/** By the names that site files give them. The first that speaks on a topic is the one that sends there. */
export const DIALECTS = {
  sparkplug: SPARKPLUG_DIALECT,
  dsx: DSX_DIALECT,
  shelly: SHELLY_DIALECT,
  tasmota: TASMOTA_DIALECT,
  zigbee2mqtt: ZIGBEE2MQTT_DIALECT,
  chirpstack: CHIRPSTACK_DIALECT,
  modbus: MODBUS_DIALECT,
  plain: PLAIN_DIALECT,
} satisfies Record<string, Dialect>

export type DialectName = keyof typeof DIALECTS

/** Who sends on a topic; `format`: the one that its points declare. */
export function speakerOn(topic: string, format: string | undefined): Dialect {
  return Object.values<Dialect>(DIALECTS).find((dialect) => dialect.speaks(topic, format)) ?? PLAIN_DIALECT
}
