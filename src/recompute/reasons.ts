import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config/config.ts'
import type { PastFormulaPlan } from '../core/contract/formula.ts'
import type { REASONS } from '../core/contract/tables.ts'
import type { Load } from '../fold/configurations.ts'
import type { Site } from '../site/site.ts'

export type Reason = (typeof REASONS)[number]

/** Why numbers that a recompute changes are others than before. */
interface Reasons {
  readonly ofPoint: (point: number) => Reason
  readonly ofBoundary: (boundary: number) => Reason
}

/**
 * A swap is the reason where a register's declared swaps are others than before. The configuration is, where a
 * boundary's past gets other sums, or a point other factors. Else it is the recompute.
 */
export function reasonsOf(before: Site, now: Site, loads: readonly Load[]): Reasons {
  const ofPoint = now.points.map((name): Reason => {
    const changed = loads.map(({ config }) => pointChange(config, now.config, name))
    return changed.find((it) => it === 'swap') ?? changed.find((it) => it === 'configuration') ?? 'recompute'
  })
  const swapped = new Set(
    ofPoint.flatMap((reason, point) => (reason === 'swap' ? (now.boundariesOf[point] ?? []) : [])),
  )
  const refactored = new Set(
    ofPoint.flatMap((reason, point) => (reason === 'configuration' ? (now.boundariesOf[point] ?? []) : [])),
  )
  return {
    ofPoint: (point) => ofPoint[point] ?? 'recompute',
    ofBoundary: (boundary) => {
      if (swapped.has(boundary)) return 'swap'
      const isSame = isDeepStrictEqual(pastOf(before, boundary), pastOf(now, boundary))
      return isSame && !refactored.has(boundary) ? 'recompute' : 'configuration'
    },
  }
}

function pastOf({ plan }: Site, boundary: number): readonly PastFormulaPlan[] | undefined {
  return plan.boundaries[boundary]?.before
}

function pointChange(before: Config, now: Config, name: string): Reason {
  const [was, is] = [before.points[name], now.points[name]]
  if (was === is || was === undefined || is === undefined) return 'recompute'
  if (!isDeepStrictEqual(was.register?.swaps, is.register?.swaps)) return 'swap'
  return was.factor !== is.factor || !isDeepStrictEqual(was.factors, is.factors) ? 'configuration' : 'recompute'
}
