import { Counter, Gauge, Registry } from '@prometheus-io/client'
import { certificateDays, isReady, lagMs, readingCounts, type Health } from '../health/health.ts'

/** What Prometheus reads. */
export interface Metrics {
  readonly contentType: string
  /** The text of all metrics, from the numbers as they are now. */
  text(): Promise<string>
}

/** Publishes the health's plain numbers when asked: counting a reading costs no label look-up. */
export function createMetrics(health: Health, clock: () => number): Metrics {
  const registry = new Registry()
  addCounters(registry, health)
  addGauges(registry, health, clock)
  return { contentType: registry.contentType, text: () => registry.metrics() }
}

function addCounters(registry: Registry, health: Health): void {
  const counter = (name: string, help: string, label: string, numbers: () => Iterable<[string, number]>) =>
    new Counter({
      name: `coldaisle_${name}_total`,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset()
        for (const [word, number] of numbers()) this.inc({ [label]: word }, number)
      },
    })
  counter('readings', 'Readings by what became of them', 'outcome', () => readingCounts(health))
  counter('rows', 'Rows by what became of them; kept counts attempts', 'outcome', () => Object.entries(health.rows))
  const plain = (name: string, help: string, number: () => number) =>
    new Counter({
      name: `coldaisle_${name}_total`,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(number())
      },
    })
  new Counter({
    name: 'coldaisle_notices_total',
    help: 'Alarm notices by receiver and what became of them; kept counts attempts, refreshed what was said again',
    labelNames: ['receiver', 'result'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [receiver, results] of health.notices) {
        for (const [result, number] of results) this.inc({ receiver, result }, number)
      }
    },
  })
  plain('notices_fallen', 'Alarm notices that fell out of the full queue', () => health.noticesFallen)
  plain('packets', 'MQTT packets taken', () => health.packets)
  plain('alarms_raised', 'Alarms raised since the store began', () => health.alarms.raised)
  plain('alarms_chattering', 'Alarms raised the third time within a minute', () => health.alarms.chattering)
  plain('alarm_floods', 'Times in which more than 10 alarms came in 10 minutes', () => health.alarms.floods)
  plain('http_errors', 'HTTP requests that failed inside', () => health.httpErrors)
}

function addGauges(registry: Registry, health: Health, clock: () => number): void {
  /** What is unknown is left out: a gauge without a sample, not a zero. */
  const gauge = (name: string, help: string, number: () => number) =>
    new Gauge({
      name: `coldaisle_${name}`,
      help,
      registers: [registry],
      collect() {
        const now = number()
        if (Number.isFinite(now)) this.set(now)
        else this.remove()
      },
    })
  gauge('journal_packets', 'Packets kept in the journal', () => health.journalPackets)
  gauge('journal_bytes', 'What the journal takes', () => health.journalBytes)
  gauge('outbox_rows', 'Rows that wait for the database', () => health.outboxRows)
  gauge('outbox_notices', 'Alarm notices that wait to be sent', () => health.outboxNotices)
  new Gauge({
    name: 'coldaisle_notices_waiting',
    help: 'Alarm notices that wait for each receiver',
    labelNames: ['receiver'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [receiver, waiting] of health.noticesWaiting()) this.set({ receiver }, waiting)
    },
  })
  gauge('alarms_active', 'Alarms that stand', () => health.alarms.active)
  gauge('alarms_standing', 'Alarms that have stood for more than 24 h', () => health.alarms.standing)
  gauge('lag_seconds', 'Age of the newest accepted event time', () => lagMs(health, clock()) / 1000)
  gauge('last_packet_timestamp_seconds', 'When the newest packet came', () => health.lastPacketMs / 1000)
  gauge('start_time_seconds', 'When the daemon started', () => health.startedMs / 1000)
  gauge('resident_memory_bytes', 'Resident memory', () => health.rssBytes)
  gauge('connected', '1 while connected to a broker or being one', () => Number(health.connected))
  gauge('ready', '1 while readings get through to where they should', () => Number(isReady(health)))
  gauge('event_loop_delay_max_seconds', 'Longest delay of the last minute', () => health.loopMaxMs / 1000)
  gauge('event_loop_delay_p99_seconds', 'Delay of the last minute, 99 %', () => health.loopP99Ms / 1000)
  gauge('commit_p50_seconds', 'Commit latency of the last minute, median', () => health.commitP50Ms / 1000)
  gauge('commit_p99_seconds', 'Commit latency of the last minute, 99 %', () => health.commitP99Ms / 1000)
  gauge('certificate_days', 'Days until the first certificate ends', () => certificateDays(health))
}
