import { alarmCounts } from '../core/alarms/alarms.ts'
import { settledThroughMs } from '../core/closing.ts'
import type { Intake } from '../fold/intake.ts'
import { sampleHealth } from '../health/health.ts'
import { healthRow } from '../health/row.ts'
import { commandTopic } from '../ingest/command.ts'
import { createOwnAlarms } from './own-alarms.ts'
import type { DaemonParts } from './parts.ts'

/** Keeps the numbers of health up to date each second, and emits them as a row at each whole minute. */
export function startWatch({ store, health, clock, open }: DaemonParts, intake: Intake): void {
  let minute = Math.floor(clock() / 60_000)
  const judgeOwn = createOwnAlarms(health, (payload) => {
    const topic = commandTopic(intake.pipeline().site.config.site.id)
    intake.deliver({ topic, payload: Buffer.from(payload), retain: false }, () => undefined)
  })
  const watch = setInterval(() => {
    const pipeline = intake.pipeline()
    const { counts, packets, nowMs, core, site } = pipeline
    judgeOwn(pipeline)
    Object.assign(health.alarms, alarmCounts(core.alarms, clock()))
    const depth = store.depth()
    Object.assign(health, {
      readings: counts,
      packets,
      lastPacketMs: nowMs,
      newestMs: core.mark.newestMs,
      settledThroughMs: settledThroughMs(core),
      journalPackets: depth.journal,
      journalBytes: depth.bytes,
      outboxRows: depth.rows,
      outboxNotices: depth.notices,
    })
    health.rows.dropped = depth.dropped
    health.noticesFallen = depth.droppedNotices
    if (Math.floor(clock() / 60_000) === minute) return
    minute = Math.floor(clock() / 60_000)
    sampleHealth(health)
    intake.emit(healthRow(health, site.config.site.id, minute * 60_000))
  }, 1000)
  open.defer(() => clearInterval(watch))
}
