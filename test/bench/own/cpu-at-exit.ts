/** Preloaded into a command (`node --import`): its CPU time at the end, into the file that COLDAISLE_BENCH_CPU names. */
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env['COLDAISLE_BENCH_CPU']
if (isMainThread && file !== undefined) {
  process.once('exit', () => {
    const { user, system } = process.cpuUsage()
    writeFileSync(file, JSON.stringify({ cpuMs: (user + system) / 1000, wallMs: performance.now() }))
  })
}
