import type { ClientTls } from '../../config/files/client-tls.ts'
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
  /** Certificates of the connection, as their files are now. */
  tls?: (() => ClientTls) | undefined
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
export function createAlertmanager({ name, url, config, password, tls, clock }: AlertmanagerParts): Receiver {
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
        newest.set(`${transition.topic} ${transition.severity}`, alertOf(transition, config, clock.nowMs()))
        // The severity is a label: under another one it is another alert
        for (const severity of formerOf(transition)) {
          const former = { ...transition, severity, state: 'reclassified' }
          newest.set(`${transition.topic} ${severity}`, alertOf(former, config, clock.nowMs()))
        }
      }
    }
    if (newest.size === 0) return { kind: 'skipped' }
    const body = JSON.stringify([...newest.values()])
    return deliveryOf(await postJson({ url: target, body, headers, tls: tls?.() }, signal), OURS)
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

function formerOf({ severity, severities = [] }: AlarmTransition): string[] {
  return severities.filter((it) => it !== severity)
}

/**
 * A flood has one alert for an alarm and a hall; its worst source changes, and stands in the description only. Routes
 * that an escalation adds are no label: they would make another alert.
 */
function alertOf(transition: AlarmTransition, { generatorUrl }: AlertmanagerParts['config'], nowMs: number): object {
  const { alarm, source, site, severity, hall = '', state, count, startsAtMs, timeMs, links, route = '' } = transition
  const labels = {
    alertname: alarm,
    site,
    severity,
    route,
    hall,
    ...(count === undefined ? { source } : { flood: 'yes' }),
  }
  // A device's clock may be ahead of ours; an alert that ends before it starts is not taken.
  const startMs = Math.min(startsAtMs, nowMs)
  const endMs = STANDING_STATES.has(state) ? nowMs + 3 * REFRESH_MS : Math.max(timeMs, startMs)
  const generatorURL = generatorUrl ?? links?.page
  return {
    labels: Object.fromEntries(Object.entries(labels).filter(([, label]) => label !== '')),
    annotations: annotationsOf(transition),
    startsAt: formatInstant(startMs),
    endsAt: formatInstant(endMs),
    ...(generatorURL === undefined ? {} : { generatorURL }),
  }
}

/** Texts for templates: what a notice says, each member on its own. Annotations are texts and never empty. */
function annotationsOf(transition: AlarmTransition): Record<string, string> {
  const { alarm, source, message, count, title, rack, value, limit, unit = '', peak, side } = transition
  const { limitOf, sinceMs, durationS, unseen, unseenCount, names, help, links, text } = transition
  const what = title ?? alarm
  const quantity = (amount: number | undefined) => (amount === undefined ? undefined : `${amount} ${unit}`.trim())
  const annotations = {
    summary: count === undefined ? `${what}: ${source}` : `${what}: ${count}`,
    description: text ?? message,
    message,
    rack,
    value: quantity(value),
    limit: quantity(limit),
    limit_of: limitOf?.by === 'ashrae' ? `ASHRAE ${limitOf.edition} ${limitOf.class}` : limitOf?.by,
    side,
    peak: quantity(peak),
    since: sinceMs === undefined ? undefined : formatInstant(sinceMs),
    duration_s: durationS === undefined ? undefined : String(durationS),
    unseen: unseen?.join(', '),
    unseen_count: unseenCount === undefined ? undefined : String(unseenCount),
    names: names?.join(', '),
    routes: transition.routes?.join(', '),
    cause: help?.cause,
    consequence: help?.consequence,
    action: help?.action,
    respond_min: help === undefined ? undefined : String(help.respondMin),
    page: links?.page,
    dashboard: links?.dashboard,
  }
  return Object.fromEntries(
    Object.entries(annotations).flatMap(([name, said]) => (said === undefined || said === '' ? [] : [[name, said]])),
  )
}
