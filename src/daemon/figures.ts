import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { standingAlarms } from '../core/alarms/alarms.ts'
import type { Intake } from '../fold/intake.ts'
import { cleanError } from '../health/secrets.ts'
import type { Link } from '../mqtt/source.ts'
import { figuresOf, type Figures } from '../rows/figures/figures.ts'
import { createNewestRows } from '../rows/figures/newest.ts'
import { createStateSender } from '../send/state/state.ts'
import type { Site } from '../site/site.ts'
import { writeDurably } from '../store/durable.ts'
import type { DaemonParts } from './parts.ts'

/** How often it is looked whether something is to be published. */
const LOOK_MS = 1_000

/** Follows the rows as they are committed; gives what the site is when it is asked. */
export function followFigures({ wakes, clock }: DaemonParts, intake: Intake): () => Figures {
  const newest = createNewestRows(intake.book)
  wakes.push((blocks) => newest.take(blocks))
  return () => {
    const { site, core } = intake.pipeline()
    return figuresOf(site, newest, intake.behind() > 0 ? undefined : standingAlarms(core.alarms), clock())
  }
}

/**
 * With `publish`: tells the site's figures on topics of the broker, every `everyS` and after each new connection. What
 * earlier runs have left there and nobody publishes any more is emptied, without `publish` too.
 */
export async function startPublishing(
  { config, open, states }: DaemonParts,
  { link, site, figures }: { link: Link; site: () => Site; figures: () => Figures },
): Promise<void> {
  const file = join(config.store.path, 'published.json')
  const retained = await readTopics(file)
  let isEmpty = retained.length === 0
  const keep = (topics: readonly string[]) => writeDurably(file, `${JSON.stringify(topics, null, 2)}\n`)
  const sender = createStateSender({ link, config: () => site().config, figures, retained, keep })
  let toldMs = -Infinity
  let isTelling = false
  const look = async (): Promise<void> => {
    if (!link.connected) {
      sender.forget()
      toldMs = -Infinity
    }
    const { publish } = site().config
    const everyMs = 1000 * (publish?.everyS ?? 1)
    if (publish === undefined && isEmpty) return
    if (isTelling || !link.connected || performance.now() - toldMs < everyMs) return
    isTelling = true
    toldMs = performance.now()
    await sender.tell().then(
      () => {
        isEmpty = publish === undefined
        states.tell('state topics', isEmpty ? 'emptied' : 'published')
      },
      (error: unknown) => states.tell('state topics', 'not published', { reason: cleanError(error) }, 'warn'),
    )
    isTelling = false
  }
  const looking = setInterval(() => void look(), LOOK_MS)
  open.defer(() => clearInterval(looking))
}

/** A list that cannot be read is none: what it named expires, or is overwritten. */
async function readTopics(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]')
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed.filter((topic) => typeof topic === 'string') : []
  } catch {
    return []
  }
}
