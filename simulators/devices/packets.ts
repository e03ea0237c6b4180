/** What devices publish, from the messages of one topic to a whole Sparkplug node. */
import type { Packet } from '../../src/ingest/recording.ts'
import { parseSparkplugTopic } from '../../src/ingest/sparkplug/topics.ts'
import type { Plant } from '../plant/plant.ts'
import { createRandom, seedFor } from '../random.ts'
import { isSilent } from '../scenarios/scenario.ts'
import type { RegisterCount } from './counts.ts'
import type { Device } from './devices.ts'
import { payloadsAt } from './message.ts'
import { createNode } from './node.ts'
import { createSending } from './sending.ts'

/** A packet on its way; without a quality of service it is published with 1. */
export interface SentPacket extends Packet {
  readonly qos?: 0 | 1
}

/** Who sends: its packets with event times from where the last call ended up to but not including `endMs`. */
export interface Sender {
  readonly until: (endMs: number) => SentPacket[]
}

/** What senders of a run share. `cuts`: when nothing gets through to the broker. */
export interface SenderParts {
  readonly plant: Plant
  readonly registers: readonly RegisterCount[]
  readonly seed: number
  readonly fromMs: number
  readonly cuts: readonly { readonly fromMs: number; readonly toMs: number }[]
}

const LONGEST_DELAY_MS = 200

export function createSenders(shared: SenderParts, devices: readonly Device[]): Sender[] {
  const nodes = Map.groupBy(devices, ({ topic }) => parseSparkplugTopic(topic)?.node ?? '')
  const own = nodes.get('') ?? []
  nodes.delete('')
  return [
    ...own.map((device) => createSender(shared, device)),
    ...[...nodes].map(([name, members]) =>
      createNode(shared, name, members, createDelays(`node ${name}`, members[0], shared.seed)),
    ),
  ]
}

function createSender(shared: SenderParts, device: Device): Sender {
  const { plant, registers, seed, fromMs } = shared
  const { topic, dialect, everyMs, phaseMs } = device
  const sending = createSending(plant, device, fromMs)
  const delays = createDelays(topic, device, seed)
  const { qos } = dialect
  const kept = dialect.retained?.(topic)
  let waiting: SentPacket[] = kept === undefined ? [] : [{ nowMs: fromMs, ...kept, retain: true, qos: 1 }]
  return {
    until(endMs) {
      const packets = waiting
      waiting = []
      for (const { tMs, step } of sending.until(endMs)) {
        const nowMs = tMs + delays(phaseMs + step * everyMs)
        if (isSilent(plant.drive, topic, tMs)) continue
        for (const payload of payloadsAt(plant, device, registers, { tMs, nth: step })) {
          packets.push({ nowMs, topic, payload, retain: false, qos })
        }
      }
      return packets
    },
  }
}

/** A packet's way to us in whole ms, by when it was due; packets of one source never overtake each other. */
function createDelays(name: string, device: Device | undefined, seed: number): (dueMs: number) => number {
  if (device?.stamped !== true) return () => 0
  const own = seedFor(seed, `delay ${name}`)
  const longestMs = Math.min(LONGEST_DELAY_MS, Math.floor(device.everyMs / 2))
  return (dueMs) => createRandom(own ^ (dueMs / device.everyMs)).int(0, longestMs)
}
