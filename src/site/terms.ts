import { alternativesOf, termNames, type Leaf, type Term, type TermNames } from '../config/alternatives.ts'
import type { Config } from '../config/config.ts'
import { LOSSES, type AlternativePlan, type BoundaryPlan, type TermPlan } from '../core/contract/plan.ts'

/** The sums of every boundary in the order of the configuration, names turned into integers. */
export function boundaryPlans(config: Config, indexOf: ReadonlyMap<string, number>): BoundaryPlan[] {
  const names = termNames(Object.entries(config.points), new Map(Object.entries(config.virtual)))
  const plansOf = (terms: readonly Term[]) => terms.map((term) => termPlan(names, term, indexOf))
  return Object.values(config.boundaries).map(({ facility, it, losses, part, suspectAbove, targetPue = NaN }) => {
    const lost = LOSSES.flatMap((loss) => {
      const terms = losses?.[loss]
      return terms === undefined ? [] : [[loss, plansOf(terms)] as const]
    })
    return {
      facility: plansOf(facility),
      it: plansOf(it),
      losses: Object.fromEntries(lost),
      part,
      suspectAbove,
      targetPue,
    }
  })
}

function termPlan(names: TermNames, term: Term, indexOf: ReadonlyMap<string, number>): TermPlan {
  const ways = alternativesOf(names, term)
  const first = ways?.[0]
  if (ways === undefined || first === undefined) throw new Error('a term passed the checks and cannot be expanded')
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
  return { label: first.label, alternatives }
}

/** The points that terms name, each with its factor, as long as every meter is heard. */
export function leavesOf(terms: readonly TermPlan[]): readonly { points: readonly number[]; factor: number }[] {
  return terms.flatMap(({ alternatives: [first] }) => (first ? [...first.measured, ...first.estimated] : []))
}
