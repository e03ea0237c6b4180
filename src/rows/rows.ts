import type { Envelope } from '../core/contract/limits.ts'
import type { Sink } from '../core/contract/sink.ts'
import type { Config } from '../config/config.ts'
import type { Site } from '../site/site.ts'
import { alarmNotice, alarmRow, groupNotice } from './alarm-rows.ts'
import type { Notice } from './notice.ts'
import { boundaryQuality, pointQuality } from './quality-rows.ts'
import { CLIMATE } from './tables/climate.ts'
import { COMPLIANCE, type ComplianceBasis } from './tables/compliance.ts'
import { ENERGY } from './tables/energy.ts'
import type { Measurement } from './tables/measurements.ts'
import { PUE } from './tables/pue.ts'
import { READING } from './tables/reading.ts'
import { fieldsOf, type Fields } from './tables/table.ts'

/** A row as it goes to InfluxDB, to the local history and into NDJSON. Same tags and time: the same row again. */
export interface Row {
  measurement: Measurement
  tags: Readonly<Record<string, string>>
  fields: Fields
  /** End of the interval or window, or the moment of the transition; epoch ms. */
  timeMs: number
}

type Tags = Readonly<Record<string, string>>

/** Turns results of the core into rows, and its alarms into notices. What is not known is left out of a row. */
export function createRowSink(
  site: Site,
  emit: (row: Row) => void,
  send: (notice: Notice) => void = () => undefined,
): Sink {
  const tags = tagsOf(site)
  return {
    energy(point, row) {
      emit({ measurement: 'energy', tags: at(tags.energy, point), fields: fieldsOf(ENERGY, row), timeMs: row.endMs })
    },
    pue(boundary, window, row) {
      const windowTags = at(tags.pue, boundary)(window)
      emit({ measurement: 'pue', tags: windowTags, fields: fieldsOf(PUE, row), timeMs: row.endMs })
    },
    climate(inlet, row) {
      emit({ measurement: 'climate', tags: at(tags.climate, inlet), fields: fieldsOf(CLIMATE, row), timeMs: row.endMs })
    },
    compliance(inlet, scope, window, row) {
      const windowTags = (inlet < 0 ? at(tags.scopes, scope) : at(tags.inlets, inlet))(window)
      const basis = inlet < 0 ? at(tags.scopeBases, scope) : at(tags.inletBases, inlet)
      const fields = fieldsOf(COMPLIANCE, { row, worst: site.inlets[row.worstInlet], basis })
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
    reading(point, row) {
      emit({ measurement: 'reading', tags: at(tags.reading, point), fields: fieldsOf(READING, row), timeMs: row.endMs })
    },
  }
}

/** The tags of every series, and the basis of its compliance. Tags with a window are made at the window's first row. */
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

function basisOf({ site }: Config, envelopes: readonly Envelope[]): ComplianceBasis {
  const classes = [...new Set(envelopes.map((it) => it.class))].toSorted().join('+')
  return { basis: `${site.edition} ${classes} ${site.altitudeM} m ${site.corrosion} ${site.dewPointPhase}` }
}

function inletBasisOf(config: Config, envelope: Envelope): ComplianceBasis {
  const { recommended, allowable } = envelope
  return {
    ...basisOf(config, [envelope]),
    recommendedMinC: recommended.dryBulbMinC,
    recommendedMaxC: recommended.dryBulbMaxC,
    allowableMinC: allowable.dryBulbMinC,
    allowableMaxC: allowable.dryBulbMaxC,
  }
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new Error(`no entry ${index} in a list of ${list.length}`)
  return found
}
