/** Preloaded into a daemon (`node --import`): its event loop's delay since the question before, each time it is asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const RESOLUTION_MS = 1
if (isMainThread && process.send !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  process.on('message', () => {
    // What it records is the whole time from one firing to the next.
    const ms = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS)
    const answer = { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max), n: delay.count }
    process.send?.(answer)
    delay.reset()
  })
  process.channel?.unref()
}
