import { AMOUNT_OF, type Amount, type BoundaryQuantity } from '../../core/contract/quotients.ts'
import { amountOfPoint } from '../../ingest/units.ts'
import { alternativesOf, type Alternative, type Term, type TermNames } from '../alternatives.ts'
import type { Draft } from '../faults.ts'
import type { Readable } from '../readable.ts'

const NAMED = {
  energy: { is: 'energy', units: 'W, kW, MW, J, Wh, kWh, MWh' },
  water: { is: 'water', units: 'L, m³, L/h, m³/h' },
  intensity: { is: 'an intensity', units: 'g/kWh, kg/MWh, kg/kWh' },
  temperature: { is: 'a temperature', units: '°C, °F, K' },
} as const satisfies Record<Amount, { readonly is: string; readonly units: string }>

/** Terms that measure something else than their sum adds up: water in a sum of energy, or the other way round. */
export function amountDrafts(
  readable: Readable,
  names: TermNames,
  quantity: BoundaryQuantity,
  path: readonly PropertyKey[],
  terms: readonly (Term | undefined)[],
): Draft[] {
  const wanted = measuredFor(quantity)
  return terms.flatMap((term, n): Draft[] => {
    const ways = term === undefined ? [] : (alternativesOf(names, term) ?? [])
    const reason = ways.flatMap((way) => otherAmount(readable, way, wanted) ?? [])[0]
    if (reason === undefined) return []
    const hint = `name a point of ${NAMED[wanted].units}`
    return [{ path: [...path, n], part: 'content', reason, hint }]
  })
}

/** What the points of a sum measure: carbon is made of energy. */
function measuredFor(quantity: BoundaryQuantity): Amount {
  const amount = AMOUNT_OF[quantity]
  return amount === 'carbon' ? 'energy' : amount
}

function otherAmount(
  readable: Readable,
  { measured, estimated, constantW }: Alternative,
  wanted: Amount,
): string | undefined {
  if (constantW !== 0 && wanted !== 'energy') return `a constant load is no ${NAMED[wanted].is}`
  for (const { points, times } of [...measured, ...estimated]) {
    const name = times?.kind === 'heat' ? times.name : (points[0] ?? '')
    const amount = times?.kind === 'heat' ? 'energy' : amountOfPoint(readable.points.get(name) ?? {})
    if (amount === undefined || amount === wanted) continue
    return `"${name}" measures ${NAMED[amount].is}, and this sum is of ${NAMED[wanted].is}`
  }
  return undefined
}
