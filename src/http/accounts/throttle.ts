/** How often a password may be tried: 5 times a minute from one address, 30 times from all. */
interface Throttle {
  /** Seconds to wait before another try; 0: it may be made, and is counted. */
  tryFrom(address: string, nowMs: number): number
  /** The password was right: the tries of this address do not count any more. */
  forgive(address: string): void
}

const MINUTE_MS = 60_000
const OF_ONE = 5
const OF_ALL = 30

export function createThrottle(): Throttle {
  let tries: { address: string; atMs: number }[] = []
  return {
    tryFrom(address, nowMs) {
      tries = tries.filter(({ atMs }) => nowMs - atMs < MINUTE_MS)
      const own = tries.filter((it) => it.address === address)
      const oldest = own.length >= OF_ONE ? own[0] : tries.length >= OF_ALL ? tries[0] : undefined
      if (oldest !== undefined) return Math.ceil((oldest.atMs + MINUTE_MS - nowMs) / 1000)
      tries.push({ address, atMs: nowMs })
      return 0
    },
    forgive(address) {
      tries = tries.filter((it) => it.address !== address)
    },
  }
}
