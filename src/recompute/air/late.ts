import { createAlarms } from '../../core/alarms/alarms.ts'
import { stateOf } from '../../core/alarms/create-state.ts'
import { tellLate } from '../../core/alarms/judged/late.ts'
import type { AlarmRow, Sink } from '../../core/contract/sink.ts'
import { runWhole } from '../../core/contract/work.ts'
import type { Samples } from '../../core/energy/samples.ts'
import { HISTORY_ROWS } from '../../store/types.ts'
import type { AirFold } from './air.ts'
import type { Affected } from './span.ts'

/** Kinds of alarms of which a breach that was found late is told. */
const KINDS = ['inlet_recommended', 'inlet_allowable', 'moisture'] as const

/** A breach, and its newest sample, epoch ms. */
interface Breach {
  readonly row: AlarmRow
  readonly newestMs: number
}

interface LateTeller {
  /** Tells the breaches of intervals from one on, before another, that hold readings which came late. */
  tell(from: number, to: number): Promise<void>
  /** How many were told. */
  told(): number
}

interface LateTelling extends AirFold {
  readonly affected: Affected
  readonly samples: Samples
}

/** Each breach is told once, unless the history has it: raised when it came, or told late then. */
export function createLateTeller({ core, survey, site, rewrite, affected, samples }: LateTelling): LateTeller {
  const { plan, sink } = core
  const told = new Set<string>()
  const isLate = (inlet: number, interval: number) => {
    const { dryBulb = -1, humidity = -1, dewPoint = -1, otherDryBulb = -1 } = plan.inlets[inlet] ?? {}
    return [dryBulb, humidity, dewPoint, otherDryBulb].some((it) => survey.air.late.get(it)?.has(interval) === true)
  }
  const isKnown = async ({ row, newestMs }: Breach): Promise<boolean> => {
    const tags = { alarm: row.alarm, source: site.inlets[row.source] ?? '' }
    const span = { fromMs: row.sinceMs, toMs: Math.max(row.timeMs, newestMs) }
    const held = await rewrite.store.history('alarm', { tags, ...span, limit: HISTORY_ROWS })
    return held.some(({ fields }) => fields['state'] === 'raised' || fields['state'] === 'late')
  }
  return {
    async tell(from, to) {
      const alarms = createAlarms(plan)
      for (const inlet of affected.inlets) {
        const late = intervalsBetween(from, to, (interval) => isLate(inlet, interval))
        if (late === undefined) continue
        for (const kind of KINDS) {
          const state = stateOf(alarms, kind, inlet)
          if (!state.rule.enabled) continue
          state.lateFromMs = late.first * plan.lengthMs
          state.lateToMs = (late.last + 1) * plan.lengthMs
          alarms.late.add(state)
        }
      }
      const breaches: Breach[] = []
      const alarm = (row: AlarmRow) =>
        breaches.push({ row, newestMs: stateOf(alarms, row.alarm, row.source).newestLateMs })
      const collecting: Sink = { ...sink, alarm }
      const isCorrected = (inlet: number, tMs: number) => isLate(inlet, Math.floor(tMs / plan.lengthMs))
      runWhole(tellLate(alarms, samples, isCorrected, -Infinity, collecting))
      for (const breach of breaches) {
        const { alarm: kind, source, timeMs } = breach.row
        const key = `${kind} ${source} ${timeMs}`
        if (told.has(key) || (await isKnown(breach))) continue
        told.add(key)
        sink.alarm(breach.row)
      }
    },
    told: () => told.size,
  }
}

function intervalsBetween(
  from: number,
  to: number,
  isMeant: (interval: number) => boolean,
): { first: number; last: number } | undefined {
  let [first, last] = [Infinity, -Infinity]
  for (let interval = from; interval < to; interval++) {
    if (!isMeant(interval)) continue
    first = Math.min(first, interval)
    last = interval
  }
  return first === Infinity ? undefined : { first, last }
}
