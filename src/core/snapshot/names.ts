import { byteSectionOf, putByteSection, type Sections } from './form.ts'

/** Names of the plan's points, boundaries, inlets, scopes, gateways, uplinks and targets, in its order. */
export interface Names {
  readonly points: readonly string[]
  readonly boundaries: readonly string[]
  readonly inlets: readonly string[]
  readonly scopes: readonly string[]
  readonly gateways: readonly string[]
  readonly uplinks: readonly string[]
  readonly targets: readonly string[]
}

/**
 * Saves names whose order sections rely on that hold many of a kind. They change with the site only, so a snapshot
 * that adds to an earlier one needs none.
 */
export function saveNames(of: string, names: readonly string[], sections: Sections): void {
  putByteSection(sections, `names/${of}`, 'names', new TextEncoder().encode(JSON.stringify(names)))
}

/**
 * Per saved name its place among the plan's, -1: the plan has none of that name; undefined: none were saved. The
 * section stays in the map, for others rely on it as well.
 */
export function restoreNames(of: string, names: readonly string[], sections: Sections): number[] | undefined {
  const bytes = byteSectionOf(sections, `names/${of}`, 'names')
  if (bytes === undefined) return undefined
  const places = new Map(names.map((name, place) => [name, place]))
  return (JSON.parse(new TextDecoder().decode(bytes)) as string[]).map((name) => places.get(name) ?? -1)
}

/** A hash of a name, as a whole number below 2^52: FNV-1a, twice. */
export function keyOf(name: string): number {
  let [low, high] = [0x811c9dc5, 0x01000193]
  for (let n = 0; n < name.length; n++) {
    low = Math.imul(low ^ name.charCodeAt(n), 0x01000193)
    high = Math.imul(high ^ name.charCodeAt(n), 0x5bd1e995)
  }
  return (low >>> 0) * 2 ** 20 + (high >>> 12)
}
