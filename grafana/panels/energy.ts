/** PUE, power and energy. */
import {
  GraphDrawStyle,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
} from '@grafana/grafana-foundation-sdk/common'
import {
  asLines,
  asTable,
  column,
  coloured,
  coverageBand,
  GREY,
  lines,
  MERGE,
  ordered,
  shareBar,
  stat,
  table,
  thresholds,
  type AnyPanel,
  ON_THE_RIGHT,
} from './panel.ts'
import { ask, askOver, type Question } from '../query.ts'

/** Boundaries bear their site's tag, so one choice of each is enough. */
const CHOSEN = { site: { chosen: 'site' }, boundary: { chosen: 'boundary' } } as const
/** The longest base interval, and how far the watermark trails behind it. */
const NEWEST_ROWS = '20m'
const EVERY = '$__interval'

/** In the order of the table. `day`, `month` and `year` have a row only once they have ended. */
const WINDOWS = ['5m', '1h', '24h', '7d', '30d', '365d', 'day_to_date', 'month_to_date', 'year_to_date']

const ROW_STATES: Record<string, [string, string]> = {
  live: ['live', 'blue'],
  provisional: ['provisional', 'blue'],
  settled: ['settled', 'green'],
  restated: ['restated', 'purple'],
}

export function energyNow(): AnyPanel[] {
  return [livePue(), liveAge(), hourCoverage(), overTarget()]
}

export function energyPanels(): AnyPanel[] {
  return [rollingTable(), pueOverTime(), powerByRole(), energyPerDay(), pueQuality()]
}

function livePue(): AnyPanel {
  return stat(
    'PUE now',
    'Energy of the facility over energy of IT in the intervals still open, told every 5 s. It is never settled; the windows beside it are. ' +
      '"Not known" when none came in the last 2 minutes, or when less than half of the time is covered.',
  )
    .span(4)
    .decimals(3)
    .thresholds(thresholds('text'))
    .withTarget(asLines('A', pueRows('live', { columns: { PUE: 'pue' }, within: '2m', newest: 1 }), '$tag_boundary'))
}

function liveAge(): AnyPanel {
  return stat('Age of the live value', 'When the newest live PUE was measured (event time), within the shown time.')
    .span(4)
    .unit('dateTimeFromNow')
    .thresholds(thresholds('text'))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('/^Time$/'))
    .withTarget(asTable('A', pueRows('live', { columns: { PUE: 'pue' }, newest: 1 })))
}

function hourCoverage(): AnyPanel {
  return stat(
    'Coverage, last hour',
    'Share of the last hour in which both facility and IT energy are known. Below 0.9 a PUE stands on thin ground, below 0.5 there is none.',
  )
    .span(4)
    .unit('percentunit')
    .decimals(1)
    .thresholds(thresholds('red', [0.5, 'orange'], [0.9, 'green']))
    .withTarget(
      asLines('A', pueRows('1h', { columns: { coverage: 'coverage' }, within: NEWEST_ROWS, newest: 1 }), 'coverage'),
    )
}

function overTarget(): AnyPanel {
  const columns = { difference: ['last', 'pue', '- $target'] } as const
  return stat(
    'PUE 24 h, over target',
    'PUE of the last 24 hours minus the target (the variable above): negative is better. "Not known" below 50 % coverage.',
  )
    .span(4)
    .decimals(3)
    .thresholds(thresholds('green', [0, 'orange']))
    .withTarget(asLines('A', pueRows('24h', { columns, within: NEWEST_ROWS }), 'over target'))
}

function rollingTable(): AnyPanel {
  const columns = {
    window: 'window',
    PUE: 'pue',
    coverage: 'coverage',
    estimated: 'estimated_share',
    name: 'name',
    state: 'state',
    revision: 'revision',
    suspect: 'suspect',
    category: 'category',
  } as const
  const panel = table(
    'Rolling PUE',
    'One row per window: a quotient of energies over the time in which both are known. Coverage is that share of the window, estimated the share of energy ' +
      'not measured. Only 12 months with 95 % coverage are named PUE, others iPUE, parts pPUE. Suspect: the facility used less than IT, implausibly much, or its registers are too coarse for the window. ' +
      'Category: where IT is measured (1 UPS output, 2 PDU output, 3 IT input). Empty PUE: less than half is known.',
  )
    .span(12)
    .height(11)
  for (const [index, window] of WINDOWS.entries()) {
    panel.withTarget(asTable('ABCDEFGHI'.charAt(index), pueRows(window, { columns, within: NEWEST_ROWS, newest: 1 })))
  }
  return panel
    .transformations([MERGE, ...ordered([...Object.keys(columns), 'Time'], { Time: 'up to' })])
    .overrideByName('PUE', column('none', { decimals: 3 }))
    .overrideByName('coverage', shareBar())
    .overrideByName('estimated', column('percentunit', { decimals: 1 }))
    .overrideByName('state', coloured(ROW_STATES))
    .overrideByName('suspect', coloured({ true: ['suspect', 'orange'], false: ['no', 'transparent'] }))
    .overrideByName('up to', column('dateTimeFromNow'))
}

function pueOverTime(): AnyPanel {
  const value = ['last', 'pue'] as const
  return lines(
    'PUE, 1 h and 24 h',
    'Each point is the value at the end of its window, over the window behind it. The grey band is the coverage of the hour (right axis): where it sinks, the PUE above it ' +
      'speaks of less time; where a line breaks, less than half is known. Late readings restate what is drawn.',
  )
    .span(12)
    .height(11)
    .decimals(3)
    .withTarget(asLines('A', puePerBucket('1h', { 'PUE 1 h': value }), '$col'))
    .withTarget(asLines('B', puePerBucket('24h', { 'PUE 24 h': value }), '$col'))
    .withTarget(asLines('C', puePerBucket('1h', { coverage: ['min', 'coverage'] }), '$col'))
    .withTarget(asLines('D', puePerBucket('24h', { target: ['last', 'coverage', '* 0 + $target'] }), '$col'))
    .overrideByName('coverage', coverageBand())
    .overrideByName('target', [
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
      { id: 'custom.lineWidth', value: 1 },
      { id: 'color', value: { mode: 'fixed', fixedColor: 'orange' } },
    ])
}

function powerByRole(): AnyPanel {
  const where = { site: { chosen: 'site' } } as const
  const powers = ask('energy', { columns: { power: ['mean', 'mean_w'] }, where, by: ['point', 'role'], every: EVERY })
  const known = ask('energy', { columns: { known: ['min', 'coverage'] }, where, every: EVERY, fill: 'null' })
  return lines(
    'Power by role',
    'Mean power of all points of a role. The grey band is the coverage of the least known point (right axis): a dip of power together with it is missing ' +
      'readings, not saved energy. Points that measure the same meter twice count twice here; give one of them another role.',
  )
    .span(12)
    .unit('watt')
    .withTarget(
      asLines('A', askOver('sum', 'power', powers, { by: ['role'], every: EVERY, fill: 'null' }), '$tag_role'),
    )
    .withTarget(asLines('B', known, 'least known'))
    .overrideByName('least known', coverageBand())
}

function energyPerDay(): AnyPanel {
  const columns = { facility: ['last', 'facility_j', '/ 3600000'], IT: ['last', 'it_j', '/ 3600000'] } as const
  const coverage = { coverage: ['last', 'coverage'] } as const
  return lines(
    'Energy per day',
    "Energy of facility and IT per day of the site's time zone (23 and 25 hours included), over the time in which both are known; a bar stands at the end of its day. " +
      'The dots are the share of the day that it speaks of (right axis). Today is in the table above as day_to_date.',
  )
    .span(12)
    .timeFrom('31d')
    .interval('1h')
    .unit('kwatth')
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(60)
    .stacking(new StackingConfigBuilder().mode(StackingMode.None))
    .withTarget(asLines('A', pueRows('day', { columns, every: '1h', fill: 'none' }), '$col'))
    .withTarget(asLines('B', pueRows('day', { columns: coverage, every: '1h', fill: 'none' }), '$col'))
    .overrideByName('coverage', [
      ...column('percentunit', { min: 0, max: 1 }),
      { id: 'custom.drawStyle', value: GraphDrawStyle.Points },
      ON_THE_RIGHT,
      { id: 'color', value: { mode: 'fixed', fixedColor: GREY } },
    ])
}

function pueQuality(): AnyPanel {
  const columns = { coverage: ['min', 'coverage'], estimated: ['max', 'estimated_share'] } as const
  return lines(
    'Quality of the PUE of 5 minutes',
    'Coverage and estimated share of the five minutes before each point, and how often they were corrected (revision, right axis): ' +
      'a late reading or a bridged gap raises it. Many corrections tell of a slow gateway.',
  )
    .span(24)
    .height(7)
    .unit('percentunit')
    .min(0)
    .max(1)
    .withTarget(asLines('A', puePerBucket('5m', columns), '$col'))
    .withTarget(asLines('B', puePerBucket('5m', { revision: ['max', 'revision'] }), '$col'))
    .overrideByName('revision', [
      ...column('none', { decimals: 0, max: null }),
      ON_THE_RIGHT,
      { id: 'custom.drawStyle', value: GraphDrawStyle.Bars },
      { id: 'custom.fillOpacity', value: 40 },
      { id: 'color', value: { mode: 'fixed', fixedColor: 'purple' } },
    ])
}

function pueRows(window: string, question: Omit<Question<'pue'>, 'where'>): string {
  return ask('pue', { ...question, where: { ...CHOSEN, window: { is: window } } })
}

function puePerBucket(window: string, columns: Question<'pue'>['columns']): string {
  return pueRows(window, { columns, every: EVERY, fill: 'null' })
}
