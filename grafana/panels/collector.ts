/** How good the readings are that come in, and how the collector itself is. */
import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  StackingConfigBuilder,
  StackingMode,
  TableCellHeight,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common'
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import { audit, lostMessages, restatements, skews } from './changes.ts'
import {
  asLines,
  asTable,
  BASE_INTERVAL,
  column,
  firstBy,
  lines,
  ordered,
  shareBar,
  SOURCE,
  stat,
  table,
  thresholds,
  words,
  type AnyPanel,
  ON_THE_RIGHT,
} from './panel.ts'
import { ask, type Field, type Question } from '../query.ts'

const SITE = { site: { chosen: 'site' } } as const
const EVERY = '$__interval'
/** A row a minute: with none in five, nothing is known. */
const NEWEST_MINUTES = '5m'
export const DELAY_LIMIT_S = 300

/** All but `accepted` and `bad_line`, which is of recordings only. */
const REFUSED = [
  'duplicate',
  'conflict',
  'retained',
  'future',
  'too_late',
  'negative',
  'out_of_range',
  'non_finite',
  'no_value',
  'bad_payload',
  'bad_time',
  'oversize',
  'unknown_topic',
  'orphan',
  'unselected',
  'before_birth',
  'ignored',
] as const

export function delayNow(): AnyPanel {
  return stat(
    'Data delay',
    'How far the newest accepted event time lies behind the clock, as of the newest minute. "Not known" when the collector has told nothing for 5 minutes.',
  )
    .span(4)
    .unit('s')
    .decimals(0)
    .thresholds(thresholds('green', [60, 'orange'], [DELAY_LIMIT_S, 'red']))
    .withTarget(asLines('A', newest({ delay: 'lag_s' }), 'delay'))
}

export function qualityPanels(): AnyPanel[] {
  return [
    delayOverTime(),
    refusedReadings(),
    leastKnownPoints(),
    doubtedMeters(),
    skews(),
    lostMessages(),
    restatements(),
  ]
}

export function collectorPanels(): AnyPanel[] {
  return [
    states(),
    settled(),
    uptime(),
    certificate(),
    flow(),
    outbox(),
    rows(),
    journal(),
    latencies(),
    memory(),
    audit(),
  ]
}

function delayOverTime(): AnyPanel {
  return lines(
    'Data delay over time',
    'Delay: the clock minus the newest accepted event time. Silence: the time since the newest packet. Delay without silence: old readings are coming in (a backlog). ' +
      'The line is where an alert is raised. A break: the collector did not run.',
  )
    .span(8)
    .unit('s')
    .min(0)
    .thresholds(thresholds('transparent', [DELAY_LIMIT_S, 'red']))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
    .withTarget(asLines('A', perBucket({ delay: ['max', 'lag_s'], silence: ['max', 'last_packet_s'] }), '$col'))
}

function refusedReadings(): AnyPanel {
  const columns = Object.fromEntries(
    REFUSED.map((outcome) => [outcome, ['rise', `readings_${outcome}`] as const] as const),
  )
  return lines(
    'Readings not accepted, by outcome',
    'Every reading ends in exactly one named outcome. Duplicates are harmless, ignored and unselected ones are meant; the others never reach the sums: look at the device, its clock, or the configuration. "coldaisle refused" shows by topic, with examples, what came.',
  )
    .span(8)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(70)
    .decimals(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .withTarget(asLines('A', perBucket(columns), '$col'))
}

function leastKnownPoints(): AnyPanel {
  const columns = { known: ['mean', 'coverage'], estimated: ['mean', 'estimated_share'] } as const
  return table(
    'Points least known',
    'Coverage of each power and energy point over the shown time, the least first, and the share of its energy that is estimated. A point that was never heard has no rows: see its stale alarm.',
  )
    .span(8)
    .cellHeight(TableCellHeight.Sm)
    .withTarget(asTable('A', ask('energy', { columns, where: SITE, by: ['point'] })))
    .transformations([...firstBy('known', 'least', 20), ...ordered(['point', ...Object.keys(columns)])])
    .overrideByName('known', shareBar())
    .overrideByName('estimated', column('percentunit', { decimals: 1 }))
}

function doubtedMeters(): AnyPanel {
  const columns = { source: 'source', flags: 'flags', message: 'message' } as const
  return table(
    'Meters and sensors in doubt',
    'Registers that were reset, swapped or rose too fast, units that slipped, meters that disagree, and boundaries whose IT takes more than the facility: one row for each interval, newest first. Inlets far from those next to them, or warmer than the air behind: one row for each hour. Flagged, never corrected.',
  )
    .span(24)
    .cellHeight(TableCellHeight.Sm)
    .noValue('none in this time')
    .withTarget(asTable('A', ask('quality', { columns, where: SITE, newest: 100 })))
    .transformations(ordered(['Time', ...Object.keys(columns)]))
}

function states(): AnyPanel {
  return new StateTimelineBuilder()
    .title('Connected and ready')
    .description(
      'Connected: to the broker. Ready: readings get through to where they should. Empty: the collector did not run.',
    )
    .datasource(SOURCE)
    .span(12)
    .height(5)
    .interval(BASE_INTERVAL)
    .maxDataPoints(300)
    .showValue(VisibilityMode.Never)
    .fillOpacity(80)
    .lineWidth(0)
    .mappings([words({ 0: ['no', 'red'], 1: ['yes', 'green'] })])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .withTarget(asLines('A', perBucket({ connected: ['min', 'connected'], ready: ['min', 'ready'] }), '$col'))
}

function settled(): AnyPanel {
  return stat(
    'Settled through',
    'End of the newest interval that no reading in time can change any more. Rows of inlets and racks are not written again for that: up to here none of them is provisional.',
  )
    .span(4)
    .unit('dateTimeFromNow')
    .noValue('nothing yet')
    .thresholds(thresholds('text'))
    .withTarget(asLines('A', newest({ settled: 'settled_through_ms' }), 'settled'))
}

function uptime(): AnyPanel {
  return stat('Running for', 'Since the start of the collector, as of its newest minute.')
    .span(4)
    .unit('s')
    .decimals(0)
    .thresholds(thresholds('text'))
    .withTarget(asLines('A', newest({ uptime: 'uptime_s' }), 'uptime'))
}

function certificate(): AnyPanel {
  return stat(
    'First certificate ends in',
    'Days until the first of our certificates ends. "None": no certificate is used.',
  )
    .span(4)
    .unit('d')
    .decimals(0)
    .noValue('none')
    .thresholds(thresholds('red', [7, 'orange'], [30, 'green']))
    .withTarget(asLines('A', newest({ days: 'certificate_days' }), 'days'))
}

function flow(): AnyPanel {
  return lines('Readings and packets', 'Readings accepted and packets journalled, per second.')
    .span(8)
    .unit('short')
    .withTarget(
      asLines('A', perBucket({ readings: ['rate', 'readings_accepted'], packets: ['rate', 'packets'] }), '$col'),
    )
}

function outbox(): AnyPanel {
  const columns = {
    rows: ['max', 'outbox_rows'],
    notices: ['max', 'outbox_notices'],
    journal: ['max', 'journal_unforwarded'],
  } as const
  return lines(
    'Outbox',
    'Rows and alarm notices that wait to be sent, and of an edge the journal that its stream lacks. It grows while the other side is away and empties afterwards; nothing is lost meanwhile.',
  )
    .span(8)
    .decimals(0)
    .min(0)
    .withTarget(asLines('A', perBucket(columns), '$col'))
}

function rows(): AnyPanel {
  const columns = {
    accepted: ['rise', 'rows_accepted'],
    kept: ['rise', 'rows_kept'],
    rejected: ['rise', 'rows_rejected'],
    dropped: ['rise', 'rows_dropped'],
  } as const
  return lines(
    'Rows, by outcome',
    'Accepted by the database; kept to be sent again; rejected by it for good; dropped out of a full outbox.',
  )
    .span(8)
    .decimals(0)
    .overrideByRegexp('rejected|dropped', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }])
    .withTarget(asLines('A', perBucket(columns), '$col'))
}

function journal(): AnyPanel {
  return lines('Journal', 'Packets kept as they came, and what they take on disk (right axis).')
    .span(8)
    .min(0)
    .overrideByName('bytes', [...column('bytes'), ON_THE_RIGHT])
    .withTarget(
      asLines('A', perBucket({ packets: ['max', 'journal_packets'], bytes: ['max', 'journal_bytes'] }), '$col'),
    )
}

function latencies(): AnyPanel {
  const columns = {
    'commit, median': ['max', 'commit_p50_ms'],
    'commit, 99 of 100': ['max', 'commit_p99_ms'],
    'event loop, 99 of 100': ['max', 'loop_p99_ms'],
  } as const
  return lines(
    'Latency',
    'How long a group commit takes until it is on stable storage, before which nothing is acknowledged; and how late the event loop is.',
  )
    .span(8)
    .unit('ms')
    .min(0)
    .withTarget(asLines('A', perBucket(columns), '$col'))
}

function memory(): AnyPanel {
  return lines('Memory', 'What the process holds in memory (resident set).')
    .span(8)
    .unit('bytes')
    .min(0)
    .withTarget(asLines('A', perBucket({ memory: ['max', 'rss_bytes'] }), '$col'))
}

function newest(columns: Record<string, Field<'health'>>): string {
  return ask('health', { columns, where: SITE, within: NEWEST_MINUTES, newest: 1 })
}

function perBucket(columns: Question<'health'>['columns']): string {
  return ask('health', { columns, where: SITE, every: EVERY, fill: 'null' })
}
