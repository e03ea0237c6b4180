import type { BoundaryDraft } from './boundaries.ts'
import type { PointDraft } from '../draft.ts'
import { dsxPart, type Served } from '../known/dsx.ts'
import { sumW, type MeterFound } from './meters.ts'

interface Topology {
  readonly served: Served
  readonly parents: ReadonlyMap<string, readonly string[]>
  readonly meterOf: ReadonlyMap<string, MeterFound>
}

/**
 * Boundaries that served-by relations tell: of each set of objects that hang together, the meters that nothing serves
 * are the whole, and racks are IT. Gives also all drafts of such objects.
 */
export function boundariesServed(
  meters: readonly MeterFound[],
  served: Served,
  id: string,
): { boundaries: BoundaryDraft[]; covered: ReadonlySet<PointDraft> } {
  const parents = new Map<string, string[]>()
  for (const [from, all] of served.serves) for (const to of all) parents.set(to, [...(parents.get(to) ?? []), from])
  const byPart = Map.groupBy(meters, ({ lead }) => lead.part)
  const ids = [...new Set([...served.type.keys(), ...parents.keys()])]
  const own = ids.flatMap((it) => (byPart.get(dsxPart(it)) ?? []).map((meter) => [it, meter] as const))
  const topology: Topology = { served, parents, meterOf: new Map(own) }
  const covered = new Set(own.flatMap(([, { drafts }]) => drafts))
  const sets = componentsOf(ids, topology).filter((set) => set.some((it) => topology.meterOf.has(it)))
  const doubled = new Set(own.map(([it]) => it).filter((it) => (byPart.get(dsxPart(it))?.length ?? 0) > 1))
  return {
    boundaries: sets.map((set, n) => boundaryOf(set, topology, doubled, sets.length === 1 ? id : `${id}-${n + 1}`)),
    covered,
  }
}

function componentsOf(ids: readonly string[], { served, parents }: Topology): string[][] {
  const seen = new Set<string>()
  return ids.flatMap((first) => {
    if (seen.has(first)) return []
    seen.add(first)
    const set = [first]
    for (const it of set) {
      for (const next of [...(served.serves.get(it) ?? []), ...(parents.get(it) ?? [])]) {
        if (seen.has(next)) continue
        seen.add(next)
        set.push(next)
      }
    }
    return [set]
  })
}

function boundaryOf(
  set: readonly string[],
  topology: Topology,
  doubled: ReadonlySet<string>,
  name: string,
): BoundaryDraft {
  const { served, parents, meterOf } = topology
  const roots = set.filter((it) => (parents.get(it) ?? []).length === 0)
  const racks = set.filter((it) => served.type.get(it) === 'Rack')
  const measured = roots.flatMap((it) => meterOf.get(it) ?? [])
  const it = itOf(racks, topology)
  const whole = measured.map(({ lead }) => lead)
  const reached = new Set(roots.flatMap((root) => [...below(root, topology)]))
  const bare = roots.filter((root) => !meterOf.has(root))
  const questions = [
    ...(racks.length > 0 ? [] : ['which of these feed IT? No rack is among what is served']),
    ...(roots.length > 0 ? [] : ['what feeds the rest? Everything is said to be served by something']),
    ...(bare.length === 0
      ? []
      : [
          `what feeds ${bare.slice(0, 4).join(', ')}? No meter is said to serve ${bare.length === 1 ? 'it' : 'them'}, and none is there`,
        ]),
    ...(racks.every((rack) => reached.has(rack)) ? [] : ['what feeds the racks that no such meter reaches?']),
    ...(it === undefined && racks.length > 0
      ? ['where is IT measured? Neither all racks nor meters of racks alone tell a power']
      : []),
    ...(set.some((id) => doubled.has(id)) ? ['which power of an object counts? One tells several'] : []),
    ...more(measured, it?.meters ?? []),
  ]
  if (questions.length === 0) for (const id of set) connect(id, topology)
  return {
    name,
    facility: whole,
    it: it?.meters.map(({ lead }) => lead) ?? [],
    category: it?.category ?? 2,
    why: ['announced: who serves whom (servesId), a claim of the metadata: the whole are meters that nothing serves'],
    questions,
  }
}

function more(whole: readonly MeterFound[], it: readonly MeterFound[]): string[] {
  const [wholeW, itW] = [sumW(whole), sumW(it)]
  return itW > wholeW * 1.01 ? [`why is IT more than the whole? ${Math.round(itW)} W of ${Math.round(wholeW)} W`] : []
}

/** Racks that each tell their power, or else meters below the whole that feed racks alone, and all of them. */
function itOf(
  racks: readonly string[],
  { served, parents, meterOf }: Topology,
): { meters: MeterFound[]; category: 2 | 3 } | undefined {
  const own = racks.flatMap((rack) => meterOf.get(rack) ?? [])
  if (own.length === racks.length) return { meters: own, category: 3 }
  const feeding = new Set(
    racks.flatMap((rack) => parents.get(rack) ?? []).filter((it) => served.type.get(it) === 'PowerMeter'),
  )
  const isClear = [...feeding].every(
    (it) => meterOf.has(it) && [...(served.serves.get(it) ?? [])].every((to) => served.type.get(to) === 'Rack'),
  )
  const isRoot = [...feeding].some((it) => (parents.get(it) ?? []).length === 0)
  const isWhole = racks.every((rack) => (parents.get(rack) ?? []).some((it) => feeding.has(it)))
  return isClear && isWhole && !isRoot
    ? { meters: [...feeding].flatMap((it) => meterOf.get(it) ?? []), category: 2 }
    : undefined
}

/** Everything that an object serves, by way of others too. */
function below(first: string, { served }: Topology): Set<string> {
  const seen = new Set([first])
  for (const it of seen) for (const next of served.serves.get(it) ?? []) seen.add(next)
  return seen
}

/** A meter's parent is the nearest meter above it, where there is one only. */
function connect(id: string, { parents, meterOf }: Topology): void {
  const meter = meterOf.get(id)
  if (meter === undefined) return
  const nearest = new Set<MeterFound>()
  const seen = new Set<string>([id])
  const open = [...(parents.get(id) ?? [])]
  for (const it of open) {
    if (seen.has(it)) continue
    seen.add(it)
    const above = meterOf.get(it)
    if (above === undefined) open.push(...(parents.get(it) ?? []))
    else nearest.add(above)
  }
  const [only, ...others] = nearest
  if (only === undefined || others.length > 0) return
  for (const draft of meter.drafts) draft.parent = { is: only.lead, trust: 'announced', why: 'servesId' }
}
