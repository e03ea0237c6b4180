import { RULE } from '../../config/sums/products.ts'
import { termsOf, type FormulaPlan, type LeafPlan, type TermPlan } from '../../core/contract/formula.ts'
import type { TimesPlan } from '../../core/contract/product.ts'
import { LOSSES, QUANTITIES, type BoundaryQuantity } from '../../core/contract/quotients.ts'
import { formatInstant } from '../../ingest/times.ts'
import type { Site } from '../../site/site.ts'

/** The formulas of boundaries whose sums have dates or products, each with the time from which it counts. */
export function formulasText({ boundaries, points, plan }: Site): string[] {
  return boundaries.flatMap((name, index) => {
    const boundary = plan.boundaries[index]
    if (boundary === undefined || (boundary.before.length === 0 && !hasProducts(boundary))) return []
    let fromMs = -Infinity
    return [...boundary.before, { ...boundary, until: Infinity }].map((formula) => {
      const begin = boundary.before.length === 0 ? 'always' : 'at first'
      const from = fromMs === -Infinity ? begin : `from ${formatInstant(fromMs).replace(':00.000Z', 'Z')}`
      fromMs = formula.until * plan.lengthMs
      return `${name} ${from}: ${formulaText(formula, points)}`
    })
  })
}

/** Whether a rule of sharing, or a heat, is behind a term. */
function hasProducts(formula: FormulaPlan): boolean {
  const ways = termsOf(formula).flatMap(({ alternatives }) => alternatives)
  const leaves = ways.flatMap(({ measured, estimated }) => [...measured, ...estimated])
  return leaves.some(({ times }) => times !== undefined) || ways.some(({ label }) => label.includes(RULE))
}

function formulaText({ sums }: FormulaPlan, points: readonly string[]): string {
  const isLoss = (quantity: BoundaryQuantity) => LOSSES.some((loss) => loss === quantity)
  return QUANTITIES.flatMap((quantity) => {
    const terms = sums[quantity]
    return terms === undefined ? [] : `${quantity}${isLoss(quantity) ? ' losses' : ''} ${sumText(terms, points)}`
  }).join('; ')
}

const MOST_TERMS = 12

function sumText(terms: readonly TermPlan[], points: readonly string[]): string {
  const first = terms.slice(0, MOST_TERMS).map((term) => termText(term, points))
  if (first.length === 0) return 'none'
  return `${first.join(' + ')}${moreText(terms.length)}`
}

/** A term, what it comes to where its name does not say it, and what stands in for it. */
function termText({ label, alternatives: [own, ...others] }: TermPlan, points: readonly string[]): string {
  const leaves = [...(own?.measured ?? []), ...(own?.estimated ?? [])].map(
    ({ points: [point = -1], factor, times }) => {
      const name = `${points[point] ?? ''}${timesText(times, points)}`
      return factor === 1 ? name : `${factor} × ${name}`
    },
  )
  const whole = leaves.slice(0, MOST_TERMS).join(' + ') + moreText(leaves.length)
  const otherwise = others.length === 0 ? '' : ` (or ${others.map((other) => other.label).join(', or ')})`
  return `${label}${leaves.length === 0 || whole === label ? '' : ` = ${whole}`}${otherwise}`
}

function timesText(times: TimesPlan | undefined, points: readonly string[]): string {
  if (times === undefined) return ''
  if (times.kind === 'heat') return ` × (${points[times.hot] ?? ''} − ${points[times.cold] ?? ''})`
  const sum = (leaves: readonly LeafPlan[]) => leaves.map(({ points: [point = -1] }) => points[point] ?? '').join(' + ')
  return ` × (${sum(times.own)}) / (${sum(times.all)})`
}

function moreText(count: number): string {
  return count > MOST_TERMS ? ` and ${count - MOST_TERMS} more` : ''
}
