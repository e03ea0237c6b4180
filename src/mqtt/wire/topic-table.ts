/**
 * Topics by their bytes. Each is decoded once; from then on its bytes lead to the same string.
 *
 *     hash of the bytes ─▶ place ─▶ number n ─▶ names[n]
 *                         (or one of the next, until one is free)
 */
export interface TopicTable {
  /** The number of a topic and one more, by the lowest bits of its hash; 0: free. At most half of them are used. */
  places: Uint32Array
  /** By number: topic, hash, bytes. */
  readonly names: string[]
  readonly hashes: number[]
  readonly bytes: Uint8Array[]
}

/** No topic beyond these is remembered. */
const MOST_TOPICS = 131_072
const FIRST_PLACES = 256
/** FNV-1a, 32 bits. */
const HASH_START = 0x811c9dc5
const HASH_FACTOR = 0x01000193

export function createTopicTable(): TopicTable {
  return { places: new Uint32Array(FIRST_PLACES), names: [], hashes: [], bytes: [] }
}

/** The topic that these bytes were added as; undefined: they were not. */
export function nameOf(table: TopicTable, bytes: Uint8Array, from: number, to: number): string | undefined {
  const { places, hashes } = table
  const hash = hashOf(bytes, from, to)
  for (let place = hash & (places.length - 1); ; place = (place + 1) & (places.length - 1)) {
    const number = (places[place] ?? 0) - 1
    if (number === -1) return undefined
    if (hashes[number] === hash && isSame(table.bytes[number], bytes, from, to)) return table.names[number]
  }
}

/** Remembers a topic that is not in the table yet. */
export function addName(table: TopicTable, name: string, bytes: Uint8Array, from: number, to: number): void {
  if (table.names.length === MOST_TOPICS) return
  table.names.push(name)
  table.hashes.push(hashOf(bytes, from, to))
  table.bytes.push(bytes.slice(from, to))
  if (table.names.length * 2 > table.places.length) {
    table.places = new Uint32Array(table.places.length * 2)
    for (const number of table.names.keys()) put(table, number)
  } else put(table, table.names.length - 1)
}

function put({ places, hashes }: TopicTable, number: number): void {
  let place = (hashes[number] ?? 0) & (places.length - 1)
  while (places[place] !== 0) place = (place + 1) & (places.length - 1)
  places[place] = number + 1
}

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = HASH_START
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), HASH_FACTOR)
  return hash
}

function isSame(known: Uint8Array | undefined, bytes: Uint8Array, from: number, to: number): boolean {
  if (known?.length !== to - from) return false
  for (let n = 0; n < known.length; n++) if (known[n] !== bytes[from + n]) return false
  return true
}
