import { join } from 'node:path'
import { runOwn } from '../own.ts'
import type { Cost } from '../passage.ts'
import type { Figure, Question } from '../question.ts'

const GROUPS = [20, 100, 500]

export const journal: Question = {
  name: 'journal',
  asks: 'CPU time (all threads) and rate of journalling a packet through the store, one commit after the other',
  floor: 'bare node:sqlite that inserts one BLOB a group, with the same pragmas, in the same thread',
  needs: [],
  limitS: { quick: 30, usual: 40, full: 200 },
  async measure({ tree, size, folder }) {
    const most = { quick: 50_000, usual: 100_000, full: 500_000 }[size]
    const figures: Figure[] = []
    for (const group of GROUPS) {
      const packets = Math.min(most, group * 1_000)
      const run = (root: string, name: string) =>
        runOwn<Cost>('journal', [root, join(folder, `journal-${name}-${group}-${Date.now()}`), group, packets])
      const floor = await run('bare', 'bare')
      const cost = await run(tree.root, 'store')
      figures.push({ line: `groups of ${group}`, unit: 'µs', measured: cost.cpuUs, floor: floor.cpuUs })
      figures.push({ line: `groups of ${group}, rate`, unit: '/s', measured: cost.perS, floor: floor.perS })
    }
    return figures
  },
}
