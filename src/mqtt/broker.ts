import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes'
import {
  connectFault,
  createBucket,
  createGuards,
  letIn,
  subscribeFault,
  isKnown,
  letOut,
  publishFault,
  turnAway,
  type Credentials,
  type Guards,
  type Origin,
} from './broker-guards.ts'
import { isLoopback, parseListenAddress } from '../config/listen-address.ts'
import { guardStream } from './broker-stream.ts'
import { createHold, createLane, drainHold, holdMessage, within, type Hold, type Lane } from './hold.ts'
import { readTls, type TlsFiles } from './broker-tls.ts'
import type { Guard, Link, LinkChange } from './source.ts'
import type { Deliver } from '../ingest/arrival.ts'

export interface BrokerOptions {
  /** `host:port`; port 0 takes a free one. */
  listen: string
  credentials?: Credentials
  /** TLS instead of plain TCP; with `caFile`, clients must show a certificate of that authority. PEM files. */
  tls?: TlsFiles
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
const PROBE_MS = 60_000
const WRONG_PASSWORD_MS = 500
const MAX_SUBSCRIPTIONS = 10
const EARLY_PACKETS = 200
const BAD_ACCOUNT = 4
const UNAVAILABLE = 3
const REFUSED = 'Refused'
const NO_CONNECT = 'connect did not arrive in time'
const ENDINGS = new Set(['keep alive timeout', 'connection closed', 'drain timeout'])

/** A connection from its first byte on; broker-guards.ts draws its life. */
interface Visit {
  address: string
  origin: Origin
  lane: Lane
  /** Filters that the client has subscribed to. */
  filters: Set<string>
}

interface State {
  options: BrokerOptions
  guards: Guards
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
  if (!isLoopback(host) && options.credentials === undefined) {
    throw new Error(`mqtt.listen: ${options.listen} is open to the network and needs an account`)
  }
  const state: State = {
    options,
    guards: createGuards(options.onState),
    hold: createHold(),
    visits: new WeakMap(),
    streams: new Set(),
    closing: undefined,
  }
  const aedes = await Aedes.createBroker(brokerRules(state))
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) visitOf(state, client)?.filters.delete(filter)
  })
  for (const event of ['connectionError', 'clientError'] as const) {
    aedes.on(event, (client, error) => countError(state, client, error))
  }
  const server = openServer(state, (stream) => aedes.handle(stream))
  const boundPort = await listening(server, host, port).catch((error: unknown) => {
    aedes.close()
    throw new Error(`mqtt.listen: cannot listen on ${options.listen}`, { cause: error })
  })
  options.onState({ kind: 'listening', host, port: boundPort })
  return {
    port: boundPort,
    counts: state.guards.counts,
    get connected() {
      return state.closing === undefined
    },
    publish: (topic, payload, how) => publish(state, aedes, topic, payload, how),
    setTopics() {
      // Clients publish to any topic; the pipeline counts those that no point reads.
    },
    renew() {
      if (options.tls !== undefined && 'setSecureContext' in server) server.setSecureContext(readTls(options.tls))
    },
    close: () => (state.closing ??= close(state, server, aedes)),
  }
}

function brokerRules(state: State): AedesOptions {
  return {
    connectTimeout: CONNECT_MS,
    drainTimeout: SLOW_READER_MS,
    queueLimit: EARLY_PACKETS,
    preConnect(client, packet, done) {
      packet.clean = true // sessions kept for clients that are away would grow without end
      const fault = connectFault(packet)
      if (fault !== undefined) done(refuse(state, client, ...fault), false)
      else done(null, true)
    },
    authenticate(client, username, password, done) {
      const fault = accountFault(state, username, password)
      if (fault === undefined) return done(null, true)
      const error = Object.assign(refuse(state, client, 'credentials', fault.reason), { returnCode: fault.code })
      setTimeout(done, WRONG_PASSWORD_MS, error, false)
    },
    authorizeSubscribe(client, subscription, done) {
      const visit = visitOf(state, client)
      const fault = subscribeFault(subscription.topic, visit?.origin ?? 'network')
      if (visit === undefined || fault !== undefined) {
        refuse(state, client, 'topic', fault ?? 'a filter without a connection')
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
  }
}

/** Called before a message is confirmed: the confirmation waits for the ack. A will comes from a closed client. */
function takePublish(state: State, client: Client | null, packet: PublishPacket, done: (error?: Error) => void): void {
  const { topic, payload, qos, messageId } = packet
  const visit = client === null || client.closed ? undefined : visitOf(state, client)
  const fault = publishFault(topic, visit?.origin)
  if (fault !== undefined) return done(refuse(state, client, 'topic', fault))
  if (qos > 0 && messageId === 0) return done(refuse(state, client, 'malformed', 'a packet id of 0'))
  if (state.closing !== undefined) return // neither taken nor confirmed
  packet.retain = false // the daemon has it as news; messages retained for others would grow without end
  const lane = visit?.lane ?? createLane('open')
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  const ack = holdMessage(state.hold, lane, bytes.length, () => done())
  state.options.deliver({ topic, payload: bytes, retain: false }, ack)
}

function accountFault(
  { options: { credentials } }: State,
  username: string | undefined,
  password: Uint8Array | undefined,
): { reason: string; code: number } | undefined {
  if (credentials === undefined) return undefined
  try {
    if (isKnown(credentials, username, password ?? new Uint8Array())) return undefined
    return { reason: 'a wrong name or password', code: BAD_ACCOUNT }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { reason: error.message, code: UNAVAILABLE }
  }
}

function refuse(state: State, client: Client | null, guard: Guard, reason: string): Error {
  const address = client === null ? undefined : visitOf(state, client)?.address
  turnAway(state.guards, guard, `${reason} (from ${address ?? 'a client that has left'})`, performance.now())
  return Object.assign(new Error(reason), { name: REFUSED })
}

/** Counts what aedes refuses, not our refusals or ends. Its errors have no code: their words are the only sign. */
function countError(state: State, client: Client, error: Error): void {
  if (error.name === REFUSED || 'code' in error || ENDINGS.has(error.message)) return
  refuse(state, client, error.message === NO_CONNECT ? 'no_connect' : 'malformed', error.message)
}

function visitOf(state: State, client: Client): Visit | undefined {
  return state.visits.get(client.conn)
}

function openServer(state: State, handle: (stream: Duplex) => void): Server | TlsServer {
  const { guards, options } = state
  const server =
    options.tls === undefined
      ? createServer()
      : createTlsServer({ ...readTls(options.tls), handshakeTimeout: CONNECT_MS })
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    if (address === undefined || state.closing !== undefined) return socket.destroy()
    if (!letIn(guards, address)) {
      turnAway(guards, 'connections', `one connection too many (from ${address})`, performance.now())
      return socket.destroy()
    }
    return socket.once('close', () => letOut(guards, address))
  })
  server.on('tlsClientError', (error: Error, socket: Socket) => {
    turnAway(guards, 'malformed', error.message, performance.now())
    socket.destroy() // the server only reports a handshake that does not end, and leaves the connection open
  })
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    if (!socket.destroyed) handle(welcome(state, socket))
  })
  return server
}

function welcome(state: State, socket: Socket): Duplex {
  const address = socket.remoteAddress ?? ''
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

async function listening(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
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
