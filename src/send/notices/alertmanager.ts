import type { Config } from '../../config/config.ts'
import { REFRESH_MS } from './notify.ts'
import { postJson, verdictOf } from './post.ts'
import { STANDING_STATES, toldOf, type Clock, type Receiver, type Told, type Verdict } from './types.ts'
import type { Notice } from '../../rows/notice.ts'

type Alertmanager = NonNullable<Config['notify']['alertmanager']>

export interface AlertmanagerParts {
  name: string
  url: string
  config: Pick<Alertmanager, 'generatorUrl' | 'username'>
  password?: string | undefined
  ca?: Buffer | undefined
  clock: Clock
}

const DAY_MS = 86_400_000
const BATCH = 500
/** Wrong password, wrong path, a proxy before it: to be put right, and then everything goes on. */
const OURS = [401, 403, 404, 405, 407]
/** What comes next says how it stands. */
const SAYS_NOTHING = new Set(['unshelved', 'late'])

/**
 * Tells an Alertmanager (API v2) what stands and what has ended: one alert for each alarm and source. An alert that
 * stands ends by itself three refreshes from now, should we be gone.
 */
export function createAlertmanager({ name, url, config, password, ca, clock }: AlertmanagerParts): Receiver {
  const target = new URL(`${url.replace(/\/+$/, '')}/api/v2/alerts`)
  const headers =
    config.username === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${config.username}:${password ?? ''}`).toString('base64')}` }

  async function post(notices: readonly Notice[], signal: AbortSignal): Promise<Verdict> {
    const newest = new Map<string, object>()
    for (const notice of notices) {
      const told = toldOf(notice)
      // Only what is so now: what was raised and has ended since wakes nobody.
      if (told !== undefined && !SAYS_NOTHING.has(told.state)) {
        newest.set(told.topic, alertOf(told, config, clock.nowMs()))
      }
    }
    if (newest.size === 0) return { kind: 'skipped' }
    const body = JSON.stringify([...newest.values()])
    return verdictOf(await postJson({ url: target, body, headers, ca }, signal), OURS)
  }

  return {
    name,
    batch: BATCH,
    keepMs: DAY_MS,
    eager: false,
    deliver: (queued, signal) =>
      post(
        queued.map(({ notice }) => notice),
        signal,
      ),
    async refresh(standing, signal) {
      for (let from = 0; from < standing.length; from += BATCH) {
        const part = standing.slice(from, from + BATCH)
        const verdict = await post(
          part.map(({ notice }) => notice),
          signal,
        )
        if (verdict.kind === 'kept' || verdict.kind === 'rejected') return verdict
      }
      return { kind: 'delivered' }
    },
  }
}

/** Of a flood there is one alert for an alarm and a hall; its worst source changes, and is told in its words only. */
function alertOf(told: Told, { generatorUrl }: AlertmanagerParts['config'], nowMs: number): object {
  const { alarm, source, site, severity, hall = '', state, message, count, startsAtMs, timeMs } = told
  const labels = { alertname: alarm, site, severity, hall, ...(count === undefined ? { source } : { flood: 'yes' }) }
  // A device's clock may be ahead of ours; an alert that ends before it starts is not taken.
  const startMs = Math.min(startsAtMs, nowMs)
  const endMs = STANDING_STATES.has(state) ? nowMs + 3 * REFRESH_MS : Math.max(timeMs, startMs)
  return {
    labels: Object.fromEntries(Object.entries(labels).filter(([, label]) => label !== '')),
    annotations: {
      summary: count === undefined ? `${alarm} at ${source}` : `${alarm}: ${count} at once`,
      description: message,
    },
    startsAt: new Date(startMs).toISOString(),
    endsAt: new Date(endMs).toISOString(),
    ...(generatorUrl === undefined ? {} : { generatorURL: generatorUrl }),
  }
}
