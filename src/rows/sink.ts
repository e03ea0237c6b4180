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
      target.put(all.energy(point), '', row.endMs, ENERGY, row)
    },
    pue(boundary, window, row) {
      target.put(all.pue(boundary), window, row.endMs, PUE, row)
    },
    climate(inlet, row) {
      target.put(all.climate(inlet), '', row.endMs, CLIMATE, row)
    },
    compliance(inlet, scope, window, row) {
      const { series, basis } = inlet < 0 ? all.scope(scope) : all.inlet(inlet)
      target.put(series, window, row.endMs, COMPLIANCE, { row, worst: site.inlets[row.worstInlet], basis })
    },
    alarm(row) {
      target.put(all.alarm(row), '', row.timeMs, ALARM, alarmTransition(site, row))
    },
    notice(row, hall) {
      send(alarmNotice(site, row, hall))
    },
    group(row) {
      send(groupNotice(site, row))
    },
    quality(point, boundary, row) {
      const doubt = point < 0 ? boundaryDoubt(site, boundary, row) : pointDoubt(site, point, row)
      target.put(all.doubt(point, boundary), '', row.endMs, QUALITY, doubt)
    },
    reading(point, row) {
      target.put(all.reading(point), '', row.endMs, READING, row)
    },
  }
}

interface JudgedSeries {
  readonly series: Series
  readonly basis: ComplianceBasis
}

/** The series of a site, each made for its first row, and by what its inlets and scopes are judged. */
function seriesOf(site: Site) {
  const { config, plan, points, boundaries, inlets, scopes } = site
  const id = config.site.id
  const series = (measurement: Measurement, tags: Record<string, string>): Series => ({
    measurement,
    tags: { site: id, ...tags },
    number: -1,
  })
  const rare = new Map<string, Series>()
  const once = (key: string, make: () => Series): Series => {
    const known = rare.get(key) ?? make()
    rare.set(key, known)
    return known
  }
  const basisOfInlet = new Map<Envelope, ComplianceBasis>()
  const compliance = (scope: string, name: string, basis: ComplianceBasis): JudgedSeries => ({
    series: series('compliance', { scope, name }),
    basis,
  })
  return {
    energy: onDemand(points, (point) => series('energy', { point, role: config.points[point]?.role ?? 'other' })),
    reading: onDemand(points, (point) => series('reading', { point })),
    pue: onDemand(boundaries, (boundary) =>
      series('pue', { boundary, category: String(config.boundaries[boundary]?.category) }),
    ),
    climate: onDemand(inlets, (inlet) => {
      const { hall, rack } = config.inlets[inlet] ?? { hall: '', rack: '' }
      return series('climate', { hall, rack, inlet })
    }),
    inlet: onDemand(inlets, (name, inlet) => {
      const { envelope } = at(plan.inlets, inlet)
      const basis = basisOfInlet.get(envelope) ?? inletBasisOf(config, envelope)
      basisOfInlet.set(envelope, basis)
      return compliance('inlet', name, basis)
    }),
    scope: onDemand(scopes, (name, index) => {
      const { scope, inlets: members } = at(plan.scopes, index)
      const envelopes = members.map((inlet) => at(plan.inlets, inlet).envelope)
      return compliance(scope, name, basisOf(config, envelopes))
    }),
    alarm: (row: AlarmRow) => once(`alarm ${row.alarm} ${row.source}`, () => series('alarm', alarmSeries(site, row))),
    doubt: (point: number, boundary: number) =>
      point < 0
        ? once(`boundary ${boundary}`, () =>
            series('quality', { kind: 'boundary', source: boundaries[boundary] ?? '' }),
          )
        : once(`point ${point}`, () => series('quality', { kind: 'point', source: points[point] ?? '' })),
  }
}

/** Gives what belongs to the n-th name, made when it is first asked for: most points have rows of one kind only. */
function onDemand<Made>(
  names: readonly string[],
  make: (name: string, index: number) => Made,
): (index: number) => Made {
  const made = new Array<Made | undefined>(names.length)
  return (index) => (made[index] ??= make(at(names, index), index))
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
