import * as z from 'zod'

import type { Draft } from '../faults.ts'
import type { Readable } from '../readable.ts'
import type { Plain, PlainMap } from '../document/document.ts'
import { strict, text } from '../members.ts'
import { topicFault, windowFault, type StringFault } from '../strings.ts'

/** Windows of a PUE beside those of `core.windows`, as rows name them. */
const RUNNING = ['live', 'day_to_date', 'month_to_date', 'year_to_date']
const WINDOWS = ['live', '1h', '24h', 'day_to_date', 'month_to_date', 'year_to_date']
const MOST_WINDOWS = 20
/** Topics of PUEs: what is published each time must be on its way before the next. */
const MOST_TOPICS = 1_000

/** What the daemon tells others on topics of the broker: retained, and again every `everyS`. */
export const publish = strict({
  everyS: z.int().min(5).max(3600).default(60).describe('how often each topic is published, seconds'),
  windows: z
    .array(text('', shownWindowFault))
    .min(1)
    .max(MOST_WINDOWS)
    .default(WINDOWS)
    .describe(
      'windows of the PUE as rows name them: live, 24h, day_to_date …; those that the site does not have are none',
    ),
  homeAssistant: text(
    "prefix of Home Assistant's discovery, mostly homeassistant; absent: nothing is announced",
    prefixFault,
  ).exactOptional(),
})

function shownWindowFault(written: string): StringFault | undefined {
  if (RUNNING.includes(written)) return undefined
  if (!['day', 'month', 'year'].includes(written)) return windowFault(written)
  return { reason: `"${written}" has ended when it is told`, hint: `use ${written}_to_date for the one that runs` }
}

function prefixFault(written: string): StringFault | undefined {
  if (!/^[A-Za-z0-9_/-]{1,64}$/.test(written) || /^\/|\/$|\/\//.test(written))
    return { reason: `${JSON.stringify(written)} is no prefix of topics`, hint: 'write it as homeassistant' }
  if (/^coldaisle(?:\/|$)/.test(written)) return { reason: 'topics below coldaisle/ are our own' }
  return topicFault(written)
}

/** Clients of the embedded broker read only what is below coldaisle/, unless an account allows them more. */
export function publishDrafts({ written, boundaries }: Readable): Draft[] {
  const [own, mqtt] = [mapOf(written['publish']), mapOf(written['mqtt'])]
  if (own === undefined) return []
  const path = ['publish']
  const windows = Array.isArray(own['windows']) ? own['windows'].length : WINDOWS.length
  if (windows * boundaries.size > MOST_TOPICS) {
    const reason = `${boundaries.size} boundaries over ${windows} windows are more than ${MOST_TOPICS} topics`
    return [{ path: [...path, 'windows'], part: 'content', reason, hint: 'name fewer windows' }]
  }
  if (mqtt === undefined) {
    return [{ path, part: 'key', reason: '`publish` needs `mqtt`', hint: 'say which broker it is published to' }]
  }
  if (!('homeAssistant' in own && 'listen' in mqtt) || 'accountsFile' in mqtt) return []
  const reason = 'nobody could read the announcements: the embedded broker gives out only what is below coldaisle/'
  const hint =
    'add `mqtt.accountsFile`, with an account that may subscribe to the prefix and to coldaisle, or use a broker of your own'
  return [{ path: [...path, 'homeAssistant'], part: 'key', reason, hint }]
}

function mapOf(node: Plain | undefined): PlainMap | undefined {
  return typeof node === 'object' && node !== null && !Array.isArray(node) ? node : undefined
}
