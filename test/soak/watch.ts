/** What a daemon under load does meanwhile, looked at from outside: its metrics, its memory, its newest row in InfluxDB. */
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryBytes } from '../bench/machine.ts'
import { ask, type TestDaemon } from '../servers/daemon.ts'
import type { Server } from '../servers/servers.ts'

export interface Sample {
  atMs: number
  rssBytes: number
  /** Of the minute before. */
  commitP99Ms: number
  loopP99Ms: number
  waitingRows: number
}

/** A live value of the PUE: its own time, and how much later it was seen in InfluxDB. */
interface RowAge {
  timeMs: number
  ageMs: number
}

export interface Watch extends AsyncDisposable {
  readonly samples: readonly Sample[]
  readonly rowAges: readonly RowAge[]
}

const SAMPLE_MS = 1_000
const LOOK_MS = 200

export function watch(daemon: TestDaemon, influx: Server): Watch {
  const samples: Sample[] = []
  const rowAges: RowAge[] = []
  let newestMs = Date.now()
  const end = new AbortController()
  const look = async (): Promise<void> => {
    const [row] = await ask(influx, `SELECT pue FROM pue WHERE "window" = 'live' ORDER BY time DESC LIMIT 1`)
    const timeMs = Number(row?.['time'] ?? 0)
    if (timeMs <= newestMs) return
    newestMs = timeMs
    rowAges.push({ timeMs, ageMs: Date.now() - timeMs })
  }
  const take = async (): Promise<void> => void samples.push(await sampleOf(daemon))
  const running = [again(SAMPLE_MS, take, end.signal), again(LOOK_MS, look, end.signal)]
  return {
    samples,
    rowAges,
    async [Symbol.asyncDispose]() {
      end.abort()
      await Promise.all(running)
    },
  }
}

async function sampleOf(daemon: TestDaemon): Promise<Sample> {
  const metrics = await daemon.metrics()
  const read = (name: string): number => metrics.get(`coldaisle_${name}`) ?? NaN
  return {
    atMs: Date.now(),
    rssBytes: memoryBytes(daemon.pid(), 'VmRSS'),
    commitP99Ms: read('commit_p99_seconds') * 1000,
    loopP99Ms: read('event_loop_delay_p99_seconds') * 1000,
    waitingRows: read('outbox_rows'),
  }
}

/** Until `signal`. InfluxDB may be away: then there is nothing to see. */
async function again(everyMs: number, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await work().catch(() => undefined)
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Slope of the memory over its second half, when all pools are filled, bytes an hour (least squares). */
export function slopeOf(samples: readonly Sample[]): number {
  const late = samples.slice(Math.floor(samples.length / 2))
  const mean = (of: (sample: Sample) => number): number => late.reduce((sum, it) => sum + of(it), 0) / late.length
  const [meanMs, meanBytes] = [mean((it) => it.atMs), mean((it) => it.rssBytes)]
  const covariance = mean((it) => (it.atMs - meanMs) * (it.rssBytes - meanBytes))
  return (3_600_000 * covariance) / mean((it) => (it.atMs - meanMs) ** 2)
}
