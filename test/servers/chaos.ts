/**
 * A network that misbehaves: a TCP proxy on loopback between a client and a server. What it does to the bytes is set at
 * any time, and holds at once for connections that stand. Nothing is ever changed in what passes, only when and whether
 * it does, as with a real network: latency, slices, resets in the middle of a packet, one way or both standing still.
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'

/** `up`: from the client to the server. */
export type Way = 'up' | 'down'

export interface Trouble {
  /** Which ways it is on; absent: both. */
  way?: Way
  /** Bytes come so much later, up to 64 KiB at a time. */
  latencyMs?: number
  /** At most so many bytes arrive at once. */
  slice?: number
  /** Nothing passes, and the connection stands: a firewall that has forgotten it, a cable that is out. */
  stalled?: boolean
  /** The connection is reset once so many bytes of it have passed on that way. */
  resetAt?: number
}

export interface Chaos extends AsyncDisposable {
  readonly port: number
  /** Connections so far, those that were reset, and bytes that have passed. */
  readonly counts: { connections: number; resets: number; up: number; down: number }
  set(trouble: Trouble): void
  /** Resets all connections that stand. */
  cut(): void
}

interface State {
  trouble: Trouble
  counts: Chaos['counts']
  visits: Set<Visit>
  /** Told when the trouble changes. */
  changed: PromiseWithResolvers<void>
}

interface Visit {
  client: Socket
  server: Socket
}

export async function startChaos(serverPort: number): Promise<Chaos> {
  const state: State = {
    trouble: {},
    counts: { connections: 0, resets: 0, up: 0, down: 0 },
    visits: new Set(),
    changed: Promise.withResolvers<void>(),
  }
  const proxy = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    state.counts.connections += 1
    const server = connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const visit = { client, server }
    state.visits.add(visit)
    // What one side resets, the other sees as reset
    for (const socket of [client, server]) socket.on('error', () => end(state, visit))
    Promise.all([
      carry(state, visit, 'up', { from: client, to: server }),
      carry(state, visit, 'down', { from: server, to: client }),
    ]).then(
      () => state.visits.delete(visit),
      () => end(state, visit),
    )
  })
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening))
  return {
    port: (proxy.address() as AddressInfo).port,
    counts: state.counts,
    set(trouble) {
      state.trouble = trouble
      state.changed.resolve()
      state.changed = Promise.withResolvers<void>()
    },
    cut() {
      for (const visit of state.visits) end(state, visit)
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => proxy.close(() => done()))
      for (const visit of state.visits) end(state, visit)
      await closed
    },
  }
}

/** Resets both sides; once for each connection. */
function end(state: State, visit: Visit): void {
  if (!state.visits.delete(visit)) return
  state.counts.resets += 1
  visit.client.resetAndDestroy()
  visit.server.resetAndDestroy()
}

/** Takes bytes from one side to the other, one piece after the other; who sends faster than that has to wait. */
async function carry(state: State, visit: Visit, way: Way, { from, to }: { from: Socket; to: Socket }): Promise<void> {
  let passed = 0
  const pieces: AsyncIterable<Buffer> = from.iterator({ destroyOnReturn: false }) // the other way may still be open
  for await (const bytes of pieces) {
    for (let at = 0; at < bytes.length;) {
      const trouble = await waitForWay(state, way)
      if (trouble.latencyMs !== undefined && at === 0) await sleep(trouble.latencyMs)
      const left = (trouble.resetAt ?? Infinity) - passed
      const piece = bytes.subarray(at, at + Math.max(0, Math.min(trouble.slice ?? Infinity, left, bytes.length - at)))
      if (piece.length > 0) await write(to, piece)
      at += piece.length
      passed += piece.length
      state.counts[way] += piece.length
      if (passed >= (trouble.resetAt ?? Infinity)) return end(state, visit)
      if (trouble.slice !== undefined) await turn()
    }
  }
  to.end()
}

/** Gives the trouble on a way, once that is not stalled any more. */
async function waitForWay(state: State, way: Way): Promise<Trouble> {
  for (;;) {
    const { trouble, changed } = state
    const isHere = trouble.way === undefined || trouble.way === way
    if (!isHere || trouble.stalled !== true) return isHere ? trouble : {}
    await changed.promise
  }
}

function write(to: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => to.write(bytes, (error) => (error ? reject(error) : resolve())))
}
