import { alternativesOf, isNothing, type Leaf, type Term, type TermNames, type Times } from '../config/alternatives.ts'
import type { Config } from '../config/config.ts'
import type { Intensities } from './intensities.ts'
import { productsOf } from '../config/sums/products.ts'
import { sumsOf } from '../config/sums/written.ts'
import { dateReader } from '../config/dated/dates.ts'
import { BEFORE_ALL, datedStatements, datesOf, namesAt, termsAt, type Summable } from '../config/dated/formulas.ts'
import { DERIVED, QUANTITIES } from '../core/contract/quotients.ts'
import type { TimesPlan } from '../core/contract/product.ts'
import type {
  AlternativePlan,
  BoundaryPlan,
  FormulaPlan,
  LeafPlan,
  PastFormulaPlan,
  SumPlans,
  TermPlan,
} from '../core/contract/formula.ts'

/**
 * A configuration by which intervals from `from` up to `until` are summed, over what earlier ones say of them. By its
 * dates alone: from the first date on that it has and the one in force then has not, or the other way round.
 */
export interface Ruling {
  readonly config: Config
  readonly from: number
  readonly until: number
  readonly by: 'all' | 'dates'
}

/**
 * The sums of every boundary in the order of the configuration, names turned into integers. The `rulings` say by which
 * configuration which intervals are summed, later ones before earlier ones; without any it is the present one.
 */
export function boundaryPlans(
  config: Config,
  indexOf: ReadonlyMap<string, number>,
  { refOf }: Intensities,
  rulings: readonly Ruling[],
): BoundaryPlan[] {
  const present = { config, from: -Infinity, until: Infinity, by: 'all' } as const
  const all = (rulings.length === 0 ? [present] : rulings).map((ruling) => ({
    ...ruling,
    formulas: formulasIn(ruling.config, indexOf, refOf),
  }))
  const loads = all.filter(({ by, until }) => by === 'all' && until === Infinity)
  return Object.entries(config.boundaries).map(([name, { part, suspectAbove, targetPue = NaN }]) => {
    let formulas: readonly PastFormulaPlan[] = []
    for (const ruling of all) {
      const own = ruling.formulas(name)
      for (const { from, until } of ruling.by === 'all' ? [ruling] : datedStretches(ruling, loads, name)) {
        formulas = [
          ...within(formulas, -Infinity, from),
          ...within(own, from, until),
          ...within(formulas, until, Infinity),
        ]
      }
    }
    return { ...inOrder(formulas), part, suspectAbove, targetPue }
  })
}

/** Formulas as far as they are of some intervals. */
function within(formulas: readonly PastFormulaPlan[], from: number, until: number): PastFormulaPlan[] {
  return formulas.flatMap((formula, n) => {
    const begin = Math.max(from, formulas[n - 1]?.until ?? -Infinity)
    const end = Math.min(until, formula.until)
    return begin < end ? [{ ...formula, until: end }] : []
  })
}

/** The intervals of which a configuration's dates speak, where they are not those of what was in force. */
function datedStretches(
  { config, from, until }: Ruling,
  loads: readonly Ruling[],
  boundary: string,
): { from: number; until: number }[] {
  return loads.flatMap((load, n) => {
    const spokenFrom = firstDifference(load.config, config, boundary) / (config.core.intervalS * 1000)
    const begin = Math.max(from, load.from, spokenFrom)
    const end = Math.min(until, loads[n + 1]?.from ?? Infinity)
    return begin < end ? [{ from: begin, until: end }] : []
  })
}

/** The first date that only one of two configurations has for a boundary's sums, epoch ms; Infinity: there is none. */
function firstDifference(before: Config, now: Config, boundary: string): number {
  const [said, says] = [before, now].map((config) => {
    const sums = config.boundaries[boundary]
    const terms = sums === undefined ? [] : sumsOf(sums).flatMap((sum) => sum.terms)
    return datedStatements(summableIn(config), terms)
  })
  const only = (some: ReadonlyMap<string, number> = new Map(), others: ReadonlyMap<string, number> = new Map()) =>
    [...some].flatMap(([statement, tMs]) => (others.has(statement) ? [] : [tMs]))
  return Math.min(Infinity, ...only(said, says), ...only(says, said))
}

function summableIn(config: Config): Summable {
  return {
    points: new Map(Object.entries(config.points)),
    virtual: new Map(Object.entries(config.virtual)),
    products: productsOf(config),
    read: dateReader(config.site.timezone),
  }
}

/** Tells the formulas of a configuration's boundaries, in the order of their time. */
function formulasIn(
  config: Config,
  indexOf: ReadonlyMap<string, number>,
  refOf: Intensities['refOf'],
): (boundary: string) => readonly PastFormulaPlan[] {
  const lengthMs = config.core.intervalS * 1000
  const summable = summableIn(config)
  const known = new Map<number, TermNames>()
  const namesThen = (tMs: number): TermNames => {
    const names = known.get(tMs) ?? namesAt(summable, tMs)
    known.set(tMs, names)
    return names
  }
  return (boundary) => {
    const written = config.boundaries[boundary]
    if (written === undefined) return [{ ...NO_FORMULA, until: Infinity }]
    const all = sumsOf(written)
    const dates = [
      BEFORE_ALL,
      ...datesOf(
        summable,
        all.flatMap(({ terms }) => terms),
      ),
    ]
    return dates.map((fromMs, n): PastFormulaPlan => {
      const placing: Placing = { indexOf, refOf, isLost: false }
      const plansOf = (terms: readonly Term[]) =>
        termsAt(summable, terms, fromMs).flatMap((term) =>
          term === undefined ? [] : termPlans(namesThen(fromMs), term, placing),
        )
      const sums: SumPlans = { facility: [], it: [] }
      for (const { quantity, terms } of all) sums[quantity] = plansOf(terms)
      addDerived(sums)
      return { sums, until: (dates[n + 1] ?? Infinity) / lengthMs, isLost: placing.isLost }
    })
  }
}

/** A boundary that was not there. */
const NO_FORMULA = { sums: { facility: [], it: [] }, isLost: false }

/** Where the points of terms are. `isLost` becomes true where one is no more. */
interface Placing {
  readonly indexOf: ReadonlyMap<string, number>
  readonly refOf: Intensities['refOf']
  isLost: boolean
}

/** The last of formulas that follow each other, with those before it. What does not differ is one formula. */
function inOrder(formulas: readonly PastFormulaPlan[]): FormulaPlan & Pick<BoundaryPlan, 'before'> {
  const texts = formulas.length === 1 ? [] : formulas.map(({ until: _, ...formula }) => JSON.stringify(formula))
  const different = formulas.filter((_, n) => n === formulas.length - 1 || texts[n] !== texts[n + 1])
  const { sums } = different.at(-1) ?? NO_FORMULA
  return { sums, before: different.slice(0, -1) }
}

/** The plan of a term; none where nothing of it is there. */
function termPlans(names: TermNames, term: Term, placing: Placing): TermPlan[] {
  const ways = alternativesOf(names, term)
  const first = ways?.[0]
  if (ways === undefined || first === undefined) throw new Error('a term passed the checks and cannot be expanded')
  if (isNothing(first)) return []
  const placed = (leaves: readonly Leaf[]) => placeLeaves(leaves, placing)
  const alternatives = ways.map(({ label, measured, estimated, constantW }): AlternativePlan => ({
    label,
    measured: placed(measured),
    estimated: placed(estimated),
    constantW,
    ...(term.by !== undefined && { by: placing.refOf(term.by) }),
  }))
  return [{ label: first.label, alternatives }]
}

function placeLeaves(leaves: readonly Leaf[], placing: Placing): LeafPlan[] {
  const { indexOf } = placing
  return leaves.flatMap(({ points, factor, times }): LeafPlan[] => {
    const found = points.flatMap((name) => indexOf.get(name) ?? [])
    const product = times && placeTimes(times, placing)
    if (found.length < points.length) placing.isLost = true
    if (found.length === 0) return []
    return [product === undefined ? { factor, points: found } : { factor, points: found, times: product }]
  })
}

/** A side that is no more is the point -1, of which nothing is known. */
function placeTimes(times: Times, placing: Placing): TimesPlan {
  if (times.kind === 'share') {
    const { own, all, ...rest } = times
    return { ...rest, own: placeLeaves(own, placing), all: placeLeaves(all, placing) }
  }
  const { name, at, jPerMlK, accuracyK } = times
  const [hot = -1, cold = -1] = [times.hot, times.cold].map((side) => placing.indexOf.get(side) ?? -1)
  if (hot < 0 || cold < 0) placing.isLost = true
  return { kind: 'heat', name, hot, cold, at, jPerMlK, accuracyK }
}

/** The sums that others make. */
function addDerived(sums: SumPlans): void {
  for (const quantity of QUANTITIES) {
    const { plus, minus, ifAny } = DERIVED[quantity] ?? NOT_DERIVED
    if (!ifAny.some((of) => sums[of] !== undefined)) continue
    sums[quantity] = [...plus.flatMap((of) => sums[of] ?? []), ...minus.flatMap((of) => sums[of]?.map(negated) ?? [])]
  }
}

const NOT_DERIVED = { plus: [], minus: [], ifAny: [] } as const

/** A term that is taken away. */
function negated({ label, alternatives }: TermPlan): TermPlan {
  const less = (leaves: readonly LeafPlan[]) => leaves.map((leaf) => ({ ...leaf, factor: -leaf.factor }))
  return {
    label: `−${label}`,
    alternatives: alternatives.map((way) => ({
      ...way,
      measured: less(way.measured),
      estimated: less(way.estimated),
      constantW: -way.constantW,
    })),
  }
}

/** The points that terms name, each with its factor, as long as every meter is heard. */
export function leavesOf(terms: readonly TermPlan[]): readonly { points: readonly number[]; factor: number }[] {
  return terms.flatMap(({ alternatives: [first] }) => (first ? [...first.measured, ...first.estimated] : []))
}
