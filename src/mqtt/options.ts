import type { Config } from '../config/config.ts'
import type { ClientTls } from '../config/files/client-tls.ts'
import { readSecretText } from '../config/files/secret-file.ts'
import { isTopicName } from '../ingest/recording.ts'

export const CONNECT_TIMEOUT_MS = 10_000
const RECEIVE_MAXIMUM = 1_000
const SESSION_S = 7 * 86_400
const KEEP_ALIVE_S = 30
/** Above our own payload limit, so that a message that is too large is counted by us and not lost in the broker. */
const MAX_PACKET_BYTES = 1_048_576
const WILL_DELAY_S = 5
const MIN_DELAY_MS = 500
const MAX_DELAY_MS = 30_000
const SHORTEST_DELAY_MS = 50

/** Secrets and certificates. They are read again for every connection, so that a rotated secret needs no restart. */
export interface Secrets extends ClientTls {
  username?: string
  password?: string
}

/** MQTT 5, a session that outlives the connection, Receive Maximum as the back-pressure, and a last will. */
export function sessionOptions(clientId: string, statusTopic: string) {
  return {
    protocolVersion: 5,
    clientId,
    clean: false,
    keepalive: KEEP_ALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectOnConnackError: true,
    resubscribe: false, // the client sends one SUBSCRIBE a topic; ours carry a hundred
    queueQoSZero: false,
    writeCache: false, // one buffer for each of 65,536 numbers
    log: () => {}, // its own notes, some ten a message, would be put together even if nobody reads them
    properties: {
      sessionExpiryInterval: SESSION_S,
      receiveMaximum: RECEIVE_MAXIMUM,
      maximumPacketSize: MAX_PACKET_BYTES,
    },
    will: {
      topic: statusTopic,
      payload: Buffer.from('{"state":"lost"}'),
      qos: 1,
      retain: true,
      properties: { willDelayInterval: WILL_DELAY_S }, // no will if the connection is back soon
    },
  } as const
}

/** Who we are to the broker. Throws an Error that names the key, the path and the cause. */
export function readAccount({ username, passwordFile }: NonNullable<Config['mqtt']>): Secrets {
  return {
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { password: readPassword(passwordFile) }),
  }
}

/** The password of our broker, or of the embedded one. Throws as `readAccount` does. */
export function readPassword(path: string): string {
  return readSecretText('mqtt.passwordFile', path)
}

/**
 * How long to wait before attempt `attempt` (0, 1, 2…), ms. The wait is drawn from 0 to 0.5 s, doubling to 30 s ("full
 * jitter"): many clients of one broker then do not return at one moment.
 */
export function retryDelayMs(attempt: number, random: () => number): number {
  const mostMs = Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** Math.min(attempt, 16))
  return Math.max(SHORTEST_DELAY_MS, Math.floor(random() * mostMs))
}

/** The words of a failure, without its stack; some errors of the network carry only a code. */
export function failureText(error: Error & { code?: unknown }): string {
  if (error.message !== '') return error.message
  return typeof error.code === 'string' ? error.code : error.name
}

/** MQTT 3.1.1: for brokers that know no newer one, the embedded one among them. */
export const OLDER_PROTOCOL = 4

/** Whether a broker refused us with the answer of 3.1.1, "unacceptable protocol version". */
export function isOlder(error: Error & { code?: unknown }): boolean {
  return error.code === UNACCEPTABLE_VERSION
}

/**
 * Whether bytes of the broker were no MQTT. The client tells it and stays: what follows may be read as something else,
 * or never. Errors of the network and of a refused connection have a code.
 */
export function isMalformed(error: Error): boolean {
  return !('code' in error)
}

/** Why a message of the broker cannot be one, and what to do then is to hang up; undefined: it can. */
export function messageFault(topic: string, id: number | undefined): string | undefined {
  if (!isTopicName(topic)) return 'the broker sent a message on what is no topic'
  return id === 0 ? 'the broker sent a message with the packet id 0' : undefined
}

const UNACCEPTABLE_VERSION = 1

/** Topics in portions of 100: brokers limit the size of a SUBSCRIBE. */
export function batches(topics: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(topics.length / BATCH) }, (_, i) => topics.slice(i * BATCH, (i + 1) * BATCH))
}

const BATCH = 100
