import { COMMANDS } from '../../core/alarms/command.ts'
import { ALARM_KINDS } from '../../core/contract/alarm-kinds.ts'
import { COMMAND_PLACES } from '../../ingest/command.ts'
import { BOOLEAN, listOf, NUMBER, objectOf, oneOf, TEXT, type JsonSchema } from './json-schema.ts'

/** By what an order is narrowed. */
const PLACES: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  COMMAND_PLACES.map((place) => [`${place}?`, TEXT]),
)

const LOCAL_TIME: JsonSchema = { type: 'string', description: 'local time of the site, such as 2026-03-03T08:00' }

/** An order: on alarms, to plan work, or to call it off. `who` is none of its members where an account says so. */
export function commandSchema(who: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const named = { ...who, 'why?': TEXT, 'id?': TEXT }
  return {
    anyOf: [
      objectOf({
        command: oneOf(COMMANDS),
        alarm: { type: 'string', description: 'a kind, or * for all' },
        'source?': { type: 'string', description: 'a name, or * for all; may be left out of a place' },
        'until?': { type: 'string', format: 'date-time' },
        ...named,
        ...PLACES,
      }),
      objectOf({
        command: oneOf(['plan']),
        name: TEXT,
        from: LOCAL_TIME,
        hours: NUMBER,
        'rrule?': { type: 'string', description: 'RFC 5545; absent: once' },
        'alarms?': { anyOf: [listOf(oneOf(ALARM_KINDS)), oneOf(['none'])] },
        'compliance?': BOOLEAN,
        ...named,
        why: TEXT,
        ...PLACES,
      }),
      objectOf({ command: oneOf(['unplan']), name: TEXT, ...named }),
    ],
  }
}
