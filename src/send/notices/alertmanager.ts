import type { Config } from '../../config/config.ts'
import { formatInstant } from '../../ingest/times.ts'
import { REFRESH_MS } from './notify.ts'
import { postJson, deliveryOf } from './post.ts'
import {
  STANDING_STATES,
  transitionOf,
  type Clock,
  type Receiver,
  type AlarmTransition,
  type Delivery,
} from './types.ts'
import type { Notice } from '../../rows/notice.ts'

type Alertmanager = NonNullable<Config['notify']['alertmanager']>

interface AlertmanagerParts {
  name: string
  url: string
  config: Pick<Alertmanager, 'generatorUrl' | 'username'>
  password?: string | undefined
  ca?: Buffer | undefined
  clock: Clock
}

const DAY_MS = 86_400_000
const BATCH = 500
/** Refusals that an operator can put right: a wrong password or path, a proxy before the server. */
const OURS = [401, 403, 404, 405, 407]
/** States after which another notice says how the alarm stands. */
const SAYS_NOTHING = new Set(['unshelved', 'late'])

/**
 * Sends an Alertmanager (API v2) one alert for each alarm and source that stands or has ended. A standing alert ends by
 * itself three refreshes from now, in case this daemon is gone.
 */
export function createAlertmanager({ name, url, config, password, ca, clock }: AlertmanagerParts): Receiver {
  const target = new URL(`${url.replace(/\/+$/, '')}/api/v2/alerts`)
  const headers =
    config.username === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${config.username}:${password ?? ''}`).toString('base64')}` }

  async function post(notices: readonly Notice[], signal: AbortSignal): Promise<Delivery> {
    const newest = new Map<string, object>()
    for (const notice of notices) {
      const transition = transitionOf(notice)
      // Only the newest of each topic: an alarm that was raised and has ended since wakes nobody.
      if (transition !== undefined && !SAYS_NOTHING.has(transition.state)) {
        newest.set(transition.topic, alertOf(transition, config, clock.nowMs()))
      }
    }
    if (newest.size === 0) return { kind: 'skipped' }
    const body = JSON.stringify([...newest.values()])
    return deliveryOf(await postJson({ url: target, body, headers, ca }, signal), OURS)
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
        const delivery = await post(
          part.map(({ notice }) => notice),
          signal,
        )
        if (delivery.kind === 'kept' || delivery.kind === 'rejected') return delivery
      }
      return { kind: 'delivered' }
    },
  }
}

/** A flood has one alert for an alarm and a hall; its worst source changes, and stands in the description only. */
function alertOf(transition: AlarmTransition, { generatorUrl }: AlertmanagerParts['config'], nowMs: number): object {
  const { alarm, source, site, severity, hall = '', state, message, count, startsAtMs, timeMs } = transition
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
    startsAt: formatInstant(startMs),
    endsAt: formatInstant(endMs),
    ...(generatorUrl === undefined ? {} : { generatorURL: generatorUrl }),
  }
}
