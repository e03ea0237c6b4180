import { setTimeout as sleep } from 'node:timers/promises'
import type { Site } from '../../site/site.ts'
import { packetsOfRun, type PacketPublisher } from '../../../simulators/run.ts'
import { scenarioOf, type Scenario } from '../../../simulators/scenarios/scenario.ts'
import type { Run } from '../../../simulators/truth/truth.ts'

/** How far a run has come. `sentMs`: arrival time of the newest packet that was acknowledged. */
interface Progress {
  packets: number
  sentMs: number
}

const HOUR_MS = 3_600_000
const IN_FLIGHT = 1000
/** Below this a timer costs more than it tells. */
const SHORTEST_SLEEP_MS = 5

/** A run without end that began `hours` ago. A scenario that happens once begins now, not in the past. */
export function runWithHistory(site: Site, name: string, seed: number, hours: number): Run {
  const fromMs = Math.floor(Date.now() / 1000) * 1000 - hours * HOUR_MS
  const scenario = scenarioOf(site, name)
  return { site, seed, fromMs, toMs: Infinity, scenario: scenario.repeatS ? scenario : later(scenario, hours * 3600) }
}

/**
 * Publishes a run with QoS 1. Packets of the past go out as fast as the broker takes them, later ones each at its time.
 * It is one plant without a seam, however long the past takes; after an outage of the broker it catches up likewise.
 * Returns how many packets were sent until `signal` was aborted or the run ended.
 */
export async function playOn(
  run: Run,
  publisher: PacketPublisher,
  { signal, onSent }: { signal: AbortSignal; onSent?: (progress: Progress) => void },
): Promise<number> {
  const window = createWindow(signal)
  const progress: Progress = { packets: 0, sentMs: run.fromMs }
  let packets = 0
  for (const { nowMs, topic, payload, retain } of packetsOfRun(run)) {
    const waitMs = nowMs - Date.now()
    if (waitMs >= SHORTEST_SLEEP_MS) await sleep(waitMs, undefined, { signal }).catch(onlyAborted)
    await window.room()
    if (signal.aborted) break
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    packets++
    window.take(
      publisher.publish(topic, text, { qos: 1, retain }).then(() => {
        progress.packets++
        progress.sentMs = nowMs
        onSent?.(progress)
      }),
    )
  }
  await window.empty()
  return packets
}

/** Lets 1,000 packets be on their way. Both waits end when `signal` is aborted; the next wait throws a failure. */
function createWindow(signal: AbortSignal) {
  let inFlight = 0
  let failure: { cause: unknown } | undefined
  let wake = () => {}
  signal.addEventListener('abort', () => wake(), { once: true })
  async function until(most: number): Promise<void> {
    while (inFlight > most && failure === undefined && !signal.aborted) {
      await new Promise<void>((resolve) => (wake = resolve))
    }
    if (failure !== undefined && !signal.aborted) throw new Error('a packet could not be published', failure)
  }
  return {
    room: () => until(IN_FLIGHT - 1),
    empty: () => until(0),
    take(sent: Promise<void>) {
      inFlight++
      void sent
        .catch((cause: unknown) => {
          failure ??= { cause }
        })
        .finally(() => {
          inFlight--
          wake()
        })
    },
  }
}

function later(scenario: Scenario, byS: number): Scenario {
  const events = scenario.events.map((event) => ({ ...event, fromS: event.fromS + byS, toS: event.toS + byS }))
  return { ...scenario, events }
}

function onlyAborted(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
