import type { Duplex } from 'node:stream'
import { connect, ReasonCodes, type IClientOptions, type MqttClient } from 'mqtt'
import type { Config } from '../config/config.ts'
import { createHold, drainHold, within } from './hold.ts'
import { listen, listenOptions, type Listened, type Listening } from './listen.ts'
import {
  CONNECT_TIMEOUT_MS,
  isMalformed,
  isOlder,
  OLDER_PROTOCOL,
  failureText,
  retryDelayMs,
  sessionOptions,
} from './options.ts'
import { hearAnswer, publisherOf, publishOptions, type AskedMessage } from './publish.ts'
import { changeLane, changeTopics, createReception, receive, receiveInPlace, type Reception } from './receive.ts'
import { createTeller, hangUp, noteTakeover, tellClosed, tellConnected, tellRefused, type Teller } from './tell.ts'
import { createTopics, subscribeAll } from './topics.ts'
import { createClientFiles, endOneByOne, takeSecrets, type ClientFiles } from './renewal.ts'
import { createTwins, noteStatus, runningStatus, type Twins } from './twin.ts'
import type { HowPublished, Link, LinkChange, Publisher } from './source.ts'
import type { Deliver } from '../ingest/arrival.ts'
import { formatInstant } from '../ingest/times.ts'

export interface MqttOptions {
  config: NonNullable<Config['mqtt']>
  site: string
  /** Topics and filters to subscribe to. */
  topics: readonly string[]
  deliver: Deliver
  onState: (change: LinkChange) => void
  /** 0 ≤ random() < 1: spreads the attempts to connect. */
  random: () => number
  /** Whether an earlier run has left a session behind, so that the first connection reports its loss. */
  expectSession?: boolean
}

const STEADY_MS = 10_000
const MAX_PUBLISHES = 1_000
const PUBLISH_MS = 30_000
const CLOSE_STEP_MS = 2_000
const TAKEN_OVER = 0x8e
const PUBLISHER = { reconnectPeriod: 1_000, reconnectOnConnackError: true }
const REASONS: Readonly<Record<number, string>> = ReasonCodes

interface State {
  options: MqttOptions
  client: MqttClient
  files: ClientFiles
  reception: Reception
  twins: Twins
  publishes: Set<(error: Error) => void>
  teller: Teller
  attempt: number
  steady: NodeJS.Timeout | undefined
  closing: Promise<void> | undefined
}

/**
 * Subscribes to a broker with MQTT 5 (or 3.1.1, if it speaks no other) and QoS 1. The session outlives connections, and
 * runs of the daemon by 7 days. Keeps trying to connect, and reports each change once. A message's PUBACK leaves when
 * its `ack` is called. Rejects if the configuration names a file that cannot be read; else resolves at once, connected
 * or not.
 */
export function connectMqtt(options: MqttOptions): Promise<Link> {
  return Promise.resolve(options).then(openSubscriber)
}

function openSubscriber(options: MqttOptions): Link {
  const { config, site } = options
  if (config.url === undefined) throw new Error('mqtt.url is not set')
  const statusTopic = `coldaisle/${site}/status`
  const files = createClientFiles(config)
  // It connects once what its messages go to is there
  const client = connect(config.url, {
    ...files.secrets(),
    ...sessionOptions(config.clientId ?? `coldaisle-${site}`, statusTopic),
    reconnectPeriod: retryDelayMs(0, options.random),
    manualConnect: true,
  })
  const teller = createTeller(options.onState, { expectSession: options.expectSession ?? false })
  const twins = createTwins(formatInstant(Date.now()))
  const topics = createTopics(options.topics, (refused, code) =>
    options.onState({ kind: 'subscription_refused', topics: refused, reason: REASONS[code] ?? `code ${code}` }),
  )
  const reception = createReception(
    {
      hold: createHold(),
      topics,
      statusTopic,
      deliver: options.deliver,
      onStatus: (text) => readStatus(twins, options, text),
      onFault: (fault) => hangUp(client, teller, fault),
    },
    client,
  )
  const state: State = {
    options,
    client,
    files,
    reception,
    twins,
    teller,
    publishes: new Set(),
    attempt: 0,
    steady: undefined,
    closing: undefined,
  }
  receive(reception, client)
  follow(state)
  connectInPlace(reception, client)
  return {
    publish: (topic, payload, how) => publish(state, topic, payload, how),
    get connected() {
      return client.connected
    },
    close: () => (state.closing ??= close(state)),
    renew: () => files.isRenewed() && endOneByOne([client.stream]),
    setTopics(wanted) {
      changeTopics(reception, wanted)
      if (client.connected) subscribeAll(topics, client)
    },
  }
}

/** Connects, and has the messages of this connection and of those after it received in place. */
function connectInPlace(reception: Reception, client: MqttClient): void {
  const build = client['streamBuilder'] as (client: MqttClient) => Duplex
  client['streamBuilder'] = (it: MqttClient): Duplex => {
    const stream = build(it)
    receiveInPlace(reception, client, stream)
    return stream
  }
  client.connect()
}

function follow(state: State): void {
  const { client, options, teller, reception } = state
  // Messages of a resumed session follow CONNACK at once, before the client says 'connect'.
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'connack' && (packet.reasonCode ?? packet.returnCode) === 0)
      changeLane(reception, 'open', client)
  })
  client.on('connect', ({ sessionPresent }) => greet(state, sessionPresent))
  client.on('error', (error) => {
    teller.reason = failureText(error)
    if (isOlder(error)) client.options.protocolVersion = OLDER_PROTOCOL
    if (isMalformed(error)) client.stream.destroy()
  })
  client.on('disconnect', ({ reasonCode = 0 }) => {
    teller.reason = `the broker closed the connection: ${REASONS[reasonCode] ?? `code ${reasonCode}`}`
    if (reasonCode === TAKEN_OVER && !state.twins.isElder) noteTakeover(teller, performance.now())
  })
  client.on('close', () => {
    changeLane(reception, 'closed', client)
    clearTimeout(state.steady)
    if (state.closing === undefined) tellClosed(teller)
  })
  client.on('reconnect', () => {
    state.attempt += 1
    client.options.reconnectPeriod = retryDelayMs(state.attempt, options.random)
    client.options.wsOptions = {}
    const fault = takeSecrets(state.files, client.options)
    if (fault !== undefined) tellRefused(teller, fault)
  })
}

function greet(state: State, sessionPresent: boolean): void {
  const { client, options } = state
  const { topics, statusTopic } = state.reception
  tellConnected(state.teller, sessionPresent ? 'resumed' : 'new')
  if (!sessionPresent) topics.subscribed.clear()
  subscribeAll(topics, client)
  // Read before it is written: rh 0 brings what is retained there at each connection.
  client.subscribe(statusTopic, { qos: 0, rh: 0 })
  // QoS 0: one that is never confirmed would be kept and sent again at every connection
  client.publish(statusTopic, runningStatus(state.twins), { retain: true, qos: 0 })
  clearTimeout(state.steady)
  state.steady = setTimeout(() => {
    state.attempt = 0
    client.options.reconnectPeriod = retryDelayMs(0, options.random)
  }, STEADY_MS).unref()
}

/** What stands on our status topic may be of another daemon that uses our client id. */
function readStatus(twins: Twins, options: MqttOptions, text: string): void {
  const count = noteStatus(twins, text, performance.now())
  if (count !== undefined) options.onState({ kind: twins.isElder ? 'twin' : 'takeover', count })
}

function publish({ client, publishes }: State, topic: string, payload: string, how: HowPublished): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  if (!client.connected) reject(new Error('not connected to the broker'))
  else if (publishes.size >= MAX_PUBLISHES) reject(new Error(`${MAX_PUBLISHES} messages wait for the broker`))
  else {
    const late = setTimeout(() => settle(new Error(`no answer to ${topic} within ${PUBLISH_MS / 1000} s`)), PUBLISH_MS)
    const settle = (error?: Error | null): void => {
      clearTimeout(late)
      publishes.delete(settle)
      if (error) reject(new Error(`${topic} was not published: ${failureText(error)}`, { cause: error }))
      else resolve()
    }
    publishes.add(settle)
    client.publish(topic, payload, publishOptions(how, client.options.protocolVersion), settle)
  }
  return promise
}

async function close(state: State): Promise<void> {
  const { client } = state
  const { hold, statusTopic } = state.reception
  state.reception.isClosing = true
  if (client.connected) {
    await within(CLOSE_STEP_MS, drainHold(hold))
    const stopped = publish(state, statusTopic, '{"state":"stopped"}', { retain: true, qos: 1 })
    await within(CLOSE_STEP_MS, Promise.allSettled([stopped]))
  }
  clearTimeout(state.steady)
  await endClient(client)
  for (const settle of state.publishes) settle(new Error('the connection was closed'))
}

/** Sends DISCONNECT, so that the broker publishes no will. A broker that does not answer within 2 s is cut off. */
async function endClient(client: MqttClient): Promise<void> {
  await within(CLOSE_STEP_MS, client.endAsync(!client.connected))
  client.stream.destroy()
}

/**
 * Connects to any broker that speaks MQTT 3.1.1, the embedded one too. Rejects if there is no connection within 10 s. A
 * connection that is lost later is made again, and messages without their PUBACK are sent again.
 */
export async function connectPublisher(url: string, secrets: object = {}): Promise<Publisher> {
  const client = await connectOnce(url, secrets)
  return publisherOf(client, () => endClient(client))
}

async function connectOnce(url: string, secrets: object): Promise<MqttClient> {
  const client = connect(url, { ...secrets, protocolVersion: OLDER_PROTOCOL, ...PUBLISHER })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  client.once('connect', () => resolve())
  client.once('error', reject)
  const limit = setTimeout(() => reject(new Error('no answer')), CONNECT_TIMEOUT_MS)
  try {
    await promise
  } catch (error) {
    client.end(true)
    throw new Error(`cannot connect to the broker at ${new URL(url).host}`, { cause: error })
  } finally {
    clearTimeout(limit)
  }
  return client
}

/** Publishes a message and gives its answer; undefined: none came in time. Rejects as `connectPublisher` does. */
export async function publishAndHear(url: string, secrets: object, asked: AskedMessage): Promise<Buffer | undefined> {
  const client = await connectOnce(url, secrets)
  try {
    return await hearAnswer(client, asked)
  } finally {
    await endClient(client)
  }
}

/** A further connection to the broker of a configuration, whose client its caller looks after. */
export function openStateClient(url: string, options: IClientOptions): MqttClient {
  return connect(url, options)
}

/** Listens as `listen` does, in a session of its own. Rejects if a file of the configuration cannot be read. */
export async function listenAll(config: MqttOptions['config'], listening: Listening): Promise<Listened> {
  if (config.url === undefined) throw new Error('mqtt.url is not set')
  const { url } = config
  const listenOnce = async (protocolVersion: 4 | 5): Promise<Listened> => {
    const client = connect(url, { ...createClientFiles(config).secrets(), ...listenOptions(), protocolVersion })
    try {
      return await listen(client, listening)
    } finally {
      await endClient(client)
    }
  }
  const first = await listenOnce(5)
  return first.kind === 'unreachable' && first.isOlder ? listenOnce(OLDER_PROTOCOL) : first
}
