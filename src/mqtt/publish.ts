import type { Publisher } from './source.ts'

const WINDOW = 1000

/** As much of a client as it takes to publish. */
interface Outlet {
  publishAsync(topic: string, payload: string | Buffer, how: { retain: boolean; qos: 0 | 1 }): Promise<unknown>
}

/** A publisher over a client that is connected: at most so many messages are on their way, the rest wait their turn. */
export function publisherOf(client: Outlet, close: () => Promise<void>): Publisher {
  const queue: (() => void)[] = []
  let free = WINDOW
  return {
    async publish(topic, payload, how) {
      if (free === 0) await new Promise<void>((go) => queue.push(go))
      else free -= 1
      try {
        const bytes =
          typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length)
        await client.publishAsync(topic, bytes, how)
      } finally {
        const next = queue.shift()
        if (next === undefined) free += 1
        else next()
      }
    },
    close,
  }
}
