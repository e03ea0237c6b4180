import type { Config } from '../config/config.ts'
import { changesForRestart } from '../config/reload.ts'
import { ALARM_KINDS } from '../core/contract/alarm-kinds.ts'
import type { Intake } from '../fold/intake.ts'
import type { Link } from '../mqtt/source.ts'
import { sourceNames } from '../site/alarms.ts'
import { createSite, type Site } from '../site/site.ts'
import type { StandingAlarm } from '../store/notice-type.ts'
import { topicsOf } from './broker.ts'
import { collectGarbage } from './collect.ts'

/** Of the points; a reload that takes away more is asked for twice. */
const REMOVED_SHARE = 0.1
const NAMES = 5
const CONFIRM_MS = 60_000

type ReloadParts = {
  /** What the daemon was started with. */
  started: Config
  intake: Intake
  link: Link
  standing: () => Promise<StandingAlarm[]>
  /** Goes on with certificate files that have changed, and tells of those that cannot be used; never throws. */
  renewFiles: () => Promise<void>
}

/**
 * Gives what applies another configuration, as a whole, or says why not. A change that takes a restart is refused. What
 * looks like half a file, or hides that somebody has to act, has to be asked for a second time within a minute.
 */
export function createReload({ started, intake, link, standing, renewFiles }: ReloadParts) {
  let asked = { dangers: '', atMs: -Infinity }
  return async (next: Config): Promise<string | undefined> => {
    const changed = changesForRestart(started, next)
    if (changed.length > 0) {
      return `${changed.join(', ')} changed, which takes a restart: restart the daemon, or take the change back`
    }
    const site = createSite(next)
    const dangers = dangersOf(intake.pipeline().site, site, await standing()).join('; ')
    const isConfirmed = dangers === asked.dangers && performance.now() - asked.atMs <= CONFIRM_MS
    if (dangers !== '' && !isConfirmed) {
      asked = { dangers, atMs: performance.now() }
      return `it ${dangers}: reload once more within a minute if that is meant`
    }
    await intake.reload(site)
    collectGarbage()
    link.setTopics(topicsOf(next))
    await renewFiles()
    return undefined
  }
}

/** What nobody does by mistake without harm: points taken away, alarms that stand and are no more looked for. */
function dangersOf(before: Site, next: Site, standing: readonly StandingAlarm[]): string[] {
  const kept = new Set(next.points)
  const removed = before.points.filter((name) => !kept.has(name))
  const ended = standing.filter((alarm) => isWatched(before, alarm) && !isWatched(next, alarm))
  return [
    ...(removed.length > before.points.length * REMOVED_SHARE
      ? [`takes away ${removed.length} of ${before.points.length} points (${named(removed)})`]
      : []),
    ...(ended.length > 0
      ? [`ends alarms that stand (${named(ended.map((it) => `${it.alarm} of ${it.source}`))})`]
      : []),
  ]
}

/** Whether a site's configuration looks for an alarm at its source. */
function isWatched(site: Site, { alarm, source }: StandingAlarm): boolean {
  const kind = ALARM_KINDS.find((it) => it === alarm)
  return kind !== undefined && site.config.alarms[kind].enabled && sourceNames(site, kind).includes(source)
}

function named(names: readonly string[]): string {
  const more = names.length - NAMES
  return more > 0 ? `${names.slice(0, NAMES).join(', ')} and ${more} more` : names.join(', ')
}
