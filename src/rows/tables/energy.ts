import type { EnergyRow } from '../../core/contract/sink.ts'
import { columnsFrom, type TableOf } from './table.ts'

const { float, int, string } = columnsFrom<EnergyRow>()

/** Energy of a power or energy point, one row for each interval. Coverage 0: nothing is known of the interval. */
export const ENERGY = {
  tags: ['site', 'point', 'role'],
  fields: {
    energy_j: float((row) => ifCovered(row, row.energyJ)),
    coverage: float((row) => row.coverage),
    mean_w: float((row) => ifCovered(row, row.meanW)),
    estimated_share: float((row) => ifCovered(row, row.estimatedShare)),
    revision: int((row) => row.revision),
    state: string((row) => row.state),
  },
} as const satisfies TableOf<EnergyRow>

function ifCovered({ coverage }: EnergyRow, amount: number): number | undefined {
  return coverage === 0 ? undefined : amount
}
