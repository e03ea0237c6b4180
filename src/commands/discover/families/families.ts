import type { Family, FamilyNumber } from './family.ts'
import { CHIRPSTACK, EMON, REDFISH, THINGS_STACK, VICTRON, VICTRON_OTHERS } from './gateways.ts'
import { ESPHOME, OPENMQTTGATEWAY, RTL433, TASMOTA, ZIGBEE2MQTT } from './sensors.ts'
import { SHELLY_GEN1, SHELLY_RPC } from './shelly.ts'

/** The first whose topics fit counts. */
const FAMILIES: readonly Family[] = [
  SHELLY_GEN1,
  RTL433,
  OPENMQTTGATEWAY,
  TASMOTA,
  ZIGBEE2MQTT,
  CHIRPSTACK,
  THINGS_STACK,
  VICTRON,
  VICTRON_OTHERS,
  REDFISH,
  EMON,
  SHELLY_RPC,
  ESPHOME,
]

/** A topic as one of a family's devices. */
export interface OfFamily {
  readonly family: Family
  readonly device: string
  readonly rest: string
  readonly gateway: string | undefined
}

export function familyOf(topic: string): OfFamily | undefined {
  for (const family of FAMILIES) {
    const groups = family.topic.exec(topic)?.groups
    if (groups === undefined) continue
    const { device, device2, rest, rest2, gateway } = groups
    return { family, device: device ?? device2 ?? '', rest: rest ?? rest2 ?? '', gateway }
  }
  return undefined
}

/** What tells the devices of a topic apart, by what is documented of it. */
export function selectionBy(topic: string): readonly string[] {
  return familyOf(topic)?.family.selectBy ?? []
}

/** What is documented of the number at a place of a family's topic, and of which part of the device it is. */
export function documentedAt(
  { family, rest }: OfFamily,
  at: string,
): { number: FamilyNumber; part: string } | undefined {
  const locator = rest === '' || at !== '' ? `${rest}${at}` : rest
  for (const number of family.numbers) {
    const found = number.at.exec(locator)
    if (found !== null) return { number, part: found.groups?.['part'] ?? '' }
  }
  return undefined
}
