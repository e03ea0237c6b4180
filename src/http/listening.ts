import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { parseListenAddress, type ListenAddress } from '../config/listen-address.ts'

const CLOSE_MS = 1000

/** Throws Error where `http.listen` is no address. */
export function addressOf(listen: string): ListenAddress {
  const address = parseListenAddress(listen)
  if (address === undefined) {
    throw new Error(`http.listen: ${listen} is no address to listen on, such as 127.0.0.1:8080`)
  }
  return address
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
