import type { Config } from '../../config/config.ts'

/** What errs as one (a meter, its transformer, transformers of a batch, estimates), and its part of an amount. */
export type Causes = ReadonlyMap<string, { readonly amount: number; readonly accuracy: number }>

/** Estimates are taken to be within this share of the truth: the same rule as for rows of `pue`. */
const ESTIMATE_ACCURACY = 0.1
/** k = 2, and a class as a rectangular bound: its standard deviation is a part of √3 (GUM, JCGM 100:2008, 4.3.7). */
const EXPANDED = 2 / Math.sqrt(3)

/** The causes of a sum over points, with what of it is estimated. NaN stands for an accuracy that is not declared. */
export function causesOf(
  { points }: Pick<Config, 'points'>,
  lines: readonly { readonly point: string; readonly amount: number }[],
  estimated: { readonly of: string; readonly amount: number },
): Causes {
  const causes = new Map<string, { amount: number; accuracy: number }>()
  const add = (cause: string, amount: number, accuracy: number) => {
    const known = causes.get(cause)
    causes.set(cause, { amount: (known?.amount ?? 0) + amount, accuracy })
  }
  for (const { point, amount } of lines) {
    const { meter = point, accuracyPct = NaN, ct } = points[point] ?? {}
    add(`meter ${meter}`, amount, accuracyPct / 100)
    if (ct !== undefined) add(`transformer ${ct.batch ?? meter}`, amount, ct.accuracyPct / 100)
  }
  if (estimated.amount !== 0) add(`estimates of ${estimated.of}`, estimated.amount, ESTIMATE_ACCURACY)
  return causes
}

/** ± of a sum, k = 2; undefined where an accuracy is not declared. Causes are independent of each other. */
export function errorOfSum(causes: Causes): number | undefined {
  return expanded([...causes.values()].map(({ amount, accuracy }) => amount * accuracy))
}

/** ± of over / under, k = 2. Each cause enters by its own derivative, so a meter that stands in both counts once. */
export function errorOfQuotient(
  over: { readonly amount: number; readonly causes: Causes },
  under: { readonly amount: number; readonly causes: Causes },
): number | undefined {
  const quotient = over.amount / under.amount
  const names = new Set([...over.causes.keys(), ...under.causes.keys()])
  return expanded(
    [...names].map((name) => {
      const [above, below] = [over.causes.get(name), under.causes.get(name)]
      const accuracy = above?.accuracy ?? below?.accuracy ?? NaN
      return (accuracy * ((above?.amount ?? 0) - quotient * (below?.amount ?? 0))) / under.amount
    }),
  )
}

/** The causes of a sum less another. */
export function withoutCauses(causes: Causes, less: Causes): Causes {
  const rest = new Map(causes)
  for (const [name, { amount, accuracy }] of less) {
    rest.set(name, { amount: (causes.get(name)?.amount ?? 0) - amount, accuracy })
  }
  return rest
}

function expanded(errors: readonly number[]): number | undefined {
  const all = EXPANDED * Math.hypot(...errors)
  return Number.isNaN(all) ? undefined : all
}
