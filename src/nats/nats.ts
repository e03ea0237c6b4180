import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import {
  jetstream,
  jetstreamManager,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream'
import {
  connect,
  credsAuthenticator,
  errors,
  nkeyAuthenticator,
  usernamePasswordAuthenticator,
  type Authenticator,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node'
import type { Config } from '../config/config.ts'
import type { ClientTls } from '../config/files/client-tls.ts'
import { readSecret, readSecretText } from '../config/files/secret-file.ts'

export type NatsConfig = NonNullable<Config['edge']>['nats']

/** A stream as it is asked for. Its subjects are all below its name. */
export interface StreamPlan {
  readonly name: string
  readonly replicas: number
  readonly days: number
  readonly bytes: number
}

/** How a stream was found: made just now, and in what it differs from what was asked. */
interface FoundStream {
  readonly isNew: boolean
  /** Such as `discard is old, not new`. */
  readonly differences: readonly string[]
}

/** A message as the stream keeps it. */
interface StreamMessage {
  readonly streamSeq: number
  readonly bytes: Uint8Array
}

/**
 * What NATS answered to a question:
 *
 * - `sequence`: the subject has another last message than was expected
 * - `full`: the stream takes no more messages
 * - `absent`: there is no such stream, or no JetStream
 * - `refused`: any other answer; the words say why
 * - `none`: nobody answered, or the connection ended: what was asked may have been done
 */
type NatsAnswer = 'sequence' | 'full' | 'absent' | 'refused' | 'none'

/** What all calls of this file reject with. */
export class NatsRefusal extends Error {
  readonly answer: NatsAnswer

  constructor(answer: NatsAnswer, message: string, options?: ErrorOptions) {
    super(message, options)
    this.answer = answer
  }
}

/** One connection to JetStream. It does not come back by itself: whoever uses it opens another. */
export interface NatsLink extends AsyncDisposable {
  /** No message may be larger. */
  readonly mostBytes: number
  /** Resolves with why, when the connection has ended. */
  readonly closed: Promise<string>
  /** Makes the stream where it is missing. An existing one is left as it is. */
  openStream(plan: StreamPlan): Promise<FoundStream>
  /** The last message on a subject; undefined: the stream has none. */
  last(stream: string, subject: string): Promise<StreamMessage | undefined>
  /** Publishes behind message `afterSeq` of the subject (0: as the first one), else not at all. Gives its number. */
  publish(subject: string, bytes: Uint8Array, afterSeq: number): Promise<number>
}

const CONNECT_MS = 5_000
const ANSWER_MS = 5_000
const MOST_MS = 15_000
const PING_MS = 10_000
/** What a server takes unless it is told otherwise, and what the message that must be followed takes of it. */
const LEAST_PAYLOAD = 1_048_576
const HEADER_BYTES = 256
const DAY_NS = 86_400_000_000_000

const CODES: Readonly<Record<number, NatsAnswer>> = {
  10_071: 'sequence', // wrong last sequence
  10_077: 'full', // maximum messages or bytes exceeded
  10_047: 'full', // insufficient storage resources
  10_023: 'full', // insufficient resources
  10_008: 'none', // temporarily unavailable
  10_059: 'absent', // stream not found
  10_039: 'absent', // JetStream not enabled for the account
}
const NO_MESSAGE = 10_037

/**
 * Connects to the first of the servers that answers. A file that cannot be read, and an account that is not known, are
 * refusals of their own: `refused`.
 */
export async function connectNats(config: NatsConfig, tls: ClientTls, name: string): Promise<NatsLink> {
  const connection = await connectToAny(config, { tls, name })
  try {
    return linkOf(connection, jetstream(connection, API), await jetstreamManager(connection, API))
  } catch (error) {
    await close(connection)
    throw refusalOf(error)
  }
}

/** `checkAPI` would ask for the account's limits, which an account of one site need not be allowed to. */
const API = { timeout: ANSWER_MS, checkAPI: false }

interface Side {
  tls: ClientTls
  name: string
}

async function connectToAny(config: NatsConfig, side: Side): Promise<NatsConnection> {
  let refusal: NatsRefusal | undefined
  const authenticator = readAuthenticator(config)
  for (const server of config.servers) {
    try {
      const connecting = connect({ ...optionsOf(new URL(server), side), ...(authenticator && { authenticator }) })
      return await inTime(connecting).catch((error: unknown) => {
        connecting.then((late) => close(late), wordsOf)
        throw error
      })
    } catch (error) {
      refusal = refusalOf(error)
    }
  }
  throw refusal ?? new NatsRefusal('refused', 'no server is configured')
}

function optionsOf({ protocol, hostname, host }: URL, { tls, name }: Side): NodeConnectionOptions {
  const isTls = protocol === 'tls:'
  return {
    servers: host,
    name,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    reconnect: false, // a new connection begins with the subject's last message
    ignoreClusterUpdates: true, // nobody is asked whom the configuration does not name
    ...(isTls ? { tls: { ...textsOf(tls), ...identityOf(hostname) } } : {}), // with it, a server without TLS is refused
  }
}

/** The client would check an address, which has no name, against "localhost". */
function identityOf(hostname: string): object {
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address) === 0) return {}
  return { checkServerIdentity: (_: string, cert: PeerCertificate) => checkServerIdentity(address, cert) }
}

function textsOf(tls: ClientTls): Record<string, string> {
  return Object.fromEntries(Object.entries(tls).map(([part, bytes]: [string, Buffer]) => [part, bytes.toString()]))
}

function readAuthenticator(config: NatsConfig): Authenticator | undefined {
  try {
    return authenticatorOf(config)
  } catch (error) {
    throw new NatsRefusal('refused', wordsOf(error), { cause: error })
  }
}

function authenticatorOf({ username, passwordFile, credsFile, nkeyFile }: NatsConfig): Authenticator | undefined {
  if (credsFile !== undefined) return credsAuthenticator(readSecret('edge.nats.credsFile', credsFile))
  if (nkeyFile !== undefined) return nkeyAuthenticator(readSecret('edge.nats.nkeyFile', nkeyFile))
  if (username === undefined || passwordFile === undefined) return undefined
  return usernamePasswordAuthenticator(username, readSecretText('edge.nats.passwordFile', passwordFile))
}

function linkOf(connection: NatsConnection, client: JetStreamClient, admin: JetStreamManager): NatsLink {
  return {
    mostBytes: (connection.info?.max_payload ?? LEAST_PAYLOAD) - HEADER_BYTES,
    closed: connection.closed().then((error) => (error instanceof Error ? error.message : 'the connection has ended')),
    openStream: (plan) => answered(() => openStream(admin, plan)),
    last: (stream, subject) => answered(() => lastOf(admin, stream, subject)),
    publish: (subject, bytes, afterSeq) =>
      answered(async () => {
        const expect = { lastSubjectSequence: afterSeq }
        return (await client.publish(subject, bytes, { expect, timeout: ANSWER_MS })).seq
      }),
    [Symbol.asyncDispose]: () => close(connection),
  }
}

async function lastOf(admin: JetStreamManager, stream: string, subject: string): Promise<StreamMessage | undefined> {
  const message = await admin.streams
    .getMessage(stream, { last_by_subj: subject })
    .catch((error: unknown) => absentAs(error, NO_MESSAGE))
  return message === null ? undefined : { streamSeq: message.seq, bytes: message.data }
}

async function openStream(admin: JetStreamManager, plan: StreamPlan): Promise<FoundStream> {
  const asked = streamConfig(plan)
  const found = await admin.streams.info(plan.name).catch((error: unknown) => absentAs(error, 10_059))
  const { config } = found ?? (await admin.streams.add(asked))
  const differences = Object.entries(asked).flatMap(([key, value]: [string, unknown]) => {
    const has: unknown = config[key as keyof StreamConfig]
    const [is, not] = [JSON.stringify(has), JSON.stringify(value)]
    return is === not ? [] : [`${key} is ${is}, not ${not}`]
  })
  return { isNew: found === null, differences }
}

/** All that a stream of journals relies on, read back by `openStream`: servers drop what they do not know. */
function streamConfig({ name, replicas, days, bytes }: StreamPlan) {
  return {
    name,
    subjects: [`${name}.*`],
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    num_replicas: replicas,
    max_age: days * DAY_NS,
    max_bytes: bytes,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
  } satisfies Partial<StreamConfig>
}

function absentAs(error: unknown, code: number): null {
  if (error instanceof JetStreamApiError && error.code === code) return null
  throw error
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await inTime(ask())
  } catch (error) {
    throw refusalOf(error)
  }
}

/** The client limits each question by itself. One that goes on all the same is given up: nothing waits for ever. */
async function inTime<T>(asked: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${MOST_MS / 1000} s`)), MOST_MS)
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Nothing is left to be said on a connection that is given up: whether it closes well is of no interest. */
async function close(connection: NatsConnection): Promise<void> {
  await inTime(connection.close()).catch(wordsOf)
}

function refusalOf(error: unknown): NatsRefusal {
  return new NatsRefusal(answerOf(error), wordsOf(error), { cause: error })
}

function answerOf(error: unknown): NatsAnswer {
  if (error instanceof JetStreamApiError) return CODES[error.code] ?? 'refused'
  if (error instanceof errors.AuthorizationError || error instanceof errors.PermissionViolationError) return 'refused'
  return 'none'
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
