import { baseOf, counts, isMeter, type PointDraft, type Known, type PointRole } from '../draft.ts'
import { nameOfText, uniqueName } from '../literal.ts'

/** What measures one circuit: a power, a register or both. */
export interface MeterFound {
  /** The point that stands for it in a sum: of a meter with both, the register counts whichever is named. */
  readonly lead: PointDraft
  readonly drafts: readonly PointDraft[]
  readonly role: Known<PointRole> | undefined
  readonly samplesW: readonly { tMs: number; watts: number }[]
  readonly hold: boolean
}

/** The meters among what counts; a power and a register of one part are given the name of their meter. */
export function metersAmong(drafts: readonly PointDraft[]): MeterFound[] {
  const taken = new Set<string>()
  const parts = Map.groupBy(
    drafts.filter((it) => isMeter(it) && counts(it)),
    ({ part }) => part,
  )
  return [...parts.values()].flatMap((part) => {
    const [powers, registers] = [part.filter((it) => !it.isRegister), part.filter((it) => it.isRegister)]
    const [power, register] = [powers[0], registers[0]]
    if (part.length !== 2 || power === undefined || register === undefined) return part.map((it) => meterOf([it]))
    const name = uniqueName(nameOfText(register.wish.replace(/-[km]?wh$/, '')), taken)
    power.meter = name
    register.meter = name
    return [meterOf([power, register])]
  })
}

function meterOf(drafts: readonly [PointDraft, ...PointDraft[]]): MeterFound {
  const [lead] = drafts
  const samplesW = lead.isRegister ? [] : lead.samples.map(({ tMs, value }) => ({ tMs, watts: baseOf(lead, value) }))
  return { lead, drafts, role: lead.role ?? drafts[1]?.role, samplesW, hold: lead.hold }
}

/** Mean of what was heard of some meters together, W; NaN where one of them says nothing of its power. */
export function sumW(meters: readonly MeterFound[]): number {
  return meters.reduce((sum, { samplesW }) => {
    const mean = samplesW.reduce((total, { watts }) => total + watts, 0) / samplesW.length
    return sum + mean
  }, 0)
}
