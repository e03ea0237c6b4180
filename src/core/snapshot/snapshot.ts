import { restoreAlarms, saveAlarms } from './alarm.ts'
import { restoreWaitingAir, saveWaitingAir } from './waiting-air.ts'
import { restoreAirflows, saveAirflows } from './airflow.ts'
import { catchUp, keepUnknownAgain } from '../closing.ts'
import type { Core } from '../state.ts'
import { columnNames } from '../energy/quotients/parts.ts'
import type { Quotients } from '../energy/quotients/quotients.ts'
import { learnFromHeld } from '../energy/register/resolution.ts'
import { restoreDoubts, saveDoubts } from './doubts.ts'
import { forgetUnheld } from '../energy/lone.ts'
import { restoreGaps, restoreWaiting, saveGaps } from './gap.ts'
import { restoreInlets, saveInlets } from './inlet.ts'
import { restorePlanned, savePlanned } from './planned.ts'
import { restorePoints, savePoints } from './point.ts'
import { restoreHours, saveHours } from './quality.ts'
import { restoreHourMeans, saveHourMeans } from './hour-means.ts'
import { restoreNumbering, restoreSkews, saveNumbering, saveSkews } from './numbering.ts'
import { restoreRefused, saveRefused } from './refused.ts'
import { putSection, takeSection, type Sections } from './form.ts'
import { restoreNames, saveNames, type Names } from './names.ts'
import { restoreTrail } from './trails/restored.ts'
import { restoreTally, saveTallyInParts, type NamedSeries } from './tally.ts'
import { groupName, saveTrail, seriesNames } from './trail.ts'
import { restoreFromTallies } from './trails/from-tally.ts'

/** How far the last snapshot went; the first has none before it. */
export interface Saved {
  /** Its newest closed end. Totals further back than a tally's horizon have not changed since. */
  end: number
  rebases: number
}

/** What sections name by its place. */
const LISTS = ['points', 'boundaries', 'inlets', 'gateways', 'uplinks', 'targets'] as const

/** Copies the core into sections at once, see `saveInParts`. */
export function saveCore(core: Core, names: Names, since: Saved | undefined): { sections: Sections; saved: Saved } {
  const sections: Sections = new Map()
  const parts = saveInParts(core, names, since, sections)
  for (let part = parts.next(); ; part = parts.next()) if (part.done === true) return { sections, saved: part.value }
}

/**
 * Copies the core into sections, each under the names of what it is about, so that a changed configuration keeps what
 * stayed. Leaves out what cannot have changed since an earlier snapshot: together they are the core. Yields after each
 * part; nothing may be folded until all are copied.
 */
export function* saveInParts(
  core: Core,
  names: Names,
  since: Saved | undefined,
  sections: Sections,
): Generator<void, Saved> {
  const { mark, plan } = core
  putSection(sections, 'core', 'core', [
    plan.lengthMs,
    core.nextTickMs,
    core.nextClose,
    core.hasClosed ? 1 : 0,
    core.settledEnergy,
    core.settledAir,
    mark.newestMs,
    mark.heardMs,
    core.live.emittedMs,
    core.quietFrom,
    core.quietTo,
    core.pue.tally.totals.origin,
    mark.latestMs,
    mark.isStamped ? 1 : 0,
    mark.freshMs,
    mark.closedMs,
    core.backlog.deferred,
    core.backlog.minutes,
  ])
  if (since === undefined) {
    for (const list of LISTS) saveNames(list, names[list], sections)
    for (const [g, group] of core.compliance.groups.entries()) {
      saveNames(groupName(g), seriesNames(group, plan.scopes, names), sections)
    }
  }
  catchUp(core)
  saveGaps(core, sections)
  yield* savePoints(core, sections)
  saveInlets(core, sections)
  saveHours(core, names, sections)
  saveHourMeans(core, sections)
  saveAirflows(core, names, sections)
  yield
  yield* saveAlarms(core.alarms, names, sections)
  saveWaitingAir(core, sections)
  saveRefused(core, sections)
  saveNumbering(core, sections)
  saveSkews(core, sections)
  saveDoubts(core, sections)
  savePlanned(core, sections)
  const rebases = core.quotients.reduce((sum, { tally }) => sum + tally.totals.rebases, 0)
  const kept = since !== undefined && since.rebases === rebases ? since.end : -Infinity
  for (const quotients of core.quotients) {
    yield* saveTallyInParts(quotients.tally, seriesOf(quotients, names), kept, sections)
  }
  for (const [g, { trail }] of core.compliance.groups.entries()) {
    if (core.hasClosed) yield* saveTrail(trail, groupName(g), since === undefined ? 'all' : 'changed', sections)
  }
  return { end: core.nextClose, rebases }
}

/**
 * Restores a core that has just been made, and takes the sections out of the map. Sections of what the plan does not
 * have stay in the map; what has no section begins anew. False: there is no snapshot, or one of another interval
 * length.
 */
export function restoreCore(core: Core, names: Names, sections: Sections): boolean {
  const state = takeSection(sections, 'core', 'core')
  if (state === undefined || state[0] !== core.plan.lengthMs) return false
  core.nextTickMs = state[1]!
  core.nextClose = state[2]!
  core.hasClosed = state[3] === 1
  core.settledEnergy = state[4]!
  core.settledAir = state[5]!
  core.mark.newestMs = state[6]!
  core.mark.heardMs = state[7]!
  core.live.emittedMs = state[8]!
  core.quietFrom = state[9]!
  core.quietTo = state[10]!
  core.mark.latestMs = state[12]!
  core.mark.isStamped = state[13] === 1
  core.mark.freshMs = state[14]!
  core.mark.closedMs = state[15]!
  core.backlog.deferred = state[16]!
  core.backlog.minutes = state[17]!
  const waiting = restoreGaps(core, names, sections)
  restoreDoubts(core, names, sections)
  restorePoints(core, names, sections)
  learnFromHeld(core.pue.resolutions, core.samples)
  forgetUnheld(core.samples)
  restoreWaiting(core, waiting)
  restoreInlets(core, names, sections)
  restoreHours(core, names, sections)
  restoreHourMeans(core, names, sections)
  restoreAlarms(core.alarms, names, sections)
  restoreWaitingAir(core, names, sections)
  restoreRefused(core, names, sections)
  restoreNumbering(core, names, sections)
  restoreSkews(core, names, sections)
  restorePlanned(core, names, sections)
  core.alarms.judgedEnd = core.nextClose
  restoreAirflows(core, names, sections)
  if (!core.hasClosed) return true
  keepUnknownAgain(core)
  for (const quotients of core.quotients) {
    restoreTally(quotients.tally, seriesOf(quotients, names), core.nextClose, sections)
    quotients.tally.totals.origin = state[11]!
  }
  for (const [g, group] of core.compliance.groups.entries()) {
    const series = seriesNames(group, core.plan.scopes, names)
    const places = restoreNames(groupName(g), series, sections)
    if (restoreTrail(group.trail, groupName(g), places, core.nextClose, sections)) continue
    const isInlets = group.scopes.length === 0
    restoreFromTallies(
      core.plan,
      group,
      {
        series: isInlets ? series.map((name) => `inlet/${name}`) : series,
        ranking: isInlets ? series.map((name) => `ranking/${name}`) : undefined,
      },
      core.nextClose,
      sections,
    )
  }
  return true
}

/** The series of a PUE are named by their boundary alone: they came first. */
function seriesOf({ of, boundaries, layouts }: Quotients, names: Names): NamedSeries[] {
  const kind = of.name === 'pue' ? 'boundary' : of.name
  return boundaries.map((boundary, series) => ({
    name: `${kind}/${names.boundaries[boundary]}`,
    columns: columnNames(layouts[series]!, names.points),
  }))
}
