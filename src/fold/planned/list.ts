import type { Planned } from '../../core/contract/planned.ts'
import { zoneOffsetMs } from '../../ingest/time-zones.ts'
import type { Site } from '../../site/site.ts'
import { nextBeginMs, stretchAt, workOf, writtenWorks, type WrittenWork } from './works.ts'

/** Planned work as `/api/v1/planned` tells it. Times in epoch ms. */
export interface PlannedEntry extends Omit<WrittenWork, 'alarms'> {
  /** Who planned it: the configuration's file, or an order. */
  readonly by: 'configuration' | 'command'
  /** Kinds of alarm that are shelved meanwhile, and how many inlets compliance tells it of. */
  readonly alarms: readonly string[]
  readonly inlets: number
  /** The stretch that goes on, and the next one; absent: there is none. */
  readonly fromMs?: number
  readonly untilMs?: number
  readonly nextMs?: number
  /** Why it comes to nothing: this site has no such place any more. */
  readonly fault?: string
}

/** All planned work of a site: what goes on first, then by its next begin, what is over last. */
export function plannedList(site: Site, planned: Planned | undefined, nowMs: number): PlannedEntry[] {
  const { timezone } = site.config.site
  const inFile = new Set(site.config.planned.map(({ name }) => name))
  return writtenWorks(site, planned)
    .map((written): PlannedEntry => {
      const by = inFile.has(written.name) ? 'configuration' : 'command'
      const work = workOf(site, written)
      if ('fault' in work) return { ...written, by, alarms: [], inlets: 0, fault: work.fault }
      const now = stretchAt(work, timezone, nowMs)
      const nextMs = nextBeginMs(work, timezone, nowMs)
      return {
        ...written,
        by,
        alarms: work.shelved.map(({ alarm }) => alarm),
        inlets: work.inlets.size,
        ...now,
        ...(nextMs === Infinity ? {} : { nextMs }),
      }
    })
    .toSorted((a, b) => beginOf(a) - beginOf(b))
}

function beginOf({ fromMs, nextMs }: PlannedEntry): number {
  return fromMs ?? nextMs ?? Number.MAX_SAFE_INTEGER
}

/** Of each work of the configuration when it goes on, or begins next. As lines for people. */
export function plannedLines(site: Site, nowMs: number): string[] {
  return plannedList(site, undefined, nowMs).map((work) => {
    if (work.fault !== undefined) return `${work.name}: ${work.fault}`
    return `${work.name}: ${whenText(site, work)}; ${work.alarms.length} kinds of alarm, ${work.inlets} inlets`
  })
}

/** When work goes on, or begins next, in local time of the site. */
export function whenText({ config: { site } }: Pick<Site, 'config'>, { untilMs, nextMs, hours }: PlannedEntry): string {
  const { timezone } = site
  const text = (tMs: number) => new Date(tMs + zoneOffsetMs(tMs, timezone)).toISOString().slice(0, 16).replace('T', ' ')
  if (untilMs !== undefined) return `goes on until ${text(untilMs)} (${timezone})`
  return nextMs === undefined ? 'is over' : `begins ${text(nextMs)} (${timezone}), for ${hours} h`
}
