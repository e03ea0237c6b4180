/** In the place of `node:timers/promises`: the same, by the world's time. */
import { inside, latencies } from './world.ts'

interface Options {
  signal?: AbortSignal
}

function after<T>(ms: number, value: T | undefined, { signal }: Options = {}): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(signal?.reason as Error)
    if (signal?.aborted === true) return fail()
    const cancel = inside(ms, () => {
      signal?.removeEventListener('abort', abort)
      resolve(value)
    })
    const abort = () => {
      cancel()
      fail()
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}

export function setTimeout<T>(ms = 1, value?: T, options?: Options): Promise<T | undefined> {
  return after(Math.max(1, ms), value, options)
}

export function setImmediate<T>(value?: T, options?: Options): Promise<T | undefined> {
  return after(latencies.breath(), value, options)
}
