/** When points said nothing for too long, by the packets that really came, whatever these said. */
import type { Packet } from '../../src/ingest/recording.ts'
import type { Run } from '../scenarios/life.ts'

/** What came of a run: how many packets by topic, and the longer times between two of them. */
export interface Arrivals {
  readonly counts: Map<string, number>
  readonly lastMs: Map<string, number>
  readonly gaps: Map<string, { readonly fromMs: number; readonly toMs: number }[]>
}

export interface SilenceTruth {
  timeMs: number
  point: string
  state: 'raised' | 'cleared'
}

/** Shorter times between two packets are silence of nobody. */
const SHORTEST_MS = 30_000

export function createArrivals(): Arrivals {
  return { counts: new Map(), lastMs: new Map(), gaps: new Map() }
}

/** Packets come in order of arrival. */
export function noteArrival({ counts, lastMs, gaps }: Arrivals, { topic, nowMs, retain }: Packet): void {
  counts.set(topic, (counts.get(topic) ?? 0) + 1)
  if (retain) return
  const fromMs = lastMs.get(topic)
  lastMs.set(topic, nowMs)
  if (fromMs === undefined || nowMs - fromMs < SHORTEST_MS) return
  const own = gaps.get(topic) ?? []
  gaps.set(topic, own)
  own.push({ fromMs, toMs: nowMs })
}

/** The alarms of silence that are due until the run's end, in order of time. Sparkplug nodes tell theirs themselves. */
export function silencesOf({ site, toMs }: Run, { gaps, lastMs }: Arrivals): SilenceTruth[] {
  const { config, plan, points } = site
  const { onDelayS } = config.alarms.stale
  return points
    .flatMap((point, index): SilenceTruth[] => {
      const topic = config.points[point]?.topic ?? ''
      const afterMs = (plan.alarms.staleAfterMs[index] ?? NaN) + onDelayS * 1000
      const last = lastMs.get(topic)
      if (last === undefined) return []
      return [...(gaps.get(topic) ?? []), { fromMs: last, toMs: Infinity }].flatMap((gap) => {
        const dueMs = gap.fromMs + afterMs
        if (!(dueMs < Math.min(gap.toMs, toMs))) return []
        const raised = { timeMs: dueMs, point, state: 'raised' } as const
        return gap.toMs < toMs ? [raised, { timeMs: gap.toMs, point, state: 'cleared' }] : [raised]
      })
    })
    .sort((a, b) => a.timeMs - b.timeMs)
}
