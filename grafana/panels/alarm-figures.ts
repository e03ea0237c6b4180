/** The figures of alarms by day, with what ISA-18.2 and EEMUA 191 ask for as a dashed line. */
import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  StackingConfigBuilder,
  StackingMode,
} from '@grafana/grafana-foundation-sdk/common'
import { SITE } from './alarms.ts'
import { asLines, asTable, column, lines, ordered, table, thresholds, type AnyPanel } from './panel.ts'
import { ask, type Question } from '../query.ts'

export function figurePanels(): AnyPanel[] {
  return [raisedADay(), floods(), standing(), chattering(), shares(), answers(), mostFrequent()]
}

function raisedADay(): AnyPanel {
  return bars(
    'Raised a day',
    'By severity. EEMUA 191: 150 a day for one operator are acceptable, 300 the most that can be managed.',
    [
      [150, 'orange'],
      [300, 'red'],
    ],
  )
    .span(8)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .withTarget(
      asLines('A', ofDays({ columns: { critical: 'critical', high: 'high', warning: 'warning', low: 'low' } }), '$col'),
    )
}

function floods(): AnyPanel {
  return bars(
    'Time in flood',
    'Flood: share of ten-minute periods with more than 10 alarms. Busy: share of hours with more than 30. Both should stay below 1 %.',
    [[1, 'red']],
  )
    .span(8)
    .unit('percent')
    .withTarget(asLines('A', ofDays({ columns: { flood: 'flood_pct', busy: 'busy_pct' } }), '$col'))
}

function standing(): AnyPanel {
  const columns = { 'over 24 h': 'standing', stale: 'stale' } as const
  return bars(
    'Standing and stale',
    'Standing for more than 24 h at the end of the day: fewer than 5. Stale: how often a source fell silent while its alarm stood.',
    [[5, 'red']],
  )
    .span(8)
    .decimals(0)
    .withTarget(asLines('A', ofDays({ columns }), '$col'))
}

function chattering(): AnyPanel {
  return bars(
    'Chattering',
    'Alarms of one source that were raised three times within a minute. There should be none: the target is 0.',
    [[0, 'red']],
  )
    .span(8)
    .decimals(0)
    .withTarget(asLines('A', ofDays({ columns: { chattering: 'chattering' } }), '$col'))
}

function shares(): AnyPanel {
  const columns = {
    low: { share: ['low'], of: 'raised' },
    'warning and high': { share: ['warning', 'high'], of: 'raised' },
    critical: { share: ['critical'], of: 'raised' },
  } as const
  return bars(
    'Shares of severities',
    'Of the alarms of a day. About 80 % should be low, 15 % warning or high, 5 % critical: if much is critical, nothing is.',
    [
      [5, 'red'],
      [15, 'orange'],
      [80, 'green'],
    ],
  )
    .span(8)
    .unit('percent')
    .max(100)
    .withTarget(asLines('A', ofDays({ columns }), '$col'))
}

function answers(): AnyPanel {
  const columns = {
    'acknowledged, half': 'ack_p50_s',
    'acknowledged, nine in ten': 'ack_p90_s',
    'over, half': 'clear_p50_s',
    'over, nine in ten': 'clear_p90_s',
  } as const
  return lines(
    'From raised to acknowledged, and to over',
    'Within which time half, and nine in ten, of the alarms of a day were acknowledged or over. What is over before anybody can act wants a longer delay.',
  )
    .span(8)
    .unit('s')
    .min(0)
    .withTarget(asLines('A', ofDays({ columns }), '$col'))
}

/** A share of the ten most frequent that is above what is acceptable is orange. */
const TOP_SHARE = column('percent', {
  decimals: 0,
  'custom.cellOptions': { type: 'color-text' },
  color: { mode: 'thresholds' },
  thresholds: thresholds('text', [5, 'orange']).build(),
})

function mostFrequent(): AnyPanel {
  const columns = { 'share %': 'top_pct', 'the ten most frequent': 'top' } as const
  return table(
    'The ten most frequent of each day',
    'Kind, source and how often, and their share of all alarms of the day, which should stay below 5 %. A few sources mostly make most of the load.',
  )
    .span(24)
    .noValue('no day of the shown time has ended')
    .withTarget(asTable('A', ask('alarm_figures', { columns, where: { ...SITE, window: { is: 'day' } }, newest: 31 })))
    .overrideByName('share %', TOP_SHARE)
    .transformations(ordered(['Time', 'share %', 'the ten most frequent'], { Time: 'day, end' }))
}

function bars(title: string, description: string, limits: [limit: number, color: string][]) {
  return lines(title, description)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(70)
    .min(0)
    .thresholds(thresholds('transparent', ...limits))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
}

function ofDays({ columns }: Pick<Question<'alarm_figures'>, 'columns'>): string {
  const where = { ...SITE, window: { is: 'day' } } as const
  return ask('alarm_figures', { columns, where })
}
