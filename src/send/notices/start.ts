import { setTimeout as sleep } from 'node:timers/promises'
import { createClientTls, type ClientTls } from '../../config/files/client-tls.ts'
import type { Config } from '../../config/config.ts'
import type { NamedTls } from '../../config/files/tls-files.ts'
import { readSecret, readSecretText } from '../../config/files/secret-file.ts'
import { SOURCE_OF, type SourceKind } from '../../core/contract/alarm-kinds.ts'
import { isAlive, unready, type Health } from '../../health/health.ts'
import type { Link } from '../../mqtt/source.ts'
import { tlsTeller, type Log, type States } from '../../health/log.ts'
import { createAlertmanager } from './alertmanager.ts'
import { dutyOf } from './duty.ts'
import { createEmail, type EmailParts } from './email.ts'
import { beat } from './heartbeat.ts'
import type { Clock, Receiver } from './types.ts'
import { createWebhook } from './webhook.ts'
import { createNotifier, type Result } from './notify.ts'
import { phrasesOf } from '../../rows/words/message.ts'
import type { Site } from '../../site/site.ts'
import type { StandingAlarm, Store } from '../../store/types.ts'

interface NotifyParts {
  config: Config
  store: Store
  link: Link
  health: Health
  states: States
  log: Log
  /** The present site: a reload changes it. */
  site: () => Site
  clock: () => number
  fail: (error: unknown) => void
}

/** The senders of notices and heartbeats, at work. */
interface Notifying extends AsyncDisposable {
  wake(): void
}

const STOP_MS = 5_000

const HELD_WORDS = {
  held: 'a notice waits for the end of quiet hours',
  delivered: 'quiet hours are over, and the notice that waited is sent',
  over: 'the alarm whose notice waited is over or set aside, and nothing is sent of it',
} as const

/** Starts sending to all receivers in the configuration. Rejects with a sentence for a file that cannot be read. */
export async function startNotify(parts: NotifyParts): Promise<Notifying> {
  const { config, store, health, states, log, site, fail } = parts
  const clock = clockOf(parts.clock)
  const notifier = await createNotifier({
    store,
    receivers: receiversOf(parts, clock),
    clock,
    random: Math.random,
    repeatMs: config.notify.repeatS * 1_000,
    gone: phrasesOf(config).gone,
    known: () => knownIn(site()),
    count: (receiver, result, notices) => countNotices(health, receiver, result, notices),
    onState: (receiver, reason) => tellReceiver(states, receiver, reason),
    onLost: (receiver, ids, reason) =>
      log.error({ receiver, notices: ids.length, ids: ids.slice(0, 10) }, `${receiver}: notices are lost: ${reason}`),
    onHeld: (receiver, id, what) => log.info({ receiver, id }, `${receiver}: ${HELD_WORDS[what]}`),
  })
  health.noticesWaiting = () => notifier.waiting()
  const stop = new AbortController()
  const cut = new AbortController()
  const running = Promise.all([notifier.run(stop.signal, cut.signal), startHeart(parts, clock, stop.signal)]).catch(
    fail,
  )
  return {
    wake: () => notifier.wake(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      const timer = setTimeout(() => cut.abort(), STOP_MS)
      await running
      clearTimeout(timer)
    },
  }
}

function receiversOf({ config, link, states }: NotifyParts, clock: Clock): Receiver[] {
  const { alertmanager, webhooks, emails } = config.notify
  const urls = alertmanager === undefined ? [] : (alertmanager.urls ?? [alertmanager.url ?? ''])
  return [
    mqttReceiver(link),
    ...urls.map((url, index) =>
      createAlertmanager({
        name: urls.length === 1 ? 'alertmanager' : `alertmanager-${index + 1}`,
        url,
        config: alertmanager ?? {},
        password: secretOf(alertmanager?.passwordFile, 'notify.alertmanager.passwordFile')?.toString('utf8'),
        tls: followTls('notify.alertmanager', alertmanager ?? {}, states),
        clock,
      }),
    ),
    ...webhooks.map((webhook, index) =>
      createWebhook({
        name: webhook.name ?? `webhook-${index + 1}`,
        config: webhook,
        secret: secretOf(webhook.secretFile, `notify.webhooks[${index}].secretFile`) ?? Buffer.alloc(0),
        token: secretTextOf(webhook.tokenFile, `notify.webhooks[${index}].tokenFile`),
        tls: followTls(`notify.webhooks[${index}]`, webhook, states),
        clock,
        duty: dutyOf(webhook, config),
      }),
    ),
    ...mailers(config, states).map((mailer, index) => {
      const email = emails[index]
      return createEmail({ ...mailer, duty: email === undefined ? undefined : dutyOf(email, config) })
    }),
  ]
}

/** Ways to send mails, in the order of `notify.emails`. Throws Error with a sentence for a file that cannot be read. */
export function mailers({ notify: { emails } }: Config, states: States): EmailParts[] {
  return emails.map((email, index) => ({
    name: email.name ?? `email-${index + 1}`,
    config: email,
    password: secretTextOf(email.passwordFile, `notify.emails[${index}].passwordFile`),
    tls: followTls(`notify.emails[${index}]`, email, states),
  }))
}

function followTls(section: string, named: NamedTls, states: States): () => ClientTls {
  return createClientTls(section, named, tlsTeller(states, section))
}

/** Retained, so the last notice of a topic is its state: it has to arrive, however late. */
function mqttReceiver(link: Link): Receiver {
  return {
    name: 'mqtt',
    batch: 1,
    keepMs: Infinity,
    eager: true,
    async deliver([queued], signal) {
      if (queued === undefined) return { kind: 'skipped' }
      const { topic, payload } = queued.notice
      const { promise: cut, reject } = Promise.withResolvers<never>()
      const onCut = (): void => reject(new Error('we are stopping'))
      signal.addEventListener('abort', onCut, { once: true })
      try {
        await Promise.race([link.publish(topic, payload, { retain: true, qos: 1 }), cut])
        return { kind: 'delivered' }
      } catch (error) {
        return { kind: 'kept', reason: error instanceof Error ? error.message : 'unknown' }
      } finally {
        signal.removeEventListener('abort', onCut)
      }
    },
  }
}

async function startHeart({ config, health, states, clock: now }: NotifyParts, clock: Clock, stop: AbortSignal) {
  const { heartbeat } = config.notify
  if (heartbeat === undefined) return
  await beat(
    {
      site: config.site.id,
      url: heartbeat.url,
      everyMs: heartbeat.everyS * 1_000,
      secret: secretOf(heartbeat.secretFile, 'notify.heartbeat.secretFile'),
      tls: followTls('notify.heartbeat', heartbeat, states),
      clock,
      reasons: () => (isAlive(health, now()) ? unready(health) : undefined),
      onSent(reason) {
        countNotices(health, 'heartbeat', reason === undefined ? 'delivered' : 'dropped', 1)
        tellReceiver(states, 'heartbeat', reason)
      },
    },
    stop,
  )
}

function tellReceiver(states: States, receiver: string, reason: string | undefined): void {
  if (reason === undefined) states.tell(`notify ${receiver}`, 'takes notices')
  else states.tell(`notify ${receiver}`, `does not take notices: ${reason}`, {}, 'warn')
}

function countNotices({ notices }: Health, receiver: string, result: Result, more: number): void {
  const counts = notices.get(receiver) ?? new Map<Result, number>()
  counts.set(result, (counts.get(result) ?? 0) + more)
  notices.set(receiver, counts)
}

/** Tells whether an alarm's source is in the configuration: one that was taken out cannot end its own alarms. */
function knownIn(site: Site): (standing: StandingAlarm) => boolean {
  const names: Readonly<Record<SourceKind, ReadonlySet<string>>> = {
    inlet: new Set(site.inlets),
    point: new Set(site.points),
    gateway: new Set(site.gateways),
    uplink: new Set(site.uplinks),
    boundary: new Set(site.boundaries),
    target: new Set(site.targets),
    site: new Set([site.config.site.id]),
  }
  const kinds: Readonly<Record<string, SourceKind | undefined>> = SOURCE_OF
  return ({ alarm, source }) => {
    const kind = kinds[alarm]
    return kind !== undefined && names[kind].has(source)
  }
}

function clockOf(nowMs: () => number): Clock {
  return {
    nowMs,
    rest: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined),
  }
}

function secretOf(path: string | undefined, key: string): Buffer | undefined {
  return path === undefined ? undefined : readSecret(key, path)
}

function secretTextOf(path: string | undefined, key: string): string | undefined {
  return path === undefined ? undefined : readSecretText(key, path)
}
