import { dirname, join } from 'node:path'
import { formatFault, parseConfig, type Config } from '../../config/config.ts'
import { topologyDrafts } from '../../config/points/topology.ts'
import { twinDrafts } from '../../config/points/wiring.ts'
import { BAD_PAYLOAD, BAD_TIME } from '../../core/contract/outcome.ts'
import { decode } from '../../ingest/payload.ts'
import type { Payload } from '../../ingest/root.ts'
import type { Route } from '../../ingest/route.ts'
import { createSite, type Site } from '../../site/site.ts'
import { counts, type PointDraft } from './draft.ts'
import type { Ear } from './heard/ear.ts'
import type { WrittenFile } from './site-files.ts'

/** The configuration of some files, by all that `check` finds. If it refuses them, that is a fault of this program. */
export function checkedConfig([first, ...others]: readonly WrittenFile[], file: string): Config {
  const texts = new Map(others.map(({ name, text }) => [join(dirname(file), name), text]))
  const read = parseConfig(first?.text ?? '', {
    file,
    env: process.env,
    readText: (path) => texts.get(path) ?? { reason: 'is not read here', hint: undefined },
    alsoCheck: (readable) => [...twinDrafts(readable), ...topologyDrafts(readable)],
  })
  if ('config' in read) return read.config
  throw new Error(`what was found does not make a sound configuration:\n${read.faults.map(formatFault).join('\n')}`)
}

/**
 * Reads with every point the newest message of its topic. One whose time cannot be read is given the time of arrival;
 * one whose number cannot be read becomes a question. Gives whether something was changed.
 */
export function mendUnreadable(ear: Ear, config: Config, names: ReadonlyMap<PointDraft, string>): boolean {
  const site = createSite(config)
  const drafts = new Map([...names].filter(([draft]) => counts(draft)).map(([draft, name]) => [name, draft]))
  let isChanged = false
  for (const [topic, route] of site.routes) {
    const heard = ear.topics.get(topic)
    if (heard === undefined) continue
    const refused = refusalsOf(site, route, heard.payload, ear.lastMs)
    for (const [name, outcome] of refused) {
      const draft = drafts.get(name)
      if (draft === undefined) continue
      isChanged = true
      if (outcome === BAD_TIME && draft.time?.is !== 'none') {
        draft.time = { is: 'none', trust: 'guess', why: 'its stamp cannot be read, so arrival counts' }
      } else draft.questions.push('how is it read? Its newest message was refused with these keys')
    }
  }
  return isChanged
}

function refusalsOf(site: Site, route: Route, payload: Payload, nowMs: number): Map<string, number> {
  const refused = new Map<string, number>()
  decode(
    route,
    { payload, nowMs, retain: false },
    {
      reading() {},
      refused(point, outcome) {
        const name = site.points[point]
        if (name !== undefined && (outcome === BAD_TIME || outcome === BAD_PAYLOAD)) refused.set(name, outcome)
      },
    },
  )
  return refused
}
