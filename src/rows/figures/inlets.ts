import { createAir, STREAMS } from '../../core/air/air.ts'
import { violationNames } from '../../core/air/envelope.ts'
import { headroomK } from '../../core/air/inlet.ts'
import { newestDryBulb } from '../../core/alarms/dry-bulbs.ts'
import { airAt } from '../../core/alarms/judged/held-air.ts'
import type { Core } from '../../core/state.ts'
import type { Site } from '../../site/site.ts'

/** The air of an inlet by its newest reading, which the alarms judge as well: no row is waited for. */
interface InletNow {
  readonly inlet: string
  /** Event time of the dry bulb, epoch ms, and until when it speaks for the inlet: from then on nothing is known. */
  readonly timeMs: number
  readonly untilMs: number
  readonly dryBulbC: number
  /** Absent: not known. */
  readonly rhPct?: number
  readonly dewPointC?: number
  /** To the nearest recommended limit, K; negative beyond it. */
  readonly headroomK: number
  /** As in rows of `climate`. */
  readonly band: number
  readonly violations: string
}

/** A humidity may follow its dry bulb by so much: until then an inlet is judged anew. */
const TOGETHER_MS = 10_000

/** Every inlet that was heard, by the core as it is now. */
export function inletsNow(site: Pick<Site, 'inlets'>, core: Core): InletNow[] {
  return site.inlets.flatMap((_, inlet) => inletNow(site, core, inlet) ?? [])
}

/** Gives, each time it is called, the inlets that are not as they were told before. */
export function createInletChanges(): (site: Pick<Site, 'inlets'>, core: Core) => InletNow[] {
  let told: { timeMs: number; text: string }[] = []
  let of: unknown
  return (site, core) => {
    if (of !== site) told = []
    of = site
    return site.inlets.flatMap((_, inlet) => {
      const { newestMs, heardMs } = newestDryBulb(core.alarms.dryBulbs, inlet)
      const before = told[inlet]
      if (before?.timeMs === newestMs && core.nowMs - heardMs > TOGETHER_MS) return []
      const now = inletNow(site, core, inlet)
      const text = JSON.stringify(now)
      told[inlet] = { timeMs: newestMs, text }
      return now === undefined || before?.text === text ? [] : [now]
    })
  }
}

function inletNow({ inlets }: Pick<Site, 'inlets'>, { plan, samples, alarms }: Core, place: number) {
  const { newestMs, value } = newestDryBulb(alarms.dryBulbs, place)
  const [inlet, planned] = [inlets[place], plan.inlets[place]]
  if (inlet === undefined || planned === undefined || Number.isNaN(value)) return undefined
  const into = { held: new Float64Array(STREAMS), air: createAir() }
  airAt(plan, samples, place, newestMs, into)
  const { rhPct, dewPointC, band, mask } = into.air
  return {
    inlet,
    timeMs: newestMs,
    untilMs: newestMs + (plan.points[planned.dryBulb]?.maxGapMs ?? 0),
    dryBulbC: value,
    ...(Number.isNaN(rhPct) ? {} : { rhPct }),
    ...(Number.isNaN(dewPointC) ? {} : { dewPointC }),
    headroomK: headroomK(planned.envelope, value),
    band,
    violations: violationNames(mask),
  }
}
