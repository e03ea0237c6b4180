import { restoreAlarms, saveAlarms } from './alarm.ts'
import type { Core } from '../state.ts'
import { COLUMN_NAMES } from '../air/bands.ts'
import { columnNames } from '../energy/parts.ts'
import { RANKING_COLUMNS } from '../air/ranking.ts'
import { restoreRule, saveRule } from './rule.ts'
import { QUALITY_NUMBERS, qualityOf, restoreHours, restoreQuality, saveHours } from './quality.ts'
import { restoreSensors, saveSensors } from './sensor.ts'
import { putSection, takeSection, type Sections } from './form.ts'
import { isFresh, restoreTally, saveTally, type NamedSeries } from './tally.ts'
import { extendSlots, slotOfInterval } from '../energy/intervals.ts'
import type { Tally } from '../windows/tally.ts'

/** Names of the plan's points, boundaries, inlets, scopes and gateways, in its order. */
export interface Names {
  readonly points: readonly string[]
  readonly boundaries: readonly string[]
  readonly inlets: readonly string[]
  readonly scopes: readonly string[]
  readonly gateways: readonly string[]
}

/** How far the last snapshot went; the first has none before it. */
export interface Saved {
  /** Its newest closed end. Totals further back than a tally's horizon have not changed since. */
  end: number
  rebases: number
}

/**
 * Copies the core into sections, each under the names of what it is about, so that a changed configuration keeps what
 * stayed. Leaves out what cannot have changed since an earlier snapshot: together they are the core.
 */
export function saveCore(core: Core, names: Names, since: Saved | undefined): { sections: Sections; saved: Saved } {
  const sections: Sections = new Map()
  const { mark } = core
  putSection(sections, 'core', 'core', [
    core.plan.lengthMs,
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
  ])
  for (const [point, name] of names.points.entries()) {
    putSection(sections, `point/${name}`, 'point', savePoint(core, point))
    // A rule changes with the site only
    if (since === undefined) putSection(sections, `rule/${name}`, 'rule', saveRule(core.plan.points[point]!))
  }
  for (const [inlet, name] of names.inlets.entries()) {
    putSection(sections, `inlet/${name}`, 'inlet', saveInlet(core, inlet))
  }
  saveHours(core, names, sections)
  saveAlarms(core.alarms, names, sections)
  saveSensors(core, names, sections)
  const rebases = talliesOf(core, names).reduce((sum, { tally }) => sum + tally.totals.rebases, 0)
  const kept = since !== undefined && since.rebases === rebases ? since.end : -Infinity
  for (const { tally, series } of talliesOf(core, names)) saveTally(tally, series, kept, sections)
  return { sections, saved: { end: core.nextClose, rebases } }
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
  for (const [point, name] of names.points.entries()) {
    restorePoint(core, point, takeSection(sections, `point/${name}`, 'point'))
    restoreRule(core, point, takeSection(sections, `rule/${name}`, 'rule'))
  }
  for (const [inlet, name] of names.inlets.entries()) {
    restoreInlet(core, inlet, takeSection(sections, `inlet/${name}`, 'inlet'))
  }
  restoreHours(core, names, sections)
  restoreAlarms(core.alarms, names, sections)
  core.alarms.judgedEnd = core.nextClose
  restoreSensors(core, names, sections)
  if (!core.hasClosed) return true
  for (const { tally, series } of talliesOf(core, names)) {
    restoreTally(tally, series, core.nextClose, sections)
    tally.totals.origin = state[11]!
  }
  return true
}

function talliesOf({ pue, compliance }: Core, names: Names): { tally: Tally; series: NamedSeries[] }[] {
  const groups = compliance.groups.map(({ tally, members, scopes }) => ({
    tally,
    series: members.map((_, series) => ({
      name:
        scopes.length === 0
          ? `inlet/${names.inlets[series]}`
          : `${compliance.plan.scopes[scopes[series]!]!.scope}/${names.scopes[scopes[series]!]}`,
      columns: COLUMN_NAMES,
    })),
  }))
  const boundaries = names.boundaries.map((name, boundary) => ({
    name: `boundary/${name}`,
    columns: columnNames(pue.layouts[boundary]!, pue.plan.boundaries[boundary]!, names.points),
  }))
  const ranked = names.inlets.map((name) => ({ name: `ranking/${name}`, columns: RANKING_COLUMNS }))
  return [{ tally: pue.tally, series: boundaries }, { tally: compliance.ranking.tally, series: ranked }, ...groups]
}

/**
 * A point's section, where `n` counts what follows it:
 *
 *     [ head | quality | floor, heard, quiet | n, samples … | n, late intervals … | n, changed intervals … |
 *       first, since, newest | intervals … ]
 */
function savePoint({ samples, intervals, alarms, quality, readings, plan }: Core, point: number): number[] {
  const numbers = qualityOf(quality, point)
  numbers.push(samples.floorMs[point]!, alarms.heardMs[point]!, alarms.silenceFromMs[point]!)
  const count = samples.count[point]!
  const from = 2 * samples.offset[point]!
  numbers.push(count, ...samples.cells.subarray(from, from + 2 * count))
  const late = [...readings.changed].filter((key) => key % plan.points.length === point)
  numbers.push(late.length, ...late.map((key) => (key - point) / plan.points.length))
  const changed = intervals.changed.filter((it) => it.point === point)
  numbers.push(changed.length)
  for (const it of changed) numbers.push(it.interval, it.energyMj, it.estimatedMj, it.coveredMs)
  const newest = intervals.newest[point]!
  numbers.push(intervals.firstHeard[point]!, intervals.rowsFrom[point]!, newest)
  if (newest === -Infinity) return numbers
  for (let interval = newest - intervals.slots[point]! + 1; interval <= newest; interval++) {
    const slot = slotOfInterval(intervals, point, interval)
    if (isFresh(intervals, slot)) continue
    numbers.push(interval, intervals.energyMj[slot]!, intervals.estimatedMj[slot]!, intervals.coveredMs[slot]!)
    numbers.push(intervals.rowState[slot]!)
  }
  return numbers
}

function restorePoint(core: Core, point: number, section: Float64Array | undefined): void {
  const { samples, intervals, alarms, readings, plan } = core
  if (section === undefined) {
    alarms.heardMs[point] = core.nextTickMs // a new point's silence begins now
    alarms.silenceFromMs[point] = core.nextTickMs
    return
  }
  restoreQuality(core.quality, point, section.subarray(0, QUALITY_NUMBERS))
  let at = QUALITY_NUMBERS
  const next = () => section[at++]!
  samples.floorMs[point] = next()
  alarms.heardMs[point] = next()
  alarms.silenceFromMs[point] = next()
  const count = next()
  const kept = Math.min(count, samples.capacity[point]!)
  const cells = section.subarray(at + 2 * (count - kept), at + 2 * count)
  samples.cells.set(cells, 2 * samples.offset[point]!)
  samples.count[point] = kept
  if (kept < count) samples.floorMs[point] = cells[0]!
  at += 2 * count
  for (let late = next(); late > 0; late--) readings.changed.add(next() * plan.points.length + point)
  const isEnergy = intervals.slots[point]! > 0
  const changes = next()
  const changed = []
  for (let n = 0; n < changes; n++) {
    changed.push({ point, interval: next(), energyMj: next(), estimatedMj: next(), coveredMs: next() })
  }
  const first = next()
  const since = next()
  const newest = next()
  if (!isEnergy) return
  extendSlots(intervals, point, newest, -Infinity)
  intervals.firstHeard[point] = first
  intervals.rowsFrom[point] = since
  while (at < section.length) {
    const slot = slotOfInterval(intervals, point, next())
    const [energyMj, estimatedMj, coveredMs, written] = [next(), next(), next(), next()]
    if (slot < 0) continue
    intervals.energyMj[slot] = energyMj
    intervals.estimatedMj[slot] = estimatedMj
    intervals.coveredMs[slot] = coveredMs
    intervals.rowState[slot] = written
  }
  for (const it of changed) {
    const slot = slotOfInterval(intervals, point, it.interval)
    if (slot < 0) continue
    intervals.isChanged[slot] = 1
    intervals.changed.push(it)
  }
}

/** First interval, and the intervals to judge again. */
function saveInlet({ compliance, plan }: Core, inlet: number): number[] {
  const again = [...compliance.changed].filter((key) => key % plan.inlets.length === inlet)
  const intervals = again.map((key) => (key - inlet) / plan.inlets.length)
  return [compliance.first[inlet]!, intervals.length, ...intervals]
}

function restoreInlet({ compliance, plan }: Core, inlet: number, section: Float64Array | undefined): void {
  if (section === undefined) return
  const [first = Infinity, count = 0, ...intervals] = section
  compliance.first[inlet] = first
  for (const interval of intervals.slice(0, count)) compliance.changed.add(interval * plan.inlets.length + inlet)
}
