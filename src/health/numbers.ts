import { BEFORE_BIRTH, IGNORED, ORPHAN, UNSELECTED } from '../core/contract/outcome.ts'
import { certificateDays, isReady, lagMs, type Health } from './health.ts'

interface Described {
  kind: 'counter' | 'gauge'
  help: string
}

/** One number of the daemon's health. */
export interface HealthNumber extends Described {
  /** Its field of the row `health`; absent: it is a metric only. */
  field?: string
  /** `coldaisle_<metric>`, of a counter `coldaisle_<metric>_total`; absent: it is a field only. */
  metric?: string
  /** Unit of `read` and of the field; absent: a count, or 1 for yes and 0 for no. A metric of ms is in seconds. */
  unit?: 's' | 'ms' | 'bytes' | 'days'
  /** NaN stands for unknown: then the row has no such field and the metric no sample. */
  read: (health: Health, nowMs: number) => number
}

/**
 * All numbers without labels, in the order of the row. The row `health`, `HEALTH_FIELDS` and the Prometheus metrics
 * derive from this list. Names are relied on from outside: none is changed or removed.
 */
export const HEALTH_NUMBERS = [
  {
    kind: 'counter',
    metric: 'notices_fallen',
    help: 'Alarm notices that fell out of the full queue',
    read: (it) => it.noticesFallen,
  },
  { kind: 'counter', field: 'packets', metric: 'packets', help: 'MQTT packets taken', read: (it) => it.packets },
  {
    kind: 'counter',
    metric: 'alarms_raised',
    help: 'Alarms raised since the store began',
    read: (it) => it.alarms.raised,
  },
  {
    kind: 'counter',
    metric: 'alarms_chattering',
    help: 'Alarms raised the third time within a minute',
    read: (it) => it.alarms.chattering,
  },
  {
    kind: 'counter',
    metric: 'alarm_floods',
    help: 'Times in which more than 10 alarms came in 10 minutes',
    read: (it) => it.alarms.floods,
  },
  { kind: 'counter', metric: 'http_errors', help: 'HTTP requests that failed inside', read: (it) => it.httpErrors },
  {
    kind: 'gauge',
    field: 'journal_packets',
    metric: 'journal_packets',
    help: 'Packets kept in the journal',
    read: (it) => it.journalPackets,
  },
  {
    kind: 'gauge',
    field: 'journal_bytes',
    metric: 'journal_bytes',
    unit: 'bytes',
    help: 'What the journal takes',
    read: (it) => it.journalBytes,
  },
  {
    kind: 'gauge',
    metric: 'journal_behind',
    help: 'Entries of the journal that are still to be folded after a start',
    read: (it) => it.behind(),
  },
  {
    kind: 'gauge',
    field: 'outbox_rows',
    metric: 'outbox_rows',
    help: 'Rows that wait for the database, or for the commit that puts them there',
    read: (it) => it.outboxRows,
  },
  {
    kind: 'gauge',
    field: 'outbox_notices',
    metric: 'outbox_notices',
    help: 'Alarm notices that wait to be sent',
    read: (it) => it.outboxNotices,
  },
  {
    kind: 'counter',
    field: 'notices_delivered',
    help: 'Alarm notices that their receivers took',
    read: (it) => noticeCount(it, 'delivered'),
  },
  {
    kind: 'counter',
    field: 'notices_kept',
    help: 'Attempts after which alarm notices had to be sent again',
    read: (it) => noticeCount(it, 'kept'),
  },
  {
    kind: 'counter',
    field: 'notices_rejected',
    help: 'Alarm notices that a receiver will never take',
    read: (it) => noticeCount(it, 'rejected'),
  },
  {
    kind: 'counter',
    field: 'notices_dropped',
    help: 'Alarm notices that grew too old or fell out of the full queue',
    read: (it) => noticeCount(it, 'dropped') + it.noticesFallen,
  },
  { kind: 'gauge', metric: 'alarms_active', help: 'Alarms that stand', read: (it) => it.alarms.active },
  {
    kind: 'gauge',
    metric: 'alarms_standing',
    help: 'Alarms that have stood for more than 24 h',
    read: (it) => it.alarms.standing,
  },
  {
    kind: 'gauge',
    field: 'lag_s',
    metric: 'lag_seconds',
    unit: 's',
    help: 'Age of the newest accepted event time',
    read: (it, nowMs) => lagMs(it, nowMs) / 1000,
  },
  {
    kind: 'gauge',
    field: 'last_packet_s',
    unit: 's',
    help: 'Age of the newest packet',
    read: (it, nowMs) => (nowMs - it.lastPacketMs) / 1000,
  },
  {
    kind: 'gauge',
    metric: 'last_packet_timestamp_seconds',
    unit: 's',
    help: 'When the newest packet came',
    read: (it) => it.lastPacketMs / 1000,
  },
  {
    kind: 'gauge',
    metric: 'start_time_seconds',
    unit: 's',
    help: 'When the daemon started',
    read: (it) => it.startedMs / 1000,
  },
  {
    kind: 'gauge',
    metric: 'latencies_timestamp_seconds',
    unit: 's',
    help: 'When the minute ended that the latencies of commits and of the event loop speak of',
    read: (it) => it.sampledMs / 1000,
  },
  {
    kind: 'gauge',
    field: 'commit_p50_ms',
    metric: 'commit_p50_seconds',
    unit: 'ms',
    help: 'Commit latency of the last minute, median',
    read: (it) => it.commitP50Ms,
  },
  {
    kind: 'gauge',
    field: 'commit_p99_ms',
    metric: 'commit_p99_seconds',
    unit: 'ms',
    help: 'Commit latency of the last minute, 99 %',
    read: (it) => it.commitP99Ms,
  },
  {
    kind: 'gauge',
    field: 'loop_p99_ms',
    metric: 'event_loop_delay_p99_seconds',
    unit: 'ms',
    help: 'Delay of the last minute, 99 %',
    read: (it) => it.loopP99Ms,
  },
  {
    kind: 'gauge',
    field: 'loop_max_ms',
    metric: 'event_loop_delay_max_seconds',
    unit: 'ms',
    help: 'Longest delay of the last minute',
    read: (it) => it.loopMaxMs,
  },
  {
    kind: 'gauge',
    field: 'rss_bytes',
    metric: 'resident_memory_bytes',
    unit: 'bytes',
    help: 'Resident memory',
    read: (it) => it.rssBytes,
  },
  {
    kind: 'gauge',
    field: 'connected',
    metric: 'connected',
    help: '1 while connected to a broker or being one',
    read: (it) => Number(it.connected),
  },
  {
    kind: 'gauge',
    field: 'ready',
    metric: 'ready',
    help: '1 while readings get through to where they should',
    read: (it) => Number(isReady(it)),
  },
  {
    kind: 'gauge',
    field: 'certificate_days',
    metric: 'certificate_days',
    unit: 'days',
    help: 'Days until the first certificate ends',
    read: certificateDays,
  },
  {
    kind: 'gauge',
    field: 'uptime_s',
    unit: 's',
    help: 'Since the daemon started',
    read: (it, nowMs) => (nowMs - it.startedMs) / 1000,
  },
  {
    kind: 'gauge',
    field: 'settled_through_ms',
    metric: 'settled_through_timestamp_seconds',
    unit: 'ms',
    help: 'End of the newest interval that no reading in time can change any more',
    read: (it) => it.settledThroughMs,
  },
  { kind: 'counter', field: 'readings_ignored', help: 'Messages to ignore', read: (it) => it.readings[IGNORED] ?? 0 },
  {
    kind: 'counter',
    field: 'readings_unselected',
    help: 'Messages that no point selects',
    read: (it) => it.readings[UNSELECTED] ?? 0,
  },
  {
    kind: 'counter',
    field: 'doubted_times',
    metric: 'doubted_times',
    help: 'Local times of a doubled hour that nothing told the pass of',
    read: (it) => it.doubted,
  },
  {
    kind: 'gauge',
    field: 'refused_kept',
    metric: 'refused_kept',
    help: 'Refused packets that are kept to be looked at',
    read: (it) => it.refusedKept,
  },
  {
    kind: 'counter',
    field: 'refused_fallen',
    metric: 'refused_fallen',
    help: 'Refused packets that gave way to newer ones',
    read: (it) => it.refusedFallen,
  },
  {
    kind: 'counter',
    field: 'readings_before_birth',
    help: 'Data of Sparkplug nodes whose meaning is not known',
    read: (it) => it.readings[BEFORE_BIRTH] ?? 0,
  },
  {
    kind: 'counter',
    field: 'messages_lost',
    metric: 'messages_lost',
    help: 'Messages that never came, by the numbers that their senders give them',
    read: (it) => it.numbered.lost,
  },
  {
    kind: 'counter',
    field: 'messages_unnumbered',
    metric: 'messages_unnumbered',
    help: 'Messages that should have a number and have none that can be read',
    read: (it) => it.numbered.unnumbered,
  },
  {
    kind: 'counter',
    field: 'numbers_anew',
    metric: 'numbers_anew',
    help: 'Times that the numbers of messages went on from a lower one: restarts of devices, or messages sent again',
    read: (it) => it.numbered.anew,
  },
  {
    kind: 'counter',
    field: 'readings_orphan',
    help: 'Messages on topics that a template is about, of none of its members',
    read: (it) => it.readings[ORPHAN] ?? 0,
  },
] as const satisfies readonly HealthNumber[]

/** Notices that ended so, of all receivers; heartbeats are none. */
function noticeCount({ notices }: Health, result: string): number {
  let sum = 0
  for (const [receiver, results] of notices) if (receiver !== 'heartbeat') sum += results.get(result) ?? 0
  return sum
}
