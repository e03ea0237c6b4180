import type { ClientTls } from '../../config/files/client-tls.ts'
import { createHmac } from 'node:crypto'
import type { Config } from '../../config/config.ts'
import { formatInstant } from '../../ingest/times.ts'
import { postJson, deliveryOf } from './post.ts'
import { filled, priorityOf } from './template.ts'
import { STANDING_STATES, transitionKey, wantedOf } from './types.ts'
import type { AlarmTransition, Clock, Duty, Receiver } from './types.ts'

type Webhook = Config['notify']['webhooks'][number]

interface WebhookParts {
  name: string
  config: Pick<Webhook, 'url' | 'alarms' | 'severities' | 'routes' | 'body'>
  secret: Buffer
  token?: string | undefined
  /** Certificates of the connection, as their files are now. */
  tls?: (() => ClientTls) | undefined
  clock: Clock
  duty?: Duty | undefined
}

const DAY_MS = 86_400_000
/** Answers that an operator can put right: a secret, an account, an address, a proxy. */
const TO_BE_MENDED = [401, 403, 404, 407]

/** Posts each notice as JSON, signed, with a key by which a repetition of the same transition is known. */
export function createWebhook({ name, config, secret, token, tls, clock, duty }: WebhookParts): Receiver {
  const url = new URL(config.url)
  return {
    name,
    batch: 1,
    keepMs: DAY_MS,
    eager: false,
    duty,
    async deliver(notices, signal) {
      const transition = wantedOf(config, notices)
      if (transition === undefined) return { kind: 'skipped' }
      const body = JSON.stringify(config.body === undefined ? bodyOf(transition) : filledPart(config.body, transition))
      const headers = {
        'idempotency-key': encodeURI(transitionKey(transition)),
        ...signatureOf(secret, body, clock.nowMs()),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      }
      return deliveryOf(await postJson({ url, body, headers, tls: tls?.() }, signal), TO_BE_MENDED)
    },
  }
}

/** A part of a body of the site's own, such as chats and pagers take it. */
function filledPart(part: unknown, transition: AlarmTransition): unknown {
  if (part === '{priority}') return priorityOf(transition)
  if (typeof part === 'string') return filled(part, transition)
  if (Array.isArray(part)) return part.map((it) => filledPart(it, transition))
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(Object.entries(part).map(([name, it]) => [name, filledPart(it, transition)]))
}

/** The body, whose shape the README promises. Unknown members are left out. */
function bodyOf(transition: AlarmTransition): object {
  const { id, state, alarm, source, severity, site, hall, message, value, limit, count, repeat } = transition
  const { startsAtMs, timeMs, who, why, untilMs, sinceMs } = transition
  return {
    version: 1,
    id,
    state,
    alarm,
    source,
    severity,
    site,
    hall: hall === '' ? undefined : hall,
    message,
    value,
    limit,
    count,
    startsAt: formatInstant(startsAtMs),
    endsAt: STANDING_STATES.has(state) ? undefined : formatInstant(timeMs),
    time: formatInstant(timeMs),
    who,
    why,
    until: untilMs === undefined ? undefined : formatInstant(untilMs),
    repeat,
    since: sinceMs === undefined ? undefined : formatInstant(sinceMs),
    ...particularsOf(transition),
  }
}

/** What else a notice says of its own: as it is. */
function particularsOf(transition: AlarmTransition): object {
  const { rack, unit, side, limitOf, durationS, peak, spanS, unseen, unseenCount, names } = transition
  const { title, stateName, text, help, links, language, severities, routes, cycles, onCall } = transition
  const place = { rack, unit, side, limitOf, durationS, peak, spanS, unseen, unseenCount, names }
  return { ...place, title, stateName, text, help, links, language, severities, routes, cycles, onCall }
}

/** `X-Coldaisle-Time` is in epoch seconds; the signature is over it, a dot and the body. */
export function signatureOf(secret: Buffer, body: string, nowMs: number): Record<string, string> {
  const time = String(Math.floor(nowMs / 1_000))
  const digest = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return { 'x-coldaisle-time': time, 'x-coldaisle-signature': `sha256=${digest}` }
}
