/** Inlets: how far from their limits, in which band, for how long; and the other readings. */
import {
  BarGaugeDisplayMode,
  ReduceDataOptionsBuilder,
  TableCellHeight,
  VisibilityMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common'
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge'
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import {
  asLines,
  asTable,
  BASE_INTERVAL,
  coloured,
  column,
  firstBy,
  GREY,
  lines,
  MERGE,
  ordered,
  SOURCE,
  table,
  words,
  type AnyPanel,
} from './panel.ts'
import { ask, askConcern } from '../query.ts'

const SITE = { site: { chosen: 'site' } } as const
const HALL = { ...SITE, hall: { chosen: 'hall' } } as const
const EVERY = '$__interval'
const NEWEST_ROWS = '20m'
/** Compliance over long windows is told once an hour. */
const NEWEST_HOURLY = '90m'

/** As rows have them. */
export const BANDS: Record<string, [string, string]> = {
  0: ['recommended', 'green'],
  1: ['allowable', 'yellow'],
  2: ['out', 'red'],
  3: ['unknown', GREY],
}
/** In the order of `askConcern`. */
export const CONCERNS: Record<string, [string, string]> = {
  0: ['recommended', 'green'],
  1: ['allowable', 'yellow'],
  2: ['unknown', GREY],
  3: ['out', 'red'],
}

const SHARES = {
  recommended: 'recommended_pct',
  allowable: 'allowable_pct',
  out: 'out_pct',
  'moisture unknown': 'moisture_unknown_pct',
} as const

/** Of all inlets of the site, over the last five minutes. */
export function airNow(): AnyPanel {
  const where = { ...SITE, scope: { is: 'site' }, window: { is: '5m' } } as const
  const panel = new BarGaugeBuilder()
    .title('Inlets, last 5 minutes')
    .description(
      'Inlet-time of the whole site by band. Recommended, allowable, out and unknown moisture share the time in which the temperature was known (100 %); silent is the share ' +
        'of all time in which it was not: it is neither good nor bad, and no alarm is cleared by it. Nothing is shown where less than half of the time is known.',
    )
    .datasource(SOURCE)
    .span(4)
    .height(5)
    .unit('percent')
    .decimals(1)
    .min(0)
    .max(100)
    .noValue('not known')
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(GREY))
    .withTarget(
      asLines(
        'A',
        ask('compliance', {
          columns: { ...SHARES, silent: 'dry_bulb_unknown_pct' },
          where,
          within: NEWEST_ROWS,
          newest: 1,
        }),
        '$col',
      ),
    )
  for (const [band, color] of Object.values(BANDS)) {
    if (band === 'unknown') continue
    panel.overrideByName(band, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }])
  }
  return panel
}

export function airPanels(): AnyPanel[] {
  return [worstInlets(), bandsByRack(), compliance(), inletTemperatures(), otherReadings()]
}

function worstInlets(): AnyPanel {
  const columns = {
    inlet: 'inlet',
    hall: 'hall',
    rack: 'rack',
    headroom: 'headroom_k',
    'dry bulb': 'dry_bulb_c',
    RH: 'rh_pct',
    'dew point': 'dew_point_c',
    band: 'band',
    'worst band': 'worst_band',
    violations: 'violations',
  } as const
  // The column `inlet` comes of the grouping.
  const { inlet, ...selected } = columns
  return table(
    'Worst inlets now',
    'The twelve inlets with the least headroom: kelvins from the dry bulb to the nearest recommended limit, negative beyond it. ' +
      'Band: of the last state; worst band: the worst held in the last interval. Inlets without a temperature have no headroom: look for unknown in the bands.',
  )
    .span(12)
    .height(11)
    .cellHeight(TableCellHeight.Sm)
    .withTarget(
      asTable('A', ask('climate', { columns: selected, where: HALL, within: NEWEST_ROWS, by: [inlet], newest: 1 })),
    )
    .transformations([...firstBy('headroom', 'least', 12), ...ordered(Object.keys(columns))])
    .overrideByName('headroom', column('kelvin', { decimals: 1 }))
    .overrideByRegexp('dry bulb|dew point', column('celsius', { decimals: 1 }))
    .overrideByName('RH', column('percent', { decimals: 0 }))
    .overrideByRegexp('band|worst band', coloured(BANDS))
}

function bandsByRack(): AnyPanel {
  return new StateTimelineBuilder()
    .title('Bands by rack')
    .description(
      "The worst band of a rack's inlets in each stretch of time, out before unknown before allowable. Unknown: no sensor reported, or the humidity is missing. " +
        'Empty: no rows at all, so the collector was not running.',
    )
    .datasource(SOURCE)
    .span(12)
    .height(11)
    .interval(BASE_INTERVAL)
    .maxDataPoints(300)
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .rowHeight(0.9)
    .perPage(40)
    .fillOpacity(80)
    .lineWidth(0)
    .mappings([words(CONCERNS)])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .noValue('no rows')
    .withTarget(asLines('A', askConcern(HALL, EVERY), '$tag_hall $tag_rack'))
}

function compliance(): AnyPanel {
  const columns = {
    scope: 'scope',
    window: 'window',
    ...SHARES,
    'within allowable': 'within_allowable_pct',
    coverage: 'coverage',
    worst: 'worst',
    'worst out': 'worst_out_pct',
    basis: 'basis',
  } as const
  const question = { columns, within: NEWEST_HOURLY, by: ['name'], newest: 1 } as const
  const panel = table(
    'Compliance of halls',
    'Inlet-time by band over the last 24 hours and 30 days. Recommended, allowable, out and unknown moisture add up to 100 % of the time in which the temperature was known; ' +
      'coverage is that time as a share of all. Within allowable: recommended and allowable together. Worst: the inlet with the largest share out of the allowable range, if any ' +
      'was. Below half of the time there are no shares.',
  )
    .span(12)
    .cellHeight(TableCellHeight.Sm)
  const asked = ['site', 'hall'].flatMap((scope) => ['24h', '30d'].map((window) => ({ scope, window })))
  for (const [index, { scope, window }] of asked.entries()) {
    const where = { ...SITE, scope: { is: scope }, window: { is: window } } as const
    panel.withTarget(asTable('ABCD'.charAt(index), ask('compliance', { ...question, where })))
  }
  return panel
    .transformations([MERGE, ...ordered(['name', ...Object.keys(columns), 'Time'], { Time: 'up to' })])
    .overrideByRegexp(
      'recommended|allowable|out|moisture unknown|within allowable|worst out',
      column('percent', { decimals: 2 }),
    )
    .overrideByName('coverage', column('percentunit', { decimals: 1 }))
    .overrideByName('up to', column('dateTimeFromNow'))
}

function inletTemperatures(): AnyPanel {
  const columns = {
    warmest: ['max', 'dry_bulb_c'],
    mean: ['mean', 'dry_bulb_c'],
    coldest: ['min', 'dry_bulb_c'],
  } as const
  return lines(
    'Inlet temperatures by hall',
    'Warmest, mean and coldest known inlet of each hall, at the end of each interval. Silent sensors are in none of them.',
  )
    .span(12)
    .unit('celsius')
    .decimals(1)
    .withTarget(
      asLines(
        'A',
        ask('climate', { columns, where: HALL, by: ['hall'], every: EVERY, fill: 'null' }),
        '$tag_hall $col',
      ),
    )
}

function otherReadings(): AnyPanel {
  const columns = { mean: ['mean', 'mean'], least: ['min', 'min'], most: ['max', 'max'] } as const
  const where = { ...SITE, point: { matching: 'point' } } as const
  return lines(
    'Other readings',
    'Points that measure neither power nor energy: mean, least and most of each interval, in the base unit of the point (°C, %, Pa). Choose them by name above; regular expressions will do. ' +
      'Dry bulbs, humidities and dew points of inlets are among them only with `rows: { readings: all }`.',
  )
    .span(24)
    .height(8)
    .withTarget(
      asLines('A', ask('reading', { columns, where, by: ['point'], every: EVERY, fill: 'null' }), '$tag_point $col'),
    )
}
