import { solveInPlace } from './linear.ts'
import type { DailyModel, ModelDay, ModelForm } from './model.ts'
import { aboveHinge, belowHinge, lineHinge, momentsOf, placeAbove, type Hinge, type Moments } from './moments.ts'

/** A solved system: what a set of change-points leaves unexplained, kWh². */
interface Solved {
  readonly changesK: readonly number[]
  readonly hinges: readonly HingeName[]
  readonly coefficients: Float64Array
  readonly leftKwh2: number
}

type HingeName = 'line' | 'below' | 'above'

/**
 * Steps between change-points that are tried: all over the range, then finer around the best. Those of a first step are
 * its whole multiples, °C.
 */
const STEPS_K = [1, 0.1]
/** Days that a change-point leaves on either side, at least. */
const LEAST_SHARE = 0.05
const LEAST_DAYS = 5

/**
 * Fits a form to days by least squares; each day counts `weights` times. A 3P and a 5P model only rises away from its
 * change-points. Undefined: no model of that form fits these days.
 */
export function fitModel(
  days: readonly ModelDay[],
  form: ModelForm,
  { weights = days.map(() => 1), stepsK = STEPS_K }: { weights?: ArrayLike<number>; stepsK?: readonly number[] } = {},
): DailyModel | undefined {
  const moments = momentsOf(days, weights, form)
  const [first = 1, ...finer] = stepsK
  let best = leastOf(moments, form, changesTried(moments, form, first))
  let around = first
  for (const step of finer) {
    if (best === undefined || best.changesK.length === 0) break
    const near = best.changesK.map((middleK) => stepsAround(middleK, around, step))
    best = leastOf(moments, form, combined(near)) ?? best
    around = step
  }
  return best === undefined ? undefined : modelOf(moments, form, best)
}

const CHANGES = { mean: 0, '2P': 0, '3PH': 1, '3PC': 1, '4P': 1, '5P': 2 } as const
const HINGES: Record<ModelForm['shape'], readonly HingeName[]> = {
  mean: [],
  '2P': ['line'],
  '3PH': ['below'],
  '3PC': ['above'],
  '4P': ['below', 'above'],
  '5P': ['below', 'above'],
}

function changesTried(moments: Moments, { shape }: ModelForm, step: number): number[][] {
  const { outdoorK, meanC } = moments
  const least = Math.max(LEAST_DAYS, Math.ceil(LEAST_SHARE * outdoorK.length))
  const lowC = (outdoorK[least] ?? Infinity) + meanC
  const highC = (outdoorK[outdoorK.length - 1 - least] ?? -Infinity) + meanC
  const grid: number[] = []
  for (let n = Math.ceil(lowC / step); n * step <= highC; n++) grid.push(n * step - meanC)
  return combined(Array.from({ length: CHANGES[shape] }, () => grid))
}

function stepsAround(middleK: number, reach: number, step: number): number[] {
  const steps = Math.round(reach / step)
  return Array.from({ length: 2 * steps + 1 }, (_, n) => middleK + (n - steps) * step)
}

/** Every choice of one from each list that does not fall. */
function combined(lists: readonly (readonly number[])[]): number[][] {
  return lists.reduce<number[][]>(
    (before, list) =>
      before.flatMap((some) => list.filter((it) => it >= (some.at(-1) ?? -Infinity)).map((it) => [...some, it])),
    [[]],
  )
}

function leastOf(moments: Moments, form: ModelForm, tried: readonly number[][]): Solved | undefined {
  let best: Solved | undefined
  for (const changesK of tried) {
    const solved = solve(moments, form, changesK)
    if (solved !== undefined && solved.leftKwh2 < (best?.leftKwh2 ?? Infinity)) best = solved
  }
  return best
}

function solve(moments: Moments, { shape }: ModelForm, changesK: readonly number[]): Solved | undefined {
  const { columns, products, outdoorK } = moments
  const names = HINGES[shape]
  const isBeyond = changesK.some((changeK) => {
    const place = placeAbove(moments, changeK)
    return place < LEAST_DAYS || outdoorK.length - place < LEAST_DAYS
  })
  if (isBeyond) return undefined
  const hinges = names.map((name) => hingeNamed(moments, name, changesK))
  const all = columns + 1
  const size = columns + hinges.length
  const matrix = new Float64Array(size * size)
  const right = new Float64Array(size)
  for (let row = 0; row < columns; row++) {
    for (let column = 0; column <= row; column++) matrix[row * size + column] = products[row * all + column] ?? 0
    right[row] = products[columns * all + row] ?? 0
  }
  // Nothing is both below one change-point and above another: their product is 0.
  for (const [n, hinge] of hinges.entries()) {
    const row = columns + n
    for (let column = 0; column < columns; column++) matrix[row * size + column] = hinge.products[column] ?? 0
    matrix[row * size + row] = hinge.self
    right[row] = hinge.products[columns] ?? 0
  }
  const coefficients = right.slice()
  if (!solveInPlace(matrix, coefficients, size)) return undefined
  const falls = (shape[0] === '3' || shape[0] === '5') && coefficients.subarray(columns).some((slope) => slope < 0)
  if (falls) return undefined
  const explained = coefficients.reduce((sum, it, n) => sum + it * (right[n] ?? 0), 0)
  return { changesK, hinges: names, coefficients, leftKwh2: (products[columns * all + columns] ?? 0) - explained }
}

function hingeNamed(moments: Moments, name: HingeName, changesK: readonly number[]): Hinge {
  switch (name) {
    case 'line':
      return lineHinge(moments)
    case 'below':
      return belowHinge(moments, changesK[0] ?? 0)
    case 'above':
      return aboveHinge(moments, changesK.at(-1) ?? 0)
  }
}

function modelOf(
  { columns, meanC, meanKwh, meanLoad }: Moments,
  form: ModelForm,
  { changesK, hinges, coefficients }: Solved,
): DailyModel {
  const slopeOf = (name: HingeName) => {
    const place = hinges.indexOf(name)
    return place < 0 ? 0 : (coefficients[columns + place] ?? 0)
  }
  return {
    form,
    changesC: form.shape === '2P' ? [meanC] : changesK.map((changeK) => changeK + meanC),
    baseKwh: meanKwh + (coefficients[0] ?? 0),
    heatingKwhPerK: slopeOf('below') - slopeOf('line'),
    coolingKwhPerK: slopeOf('above') + slopeOf('line'),
    kwhPerLoad: form.load ? (coefficients[1] ?? 0) : 0,
    loadMid: form.load ? meanLoad : 0,
    weekKwh: form.week ? Array.from(coefficients.slice(columns - 6, columns)) : [],
  }
}
