import { weekdayOf, type ModelDay, type ModelForm } from './model.ts'

/**
 * Sums over days, of which the normal equations of every change-point follow without going through the days again.
 * Days stand by rising temperature. Temperature, load and energy are less their means, which keeps the sums exact.
 */
export interface Moments {
  /** Columns of the design but for the temperature: one, load, six weekdays. Behind them stands the energy. */
  readonly columns: number
  readonly meanC: number
  readonly meanKwh: number
  readonly meanLoad: number
  readonly outdoorK: Float64Array
  /** Weighted products of all columns with each other, energy included. */
  readonly products: Float64Array
  /** Running sums over the days before a place of each column, times their scale: alone, and times the temperature. */
  readonly plain: Float64Array
  readonly timesK: Float64Array
  /** Running sums of the squared scale: alone, times the temperature, times its square. */
  readonly squares: readonly [Float64Array, Float64Array, Float64Array]
}

/** A column that depends on the temperature, times the scale of a day: its products with all columns, and itself. */
export interface Hinge {
  readonly products: Float64Array
  readonly self: number
}

/** `weights` by day; 0 leaves a day out. */
export function momentsOf(days: readonly ModelDay[], weights: ArrayLike<number>, form: ModelForm): Moments {
  const counted = days.flatMap((day, n) => ((weights[n] ?? 0) > 0 ? [{ day, weight: weights[n] ?? 0 }] : []))
  counted.sort((a, b) => a.day.outdoorC - b.day.outdoorC)
  const total = counted.reduce((sum, { weight }) => sum + weight, 0)
  const meanOf = (value: (day: ModelDay) => number) =>
    counted.reduce((sum, { day, weight }) => sum + weight * value(day), 0) / total
  const [meanC, meanKwh, meanLoad] = [meanOf((it) => it.outdoorC), meanOf((it) => it.kwh), meanOf((it) => it.load)]
  const columns = 1 + (form.load ? 1 : 0) + (form.week ? 6 : 0)
  const all = columns + 1
  const moments: Moments = {
    columns,
    meanC,
    meanKwh,
    meanLoad,
    outdoorK: new Float64Array(counted.length),
    products: new Float64Array(all * all),
    plain: new Float64Array((counted.length + 1) * all),
    timesK: new Float64Array((counted.length + 1) * all),
    squares: [0, 1, 2].map(() => new Float64Array(counted.length + 1)) as [Float64Array, Float64Array, Float64Array],
  }
  const row = new Float64Array(all)
  for (const [place, { day: of, weight }] of counted.entries()) {
    const { day, outdoorC, load, kwh } = of
    row.fill(0)
    row[0] = 1
    if (form.load) row[1] = load - meanLoad
    const weekday = weekdayOf(day)
    if (form.week && weekday > 0) row[columns - 7 + weekday] = 1
    row[columns] = kwh - meanKwh
    const scale = form.scaled ? load / meanLoad : 1
    addDay(moments, place, { row, kelvin: outdoorC - meanC, scale, weight })
  }
  return moments
}

function addDay(
  { outdoorK, products, plain, timesK, squares }: Moments,
  place: number,
  { row, kelvin, scale, weight }: { row: Float64Array; kelvin: number; scale: number; weight: number },
): void {
  const all = row.length
  outdoorK[place] = kelvin
  for (const [power, sums] of squares.entries()) {
    sums[place + 1] = (sums[place] ?? 0) + weight * scale * scale * kelvin ** power
  }
  for (let a = 0; a < all; a++) {
    const weighted = weight * (row[a] ?? 0)
    plain[(place + 1) * all + a] = (plain[place * all + a] ?? 0) + weighted * scale
    timesK[(place + 1) * all + a] = (timesK[place * all + a] ?? 0) + weighted * scale * kelvin
    for (let b = 0; b <= a; b++) products[a * all + b] = (products[a * all + b] ?? 0) + weighted * (row[b] ?? 0)
  }
}

/** The temperature itself. */
export function lineHinge(moments: Moments): Hinge {
  return hingeOf(moments, { from: 0, to: moments.outdoorK.length, sign: 1, changeK: 0 })
}

/** max(0, temperature − change): what is above a change-point. */
export function aboveHinge(moments: Moments, changeK: number): Hinge {
  return hingeOf(moments, { from: placeAbove(moments, changeK), to: moments.outdoorK.length, sign: 1, changeK })
}

/** max(0, change − temperature): what is below a change-point. */
export function belowHinge(moments: Moments, changeK: number): Hinge {
  return hingeOf(moments, { from: 0, to: placeAbove(moments, changeK), sign: -1, changeK })
}

interface Side {
  readonly from: number
  readonly to: number
  readonly sign: number
  readonly changeK: number
}

function hingeOf({ columns, plain, timesK, squares }: Moments, { from, to, sign, changeK }: Side): Hinge {
  const all = columns + 1
  const between = (sums: Float64Array, column: number) =>
    (sums[to * all + column] ?? 0) - (sums[from * all + column] ?? 0)
  const products = new Float64Array(all)
  for (let column = 0; column < all; column++) {
    products[column] = sign * (between(timesK, column) - changeK * between(plain, column))
  }
  const [ones = 0, kelvins = 0, kelvins2 = 0] = squares.map((sums) => (sums[to] ?? 0) - (sums[from] ?? 0))
  return { products, self: kelvins2 - 2 * changeK * kelvins + changeK * changeK * ones }
}

/** The first day that is warmer. */
export function placeAbove({ outdoorK }: Moments, changeK: number): number {
  let [low, high] = [0, outdoorK.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((outdoorK[middle] ?? 0) > changeK) high = middle
    else low = middle + 1
  }
  return low
}
