import type { Config } from './config.ts'
import { REFRESH_MS } from './notify.ts'
import { postJson, verdictOf } from './notify-post.ts'
import { hallsOf, STANDING_STATES, toldOf, type Clock, type Receiver, type Told, type Verdict } from './notify-types.ts'
import type { Site } from './site.ts'
import type { Notice } from './store/types.ts'

type Alertmanager = NonNullable<Config['notify']['alertmanager']>

export interface AlertmanagerParts {
  name: string
  url: string
  config: Pick<Alertmanager, 'generatorUrl' | 'username'>
  password?: string | undefined
  ca?: Buffer | undefined
  site: () => Site
  clock: Clock
}

const DAY_MS = 86_400_000
const BATCH = 500
/** Wrong password, wrong path, a proxy before it: to be put right, and then everything goes on. */
const OURS = [401, 403, 404, 405, 407]

/**
 * Tells an Alertmanager (API v2) what stands and what has ended: one alert for each alarm and source. An alert that
 * stands ends by itself three refreshes from now, should we be gone.
 */
export function createAlertmanager({ name, url, config, password, ca, site, clock }: AlertmanagerParts): Receiver {
  const target = new URL(`${url.replace(/\/+$/, '')}/api/v2/alerts`)
  const headers =
    config.username === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${config.username}:${password ?? ''}`).toString('base64')}` }

  async function post(notices: readonly Notice[], signal: AbortSignal): Promise<Verdict> {
    const newest = new Map<string, object>()
    const halls = hallsOf(site())
    for (const notice of notices) {
      const told = toldOf(notice, site(), halls)
      // Only what is so now: what was raised and has ended since wakes nobody.
      if (told !== undefined) newest.set(`${told.alarm} ${told.source}`, alertOf(told, config, clock.nowMs()))
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

function alertOf(told: Told, { generatorUrl }: AlertmanagerParts['config'], nowMs: number): object {
  const { alarm, source, site, severity, hall, state, message, sinceMs, timeMs } = told
  // A device's clock may be ahead of ours; an alert that ends before it starts is not taken.
  const startMs = Math.min(sinceMs, nowMs)
  const endMs = STANDING_STATES.has(state) ? nowMs + 3 * REFRESH_MS : Math.max(timeMs, startMs)
  return {
    labels: { alertname: alarm, source, site, severity, ...(hall === undefined ? {} : { hall }) },
    annotations: { summary: `${alarm} at ${source}`, description: message },
    startsAt: new Date(startMs).toISOString(),
    endsAt: new Date(endMs).toISOString(),
    ...(generatorUrl === undefined ? {} : { generatorURL: generatorUrl }),
  }
}
