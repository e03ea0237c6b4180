/**
 * Losses of the supply: transformer, UPS, distribution; each idle + linear × load + square × load².
 * Sources: EU Code of Conduct for UPS (2021): double conversion 94..96.5 % from 50 % load on, 90..93 % at 20..25 %.
 * Regulation (EU) 2019/1783, tier 2: a dry transformer of 1 MVA loses 0.14 % idle and up to 0.9 % at full load.
 * PDU with transformer 2..3 %, cables alone 0.5..1 % (Green Grid white paper 16, 2008). Range: load 0..1.5.
 */
import type { LossCurve, UpsSpec } from '../spec.ts'

/** Loss in W of a part rated `ratedW` that gives `outW`. */
export function lossW(curve: LossCurve, ratedW: number, outW: number): number {
  const load = outW / ratedW
  return ratedW * (curve.idle + curve.linear * load + curve.square * load * load)
}

/** Power that UPS modules take in to give `outW`: the load is shared by all that there are. */
export function upsLossW(ups: LossCurve & UpsSpec, modules: number, outW: number): number {
  return lossW(ups, modules * ups.moduleW, outW)
}

/** How many modules stand there for a design load. */
export function upsModules({ moduleW, redundancy }: UpsSpec, designW: number): number {
  const needed = Math.max(1, Math.ceil(designW / moduleW - 1e-9))
  switch (redundancy) {
    case 'N':
      return needed
    case 'N+1':
      return needed + 1
    case '2N':
      return 2 * needed
  }
}
