import type { EnergyRow, PueRow, Sink } from '../core/contract/sink.ts'
import { boundaryQuality, pointQuality } from './quality-rows.ts'
import type { Site } from '../site/site.ts'
import {
  basisOf,
  CLIMATE_FIELDS,
  climateFields,
  COMPLIANCE_FIELDS,
  complianceFields,
  inletBasisOf,
} from './air-fields.ts'
import { alarmNotice, alarmRow, groupNotice } from './alarm-rows.ts'
import type { Notice } from './notice.ts'

/** A row as it goes to InfluxDB, to the local history and into NDJSON. Same tags and time: the same row again. */
export interface Row extends NamedRow {
  measurement: Measurement
}

/** A row of any measurement, the daemon's own `health` included. */
export interface NamedRow {
  measurement: string
  tags: Readonly<Record<string, string>>
  fields: Readonly<Record<string, number | string | boolean>>
  /** End of the interval or window, or the moment of the transition; epoch ms. */
  timeMs: number
}

export type FieldType = 'float' | 'int' | 'string' | 'bool'

/**
 * All measurements with their tags and fields: the contract with InfluxDB, Grafana and the local history. The daemon's own
 * `health` has the tag `site` and a number for each field (health.ts).
 */
export const MEASUREMENTS = {
  energy: {
    tags: ['site', 'point', 'role'],
    fields: {
      energy_j: 'float',
      coverage: 'float',
      mean_w: 'float',
      estimated_share: 'float',
      revision: 'int',
      state: 'string',
    },
  },
  pue: {
    tags: ['site', 'boundary', 'window', 'category'],
    fields: {
      pue: 'float',
      facility_j: 'float',
      it_j: 'float',
      coverage: 'float',
      uncertainty: 'float',
      estimated_share: 'float',
      ups_j: 'float',
      distribution_j: 'float',
      cooling_j: 'float',
      other_j: 'float',
      name: 'string',
      revision: 'int',
      state: 'string',
      suspect: 'bool',
    },
  },
  climate: {
    tags: ['site', 'hall', 'rack', 'inlet'],
    fields: CLIMATE_FIELDS,
  },
  compliance: {
    tags: ['site', 'scope', 'name', 'window'],
    fields: COMPLIANCE_FIELDS,
  },
  alarm: {
    tags: ['site', 'alarm', 'source', 'severity'],
    fields: {
      state: 'string',
      value: 'float',
      limit: 'float',
      message: 'string',
      id: 'string',
      who: 'string',
      why: 'string',
      until: 'string',
    },
  },
  quality: {
    tags: ['site', 'kind', 'source'],
    fields: { flags: 'string', value: 'float', expected: 'float', message: 'string' },
  },
  reading: {
    tags: ['site', 'point'],
    fields: { mean: 'float', min: 'float', max: 'float', last: 'float', count: 'int', quality: 'string' },
  },
} as const satisfies Record<string, { tags: readonly string[]; fields: Readonly<Record<string, FieldType>> }>

export type Measurement = keyof typeof MEASUREMENTS

type Tags = Readonly<Record<string, string>>

/** Turns the core's results into rows, and its alarms into notices, and hands them on. What is not known is left out. */
export function createRowSink(
  site: Site,
  emit: (row: Row) => void,
  send: (notice: Notice) => void = () => undefined,
): Sink {
  const tags = tagsOf(site)
  return {
    energy(point, row) {
      emit({ measurement: 'energy', tags: at(tags.energy, point), fields: energyFields(row), timeMs: row.endMs })
    },
    pue(boundary, window, row) {
      const windowTags = at(tags.pue, boundary)(window)
      emit({ measurement: 'pue', tags: windowTags, fields: pueFields(row), timeMs: row.endMs })
    },
    climate(inlet, row) {
      emit({ measurement: 'climate', tags: at(tags.climate, inlet), fields: climateFields(row), timeMs: row.endMs })
    },
    compliance(inlet, scope, window, row) {
      const windowTags = (inlet < 0 ? at(tags.scopes, scope) : at(tags.inlets, inlet))(window)
      const basis = inlet < 0 ? at(tags.scopeBases, scope) : at(tags.inletBases, inlet)
      const fields = complianceFields(row, site.inlets[row.worstInlet], basis)
      emit({ measurement: 'compliance', tags: windowTags, fields, timeMs: row.endMs })
    },
    alarm(row) {
      emit(alarmRow(site, row))
    },
    notice(row, hall) {
      send(alarmNotice(site, row, hall))
    },
    group(row) {
      send(groupNotice(site, row))
    },
    quality(point, boundary, row) {
      emit(point < 0 ? boundaryQuality(site, boundary, row) : pointQuality(site, point, row))
    },
    reading(point, { endMs, ...statistics }) {
      emit({ measurement: 'reading', tags: at(tags.reading, point), fields: statistics, timeMs: endMs })
    },
  }
}

/** The tags of every series, and what its compliance goes by, made once; those with a window are made at its first row. */
function tagsOf({ config, plan, points, boundaries, inlets, scopes }: Site) {
  const site = config.site.id
  return {
    energy: points.map((point): Tags => ({ site, point, role: config.points[point]?.role ?? 'other' })),
    reading: points.map((point): Tags => ({ site, point })),
    pue: boundaries.map((boundary) => {
      const category = String(config.boundaries[boundary]?.category)
      return byWindow((window) => ({ site, boundary, window, category }))
    }),
    climate: inlets.map((inlet): Tags => {
      const { hall, rack } = config.inlets[inlet] ?? { hall: '', rack: '' }
      return { site, hall, rack, inlet }
    }),
    inlets: inlets.map((name) => byWindow((window) => ({ site, scope: 'inlet', name, window }))),
    scopes: scopes.map((name, index) => {
      const { scope } = at(plan.scopes, index)
      return byWindow((window) => ({ site, scope, name, window }))
    }),
    inletBases: plan.inlets.map(({ envelope }) => inletBasisOf(config, envelope)),
    scopeBases: plan.scopes.map(({ inlets: members }) =>
      basisOf(
        config,
        members.map((inlet) => at(plan.inlets, inlet).envelope),
      ),
    ),
  }
}

function byWindow(tagsOfWindow: (window: string) => Tags): (window: string) => Tags {
  const known = new Map<string, Tags>()
  return (window) => {
    const tags = known.get(window) ?? tagsOfWindow(window)
    known.set(window, tags)
    return tags
  }
}

function energyFields(row: EnergyRow): Row['fields'] {
  const { coverage, revision, state } = row
  if (coverage === 0) return { coverage, revision, state }
  return {
    energy_j: row.energyJ,
    coverage,
    mean_w: row.meanW,
    estimated_share: row.estimatedShare,
    revision,
    state,
  }
}

function pueFields(row: PueRow): Row['fields'] {
  const { coverage, name, revision, state, suspect } = row
  const { pue, uncertainty, estimatedShare } = row
  if (coverage === 0) return { coverage, name, revision, state, suspect }
  return known({
    pue,
    facility_j: row.facilityJ,
    it_j: row.itJ,
    coverage,
    uncertainty,
    estimated_share: estimatedShare,
    ups_j: row.upsJ,
    distribution_j: row.distributionJ,
    cooling_j: row.coolingJ,
    other_j: row.otherJ,
    name,
    revision,
    state,
    suspect,
  })
}

function known(fields: Record<string, number | string | boolean>): Row['fields'] {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !Number.isNaN(value)))
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new Error(`no entry ${index} in a list of ${list.length}`)
  return found
}
