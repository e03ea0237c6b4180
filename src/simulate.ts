import { connectPublisher } from './ingest/mqtt.ts'
import type { Site } from './site.ts'
import { runSimulation } from '../simulators/run.ts'

/** What `coldaisle simulate` was asked for. */
export interface SimulateOptions {
  scenario: string
  seed: number
  from?: number
  hours?: number
  speed: number
  to?: string
  out?: string
}

const HOUR_MS = 3_600_000

/** Plays the plant to a broker or into a recording; SIGTERM and SIGINT end it. Gives how many packets were sent. */
export async function simulate(site: Site, options: SimulateOptions): Promise<number> {
  const { scenario, seed, speed, hours, to, out } = options
  const fromMs = options.from ?? Math.floor(Date.now() / 60_000) * 60_000 - (out === undefined ? 0 : HOUR_MS)
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
  const { packets } = await runSimulation({
    site,
    scenario,
    seed,
    fromMs,
    speed,
    connect: connectPublisher,
    signal: stop.signal,
    ...(hours === undefined ? {} : { toMs: fromMs + hours * HOUR_MS }),
    ...(to === undefined ? {} : { to }),
    ...(out === undefined ? {} : { out }),
  })
  return packets
}
