import { freemem } from 'node:os'
import { runOwn } from '../own.ts'
import type { Asked, Figure, Missed, Question, Size } from '../question.ts'

interface CoreCost {
  applyUs: number
  closeUs: number
  bareUs: number
  bytesPerPoint: number
}

const POINTS: Record<Size, number[]> = {
  quick: [100, 10_000],
  usual: [100, 10_000, 1_000_000],
  full: [100, 1_000, 10_000, 100_000, 1_000_000],
}
const SECONDS: Record<Size, number> = { quick: 0.5, usual: 0.7, full: 2 }
const KINDS = { energy: { target: 0.25 }, inlet: { target: 0.5 } }
const ORDERS = ['in order', 'shuffled', 'late'] as const
const LIMIT_MS = 180_000

export const core: Question = {
  name: 'core',
  asks: 'a reading in the core alone (median over batches); beside it what closing an interval takes, divided by its readings',
  floor: 'a bare loop over typed arrays that adds to a sum per point, in the same order',
  needs: [],
  limitS: { quick: 30, usual: 140, full: 600 },
  async measure(asked) {
    const figures: (Figure | Missed)[] = []
    for (const kind of ['energy', 'inlet'] as const) figures.push(...(await measureKind(asked, kind)))
    return figures
  },
}

async function measureKind({ tree, size }: Asked, kind: keyof typeof KINDS): Promise<(Figure | Missed)[]> {
  const figures: (Figure | Missed)[] = []
  let bytesPerPoint = 0
  for (const points of POINTS[size]) {
    const name = `${kind}, ${points} points`
    if (bytesPerPoint * points > freemem() / 2) {
      const reason = `would take ${Math.round((bytesPerPoint * points) / 2 ** 30)} GB, more than half of what is free`
      figures.push({ line: name, reason })
      continue
    }
    for (const order of ORDERS) {
      const args = [tree.root, kind, points, order, SECONDS[size]]
      const cost = await runOwn<CoreCost>('core', args, { limitMs: LIMIT_MS })
      const target =
        order === 'in order' && points < 1_000_000 ? { of: 'measured' as const, atMost: KINDS[kind].target } : undefined
      figures.push({
        line: `${name}, ${order}`,
        unit: 'µs',
        measured: cost.applyUs,
        floor: cost.bareUs,
        ...(target === undefined ? {} : { target }),
      })
      if (order !== 'in order') continue
      if (points >= 10_000) bytesPerPoint = cost.bytesPerPoint
      figures.push({ line: `${name}, closing`, unit: 'µs', measured: cost.closeUs, floor: cost.bareUs })
      if (points >= 10_000)
        figures.push({ line: `${name}, memory of a point`, unit: 'bytes', measured: cost.bytesPerPoint })
    }
  }
  return figures
}
