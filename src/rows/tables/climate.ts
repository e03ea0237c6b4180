import type { ClimateRow } from '../../core/contract/sink.ts'
import { columnsFrom, type TableOf } from './table.ts'

const { float, int, string } = columnsFrom<ClimateRow>()

/**
 * The air of an inlet at the end of an interval, all of one stamp. `violations` and `quality` are written empty too: if
 * they were left out, the words of an overwritten row would stay.
 */
export const CLIMATE = {
  tags: ['site', 'hall', 'rack', 'inlet'],
  fields: {
    dry_bulb_c: float((row) => row.dryBulbC),
    rh_pct: float((row) => row.rhPct),
    dew_point_c: float((row) => row.dewPointC),
    wet_bulb_c: float((row) => row.wetBulbC),
    humidity_ratio: float((row) => row.humidityRatio),
    enthalpy_j_kg: float((row) => row.enthalpyJPerKg),
    density_kg_m3: float((row) => row.densityKgPerM3),
    headroom_k: float((row) => row.headroomK),
    rate_15min_k: float((row) => row.rate15minK),
    rate_60min_k: float((row) => row.rate60minK),
    band: int((row) => row.band),
    worst_band: int((row) => row.worstBand),
    violations: string((row) => row.violations),
    quality: string((row) => row.quality),
  },
} as const satisfies TableOf<ClimateRow>
