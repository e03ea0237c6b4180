/**
 * How often a password may be tried: 5 times a minute from one address, 30 times from all. An address that has not
 * tried within the minute may do so once all the same, so that nobody locks the others out.
 */
interface Throttle {
  /** Seconds to wait before another try; 0: it may be made, and is counted. */
  tryFrom(address: string, name: string, nowMs: number): number
  /** The password was right: tries for this name from this address do not count any more. */
  forgive(address: string, name: string): void
}

const MINUTE_MS = 60_000
const OF_ONE = 5
const OF_ALL = 30

export function createThrottle(): Throttle {
  let tries: { address: string; name: string; atMs: number }[] = []
  return {
    tryFrom(address, name, nowMs) {
      tries = tries.filter(({ atMs }) => nowMs - atMs < MINUTE_MS)
      const own = tries.filter((it) => it.address === address)
      const isMany = own.length >= OF_ONE || (own.length > 0 && tries.length >= OF_ALL)
      const oldest = isMany ? own[0] : undefined
      if (oldest !== undefined) return Math.ceil((oldest.atMs + MINUTE_MS - nowMs) / 1000)
      tries.push({ address, name, atMs: nowMs })
      return 0
    },
    forgive(address, name) {
      tries = tries.filter((it) => it.address !== address || it.name !== name)
    },
  }
}
