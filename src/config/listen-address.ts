import { BlockList, isIP } from 'node:net'

/** Where a server listens. An IPv6 address stands here without its brackets; port 0 takes a free one. */
export interface ListenAddress {
  host: string
  port: number
}

const MAX_PORT = 65_535
const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')
const EVERY_INTERFACE = new BlockList()
EVERY_INTERFACE.addAddress('0.0.0.0')
EVERY_INTERFACE.addAddress('::', 'ipv6')

/** Reads `host:port` or `[IPv6]:port`; undefined for anything else. */
export function parseListenAddress(written: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(written)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port > MAX_PORT) return undefined
  if (match?.[1] !== undefined && isIP(host) === 0) return undefined
  return { host: host.toLowerCase(), port }
}

/** Whether only programs on this machine reach the host. IPv6 with or without brackets, also as `::ffff:127.0.0.1`. */
export function isLoopback(host: string): boolean {
  const bare = withoutBrackets(host)
  return bare.toLowerCase() === 'localhost' || isIn(LOOPBACK, bare)
}

/** URL by which a program on the same machine reaches the server. One on every interface is asked over loopback. */
export function urlOfListener(scheme: string, { host, port }: ListenAddress): string {
  const near = isIn(EVERY_INTERFACE, host) ? (isIP(host) === 6 ? '::1' : '127.0.0.1') : host
  return `${scheme}://${isIP(near) === 6 ? `[${near}]` : near}:${port}`
}

function isIn(list: BlockList, host: string): boolean {
  const version = isIP(host)
  return version !== 0 && list.check(host, version === 6 ? 'ipv6' : 'ipv4')
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
