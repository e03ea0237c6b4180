import { alarmCounts } from '../core/alarms/alarms.ts'
import { settledThroughMs } from '../core/closing.ts'
import type { Intake } from '../fold/intake.ts'
import { sampleHealth } from '../health/health.ts'
import { healthRow } from '../health/row.ts'
import { createOwnAlarms } from './own-alarms.ts'
import type { DaemonParts } from './parts.ts'

/** Keeps the numbers of health up to date: each second, when somebody asks, and as a row at each whole minute. */
export function startWatch({ config, store, health, clock, open }: DaemonParts, intake: Intake): void {
  let minute = Math.floor(clock() / 60_000)
  const judgeOwn = createOwnAlarms(health, (entry) => intake.record(entry))
  health.refresh = () => {
    const { counts, packets, doubted, nowMs, core } = intake.pipeline()
    const depth = store.depth()
    Object.assign(health.alarms, alarmCounts(core.alarms, clock()))
    Object.assign(health.rows, health.drainCounts(), { dropped: depth.dropped })
    Object.assign(health, {
      readings: counts,
      doubted,
      packets,
      lastPacketMs: nowMs,
      newestMs: core.mark.latestMs,
      settledThroughMs: settledThroughMs(core),
      journalPackets: depth.journal,
      journalBytes: depth.bytes,
      outboxRows: config.influx === undefined ? 0 : depth.rows + intake.uncommittedRows(),
      outboxNotices: depth.notices,
      noticesFallen: depth.droppedNotices,
      refusedKept: depth.refused,
      refusedFallen: depth.fallenRefused,
      rssBytes: process.memoryUsage.rss(),
    })
  }
  const watch = setInterval(() => {
    health.refresh()
    judgeOwn(intake.pipeline())
    if (Math.floor(clock() / 60_000) === minute) return
    minute = Math.floor(clock() / 60_000)
    sampleHealth(health, clock())
    intake.emit(healthRow(health, config.site.id, minute * 60_000))
  }, 1000)
  open.defer(() => clearInterval(watch))
}
