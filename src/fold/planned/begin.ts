import { applyCommand } from '../../core/alarms/command.ts'
import { beginStretch } from '../../core/contract/planned.ts'
import { COST, type Work } from '../../core/contract/work.ts'
import type { Core } from '../../core/state.ts'
import type { Site } from '../../site/site.ts'
import { nextBeginMs, stretchAt, worksOf, type PlannedWork, type WorkStretch } from './works.ts'

/**
 * Planned work, of the configuration and of commands. Each of its stretches begins with the first entry that arrives
 * behind its begin: its alarms are shelved up to its end, and compliance is told. All that follows from the journal and
 * the configuration, so a replay does it at the same entries (D179).
 *
 *     configuration ──┐
 *                     ├──> works ── an entry behind the begin of a stretch that has not begun ──> shelve, mark
 *     command plan ───┘             `begunMs` of the core remembers the end of the newest: it begins once
 */
export interface Planner {
  /** Made when they are first needed, and anew after a command. */
  works: readonly PlannedWork[] | undefined
  /** Nothing begins before this arrival time. */
  dueMs: number
}

export function createPlanner(): Planner {
  return { works: undefined, dueMs: -Infinity }
}

/** What the pipeline has of it. */
export interface Planning {
  readonly site: Site
  readonly core: Core
  readonly planner: Planner
  readonly nowMs: number
}

/** Begins the stretches that are due. */
export function* beginPlanned({ site, core, planner, nowMs }: Planning): Work<number> {
  if (nowMs < planner.dueMs) return 0
  const { timezone } = site.config.site
  const works = (planner.works ??= worksOf(site, core.planned))
  let changed = 0
  planner.dueMs = Infinity
  for (const work of works) {
    const stretch = stretchAt(work, timezone, nowMs)
    if (stretch !== undefined && core.planned.begunMs.get(work.name) !== stretch.untilMs) {
      changed += yield* begin(core, work, stretch, nowMs)
    }
    planner.dueMs = Math.min(planner.dueMs, nextBeginMs(work, timezone, nowMs))
  }
  return changed
}

function* begin(core: Core, work: PlannedWork, { fromMs, untilMs }: WorkStretch, nowMs: number): Work<number> {
  const { name, inlets, who, why } = work
  core.planned.begunMs.set(name, untilMs)
  if (inlets.size > 0) beginStretch(core.planned, { name, fromMs, untilMs, inlets })
  const by = { who, why, untilMs, work: name }
  let changed = 0
  for (const { alarm, sources } of work.shelved) {
    for (const source of sources) {
      const more = applyCommand(core.alarms, { command: 'shelve', alarm, source, by }, nowMs, core.sink)
      changed += more
      yield more * COST.alarm
    }
  }
  return changed
}
