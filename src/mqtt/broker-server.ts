import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { readServerTls, type ServerTls } from '../config/files/server-tls.ts'
import { letIn, letOut, turnAway, type Guards } from './broker-guards.ts'

const HANDSHAKE_MS = 5_000

interface ServerOptions {
  guards: Guards
  /** Absent: plain TCP. */
  tls: ServerTls | undefined
  isClosing: () => boolean
  /** Called with each connection that is let in, over TLS once its handshake has ended. */
  onSocket: (socket: Socket) => void
}

/** The server of the embedded broker, up to where MQTT begins. It does not listen yet. */
export function openServer({ guards, tls, isClosing, onSocket }: ServerOptions): Server | TlsServer {
  const server =
    tls === undefined ? createServer() : createTlsServer({ ...readServerTls(tls), handshakeTimeout: HANDSHAKE_MS })
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    if (address === undefined || isClosing()) return socket.destroy()
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
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    if (!socket.destroyed) onSocket(socket)
  })
  return server
}

/** Resolves with the port once the server listens. */
export async function listenOn(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
