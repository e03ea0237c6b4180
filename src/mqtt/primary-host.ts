import type { Config } from '../config/config.ts'
import { rebirthCommand } from '../ingest/sparkplug/message.ts'
import { openStateClient } from './mqtt.ts'
import { createClientFiles, takeSecrets } from './renewal.ts'
import { failureText, isOlder, OLDER_PROTOCOL, retryDelayMs } from './options.ts'

/** The second connection of a primary host: by it nodes hear that we are there, and are asked for births. */
interface PrimaryHost {
  /** Asks a node, `GROUP/NODE`, to be born again. Without a connection nothing is sent, and nothing kept for later. */
  askForBirth(node: string): void
  /** Says that we are gone, and goes. */
  close(): Promise<void>
}

interface PrimaryHostOptions {
  config: NonNullable<Config['mqtt']>
  /** Of the host, as the nodes are configured with it. */
  id: string
  clientId: string
  onState: (state: 'connected' | 'lost', reason: string) => void
  random: () => number
}

const CLOSE_MS = 2_000

/**
 * Opens the clean session that the specification wants of a host application (3.0.0, 5.3). Our other one outlives
 * connections, so that readings at QoS 1 are not lost (D173). Birth and will have one timestamp: when the attempt to
 * connect began.
 */
export function openPrimaryHost({ config, id, clientId, onState, random }: PrimaryHostOptions): PrimaryHost {
  const topic = `spBv1.0/STATE/${id}`
  let stampMs = Date.now()
  let isClosing = false
  let reason = 'the connection ended without a reason'
  const words = (online: boolean) => Buffer.from(JSON.stringify({ online, timestamp: stampMs }))
  const will = () => ({ topic, payload: words(false), qos: 1, retain: true }) as const
  const files = createClientFiles(config)
  const client = openStateClient(config.url ?? '', {
    ...files.secrets(),
    protocolVersion: 5,
    clientId,
    clean: true,
    properties: { sessionExpiryInterval: 0 },
    reconnectPeriod: retryDelayMs(0, random),
    reconnectOnConnackError: true,
    will: will(),
  })
  const sayOnline = () => void client.publish(topic, words(true), { qos: 1, retain: true })
  client.on('connect', () => {
    client.subscribe(topic, { qos: 1 }, sayOnline)
    onState('connected', '')
  })
  client.on('message', (_, payload) => {
    if (!isClosing && isOffline(payload.toString())) sayOnline()
  })
  client.on('error', (error) => {
    reason = failureText(error)
    if (isOlder(error)) client.options.protocolVersion = OLDER_PROTOCOL
  })
  client.on('close', () => {
    if (!isClosing) onState('lost', reason)
  })
  client.on('reconnect', () => {
    stampMs = Date.now()
    client.options.will = will()
    reason = takeSecrets(files, client.options) ?? reason
  })
  return {
    askForBirth(node) {
      const [group, name] = node.split('/')
      const command = Buffer.from(rebirthCommand(Date.now()))
      if (client.connected) client.publish(`spBv1.0/${group}/NCMD/${name}`, command, { qos: 0, retain: false })
    },
    async close() {
      isClosing = true
      const late = new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())
      if (client.connected) {
        await Promise.race([client.publishAsync(topic, words(false), { qos: 1, retain: true }), late])
      }
      await Promise.race([client.endAsync(!client.connected), late])
      client.stream.destroy()
    },
  }
}

/** Whether our own state says that we are gone: another's will, or one of an earlier connection. */
function isOffline(text: string): boolean {
  try {
    return (JSON.parse(text) as { online?: unknown } | null)?.online === false
  } catch {
    return text === 'OFFLINE' // nodes of Sparkplug 2.2 write words
  }
}
