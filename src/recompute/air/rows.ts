import { isUnitKnown, type PastAir } from '../../core/air/past/past-air.ts'
import { DRY_BULB_KNOWN } from '../../core/air/bands.ts'
import type { Sink } from '../../core/contract/sink.ts'
import { REASONS } from '../../core/contract/tables.ts'
import { noteRestated } from '../../core/energy/restated.ts'
import { isByHours, trailBin } from '../../core/windows/trail.ts'
import { calendarSpanAt } from '../../core/windows/window.ts'
import { noteRevision } from '../../core/windows/written.ts'
import { createRowSink, type Row } from '../../rows/rows.ts'
import type { Fields } from '../../rows/tables/table.ts'
import { GROUP_ROWS, rewriteRows, type Revised } from '../rows.ts'
import type { AirFold } from './air.ts'
import type { Affected, AirSpan } from './span.ts'

/** Takes the rows of air that is folded again, and writes those that differ from the history. */
interface AirRows {
  readonly sink: Sink
  readonly counts: { climate: number; compliance: number }
  /** Inlets with rows that were written again. */
  readonly changed: Set<number>
  /** Rows of windows that begin before what is known. */
  readonly lost: number
  /** Notes whether anything was known in the interval that was closed last. */
  noteKnown(interval: number): void
  isFull(interval: number): boolean
  flush(): Promise<void>
}

interface AirWriting extends AirFold {
  readonly past: PastAir
  readonly affected: Affected
  readonly span: AirSpan
}

/** A series of a table, by its index and window. */
interface Waiting {
  readonly table: 'climate' | 'compliance'
  readonly index: number
  readonly window: string
  readonly rows: Row[]
}

/** So many rows wait at most. */
const MOST_ROWS = 100_000

export function createAirRows(writing: AirWriting): AirRows {
  const { site, core, past, span, rewrite } = writing
  const { lengthMs } = core.plan
  const series = new Map<string, Waiting>()
  const known = new Set<number>()
  let [waiting, flushedTo] = [0, span.from]
  let taken: Row | undefined
  const rowSink = createRowSink(site, (row) => (taken = row))
  const found = { lost: 0, counts: { climate: 0, compliance: 0 }, changed: new Set<number>() }
  const isNew = (timeMs: number) => {
    const interval = timeMs / lengthMs - 1
    return interval < core.quietFrom || interval >= core.quietTo || known.has(interval)
  }
  const sink: Sink = {
    ...rowSink,
    row(table, index, window, endMs, cells) {
      if (table !== 'climate' && table !== 'compliance') return
      if (!isWanted(writing, table, index, endMs)) return
      if (table === 'compliance' && !isWindowKnown(writing, index, window, endMs / lengthMs)) {
        found.lost++
        return
      }
      rowSink.row(table, index, window, endMs, cells)
      const key = `${table} ${index} ${window}`
      const waits = series.get(key) ?? { table, index, window, rows: [] }
      series.set(key, waits)
      if (taken !== undefined) waits.rows.push(taken)
      waiting++
    },
  }
  return {
    sink,
    counts: found.counts,
    changed: found.changed,
    get lost() {
      return found.lost
    },
    noteKnown(interval) {
      if (isAnyKnown(past, interval)) known.add(interval)
    },
    isFull(interval) {
      return waiting >= MOST_ROWS || interval - flushedTo >= GROUP_ROWS - 1
    },
    async flush() {
      for (const waits of series.values()) {
        const isNone = (timeMs: number, fields: Fields) => fields['coverage'] !== 0 && isNew(timeMs)
        const revised = await rewriteRows(rewrite, waits.rows, isNone, asWritten)
        if (revised.length > 0 && waits.index < core.plan.inlets.length) found.changed.add(waits.index)
        found.counts[waits.table] += revised.length
        if (waits.table === 'compliance') noteRevised(writing, waits, revised)
      }
      flushedTo = past.compliance.groups[0]?.trail.minutes.newest ?? flushedTo
      waiting = 0
      series.clear()
      known.clear()
    },
  }
}

/** Whether a dry bulb of the site, which is the last of the scopes, was known in an interval. */
function isAnyKnown({ compliance: { groups } }: PastAir, interval: number): boolean {
  const halls = groups[2]
  if (halls === undefined || halls.members.length === 0) return false
  return (trailBin(halls.trail, halls.members.length - 1, interval)[DRY_BULB_KNOWN] ?? 0) > 0
}

/** Whether a row is of what came late, and of the time that is asked for. */
function isWanted({ core, affected, span }: AirWriting, table: string, index: number, endMs: number): boolean {
  if (endMs <= span.since * core.plan.lengthMs) return false
  const { inlets } = core.plan
  return table === 'climate' || index < inlets.length
    ? affected.inlets.has(index)
    : affected.scopes.has(index - inlets.length)
}

/** Whether all that a window spans was folded again, or is known from before. */
function isWindowKnown({ past }: AirWriting, index: number, name: string, end: number): boolean {
  const { group: place } = placeOf(past, index)
  const group = past.compliance.groups[place]
  if (group === undefined) return false
  const window = group.trail.windows.find((it) => it.name === name)
  if (window === undefined || past.isFirst) return true
  if (window.kind === 'rolling') return isByHours(window, group.trail.hour) || end - window.length >= past.from
  return isUnitKnown(past, place, calendarSpanAt(group.trail.periods, window.unit, end - 1).start)
}

/** The group of a row's series, by its place, and the place in it. */
function placeOf({ compliance: { plan, groups } }: PastAir, index: number): { group: number; series: number } {
  const scope = index - plan.inlets.length
  if (scope < 0) return { group: 0, series: index }
  const group = groups.findIndex(({ scopes }) => scopes.includes(scope))
  return { group, series: groups[group]?.scopes.indexOf(scope) ?? -1 }
}

/** A limit that is no longer broken has 0, as a row once had its share; planned work is not judged again. */
function asWritten(before: Fields, after: Fields): Fields {
  const kept: Record<string, Fields[string]> = { ...after }
  for (const [name, value] of Object.entries(before)) {
    if (name === 'planned_pct') kept[name] = value
    else if (name.startsWith('pct_') && !(name in after)) kept[name] = 0
  }
  return kept
}

/** Tells why settled shares changed, and lets later corrections count on from the revisions of now. */
function noteRevised({ core, past, rewrite }: AirWriting, waits: Waiting, revised: readonly Revised[]): void {
  const { plan, compliance } = core
  const { group, series } = placeOf(past, waits.index)
  const trail = compliance.groups[group]?.trail
  if (trail === undefined) return
  const window = trail.windows.findIndex(({ name }) => name === waits.window)
  const place = plan.points.length + plan.boundaries.length + waits.index
  compliance.restated.reason = REASONS.indexOf('recompute')
  for (const { timeMs, revision, before, after } of revised) {
    const end = timeMs / plan.lengthMs
    const isSettled = timeMs <= rewrite.settledMs
    noteRevision(trail.rows, { series, window, end }, revision, isSettled ? 'settled' : 'provisional')
    if (!isSettled) continue
    const numbers = { old: Number(before?.['out_pct'] ?? NaN), new: Number(after['out_pct'] ?? NaN) }
    noteRestated(compliance.restated, place, waits.window, end, numbers)
  }
}
