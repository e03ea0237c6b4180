import { formulaAt, type AlternativePlan, type LeafPlan, type TermPlan } from '../../core/contract/formula.ts'
import { timesOver } from '../../core/energy/quotients/product.ts'
import type { Site } from '../../site/site.ts'
import { openGaps, gapsOf, noteUnknown, type GapsSoFar } from './gaps.ts'
import type { TermDay } from './page.ts'

/** Energy of points interval by interval: columns by the point's index. */
export interface IntervalEnergies {
  readonly firstInterval: number
  readonly intervals: number
  readonly energyJ: ReadonlyMap<number, Float64Array>
  readonly estimatedJ: ReadonlyMap<number, Float64Array>
  readonly coverage: ReadonlyMap<number, Float64Array>
  /** Mean of a temperature in an interval, °C; NaN: not known. */
  mean(this: void, point: number, n: number): number
}

interface OpenTerm {
  measuredJ: number
  estimatedJ: number
  declaredJ: number
  substituteJ: number
  covered: number
  readonly gaps: GapsSoFar
  readonly lines: Map<number, number>
}

/** What an alternative gives in an interval, and how far its points are known then. */
interface Told {
  measuredJ: number
  declaredJ: number
  coverage: number
}

/**
 * The terms of a boundary's sums over the intervals of a day, whole. Unlike a PUE no interval is left out: what is
 * known of an interval counts as it is. Where the meters of a term are not known, its first fallback that is gives the
 * rest, apart.
 */
export function termsOfDay(site: Site, boundary: number, energies: IntervalEnergies): TermDay[] {
  const plan = site.plan.boundaries[boundary]
  const terms = new Map<string, OpenTerm>()
  if (plan === undefined) return []
  for (let n = 0; n < energies.intervals; n++) {
    const formula = formulaAt(plan, energies.firstInterval + n)
    for (const sum of ['facility', 'it'] as const) {
      for (const [place, term] of formula.sums[sum].entries()) {
        const key = JSON.stringify([sum, place, term.label])
        const open = terms.get(key) ?? createTerm()
        terms.set(key, open)
        addInterval(site, open, term, energies, n)
      }
    }
  }
  const { lengthMs } = site.plan
  return [...terms].map(([key, open]): TermDay => {
    const [sum, , term] = JSON.parse(key) as ['facility' | 'it', number, string]
    const { covered, gaps, lines, ...amounts } = open
    return {
      boundary: site.boundaries[boundary] ?? '',
      sum,
      term,
      ...amounts,
      coveredMs: Math.round(covered * lengthMs),
      gaps: gapsOf(gaps, energies.firstInterval, lengthMs),
      lines: [...lines].map(([point, energyJ]) => ({ point: site.points[point] ?? '', energyJ })),
    }
  })
}

function createTerm(): OpenTerm {
  const amounts = { measuredJ: 0, estimatedJ: 0, declaredJ: 0, substituteJ: 0, covered: 0 }
  return { ...amounts, gaps: openGaps(), lines: new Map() }
}

function addInterval(site: Site, open: OpenTerm, term: TermPlan, energies: IntervalEnergies, n: number): void {
  const { minCoverage, lengthMs } = site.plan
  const [first, ...spares] = term.alternatives
  if (first === undefined) return
  const told = tell(site, first, energies, n)
  open.measuredJ += told.measuredJ
  open.declaredJ += told.declaredJ
  open.covered += told.coverage
  for (const leaf of first.measured) {
    const point = knownPoint(leaf, energies, n, minCoverage)
    const factor = leaf.factor * (timesAt(leaf, energies, n, minCoverage) ?? 0)
    const energyJ = factor * (energies.energyJ.get(point)?.[n] ?? 0)
    open.estimatedJ += factor * (energies.estimatedJ.get(point)?.[n] ?? 0)
    if (energyJ !== 0 || !open.lines.has(point)) open.lines.set(point, (open.lines.get(point) ?? 0) + energyJ)
  }
  if (told.coverage >= minCoverage) return
  noteUnknown(open.gaps, n, Math.round((1 - told.coverage) * lengthMs))
  const spare = spares.map((it) => tell(site, it, energies, n)).find(({ coverage }) => coverage >= minCoverage)
  if (spare !== undefined) {
    open.substituteJ += spare.measuredJ + spare.declaredJ - told.measuredJ - told.declaredJ
  }
}

function tell({ plan }: Site, way: AlternativePlan, energies: IntervalEnergies, n: number): Told {
  const told: Told = { measuredJ: 0, declaredJ: (way.constantW * plan.lengthMs) / 1000, coverage: 1 }
  for (const kind of ['measured', 'estimated'] as const) {
    for (const leaf of way[kind]) {
      const point = knownPoint(leaf, energies, n, plan.minCoverage)
      const times = timesAt(leaf, energies, n, plan.minCoverage)
      const energyJ = leaf.factor * (times ?? 0) * (energies.energyJ.get(point)?.[n] ?? 0)
      if (kind === 'measured') told.measuredJ += energyJ
      else told.declaredJ += energyJ
      told.coverage = times === undefined ? 0 : Math.min(told.coverage, energies.coverage.get(point)?.[n] ?? 0)
    }
  }
  return told
}

/** What a meter is multiplied by in an interval; undefined: it is not known. */
function timesAt({ times }: LeafPlan, energies: IntervalEnergies, n: number, least: number): number | undefined {
  if (times === undefined) return 1
  const { energyJ, coverage, mean } = energies
  const keyOf = (leaf: LeafPlan) => {
    const point = knownPoint(leaf, energies, n, least)
    const share = coverage.get(point)?.[n] ?? 0
    return share < least ? NaN : (leaf.factor * (energyJ.get(point)?.[n] ?? 0)) / share
  }
  const { worth } = timesOver(times, {
    mean: (point) => ({ worth: mean(point, n), measured: 1 }),
    sum: (leaves) => ({ worth: leaves.reduce((sum, leaf) => sum + keyOf(leaf), 0), measured: 1 }),
  })
  return Number.isNaN(worth) ? undefined : worth
}

/** The point of a meter that counts: the first that is known, else the one of which most is. */
function knownPoint({ points }: LeafPlan, { coverage }: IntervalEnergies, n: number, least: number): number {
  const shareOf = (point: number) => coverage.get(point)?.[n] ?? 0
  const known = points.find((point) => shareOf(point) >= least)
  return known ?? points.toSorted((a, b) => shareOf(b) - shareOf(a))[0] ?? -1
}
