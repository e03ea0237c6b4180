import { crc32 } from 'node:zlib'
import type { StateKind, StateTopic } from './state-topics.ts'

/** A sensor that a state topic makes. */
interface Sensor {
  readonly member: string
  readonly name: (...names: string[]) => string
  readonly unit?: string
  readonly deviceClass?: string
  /** Digits behind the point that are shown. */
  readonly precision: number
}

const SENSORS: Readonly<Record<StateKind, readonly Sensor[]>> = {
  pue: [{ member: 'pue', name: (boundary, window) => `PUE ${boundary} ${window}`, precision: 3 }],
  power: [{ member: 'power_w', name: (role) => `Power ${role}`, unit: 'W', deviceClass: 'power', precision: 0 }],
  inlets: [
    { member: 'headroom_k', name: (hall) => `Headroom ${hall}`, unit: 'K', precision: 1 },
    { member: 'out', name: (hall) => `Inlets out of envelope ${hall}`, precision: 0 },
  ],
  alarms: [{ member: 'active', name: () => 'Alarms', precision: 0 }],
}

/** What Home Assistant has to know of a site. */
interface Announced {
  readonly site: string
  /** Of its discovery, such as `homeassistant`. */
  readonly prefix: string
  /** A sensor that has heard nothing for so long is unavailable, s. */
  readonly expireS: number
}

/**
 * Messages by which Home Assistant makes sensors of the state topics, by their topic. A sensor is unavailable once the
 * daemon says that it stopped, once the broker has published its last will, or when nothing new has come in time.
 */
export function announcements(topics: readonly StateTopic[], announced: Announced): Map<string, string> {
  const messages = new Map<string, string>()
  for (const { topic, kind, names } of topics) {
    for (const sensor of SENSORS[kind]) {
      const id = idOf([announced.site, kind, ...names, sensor.member])
      messages.set(
        `${announced.prefix}/sensor/coldaisle/${id}/config`,
        JSON.stringify(describe(announced, sensor, { topic, names, id })),
      )
    }
  }
  return messages
}

function describe(
  { site, expireS }: Announced,
  { member, name, unit, deviceClass, precision }: Sensor,
  { topic, names, id }: { topic: string; names: readonly string[]; id: string },
): object {
  return {
    name: name(...names),
    unique_id: `coldaisle_${id}`,
    state_topic: topic,
    value_template: `{{ value_json.${member} }}`,
    json_attributes_topic: topic,
    ...(unit === undefined ? {} : { unit_of_measurement: unit }),
    ...(deviceClass === undefined ? {} : { device_class: deviceClass }),
    state_class: 'measurement',
    suggested_display_precision: precision,
    expire_after: expireS,
    availability: [
      {
        topic: `coldaisle/${site}/status`,
        value_template: "{{ 'online' if value_json.state == 'running' else 'offline' }}",
      },
    ],
    device: { identifiers: [`coldaisle_${site}`], name: `coldaisle ${site}`, manufacturer: 'coldaisle' },
    origin: { name: 'coldaisle' },
  }
}

/** Only letters, digits, _ and - may stand in an id. What had others gets a checksum, so that no two share one. */
function idOf(parts: readonly string[]): string {
  const written = parts.join('_')
  const id = written.replaceAll(/[^A-Za-z0-9_-]/g, '_')
  const isClear = id === written && parts.every((part) => !part.includes('_') || part === parts.at(-1))
  return isClear ? id : `${id}_${crc32(parts.join('/')).toString(16)}`
}
