import type { AccountBook } from '../config/accounts/book.ts'
import type { Config } from '../config/config.ts'
import { openBroker } from './broker.ts'
import { createClientAccounts } from './clients.ts'
import { connectMqtt } from './mqtt.ts'
import type { Link, LinkChange } from './source.ts'
import type { Deliver } from '../ingest/arrival.ts'
import { commandTopic } from '../ingest/command.ts'

interface LinkOptions {
  topics: readonly string[]
  deliver: Deliver
  onState: (change: LinkChange) => void
  /** Whether an earlier run has left a session with the broker. */
  expectSession: boolean
  /** Accounts of the embedded broker's clients, and the secret of this machine's own commands. */
  clients?: { accounts: AccountBook; localToken: string }
  clock: () => number
}

/**
 * The way to the readings that the configuration names: a broker elsewhere, or one of our own. Rejects with an `Error`.
 */
export async function openLink({ mqtt, site }: Config, options: LinkOptions): Promise<Link> {
  if (mqtt === undefined) throw new Error('mqtt is not configured: there is nothing to listen to')
  if (mqtt.listen !== undefined) return openOwnBroker({ ...mqtt, listen: mqtt.listen }, site.id, options)
  return connectMqtt({ config: mqtt, site: site.id, random: Math.random, ...options })
}

/** The embedded broker, which tells its clients by the same topic as elsewhere whether we run. */
async function openOwnBroker(
  mqtt: NonNullable<Config['mqtt']> & { listen: string },
  site: string,
  { deliver, onState, clients, clock }: LinkOptions,
): Promise<Link> {
  const { listen, username, passwordFile, certFile, keyFile, caFile } = mqtt
  const broker = await openBroker({
    listen,
    deliver,
    onState,
    ...(username !== undefined && passwordFile !== undefined ? { credentials: { username, passwordFile } } : {}),
    ...(certFile !== undefined && keyFile !== undefined
      ? { tls: { section: 'mqtt', certFile, keyFile, ...(caFile === undefined ? {} : { caFile }) } }
      : {}),
    ...(clients === undefined
      ? {}
      : { accounts: createClientAccounts({ ...clients, commands: commandTopic(site), clock }) }),
  })
  const tell = (state: string) =>
    broker.publish(`coldaisle/${site}/status`, JSON.stringify({ state }), { retain: true, qos: 0 })
  await tell('running')
  return {
    publish: (topic, payload, how) => broker.publish(topic, payload, how),
    setTopics: (topics) => broker.setTopics(topics),
    renew: (nowMs) => broker.renew?.(nowMs) ?? false,
    ...(broker.refusedByClient === undefined ? {} : { refusedByClient: broker.refusedByClient }),
    get connected() {
      return broker.connected
    },
    async close() {
      await tell('stopped')
      await broker.close()
    },
  }
}
