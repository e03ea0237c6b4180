/** Changes within payloads that are JSON. */
import type { SentPacket } from '../devices/packets.ts'

/** A member or element that is neither object nor list, its own name, and the JSON Pointer to it. */
export interface LeafPlace {
  readonly leaf: unknown
  readonly name: string
  readonly at: string
}

/** The same content, where `change` gives leaves another content or name. Elements of lists keep their place. */
export function mapLeaves(
  content: unknown,
  change: (place: LeafPlace) => { leaf?: unknown; name?: string },
  at = '',
): unknown {
  if (typeof content !== 'object' || content === null) return content
  const members = Object.entries(content).map(([name, member]: [string, unknown]): [string, unknown] => {
    const below = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (typeof member === 'object' && member !== null) return [name, mapLeaves(member, change, below)]
    const { leaf = member, name: called = name } = change({ leaf: member, name, at: below })
    return [called, leaf]
  })
  return Array.isArray(content) ? members.map(([, member]) => member) : Object.fromEntries(members)
}

/** The packet with another content; one that is no JSON stays as it is. */
export function changeText(packet: SentPacket, change: (content: unknown) => unknown): SentPacket {
  if (typeof packet.payload !== 'string') return packet
  let content: unknown
  try {
    content = JSON.parse(packet.payload)
  } catch {
    return packet // not JSON: nothing in it that could be changed
  }
  return { ...packet, payload: JSON.stringify(change(content)) }
}
