import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { readServerTls, type ServerTls } from '../config/files/server-tls.ts'
import { parseListenAddress, type ListenAddress } from '../config/listen-address.ts'

const CLOSE_MS = 1000
const MAX_CONNECTIONS = 200
const MAX_HEADER_BYTES = 8192

/** Throws Error where `http.listen` is no address. */
export function addressOf(listen: string): ListenAddress {
  const address = parseListenAddress(listen)
  if (address === undefined) {
    throw new Error(`http.listen: ${listen} is no address to listen on, such as 127.0.0.1:8080`)
  }
  return address
}

/** A server with a limit on everything: connections, headers, time. */
export function createLimitedServer(
  tls: ServerTls | undefined,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server | SecureServer {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 5000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
  }
  const server =
    tls === undefined
      ? createServer(limits, listener)
      : createSecureServer({ ...limits, handshakeTimeout: 5000, ...readServerTls(tls) }, listener)
  server.maxConnections = MAX_CONNECTIONS
  return server
}

/** Binds the server; gives where it listens. Throws Error that names the address. */
export async function listening(server: Server | SecureServer, host: string, port: number, listen: string) {
  await new Promise<void>((done, fail) => {
    const failed = (error: Error): void =>
      fail(new Error(`http.listen: ${listen} cannot be listened on`, { cause: error }))
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      done()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error(`http.listen: ${listen} gave no address`)
  return { host: address.address, port: address.port }
}

/** Stops listening; what is still being answered a second later is cut. */
export async function closed(server: Server | SecureServer): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
  await new Promise<void>((done) => {
    server.close(() => done())
    server.closeIdleConnections()
  })
  clearTimeout(cut)
}
