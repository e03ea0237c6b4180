import { COMMAND_PLACES } from '../../ingest/command.ts'
import { whenText, type PlannedEntry } from '../../fold/planned/list.ts'
import type { Site } from '../../site/site.ts'
import { cellText, tableOf } from './table.ts'

/** Less rounds to nothing. */
const LEAST_PCT = 0.05

/** Planned work, what goes on first; below it its share of the time of all inlets, by window. */
export function plannedTable(
  site: Site,
  work: readonly PlannedEntry[],
  share: Readonly<Record<string, number>>,
): string {
  if (work.length === 0) return `no work is planned\n${shareText(share)}`
  const head = ['name', 'when', 'again', 'where', 'kinds', 'inlets', 'planned by', 'who', 'why']
  const lines = work.map((entry) => [
    entry.name,
    entry.fault ?? whenText(site, entry),
    cellText(entry.rrule),
    whereText(entry),
    String(entry.alarms.length),
    String(entry.inlets),
    entry.by,
    cellText(entry.who),
    cellText(entry.why),
  ])
  return tableOf([head, ...lines]) + shareText(share)
}

function whereText(entry: PlannedEntry): string {
  const places = COMMAND_PLACES.flatMap((place) => (entry[place] === undefined ? [] : [`${place} ${entry[place]}`]))
  return places.length === 0 ? 'the whole site' : places.join(', ')
}

function shareText(share: Readonly<Record<string, number>>): string {
  const told = Object.entries(share).filter(([, pct]) => pct >= LEAST_PCT)
  const windows = told.map(([window, pct]) => `${pct.toFixed(1)} % of ${window}`)
  return windows.length === 0 ? '' : `planned so far: ${windows.join(', ')} (time of all inlets)\n`
}
