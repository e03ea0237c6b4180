import { LOSSES, type BoundaryQuantity } from '../../core/contract/quotients.ts'
import { alternativesOf, type Leaf, type TermNames } from '../alternatives.ts'
import { summableOf, withoutRepeated } from '../dated/check.ts'
import { BEFORE_ALL, datesOf, MOST_DATES, namesAt, termsAt } from '../dated/formulas.ts'
import type { Draft } from '../faults.ts'
import type { Readable } from '../readable.ts'
import { lossBandOf } from './loss-band.ts'

/** One meter's part in a sum, with the place of its term. */
interface Part {
  path: PropertyKey[]
  leaf: Leaf
}

interface Topology {
  readonly readable: Readable
  readonly drafts: Draft[]
  readonly names: TermNames
  /** All points of the meter that a point belongs to, itself included. */
  readonly mates: (name: string) => readonly string[]
}

/**
 * What `check` finds odd about how sums are made of meters, at any time. A configuration that has it can be run:
 * numbers come out, but hardly those that are meant.
 */
export function topologyDrafts(readable: Readable): Draft[] {
  const summable = summableOf(readable)
  const sums = [...readable.boundaries.values()].flat()
  const dates = datesOf(
    summable,
    sums.flatMap(({ terms }) => terms),
  )
  const drafts = [BEFORE_ALL, ...dates.slice(0, MOST_DATES)].flatMap((tMs) => {
    const boundaries = [...readable.boundaries].map(([name, written]) => {
      const then = written.map((sum) => ({ ...sum, terms: termsAt(summable, sum.terms, tMs) }))
      return [name, then] as const
    })
    return draftsAt({ ...readable, boundaries: new Map(boundaries) }, namesAt(summable, tMs))
  })
  return withoutRepeated(drafts)
}

/** The same at one time. */
function draftsAt(readable: Readable, names: TermNames): Draft[] {
  const meters = Map.groupBy(
    [...readable.points].filter(([, { meter }]) => meter !== undefined),
    ([, { meter }]) => meter,
  )
  const matesOf = (name: string) => {
    const meter = readable.points.get(name)?.meter
    return meter === undefined ? [name] : (meters.get(meter) ?? []).map(([mate]) => mate)
  }
  const topology = { readable, drafts: [], names, mates: matesOf }
  const shares = new Map<string, number>()
  for (const name of readable.boundaries.keys()) {
    const [whole, load] = [partsOf(topology, name, 'facility', 'measured'), partsOf(topology, name, 'it', 'measured')]
    for (const parts of [whole, load]) checkParents(topology, parts)
    for (const quantity of ['facility', 'it'] as const) checkStandIns(topology, name, quantity)
    checkBothSides(topology, name, whole, load)
    checkCategory(topology, name, load)
    addShares(topology, shares, name)
  }
  checkLosses(topology)
  return topology.drafts
}

function add({ drafts }: Topology, path: PropertyKey[], reason: string, hint: string): void {
  drafts.push({ path, part: 'content', reason, hint })
}

function partsOf(
  { readable, names }: Topology,
  boundary: string,
  quantity: BoundaryQuantity,
  which: 'measured' | 'estimated',
): Part[] {
  const sums = readable.boundaries.get(boundary)?.filter((sum) => sum.quantity === quantity) ?? []
  return sums.flatMap(({ path, terms }) =>
    terms.flatMap((term, n) => {
      const first = term && alternativesOf(names, term)?.[0]
      return (first?.[which] ?? []).map((leaf) => ({ path: ['boundaries', boundary, ...path, n], leaf }))
    }),
  )
}

/** A meter and one that it feeds, both added: what flows through both counts twice. */
function checkParents(topology: Topology, parts: readonly Part[]): void {
  const { readable, mates } = topology
  const partOf = new Map(parts.flatMap((part) => part.leaf.points.flatMap(mates).map((name) => [name, part] as const)))
  for (const part of parts) {
    const [own = ''] = part.leaf.points
    const parentOf = (name: string) => mates(name).flatMap((mate) => readable.points.get(mate)?.parent ?? [])[0]
    const seen = new Set<string>()
    for (let at = parentOf(own); at !== undefined && !seen.has(at); at = parentOf(at)) {
      seen.add(at)
      const above = partOf.get(at)
      if (above === undefined || above === part || above.leaf.factor < 0 !== part.leaf.factor < 0) continue
      const hint = 'remove one of them, or take the one away from the other with `factor: -1`'
      add(topology, part.path, `"${own}" is fed from "${at}", which is in this sum: it counts twice`, hint)
      break
    }
  }
}

/** What stands in for a term may be of meters that other terms of the sum measure already: then they count twice. */
function checkStandIns(topology: Topology, boundary: string, quantity: BoundaryQuantity): void {
  const { readable, names } = topology
  const sums = readable.boundaries.get(boundary)?.filter((sum) => sum.quantity === quantity) ?? []
  for (const { path, terms } of sums) {
    const ways = terms.map((term) => (term && alternativesOf(names, term)) ?? [])
    for (const [n, [first, ...others]] of ways.entries()) {
      // A share of another meter is an estimate of what that one does not measure: only whole ones count twice
      const standing = others.flatMap(({ measured, estimated }) => [...measured, ...estimated])
      const besides = ways.flatMap(([own], at) => (at === n || own === undefined ? [] : own.measured))
      const twice = standing.find((leaf) =>
        besides.some((other) => other.factor === leaf.factor && other.points.some((it) => leaf.points.includes(it))),
      )
      if (first === undefined || twice === undefined) continue
      const reason = `"${twice.points.at(-1)}" is in this sum already, and counts twice while it stands in for "${first.label}"`
      add(topology, ['boundaries', boundary, ...path, n], reason, 'let only meters stand in that the sum does not have')
    }
  }
}

/** A meter on both sides of a quotient is right where the facility is added up of parts, and wrong beside its feed. */
function checkBothSides(topology: Topology, name: string, facility: readonly Part[], it: readonly Part[]): void {
  if ('shared' in boundaryOf(topology, name)) return
  const load = new Set(it.flatMap(({ leaf }) => leaf.points).flatMap(topology.mates))
  for (const { path, leaf } of facility) {
    const both = leaf.points.find((point) => load.has(point))
    if (both === undefined || leaf.factor < 0) continue
    const hint = 'remove it from one of them, or say why at the boundary: `shared: facility is added up of its parts`'
    add(topology, path, `"${both}" counts as facility and as IT of "${name}"`, hint)
  }
}

const CATEGORY_OF: Readonly<Record<string, number>> = { ups: 1, distribution: 2 }
const PLACES = ['', 'UPS output', 'PDU output', 'IT input']

/** The category says where IT energy is measured, and so do the roles of the meters. */
function checkCategory(topology: Topology, name: string, it: readonly Part[]): void {
  const { category = 1 } = boundaryOf(topology, name)
  const at = ['boundaries', name, 'category']
  const roles = it.flatMap(({ leaf, path }) =>
    leaf.points.flatMap((point) => {
      const role = topology.readable.points.get(point)?.role
      return role === undefined || leaf.factor < 0 ? [] : [{ point, role, path }]
    }),
  )
  const odd = roles.find(({ role }) => CATEGORY_OF[role] !== undefined && CATEGORY_OF[role] !== category)
  if (odd !== undefined) {
    const right = CATEGORY_OF[odd.role] ?? 1
    const reason = `category ${JSON.stringify(category)} is ${PLACES[Number(category)] ?? 'none'}, and "${odd.point}" has the role ${odd.role}`
    add(topology, at, reason, `write \`category: ${right}\` (${PLACES[right]}), or correct the role`)
  }
  for (const { point, role, path } of roles) {
    if (role !== 'cooling') continue
    add(topology, path, `"${point}" is cooling, and counts as IT`, 'remove it from `it`, or correct its role')
  }
}

/** Shares of a meter below 1 divide it: all of them together are no more than the meter. */
function addShares(topology: Topology, shares: Map<string, number>, name: string): void {
  if ('shared' in boundaryOf(topology, name)) return
  for (const sum of ['facility', 'it'] as const) {
    for (const which of ['measured', 'estimated'] as const) {
      for (const { path, leaf } of partsOf(topology, name, sum, which)) {
        const point = leaf.points.at(-1) ?? ''
        if (!(leaf.factor > 0 && leaf.factor < 1)) continue
        const key = JSON.stringify([sum, which, point])
        const before = shares.get(key) ?? 0
        const total = before + leaf.factor
        shares.set(key, total)
        if (total <= 1 + 1e-9 || before > 1 + 1e-9) continue
        const reason = `shares of "${point}" add up to ${Number(total.toPrecision(12))}, more than 1`
        add(topology, path, reason, 'correct the factors; a boundary that is another view of the meter says `shared`')
      }
    }
  }
}

/** A band of losses belongs to a meter that feeds others, and holds for what is declared to be lost behind it. */
function checkLosses(topology: Topology): void {
  const { readable, mates } = topology
  const parents = new Set([...readable.points.values()].flatMap(({ parent }) => parent ?? []).flatMap(mates))
  for (const [name, { loss }] of readable.points) {
    if (loss === undefined || parents.has(name)) continue
    const hint = `name it at those that it feeds: \`parent: ${name}\``
    add(topology, ['points', name, 'loss'], 'no meter is fed from this one', hint)
  }
  for (const name of readable.boundaries.keys()) {
    for (const loss of LOSSES) {
      for (const { path, leaf } of partsOf(topology, name, loss, 'estimated')) {
        const written = leaf.points.flatMap(mates).flatMap((point) => readable.points.get(point)?.loss ?? [])[0]
        const band = written === undefined ? undefined : lossBandOf(written)
        if (band === undefined || (leaf.factor >= band.least && leaf.factor <= band.most)) continue
        const percent = Number((leaf.factor * 100).toPrecision(12))
        add(topology, path, `a loss of ${percent} % is outside of ${written}`, 'correct the share or the band')
      }
    }
  }
}

function boundaryOf({ readable }: Topology, name: string): { category?: unknown; shared?: unknown } {
  const boundaries = readable.written['boundaries']
  const found =
    typeof boundaries === 'object' && boundaries !== null && !Array.isArray(boundaries) ? boundaries[name] : undefined
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? found : {}
}
