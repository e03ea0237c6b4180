import { createHmac } from 'node:crypto'
import type { Config } from './config.ts'
import { postJson, verdictOf } from './notify-post.ts'
import { STANDING_STATES, toldOf, type Clock, type Receiver, type Told } from './notify-types.ts'
import type { Site } from './site.ts'

type Webhook = Config['notify']['webhooks'][number]

export interface WebhookParts {
  name: string
  config: Pick<Webhook, 'url' | 'alarms' | 'severities'>
  secret: Buffer
  ca?: Buffer | undefined
  site: () => Site
  clock: Clock
}

const DAY_MS = 86_400_000

/** Posts each notice as JSON, signed, with a key by which a repetition of the same transition is known. */
export function createWebhook({ name, config, secret, ca, site, clock }: WebhookParts): Receiver {
  const url = new URL(config.url)
  return {
    name,
    batch: 1,
    keepMs: DAY_MS,
    eager: false,
    async deliver([queued], signal) {
      const told = queued === undefined ? undefined : toldOf(queued.notice, site())
      if (told === undefined || !isWanted(config, told)) return { kind: 'skipped' }
      const body = JSON.stringify(bodyOf(told))
      const headers = { 'idempotency-key': keyOf(told), ...signatureOf(secret, body, clock.nowMs()) }
      return verdictOf(await postJson({ url, body, headers, ca }, signal))
    },
  }
}

function isWanted({ alarms, severities }: WebhookParts['config'], { alarm, severity }: Told): boolean {
  return isOneOf(alarms, alarm) && isOneOf(severities, severity)
}

function isOneOf(wanted: readonly string[] | undefined, word: string): boolean {
  return wanted === undefined || wanted.includes(word)
}

/** The same for each attempt at one transition; another for each repetition of an alarm that stands. */
function keyOf({ id, state, repeat }: Told): string {
  const key = repeat === 0 ? `${id}:${state}` : `${id}:${state}:${repeat}`
  return encodeURI(key).replace(/[\r\n]/g, '') // what a header may hold
}

/** The stable shape: README. What is not known is left out. */
function bodyOf(told: Told): object {
  const { id, state, alarm, source, severity, site, hall, message, value, limit, sinceMs, timeMs, repeat } = told
  return {
    version: 1,
    id,
    state,
    alarm,
    source,
    severity,
    site,
    hall,
    message,
    value,
    limit,
    startsAt: new Date(sinceMs).toISOString(),
    endsAt: STANDING_STATES.has(state) ? undefined : new Date(timeMs).toISOString(),
    time: new Date(timeMs).toISOString(),
    repeat,
  }
}

/** `X-Coldaisle-Time` is in epoch seconds; the signature is over it, a dot and the body. */
export function signatureOf(secret: Buffer, body: string, nowMs: number): Record<string, string> {
  const time = String(Math.floor(nowMs / 1_000))
  const digest = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return { 'x-coldaisle-time': time, 'x-coldaisle-signature': `sha256=${digest}` }
}
