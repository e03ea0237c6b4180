import { decode } from 'cborg'

/** Names of SenML's fields by their labels in CBOR (RFC 8428, section 6). */
const NAMES = new Map<unknown, string>([
  [-1, 'bver'],
  [-2, 'bn'],
  [-3, 'bt'],
  [-4, 'bu'],
  [-5, 'bv'],
  [-6, 'bs'],
  [0, 'n'],
  [1, 'u'],
  [2, 'v'],
  [3, 'vs'],
  [4, 'vb'],
  [5, 's'],
  [6, 't'],
  [7, 'ut'],
  [8, 'vd'],
])

/** Whether a payload begins as a list does (major type 4). No text does, and no other JSON. */
export function isListOfCbor(first: number | undefined): boolean {
  return first !== undefined && first >> 5 === 4
}

/** A SenML pack in CBOR as it would be in JSON; undefined for bytes that are none. */
export function packOfCbor(bytes: Uint8Array): unknown {
  try {
    const pack: unknown = decode(bytes, { useMaps: true })
    return Array.isArray(pack) ? pack.map(named) : undefined
  } catch {
    return undefined // the caller counts it
  }
}

function named(record: unknown): unknown {
  if (!(record instanceof Map)) return record
  return Object.fromEntries([...record].map(([label, value]) => [NAMES.get(label) ?? String(label), value as unknown]))
}
