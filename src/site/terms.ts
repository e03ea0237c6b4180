import { alternativesOf, isNothing, type Leaf, type Term, type TermNames } from '../config/alternatives.ts'
import type { Config } from '../config/config.ts'
import { dateReader } from '../config/dated/dates.ts'
import { BEFORE_ALL, datesOf, namesAt, termsAt, type Summable } from '../config/dated/formulas.ts'
import {
  LOSSES,
  type AlternativePlan,
  type BoundaryPlan,
  type FormulaPlan,
  type PastFormulaPlan,
  type TermPlan,
} from '../core/contract/formula.ts'

/** The sums of every boundary in the order of the configuration, names turned into integers. */
export function boundaryPlans(config: Config, indexOf: ReadonlyMap<string, number>): BoundaryPlan[] {
  const { intervalS } = config.core
  const summable: Summable = {
    points: new Map(Object.entries(config.points)),
    virtual: new Map(Object.entries(config.virtual)),
    read: dateReader(config.site.timezone),
  }
  const known = new Map<number, TermNames>()
  const namesThen = (tMs: number): TermNames => {
    const names = known.get(tMs) ?? namesAt(summable, tMs)
    known.set(tMs, names)
    return names
  }
  return Object.values(config.boundaries).map(({ facility, it, losses, part, suspectAbove, targetPue = NaN }) => {
    const lost = LOSSES.flatMap((loss) => losses?.[loss] ?? [])
    const dates = [BEFORE_ALL, ...datesOf(summable, [...facility, ...it, ...lost])]
    const formulas = dates.map((fromMs, n): PastFormulaPlan => {
      const plansOf = (terms: readonly Term[]) =>
        termsAt(summable, terms, fromMs).flatMap((term) =>
          term === undefined ? [] : termPlans(namesThen(fromMs), term, indexOf),
        )
      const until = (dates[n + 1] ?? Infinity) / (intervalS * 1000)
      const sums = LOSSES.flatMap((loss) => {
        const terms = losses?.[loss]
        return terms === undefined ? [] : [[loss, plansOf(terms)] as const]
      })
      return { facility: plansOf(facility), it: plansOf(it), losses: Object.fromEntries(sums), until }
    })
    return { ...inOrder(formulas), part, suspectAbove, targetPue }
  })
}

/** The last of formulas that follow each other, with those before it. What does not differ is one formula. */
function inOrder(formulas: readonly PastFormulaPlan[]): FormulaPlan & Pick<BoundaryPlan, 'before'> {
  const texts = formulas.map(({ until: _, ...formula }) => JSON.stringify(formula))
  const different = formulas.filter((_, n) => texts[n] !== texts[n + 1])
  const { until: _, ...last } = different.at(-1) ?? { facility: [], it: [], losses: {}, until: Infinity }
  return { ...last, before: different.slice(0, -1) }
}

/** The plan of a term; none where nothing of it is there. */
function termPlans(names: TermNames, term: Term, indexOf: ReadonlyMap<string, number>): TermPlan[] {
  const ways = alternativesOf(names, term)
  const first = ways?.[0]
  if (ways === undefined || first === undefined) throw new Error('a term passed the checks and cannot be expanded')
  if (isNothing(first)) return []
  const placed = (leaves: readonly Leaf[]) =>
    leaves.map(({ points, factor }) => ({
      factor,
      points: points.map((name) => {
        const point = indexOf.get(name)
        if (point === undefined) throw new Error(`unknown point ${name}`)
        return point
      }),
    }))
  const alternatives = ways.map(({ label, measured, estimated, constantW }): AlternativePlan => ({
    label,
    measured: placed(measured),
    estimated: placed(estimated),
    constantW,
  }))
  return [{ label: first.label, alternatives }]
}

/** The points that terms name, each with its factor, as long as every meter is heard. */
export function leavesOf(terms: readonly TermPlan[]): readonly { points: readonly number[]; factor: number }[] {
  return terms.flatMap(({ alternatives: [first] }) => (first ? [...first.measured, ...first.estimated] : []))
}
