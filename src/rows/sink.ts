import type { Envelope } from '../core/contract/limits.ts'
import type { AlarmRow, Sink } from '../core/contract/sink.ts'
import type { Config } from '../config/config.ts'
import type { Site } from '../site/site.ts'
import type { Series } from './frames/series.ts'
import { alarmNotice, alarmSeries, alarmTransition, groupNotice } from './alarm-rows.ts'
import type { Notice } from './notice.ts'
import { boundaryDoubt, pointDoubt } from './quality-rows.ts'
import { ALARM } from './tables/alarm.ts'
import { CLIMATE } from './tables/climate.ts'
import { COMPLIANCE, type ComplianceBasis } from './tables/compliance.ts'
import { ENERGY } from './tables/energy.ts'
import type { Measurement } from './tables/measurements.ts'
import { PUE } from './tables/pue.ts'
import { QUALITY } from './tables/quality.ts'
import { READING } from './tables/reading.ts'
import type { TableOf } from './tables/table.ts'

/** Takes rows: as objects, as places in frames or as text. */
export interface RowTarget {
  /**
   * Takes a row. Of each series there is one object, in which a target may note the number. `window` is '' where the
   * table's rows have none. The source is read during the call and not kept.
   */
  put<Source>(series: Series, window: string, timeMs: number, table: TableOf<Source>, source: Source): void
}

/** Gives a target the rows of the core's results, and `send` the notices of its alarms. */
export function createSink(site: Site, target: RowTarget, send: (notice: Notice) => void): Sink {
  const all = seriesOf(site)
  return {
    energy(point, row) {
      target.put(at(all.energy, point), '', row.endMs, ENERGY, row)
    },
    pue(boundary, window, row) {
      target.put(at(all.pue, boundary), window, row.endMs, PUE, row)
    },
    climate(inlet, row) {
      target.put(at(all.climate, inlet), '', row.endMs, CLIMATE, row)
    },
    compliance(inlet, scope, window, row) {
      const { series, basis } = inlet < 0 ? at(all.scopes, scope) : at(all.inlets, inlet)
      target.put(series, window, row.endMs, COMPLIANCE, { row, worst: site.inlets[row.worstInlet], basis })
    },
    alarm(row) {
      target.put(all.ofAlarm(row), '', row.timeMs, ALARM, alarmTransition(site, row))
    },
    notice(row, hall) {
      send(alarmNotice(site, row, hall))
    },
    group(row) {
      send(groupNotice(site, row))
    },
    quality(point, boundary, row) {
      const doubt = point < 0 ? boundaryDoubt(site, boundary, row) : pointDoubt(site, point, row)
      target.put(all.ofDoubt(point, boundary), '', row.endMs, QUALITY, doubt)
    },
    reading(point, row) {
      target.put(at(all.reading, point), '', row.endMs, READING, row)
    },
  }
}

interface JudgedSeries {
  readonly series: Series
  readonly basis: ComplianceBasis
}

/** The series of a site, and by what its inlets and scopes are judged. */
function seriesOf(site: Site) {
  const { config, plan, points, boundaries, inlets, scopes } = site
  const id = config.site.id
  const series = (measurement: Measurement, tags: Record<string, string>): Series => ({
    measurement,
    tags: { site: id, ...tags },
    number: -1,
  })
  const rare = new Map<string, Series>()
  const inletBasis = new Map<Envelope, ComplianceBasis>()
  const basisOfInlet = (envelope: Envelope): ComplianceBasis => {
    const known = inletBasis.get(envelope) ?? inletBasisOf(config, envelope)
    inletBasis.set(envelope, known)
    return known
  }
  const once = (key: string, make: () => Series): Series => {
    const known = rare.get(key) ?? make()
    rare.set(key, known)
    return known
  }
  return {
    energy: points.map((point) => series('energy', { point, role: config.points[point]?.role ?? 'other' })),
    reading: points.map((point) => series('reading', { point })),
    pue: boundaries.map((boundary) =>
      series('pue', { boundary, category: String(config.boundaries[boundary]?.category) }),
    ),
    climate: inlets.map((inlet) => {
      const { hall, rack } = config.inlets[inlet] ?? { hall: '', rack: '' }
      return series('climate', { hall, rack, inlet })
    }),
    inlets: inlets.map((name, inlet): JudgedSeries => ({
      series: series('compliance', { scope: 'inlet', name }),
      basis: basisOfInlet(at(plan.inlets, inlet).envelope),
    })),
    scopes: scopes.map((name, index): JudgedSeries => {
      const { scope, inlets: members } = at(plan.scopes, index)
      const envelopes = members.map((inlet) => at(plan.inlets, inlet).envelope)
      return { series: series('compliance', { scope, name }), basis: basisOf(config, envelopes) }
    }),
    ofAlarm: (row: AlarmRow) => once(`alarm ${row.alarm} ${row.source}`, () => series('alarm', alarmSeries(site, row))),
    ofDoubt: (point: number, boundary: number) =>
      point < 0
        ? once(`boundary ${boundary}`, () =>
            series('quality', { kind: 'boundary', source: boundaries[boundary] ?? '' }),
          )
        : once(`point ${point}`, () => series('quality', { kind: 'point', source: points[point] ?? '' })),
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
