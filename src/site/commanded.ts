import { GREATEST_FIRST } from '../core/alarms/explained.ts'
import { sourcesOf } from '../core/alarms/sources.ts'
import type { AlarmKind } from '../core/contract/alarm-kinds.ts'
import { COMMAND_PLACES, type OperatorCommand } from '../ingest/command.ts'
import { sourceNames } from './alarms.ts'
import type { Site } from './site.ts'

/** Alarms of one kind that a command is about, by source; -1: all that there are. */
interface Commanded {
  readonly alarm: AlarmKind
  readonly sources: readonly number[]
}

/** The alarms that a command is about, or a sentence that says why there are none. */
export function commandedBy(site: Site, order: OperatorCommand): Commanded[] | { fault: string } {
  const { alarm, source, where } = order
  const isNarrowed = Object.keys(where).length > 0
  const commanded = (alarm === '*' ? GREATEST_FIRST : [alarm]).flatMap((kind): Commanded[] => {
    if (source === '*' && !isNarrowed) return [{ alarm: kind, sources: [-1] }]
    const places = isNarrowed ? site.rules.places(kind) : []
    const names = sourceNames(site, kind)
    const candidates = source === '*' ? sourcesOf(site.plan, kind) : [names.indexOf(source)].filter((it) => it >= 0)
    const sources = candidates.filter((index) => {
      return COMMAND_PLACES.every((place) => where[place] === undefined || places[index]?.[place] === where[place])
    })
    return sources.length === 0 ? [] : [{ alarm: kind, sources }]
  })
  if (commanded.length > 0) return commanded
  const at = COMMAND_PLACES.flatMap((place) => (where[place] === undefined ? [] : [`${place} ${where[place]}`]))
  const which = `source${source === '*' ? '' : ` "${source}"`}${at.length === 0 ? '' : ` in ${at.join(', ')}`}`
  return { fault: alarm === '*' ? `no alarm has a ${which}` : `alarm ${alarm} has no ${which}` }
}
