import type { Plain, PlainMap } from './expand.ts'

/** What was written as a map; empty where it is none. */
export function plainMap(node: Plain | undefined): PlainMap {
  return typeof node === 'object' && node !== null && !Array.isArray(node) ? node : {}
}

/** What was written as a list; empty where it is none. */
export function plainList(node: Plain | undefined): readonly Plain[] {
  return Array.isArray(node) ? node : []
}
