import { alarmCounts } from '../core/alarms/alarms.ts'
import { settledThroughMs } from '../core/closing.ts'
import { numberingCounts } from '../core/numbering.ts'
import { createCounts } from '../core/contract/outcome.ts'
import type { Intake } from '../fold/intake.ts'
import type { Pipeline } from '../fold/pipeline.ts'
import { sampleHealth } from '../health/health.ts'
import { healthRow } from '../health/row.ts'
import { createOwnAlarms } from './own-alarms.ts'
import type { DaemonParts } from './parts.ts'

/** What only the core knows, while it is behind the journal. */
const UNKNOWN = {
  readings: createCounts().fill(NaN),
  doubted: NaN,
  packets: NaN,
  lastPacketMs: NaN,
  newestMs: NaN,
  settledThroughMs: NaN,
}
const UNKNOWN_NUMBERED = { lost: NaN, unnumbered: NaN, anew: NaN }
const UNKNOWN_ALARMS = { active: NaN, standing: NaN, raised: NaN, chattering: NaN, floods: NaN }

/**
 * Keeps the numbers of health up to date: each second, when somebody asks, and as a row at each whole minute. What the
 * core counts has fallen back to its snapshot at a start, so nothing is said of it until it has caught up.
 */
export function startWatch({ config, store, health, clock, open }: DaemonParts, intake: Intake): void {
  let minute = Math.floor(clock() / 60_000)
  const judgeOwn = createOwnAlarms(health, (entry) => intake.record(entry))
  health.behind = () => intake.behind()
  health.refresh = () => {
    const depth = store.depth()
    const isBehind = intake.behind() > 0
    Object.assign(health.alarms, isBehind ? UNKNOWN_ALARMS : alarmCounts(intake.pipeline().core.alarms, clock()))
    Object.assign(health.numbered, isBehind ? UNKNOWN_NUMBERED : numberingCounts(intake.pipeline().core))
    Object.assign(health.rows, health.drainCounts(), { dropped: depth.dropped })
    Object.assign(health, isBehind ? UNKNOWN : coreNumbers(intake.pipeline()), {
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
    if (intake.behind() === 0) judgeOwn(intake.pipeline())
    if (Math.floor(clock() / 60_000) === minute) return
    minute = Math.floor(clock() / 60_000)
    sampleHealth(health, clock())
    intake.emit(healthRow(health, config.site.id, minute * 60_000))
  }, 1000)
  open.defer(() => clearInterval(watch))
}

function coreNumbers({ counts, packets, doubted, nowMs, core }: Pipeline) {
  return {
    readings: counts,
    doubted,
    packets,
    lastPacketMs: nowMs,
    newestMs: core.mark.latestMs,
    settledThroughMs: settledThroughMs(core),
  }
}
