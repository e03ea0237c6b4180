import type { PueRow } from '../../core/contract/sink.ts'
import { columnsFrom, type TableOf } from './table.ts'

const { float, int, string, bool } = columnsFrom<PueRow>()

/** PUE of a boundary's window, with the sums it is made of. Coverage 0: nothing is known of the window. */
export const PUE = {
  tags: ['site', 'boundary', 'window', 'category'],
  fields: {
    pue: float((row) => ifCovered(row, row.pue)),
    facility_j: float((row) => ifCovered(row, row.facilityJ)),
    it_j: float((row) => ifCovered(row, row.itJ)),
    coverage: float((row) => row.coverage),
    uncertainty: float((row) => ifCovered(row, row.uncertainty)),
    estimated_share: float((row) => ifCovered(row, row.estimatedShare)),
    ups_j: float((row) => ifCovered(row, row.upsJ)),
    distribution_j: float((row) => ifCovered(row, row.distributionJ)),
    cooling_j: float((row) => ifCovered(row, row.coolingJ)),
    other_j: float((row) => ifCovered(row, row.otherJ)),
    name: string((row) => row.name),
    revision: int((row) => row.revision),
    state: string((row) => row.state),
    suspect: bool((row) => row.suspect),
  },
} as const satisfies TableOf<PueRow>

function ifCovered({ coverage }: PueRow, amount: number): number | undefined {
  return coverage === 0 ? undefined : amount
}
