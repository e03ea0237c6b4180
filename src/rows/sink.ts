import { indicatorPlans } from '../core/contract/indicators.ts'
import type { InletPlan } from '../core/contract/plan.ts'
import type { AlarmRow, Sink } from '../core/contract/sink.ts'
import { columnPlaces, createCells, NOBODY } from '../core/contract/tables.ts'
import type { Config } from '../config/config.ts'
import { createMemo } from '../site/memo.ts'
import type { Site } from '../site/site.ts'
import type { Series } from './frames/series.ts'
import { alarmNotice, alarmSeries, alarmTransition, groupNotice } from './alarm-rows.ts'
import { createCellTable, type CellTable } from './cell-table.ts'
import type { Notice } from './notice.ts'
import { boundaryDoubt, pointDoubt } from './quality-rows.ts'
import { ALARM } from './tables/alarm.ts'
import type { Measurement } from './tables/measurements.ts'
import { QUALITY } from './tables/quality.ts'
import { fieldsOf, type Fields } from './tables/table.ts'

/** Takes rows: as objects, as places in frames or as text. Of each series there is one object. */
export interface RowTarget {
  /** Takes a row as numbers, which are read during the call. `window` is '' where the table's rows have none. */
  cells(series: Series, window: string, timeMs: number, table: CellTable, cells: Float64Array): void
  /** Takes a row that is seldom enough to be an object. */
  fields(series: Series, window: string, timeMs: number, fields: Fields): void
}

const BASIS_AT = columnPlaces('compliance').basis

/** Gives a target the rows of the core's results, and `send` the notices of its alarms. */
export function createSink(site: Site, target: RowTarget, send: (notice: Notice) => void): Sink {
  const bases: string[] = []
  const all = seriesOf(site, bases)
  const judged = createCells('compliance')
  const tables = {
    energy: createCellTable('energy'),
    pue: createCellTable('pue'),
    climate: createCellTable('climate'),
    compliance: createCellTable('compliance', {
      worst: (inlet) => (inlet === NOBODY ? '' : site.inlets[inlet]),
      basis: (n) => bases[n],
    }),
    reading: createCellTable('reading'),
    restatement: createCellTable('restatement'),
    water: createCellTable('water'),
    indicator: createCellTable('indicator'),
    skew: createCellTable('skew'),
    intensity: createCellTable('intensity'),
    outdoor: createCellTable('outdoor'),
  }
  return {
    row(table, index, window, endMs, cells) {
      if (table !== 'compliance') return target.cells(all[table](index), window, endMs, tables[table], cells)
      const { series, basis } = all.compliance(index)
      judged.set(cells)
      judged.set(basis, BASIS_AT)
      target.cells(series, window, endMs, tables.compliance, judged)
    },
    alarm(row) {
      target.fields(all.alarm(row), '', row.timeMs, fieldsOf(ALARM, alarmTransition(site, row)))
    },
    notice(row, hall) {
      send(alarmNotice(site, row, hall))
    },
    group(row) {
      send(groupNotice(site, row))
    },
    quality(point, boundary, row) {
      const doubt = point < 0 ? boundaryDoubt(site, boundary, row) : pointDoubt(site, point, row)
      target.fields(all.doubt(point, boundary), '', row.endMs, fieldsOf(QUALITY, doubt))
    },
  }
}

interface JudgedSeries {
  readonly series: Series
  /** By what it is judged: five cells. */
  readonly basis: Float64Array
}

/** The tags of an indicator's series but for the window. */
type IndicatorSeries = Record<'boundary' | 'indicator' | 'category', string>

/** The series of indicators in the order of the core. */
function indicatorSeries({ config, plan, boundaries }: Site): IndicatorSeries[] {
  return indicatorPlans(plan.boundaries).flatMap(({ of, boundaries: having }) =>
    having.map((index) => {
      const boundary = at(boundaries, index)
      return { boundary, indicator: of.name, category: String(config.boundaries[boundary]?.category) }
    }),
  )
}

/**
 * The series of a site, each made for its first row, and by what its inlets and scopes are judged. `bases` takes the
 * words of these.
 */
function seriesOf(site: Site, bases: string[]) {
  const { config, plan, points, boundaries, inlets, scopes } = site
  const series = (measurement: Measurement, tags: Record<string, string>): Series => ({
    measurement,
    tags: { site: config.site.id, ...tags },
    number: -1,
  })
  const indicators = indicatorSeries(site)
  const rare = new Map<string, Series>()
  const once = (key: string, make: () => Series): Series => {
    const known = rare.get(key) ?? make()
    rare.set(key, known)
    return known
  }
  const basisOfInlet = createMemo<Float64Array>()
  const judgedSeries = (scope: string, name: string, basis: Float64Array): JudgedSeries => ({
    series: series('compliance', { scope, name }),
    basis,
  })
  const judgedInlet = (name: string, inlet: number): JudgedSeries => {
    const of = at(plan.inlets, inlet)
    const key = `${of.envelope.class} ${of.isMoistureUnmeasured}`
    const basis = basisOfInlet(key, () => inletBasisOf(config, of, bases))
    return judgedSeries('inlet', name, basis)
  }
  const judgedScope = (name: string, index: number): JudgedSeries => {
    const { scope, inlets: members } = at(plan.scopes, index)
    const judged = members.map((inlet) => at(plan.inlets, inlet))
    return judgedSeries(scope, name, basisOf(config, judged, bases))
  }
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
    compliance: onDemand([...inlets, ...scopes], (name, index) =>
      index < inlets.length ? judgedInlet(name, index) : judgedScope(name, index - inlets.length),
    ),
    restatement: onDemand(
      [...points, ...boundaries, ...inlets, ...scopes, ...indicators.map(({ boundary }) => boundary)],
      (name, index) => series('restatement', { of: restatedOf(site, indicators, index), name }),
    ),
    water: onDemand(points, (point) => series('water', { point, role: config.points[point]?.role ?? 'other' })),
    indicator: onDemand(indicators, (tags) => series('indicator', tags)),
    skew: onDemand(sourceNamesOf(site), (source) => series('skew', { source })),
    intensity: onDemand(points, (point) => series('intensity', { point })),
    outdoor: onDemand(Object.keys(config.outdoor), (place) => series('outdoor', { place })),
    alarm: (row: AlarmRow) =>
      once(`alarm ${row.alarm} ${row.severity} ${row.source}`, () => series('alarm', alarmSeries(site, row))),
    doubt: (point: number, boundary: number) =>
      once(point < 0 ? `boundary ${boundary}` : `point ${point}`, () =>
        series('quality', doubtTags(site, point, boundary)),
      ),
  }
}

/** A point's doubts are its own; with `point` -1 they are a boundary's. */
function doubtTags({ points, boundaries }: Site, point: number, boundary: number): Record<string, string> {
  if (point < 0) return { kind: 'boundary', source: boundaries[boundary] ?? '' }
  return { kind: 'point', source: points[point] ?? '' }
}

/** Names of what stamps readings: gateways, and topics of points that have none. */
export function sourceNamesOf({ config, plan, points }: Site): string[] {
  return plan.sources.map(({ point }) => {
    const { gateway, topic } = config.points[points[point] ?? ''] ?? {}
    return gateway ?? topic ?? ''
  })
}

/** What a restatement is of: points, boundaries, inlets, scopes and indicators stand one behind the other. */
function restatedOf(
  { plan, points, boundaries, inlets, scopes }: Site,
  indicators: readonly IndicatorSeries[],
  index: number,
): string {
  const place = index - points.length - boundaries.length
  if (place < 0) return index < points.length ? at(plan.points, index).amount : 'pue'
  if (place >= inlets.length + scopes.length) return at(indicators, place - inlets.length - scopes.length).indicator
  return place < inlets.length ? 'compliance_inlet' : `compliance_${at(plan.scopes, place - inlets.length).scope}`
}

/** Gives what belongs to the n-th name, made when it is first asked for: most points have rows of one kind only. */
function onDemand<Name, Made>(
  names: readonly Name[],
  make: (name: Name, index: number) => Made,
): (index: number) => Made {
  const made = new Array<Made | undefined>(names.length)
  return (index) => (made[index] ??= make(at(names, index), index))
}

/**
 * The words of edition, classes, altitude, corrosion and phase, and of inlets whose moisture nobody measures, by their
 * place in `bases`; no limits behind them.
 */
function basisOf({ site }: Config, inlets: readonly InletPlan[], bases: string[]): Float64Array {
  const classes = [...new Set(inlets.map(({ envelope }) => envelope.class))].toSorted().join('+')
  const dryBulbOnly = inlets.filter((it) => it.isMoistureUnmeasured).length
  const ofMany = dryBulbOnly < inlets.length ? ` at ${dryBulbOnly} of ${inlets.length} inlets` : ''
  const judgedBy = dryBulbOnly === 0 ? '' : `, dry bulb only${ofMany}`
  const words = `${site.edition} ${classes} ${site.altitudeM} m ${site.corrosion} ${site.dewPointPhase}${judgedBy}`
  const known = bases.indexOf(words)
  return Float64Array.of(known < 0 ? bases.push(words) - 1 : known, NaN, NaN, NaN, NaN)
}

function inletBasisOf(config: Config, inlet: InletPlan, bases: string[]): Float64Array {
  const { recommended, allowable } = inlet.envelope
  const basis = basisOf(config, [inlet], bases)
  basis.set([recommended.dryBulbMinC, recommended.dryBulbMaxC, allowable.dryBulbMinC, allowable.dryBulbMaxC], 1)
  return basis
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new Error(`no entry ${index} in a list of ${list.length}`)
  return found
}
