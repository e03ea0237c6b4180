import { BadInput } from '../../config/bad-input.ts'
import type { Config } from '../../config/config.ts'
import { didYouMean } from '../../config/faults.ts'
import { parseListenAddress, urlOfListener } from '../../config/listen-address.ts'
import { ALARM_KINDS } from '../../core/contract/alarm-kinds.ts'
import { commandTopic, readCommand, type OperatorCommand } from '../../ingest/command.ts'
import { connectPublisher } from '../../mqtt/mqtt.ts'
import { readSecrets } from '../../mqtt/options.ts'
import { sourceNames } from '../../site/alarms.ts'
import type { Site } from '../../site/site.ts'
import { openFree } from '../free-store.ts'

/** A command as it is sent: everything as text. */
interface Asked {
  command: string
  alarm: string
  source: string
  who: string
  why?: string | undefined
  until?: string | undefined
}

/**
 * Sends an order to the daemon through the broker that it listens to. Without a daemon, the order goes to the journal,
 * which the daemon folds when it starts. Throws `BadInput` for an unknown alarm or source and names those that there
 * are. Returns where the order went.
 */
export async function sendOrder(site: Site, asked: Asked, nowMs: number): Promise<string> {
  const payload = JSON.stringify(asked)
  const order = readCommand(payload, nowMs)
  if ('fault' in order) throw new BadInput(faultText(asked, order.fault))
  checkSource(site, order)
  const topic = commandTopic(site.config.site.id)
  const store = await openFree(site.config)
  if (store !== undefined) {
    try {
      const { foldedSeq } = store.start()
      const packet = { nowMs, topic, payload: Buffer.from(payload), retain: false }
      await store.commit({ packets: [packet], foldedSeq, rows: { blocks: [], series: [], superseded: 0 }, notices: [] })
    } finally {
      await store.close()
    }
    return 'no daemon runs: it is in the journal, and counts when the daemon starts'
  }
  await publish(site.config, topic, payload)
  return 'sent to the daemon'
}

function faultText({ alarm }: Asked, fault: string): string {
  if (ALARM_KINDS.some((kind) => kind === alarm)) return fault
  return `there is no alarm "${alarm}": ${didYouMean(alarm, ALARM_KINDS)() ?? fault}`
}

function checkSource(site: Site, { alarm, source }: OperatorCommand): void {
  const names = sourceNames(site, alarm)
  if (source === '*' || names.includes(source)) return
  const some = names.length === 0 ? 'it has no source here' : `it has ${names.slice(0, 10).join(', ')}`
  const more = names.length > 10 ? ` and ${names.length - 10} more` : ''
  throw new BadInput(`alarm ${alarm} has no source "${source}": ${some}${more}`)
}

async function publish({ mqtt }: Config, topic: string, payload: string): Promise<void> {
  if (mqtt === undefined) throw new BadInput('mqtt is not configured: the daemon cannot be reached')
  const publisher = await connectPublisher(mqtt.url ?? urlOfOwnBroker(mqtt), readSecrets(mqtt)).catch(
    (error: unknown) => {
      throw new BadInput(error instanceof Error ? error.message : 'the broker cannot be reached')
    },
  )
  try {
    await publisher.publish(topic, payload, { qos: 1, retain: false })
  } finally {
    await publisher.close()
  }
}

function urlOfOwnBroker({ listen = '', certFile }: NonNullable<Config['mqtt']>): string {
  const address = parseListenAddress(listen)
  if (address === undefined) throw new BadInput(`mqtt.listen: ${listen} is no address, such as 127.0.0.1:1883`)
  return urlOfListener(certFile === undefined ? 'mqtt' : 'mqtts', address)
}
