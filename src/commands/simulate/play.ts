import { publishRun, type PacketPublisher } from '../../../simulators/run.ts'
import type { Scenario } from '../../../simulators/scenarios/scenario.ts'
import type { Run } from '../../../simulators/scenarios/life.ts'

const HOUR_MS = 3_600_000

/**
 * The run without end, begun `hours` ago, or with this second. A scenario that happens once begins now, not in the
 * past.
 */
export function runWithHistory(run: Omit<Run, 'fromMs' | 'toMs'>, hours: number): Run {
  const fromMs = Math.floor(Date.now() / 1000) * 1000 - hours * HOUR_MS
  const { scenario } = run
  return { ...run, fromMs, toMs: Infinity, scenario: scenario.repeatS ? scenario : later(scenario, hours * 3600) }
}

/**
 * Publishes packets of the past as fast as the broker takes them, later ones each at its time. It is one plant without
 * a seam, however long the past takes; after an outage of the broker it catches up likewise. Gives how many packets
 * were sent until `signal` was aborted or the run ended.
 */
export function playOn(
  run: Run,
  publisher: PacketPublisher,
  listening: { signal: AbortSignal; onSent?: (progress: { packets: number; sentMs: number }) => void },
): Promise<number> {
  return publishRun(run, publisher, { waitMs: (nowMs) => nowMs - Date.now(), ...listening })
}

function later(scenario: Scenario, byS: number): Scenario {
  const events = scenario.events.map((event) => ({ ...event, fromS: event.fromS + byS, toS: event.toS + byS }))
  return { ...scenario, events }
}
