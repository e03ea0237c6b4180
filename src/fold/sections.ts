import { promisify } from 'node:util'
import { deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib'
import { deflatedHead, HEAD_BYTES, isDeflated, takeSection, type Sections } from '../core/snapshot/form.ts'
import { SECTION_BYTES, type Section } from '../store/types.ts'

/**
 * In how many parts the store has each section. One larger than `SECTION_BYTES` is split:
 *
 *     point/main    [ head | numbers … ]      point/main⏎1  [ numbers … ]      point/main⏎2 …
 */
export type Parts = Map<string, number>

const PART_NUMBERS = SECTION_BYTES / 8
const MARK = '\n'

/** Sections as the store takes them, in parts. Parts that a smaller section no longer needs are emptied. */
export function splitSections(sections: Sections, parts: Parts): Section[] {
  return [...sections].flatMap(([name, numbers]) => {
    const count = Math.max(1, Math.ceil(numbers.length / PART_NUMBERS))
    const before = parts.get(name) ?? 1
    parts.set(name, count)
    return Array.from({ length: Math.max(count, before) }, (_, n) => ({
      name: n === 0 ? name : `${name}${MARK}${n}`,
      bytes: bytesOf(numbers.subarray(n * PART_NUMBERS, (n + 1) * PART_NUMBERS)),
    }))
  })
}

/** Smaller sections are stored as they are. */
const DEFLATED_LEAST = 256
/** Most of a snapshot is packed already. What is not becomes little smaller by more effort. */
const LEVEL = { level: 1 }

/** A section as it is stored. */
export function deflated(section: Section): Section {
  return isPlain(section) ? section : behindHeads(section, deflateRawSync(section.bytes.subarray(HEAD_BYTES), LEVEL))
}

/** The same in a thread of Node's. */
export async function deflatedAside(section: Section): Promise<Section> {
  return isPlain(section)
    ? section
    : behindHeads(section, await promisify(deflateRaw)(section.bytes.subarray(HEAD_BYTES), LEVEL))
}

function isPlain({ bytes }: Section): boolean {
  return bytes.length < DEFLATED_LEAST
}

function behindHeads({ name, bytes }: Section, rest: Uint8Array): Section {
  const all = new Uint8Array(2 * HEAD_BYTES + rest.length)
  all.set(deflatedHead())
  all.set(bytes.subarray(0, HEAD_BYTES), HEAD_BYTES)
  all.set(rest, 2 * HEAD_BYTES)
  return { name, bytes: all }
}

function inflated(bytes: Uint8Array): Uint8Array {
  if (!isDeflated(bytes)) return bytes
  const rest = inflateRawSync(bytes.subarray(2 * HEAD_BYTES))
  const all = new Uint8Array(HEAD_BYTES + rest.length)
  all.set(bytes.subarray(HEAD_BYTES, 2 * HEAD_BYTES))
  all.set(rest, HEAD_BYTES)
  return all
}

/** Joins the parts of a store's sections. */
export async function joinSections(stored: AsyncIterable<Section>): Promise<{ sections: Sections; parts: Parts }> {
  const found = new Map<string, Float64Array[]>()
  for await (const { name, bytes } of stored) {
    const [whole = '', part = '0'] = name.split(MARK)
    const list = found.get(whole) ?? []
    list[Number(part)] = numbersOf(inflated(bytes))
    found.set(whole, list)
  }
  const sections: Sections = new Map()
  const parts: Parts = new Map()
  for (const [name, list] of found) {
    const numbers = new Float64Array(list.reduce((length, part) => length + part.length, 0))
    let at = 0
    for (const part of list) {
      numbers.set(part, at)
      at += part.length
    }
    sections.set(name, numbers)
    parts.set(name, list.length)
  }
  return { sections, parts }
}

/**
 * In stored sections: the number of the first `start` entry of the journal in its present form. 0: up to the snapshot
 * there was none, so an older release wrote the entries before it.
 */
export async function ownFromSeqIn(sections: AsyncIterable<Section>): Promise<number> {
  for await (const section of sections) {
    if (section.name !== 'pipeline') continue
    const { sections: joined } = await joinSections(only(section))
    return takeSection(joined, 'pipeline', 'pipeline')?.[3] ?? 0
  }
  return 0
}

async function* only(section: Section): AsyncGenerator<Section, void, undefined> {
  yield await Promise.resolve(section)
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function numbersOf(bytes: Uint8Array): Float64Array {
  const aligned = new Uint8Array(bytes)
  return new Float64Array(aligned.buffer)
}
