import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes'
import {
  connectFault,
  createBucket,
  createGuards,
  hasReturned,
  subscribeFault,
  isKnown,
  publishFault,
  awaitReturn,
  turnAway,
  type Credentials,
  type Guards,
  type Origin,
} from './broker-guards.ts'
import { isLoopback, parseListenAddress } from '../config/listen-address.ts'
import { listenOn, openServer } from './broker-server.ts'
import { guardStream } from './broker-stream.ts'
import type { ClientAccounts } from './clients.ts'
import { createHold, createLane, drainHold, holdMessage, within, type Hold } from './hold.ts'
import { createTlsRenewal, type ServerTls } from '../config/files/server-tls.ts'
import type { Guard, Link, LinkChange } from './source.ts'
import { endOneByOne } from './renewal.ts'
import {
  endWithoutRight,
  isPublishAllowed,
  isSubscribeAllowed,
  logIn,
  refuseByRights,
  type ClientGate,
  type Visit,
} from './visits.ts'
import type { Deliver } from '../ingest/arrival.ts'

export interface BrokerOptions {
  /** `host:port`; port 0 takes a free one. */
  listen: string
  credentials?: Credentials
  /** Accounts of clients, each with rights of its own, in place of the one of `credentials`. */
  accounts?: ClientAccounts
  /** TLS instead of plain TCP. */
  tls?: ServerTls
  deliver: Deliver
  onState: (change: LinkChange) => void
}

export interface Broker extends Link {
  readonly port: number
  /** How many were turned away since the start, by guard. */
  readonly counts: Readonly<Record<Guard, number>>
}

const CONNECT_MS = 5_000
const SLOW_READER_MS = 5_000
const CLOSE_STEP_MS = 2_000
/** How often the right of clients to stay, and to what they read, is looked at. */
const RIGHTS_MS = 2_000
/** What is refused to a client by its rights goes to this topic, which is forwarded to nobody. */
const NOWHERE = '$refused'
const PROBE_MS = 60_000
const WRONG_PASSWORD_MS = 500
const MAX_SUBSCRIPTIONS = 10
const EARLY_PACKETS = 200
const BAD_ACCOUNT = 4
const UNAVAILABLE = 3
const REFUSED = 'Refused'
const NO_CONNECT = 'connect did not arrive in time'
const NEWER_VERSION = 'unacceptable protocol version'
const ENDINGS = new Set(['keep alive timeout', 'connection closed', 'drain timeout'])

/** Why a client is not let in, and what its CONNACK says. */
interface AccountFault {
  reason: string
  code: number
}

interface State {
  options: BrokerOptions
  guards: Guards
  gate: ClientGate
  hold: Hold
  /** By the connection's guarded stream. */
  visits: WeakMap<Duplex, Visit>
  streams: Set<Duplex>
  closing: Promise<void> | undefined
}

/**
 * Opens the embedded broker for sites that have none: MQTT 3.1.1, readings in, the daemon's `coldaisle/…` topics out.
 * It keeps nothing for clients that are away. PUBACK (PUBREC) leaves when the message's `ack` is called; a client that
 * sends faster than that waits. Rejects if it cannot listen, or would listen to the network without an account.
 */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const at = parseListenAddress(options.listen)
  if (at === undefined) throw new Error(`mqtt.listen: ${options.listen} is not host:port`)
  const { host, port } = at
  if (!isLoopback(host) && options.credentials === undefined && options.accounts === undefined) {
    throw new Error(`mqtt.listen: ${options.listen} is open to the network and needs an account`)
  }
  const state: State = {
    options,
    guards: createGuards(options.onState),
    gate: { accounts: options.accounts, refused: new Map(), told: new Map(), onState: options.onState },
    hold: createHold(),
    visits: new WeakMap(),
    streams: new Set(),
    closing: undefined,
  }
  const aedes = await Aedes.createBroker(brokerRules(state))
  aedes.on('clientReady', (client) => hasReturned(state.guards, visitOf(state, client)?.address ?? ''))
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) visitOf(state, client)?.filters.delete(filter)
  })
  for (const event of ['connectionError', 'clientError'] as const) {
    aedes.on(event, (client, error) => countError(state, client, error))
  }
  const server = openServer({
    guards: state.guards,
    tls: options.tls,
    isClosing: () => state.closing !== undefined,
    onSocket: (socket) => aedes.handle(welcome(state, socket)),
  })
  const boundPort = await listenOn(server, host, port).catch((error: unknown) => {
    aedes.close()
    throw new Error(`mqtt.listen: cannot listen on ${options.listen}`, { cause: error })
  })
  options.onState({ kind: 'listening', host, port: boundPort })
  const visits = () => [...state.streams].map((stream) => [stream, state.visits.get(stream)] as const)
  const watch = setInterval(() => endWithoutRight(state.gate, visits()), RIGHTS_MS)
  const renew = options.tls !== undefined && 'setSecureContext' in server && createTlsRenewal(server, options.tls)
  return {
    port: boundPort,
    counts: state.guards.counts,
    refusedByClient: state.gate.refused,
    get connected() {
      return state.closing === undefined
    },
    publish: (topic, payload, how) => publish(state, aedes, topic, payload, how),
    setTopics() {}, // clients publish to any topic; the pipeline counts those that no point reads
    renew: (nowMs) => renew !== false && renew(nowMs) && endOneByOne([...state.streams]),
    close() {
      clearInterval(watch)
      return (state.closing ??= close(state, server, aedes))
    },
  }
}

function brokerRules(state: State): AedesOptions {
  const limits = { connectTimeout: CONNECT_MS, drainTimeout: SLOW_READER_MS, queueLimit: EARLY_PACKETS }
  return {
    ...limits,
    preConnect(client, packet, done) {
      packet.clean = true // sessions kept for clients that are away would grow without end
      const fault = connectFault(packet)
      const visit = visitOf(state, client)
      if (visit !== undefined && packet.will !== undefined) visit.will = packet.will.topic
      if (fault !== undefined) done(refuse(state, client, ...fault), false)
      else done(null, true)
    },
    authenticate(client, username, password, done) {
      const admit = (fault: AccountFault | undefined): void => {
        if (fault === undefined) return done(null, true)
        const error = Object.assign(refuse(state, client, 'credentials', fault.reason), { returnCode: fault.code })
        setTimeout(done, WRONG_PASSWORD_MS, error, false)
      }
      const failed = (error: unknown): void =>
        admit({ reason: error instanceof Error ? error.message : String(error), code: UNAVAILABLE })
      accountFault(state, client, username, password).then(admit, failed)
    },
    authorizeSubscribe(client, subscription, done) {
      const visit = visitOf(state, client)
      const fault = subscribeFault(subscription.topic, visit?.login === undefined ? visit?.origin : 'account')
      if (visit === undefined || fault !== undefined) {
        refuse(state, client, 'topic', fault ?? 'a filter without a connection')
        return done(null, null)
      }
      if (!isSubscribeAllowed(state.gate, visit, subscription.topic)) {
        refuseByRights(state.gate, visit, { subscribe: subscription.topic })
        return done(null, null)
      }
      if (visit.filters.size >= MAX_SUBSCRIPTIONS && !visit.filters.has(subscription.topic)) {
        refuse(state, client, 'subscriptions', `more than ${MAX_SUBSCRIPTIONS} subscriptions`)
        return done(null, null)
      }
      visit.filters.add(subscription.topic)
      done(null, subscription)
    },
    authorizePublish: (client, packet, done) => takePublish(state, client, packet, done),
    authorizeForward: (_client, packet) => (packet.topic === NOWHERE ? null : packet),
  }
}

/** Called before a message is confirmed: the confirmation waits for the ack. A will comes from a closed client. */
function takePublish(state: State, client: Client | null, packet: PublishPacket, done: (error?: Error) => void): void {
  const { topic, payload, qos, messageId } = packet
  const known = client === null ? undefined : visitOf(state, client)
  const visit = client?.closed === true ? undefined : known
  const fault = publishFault(topic, known?.login === undefined ? visit?.origin : 'account')
  if (fault !== undefined) return done(refuse(state, client, 'topic', fault))
  if (known !== undefined && !isPublishAllowed(state.gate, known, topic)) {
    refuseByRights(state.gate, known, { publish: topic })
    Object.assign(packet, { topic: NOWHERE, payload: '', retain: false })
    return done() // confirmed, for else a device would send it again and again, and its readings would wait behind it
  }
  if (qos > 0 && messageId === 0) return done(refuse(state, client, 'malformed', 'a packet id of 0'))
  if (state.closing !== undefined) return // neither taken nor confirmed
  packet.retain = false // the daemon has it as news; messages retained for others would grow without end
  const lane = visit?.lane ?? createLane('open')
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  const ack = holdMessage(state.hold, lane, bytes.length, () => done())
  const by = known?.login === undefined ? {} : { by: { account: known.login.name, from: known.address } }
  state.options.deliver({ topic, payload: bytes, retain: false, ...by }, ack)
}

async function accountFault(
  state: State,
  client: Client,
  username: string | undefined,
  password: Uint8Array | undefined,
): Promise<AccountFault | undefined> {
  const { credentials, accounts } = state.options
  if (accounts !== undefined) {
    const fault = await logIn(state.gate, visitOf(state, client), username ?? '', password)
    return fault === undefined ? undefined : { ...fault, code: fault.isBusy ? UNAVAILABLE : BAD_ACCOUNT }
  }
  if (credentials === undefined) return undefined
  if (isKnown(credentials, username, password ?? new Uint8Array())) return undefined
  return { reason: 'a wrong name or password', code: BAD_ACCOUNT }
}

function refuse(state: State, client: Client | null, guard: Guard, reason: string): Error {
  const from = (client === null ? undefined : visitOf(state, client)?.address) ?? 'a client that has left'
  turnAway(state.guards, guard, `${reason} (from ${from})`, performance.now())
  return Object.assign(new Error(reason), { name: REFUSED })
}

/** Counts what aedes refuses, not our refusals or ends. Its errors have no code: their words are the only sign. */
function countError(state: State, client: Client, error: Error): void {
  if (error.name === REFUSED || 'code' in error || ENDINGS.has(error.message)) return
  if (error.message === NEWER_VERSION) return awaitReturn(state.guards, visitOf(state, client)?.address ?? '')
  refuse(state, client, error.message === NO_CONNECT ? 'no_connect' : 'malformed', error.message)
}

function visitOf({ visits }: State, client: Client): Visit | undefined {
  return visits.get(client.conn)
}

function welcome(state: State, socket: Socket): Duplex {
  const { remoteAddress: address = '' } = socket
  const origin: Origin = isLoopback(address) ? 'machine' : 'network'
  socket.setNoDelay(true).setKeepAlive(true, PROBE_MS)
  const bucket = origin === 'machine' ? undefined : createBucket(() => performance.now())
  const stream = guardStream(socket, {
    delayMs() {
      const waitMs = bucket?.() ?? 0
      if (waitMs > 0) turnAway(state.guards, 'rate', `too many messages a second (from ${address})`, performance.now())
      return waitMs
    },
    turnAway: (guard, reason) => turnAway(state.guards, guard, `${reason} (from ${address})`, performance.now()),
  })
  const lane = createLane('open')
  state.visits.set(stream, { address, origin, lane, filters: new Set() })
  state.streams.add(stream)
  stream.once('close', () => {
    lane.state = 'closed'
    state.streams.delete(stream)
  })
  return stream
}

function publish(
  state: State,
  aedes: Aedes,
  topic: string,
  payload: string,
  { retain, qos }: { retain: boolean; qos: 0 | 1 },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  if (state.closing !== undefined) reject(new Error('the broker is closed'))
  else {
    aedes.publish({ cmd: 'publish', topic, payload: Buffer.from(payload), retain, qos, dup: false }, (error) =>
      error ? reject(new Error(`${topic} was not published`, { cause: error })) : resolve(),
    )
  }
  return promise
}

async function close(state: State, server: Server, aedes: Aedes): Promise<void> {
  const gone = Promise.withResolvers<void>()
  server.close(() => gone.resolve())
  await within(CLOSE_STEP_MS, drainHold(state.hold))
  await setImmediate() // the last confirmations are being written
  const closed = Promise.withResolvers<void>()
  aedes.close(() => closed.resolve())
  for (const stream of state.streams) stream.destroy()
  await within(CLOSE_STEP_MS, Promise.all([closed.promise, gone.promise]))
}
