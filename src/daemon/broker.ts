import type { Config } from '../config/config.ts'
import type { Intake } from '../fold/intake.ts'
import type { Health } from '../health/health.ts'
import type { States } from '../health/log.ts'
import { cleanError } from '../health/secrets.ts'
import { commandTopic, replyTopic } from '../ingest/command.ts'
import { formatInstant } from '../ingest/times.ts'
import { openLink } from '../mqtt/open-link.ts'
import type { Link, LinkChange } from '../mqtt/source.ts'
import type { KnownAccounts } from './accounts.ts'
import { subscriptionsOf } from '../site/topics.ts'
import type { DaemonParts } from './parts.ts'
import { checkCertificates } from './tasks.ts'

const TAKEOVERS = 3
/** How often certificate files are looked at. */
const RENEW_MS = 60_000

/** Opens the way to the broker: packets go to the intake from here on. `onTakenOver`: another program keeps our id. */
export async function startLink(
  daemon: DaemonParts,
  intake: Intake,
  { clients, localToken, audit }: KnownAccounts,
  onTakenOver: () => void,
): Promise<Link> {
  const { config, store, health, states, log, open, wakes, clock } = daemon
  const onState = (change: LinkChange): void => {
    tellLink(states, health, change)
    if (change.kind === 'rights' && change.isCommand) {
      const { client, from, reason } = change
      audit('command_refused', { who: client, what: '', from, outcome: 'refused', reason })
    }
    if (change.kind === 'connected') wakes.forEach((wake) => wake([]))
    if (change.kind === 'takeover' && change.count >= TAKEOVERS) onTakenOver()
  }
  const link = await openLink(config, {
    topics: topicsOf(config),
    deliver: (arrival, ack) => intake.deliver(arrival, ack),
    onState,
    expectSession: store.start().lastSeq > 0,
    ...(clients === undefined ? {} : { clients: { accounts: clients, localToken } }),
    clock,
  })
  const renewing = setInterval(() => void renewLink(link, daemon), RENEW_MS)
  open.defer(() => clearInterval(renewing))
  health.refusedByClient = link.refusedByClient ?? health.refusedByClient
  const topic = replyTopic(config.site.id)
  intake.onAnswer((answer) => {
    link.publish(topic, JSON.stringify(answer), { retain: false, qos: 1 }).catch((error: unknown) => {
      log.warn({ id: answer.id, error: cleanError(error) }, 'the answer to a command is lost')
    })
  })
  return open.adopt(link, (it) => it.close())
}

/** Follows certificate files that have changed. What cannot be used leaves what was used before in its place. */
export async function renewLink(link: Link, { config, health, states, clock }: DaemonParts): Promise<void> {
  const name = 'certificate files of the broker'
  try {
    if (link.renew?.(clock()) !== true) return
    states.tell(name, `used since ${formatInstant(clock())}`)
    await checkCertificates(config, health, states, clock())
  } catch (error) {
    states.tell(name, 'not used, those before them stay', { reason: cleanError(error) }, 'error')
  }
}

/** What the daemon subscribes to. */
export function topicsOf(config: Config): string[] {
  return [...subscriptionsOf(config), commandTopic(config.site.id)]
}

function tellLink(states: States, health: Health, change: LinkChange): void {
  const { kind, ...detail } = change
  if (kind === 'connected' || kind === 'listening') health.connected = true
  if (kind === 'lost' || kind === 'refused') health.connected = false
  const calm = kind === 'connected' || kind === 'listening'
  const aside = kind === 'subscription_refused' || kind === 'session_lost' ? ` (${kind})` : ''
  if (kind === 'rights') return states.tell(`client ${change.client} of the broker`, change.reason, detail, 'warn')
  const name = kind === 'guarded' ? `broker (turned away: ${change.guard})` : `broker${aside}`
  // Another reason is another state: "refused" for a wrong password is not "refused" for no answer.
  const state = kind === 'lost' || kind === 'refused' ? `${kind}: ${change.reason}` : kind
  states.tell(name, state, detail, calm ? 'info' : 'warn')
}
